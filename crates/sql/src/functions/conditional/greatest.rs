//! `greatest`.

use std::cmp::Ordering;

use arrow::array::ArrayRef;

use super::extreme::pick;
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "greatest",
    aliases: &[],
    family: Family::Conditional,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "greatest(T...) -> T where T: orderable", kernel }],
    documentation: Documentation {
        summary: "Returns the greatest of its arguments.",
        edges: "NULL if any argument is NULL.",
        examples: &[("SELECT greatest(1, 3, 2)", "3")],
        source: "sql.md 7.1",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    pick(call, arguments, Ordering::Greater)
}
