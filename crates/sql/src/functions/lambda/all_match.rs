//! `all_match`.

use arrow::array::ArrayRef;

use super::matches::any;
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "all_match",
    aliases: &[],
    family: Family::Lambda,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "all_match(array(T), function(T, boolean)) -> boolean", kernel }],
    documentation: Documentation {
        summary: "Tells whether a condition holds for every element.",
        edges: "True for an empty array; NULL if it fails for none and is NULL for some.",
        examples: &[("SELECT all_match(ARRAY[1, 2, 3], x -> x > 2)", "false")],
        source: "sql.md 7.12",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    any(call, arguments, false, true)
}
