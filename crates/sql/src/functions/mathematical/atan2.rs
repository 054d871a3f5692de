//! `atan2`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Double};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "atan2",
    aliases: &[],
    family: Family::Mathematical,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "atan2(double, double) -> double", kernel }],
    documentation: Documentation {
        summary: "Returns the arc tangent of y / x in radians.",
        edges: "",
        examples: &[("SELECT atan2(0.0, 1.0)", "0.0")],
        source: "sql.md 7.2",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Double, Double, Double>(call, arguments, |y, x| Ok(y.atan2(x)))
}
