//! `degrees`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Double};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "degrees",
    aliases: &[],
    family: Family::Mathematical,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "degrees(double) -> double", kernel }],
    documentation: Documentation {
        summary: "Converts an angle in radians to degrees.",
        edges: "",
        examples: &[("SELECT degrees(0.0)", "0.0")],
        source: "sql.md 7.2",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Double, Double>(call, arguments, |x| Ok(x.to_degrees()))
}
