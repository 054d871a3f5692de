//! `replace`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "replace",
    aliases: &[],
    family: Family::String,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "replace(varchar, varchar) -> varchar", kernel: delete },
        Overload { signature: "replace(varchar, varchar, varchar) -> varchar", kernel },
    ],
    documentation: Documentation {
        summary: "Replaces every occurrence of a text, or deletes it.",
        edges: "An empty search text puts the replacement before every character and at the end. Fails when the result is over 1,048,576 bytes.",
        examples: &[
            ("SELECT replace('abcabc', 'b', 'x')", "axcaxc"),
            ("SELECT replace('abcabc', 'b')", "acac"),
        ],
        source: "sql.md 7.4",
    },
};

fn delete(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Varchar, Varchar, Varchar>(call, arguments, |text, search| substitute(text, search, ""))
}

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::ternary::<Varchar, Varchar, Varchar, Varchar>(call, arguments, substitute)
}

/// Bounds the memory of one row: a larger result could not be returned anyway.
const RESULT_BYTES_MAX: usize = 1_048_576;

fn substitute(text: &str, search: &str, replacement: &str) -> Result<String, RowError> {
    let matches = text.matches(search).count();
    if text.len().saturating_add(matches.saturating_mul(replacement.len())) > RESULT_BYTES_MAX {
        return Err(RowError::new(format!("The result of replace is over {RESULT_BYTES_MAX} bytes")));
    }
    Ok(text.replace(search, replacement))
}
