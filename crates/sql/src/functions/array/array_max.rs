//! `array_max`.

use std::cmp::Ordering;

use arrow::array::ArrayRef;

use super::extreme::pick;
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "array_max",
    aliases: &[],
    family: Family::Array,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "array_max(array(T)) -> T where T: orderable", kernel }],
    documentation: Documentation {
        summary: "Returns the largest element.",
        edges: "NULL for an empty array and where any element is NULL.",
        examples: &[("SELECT array_max(ARRAY[1, 3, 2])", "3")],
        source: "sql.md 7.5",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    pick(call, arguments, Ordering::Greater)
}
