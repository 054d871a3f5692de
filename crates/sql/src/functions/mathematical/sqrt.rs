//! `sqrt`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Double};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "sqrt",
    aliases: &[],
    family: Family::Mathematical,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "sqrt(double) -> double", kernel }],
    documentation: Documentation {
        summary: "Returns the square root.",
        edges: "NaN for negative numbers.",
        examples: &[("SELECT sqrt(16.0)", "4.0"), ("SELECT sqrt(-1)", "NaN")],
        source: "sql.md 7.2",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Double, Double>(call, arguments, |x| Ok(x.sqrt()))
}
