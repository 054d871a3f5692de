//! `log2`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Double};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "log2",
    aliases: &[],
    family: Family::Mathematical,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "log2(double) -> double", kernel }],
    documentation: Documentation {
        summary: "Returns the base 2 logarithm.",
        edges: "-Infinity for 0, NaN for negative numbers.",
        examples: &[("SELECT log2(8.0)", "3.0")],
        source: "sql.md 7.2",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Double, Double>(call, arguments, |x| Ok(x.log2()))
}
