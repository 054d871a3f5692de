//! `nan`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Double};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "nan",
    aliases: &[],
    family: Family::Mathematical,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "nan() -> double", kernel }],
    documentation: Documentation {
        summary: "Returns not-a-number.",
        edges: "nan() = nan() is false.",
        examples: &[("SELECT nan()", "NaN")],
        source: "sql.md 7.2",
    },
};

fn kernel(call: &Call<'_>, _arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::nullary::<Double>(call, || Ok(f64::NAN))
}
