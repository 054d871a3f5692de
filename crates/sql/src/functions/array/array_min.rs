//! `array_min`.

use std::cmp::Ordering;

use arrow::array::ArrayRef;

use super::extreme::pick;
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "array_min",
    aliases: &[],
    family: Family::Array,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "array_min(array(T)) -> T where T: orderable", kernel }],
    documentation: Documentation {
        summary: "Returns the smallest element.",
        edges: "NULL for an empty array and where any element is NULL.",
        examples: &[("SELECT array_min(ARRAY[1, 3, 2])", "1")],
        source: "sql.md 7.5",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    pick(call, arguments, Ordering::Less)
}
