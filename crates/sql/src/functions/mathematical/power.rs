//! `power`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Double};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "power",
    aliases: &["pow"],
    family: Family::Mathematical,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "power(double, double) -> double", kernel }],
    documentation: Documentation {
        summary: "Returns x raised to the power p.",
        edges: "",
        examples: &[("SELECT power(2, 10)", "1024.0")],
        source: "sql.md 7.2",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Double, Double, Double>(call, arguments, |x, p| Ok(x.powf(p)))
}
