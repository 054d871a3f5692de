//! `least`.

use std::cmp::Ordering;

use arrow::array::ArrayRef;

use super::extreme::pick;
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "least",
    aliases: &[],
    family: Family::Conditional,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "least(T...) -> T where T: orderable", kernel }],
    documentation: Documentation {
        summary: "Returns the smallest of its arguments.",
        edges: "NULL if any argument is NULL.",
        examples: &[("SELECT least(1, 3, 2)", "1")],
        source: "sql.md 7.1",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    pick(call, arguments, Ordering::Less)
}
