//! `is_infinite`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Boolean, Double};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "is_infinite",
    aliases: &[],
    family: Family::Mathematical,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "is_infinite(double) -> boolean", kernel }],
    documentation: Documentation {
        summary: "Tells whether a number is infinite.",
        edges: "",
        examples: &[("SELECT is_infinite(1.0)", "false")],
        source: "sql.md 7.2",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Double, Boolean>(call, arguments, |x| Ok(x.is_infinite()))
}
