//! `cbrt`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Double};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "cbrt",
    aliases: &[],
    family: Family::Mathematical,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "cbrt(double) -> double", kernel }],
    documentation: Documentation {
        summary: "Returns the cube root.",
        edges: "",
        examples: &[("SELECT cbrt(27.0)", "3.0")],
        source: "sql.md 7.2",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Double, Double>(call, arguments, |x| Ok(x.cbrt()))
}
