//! `acos`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Double};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "acos",
    aliases: &[],
    family: Family::Mathematical,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "acos(double) -> double", kernel }],
    documentation: Documentation {
        summary: "Returns the arc cosine in radians.",
        edges: "NaN outside [-1, 1].",
        examples: &[("SELECT acos(2.0)", "NaN")],
        source: "sql.md 7.2",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Double, Double>(call, arguments, |x| Ok(x.acos()))
}
