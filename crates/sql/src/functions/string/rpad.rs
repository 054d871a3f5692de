//! `rpad`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Bigint, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "rpad",
    aliases: &[],
    family: Family::String,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "rpad(varchar, bigint, varchar) -> varchar", kernel }],
    documentation: Documentation {
        summary: "Pads a string on the right to a number of characters, or cuts it to that number.",
        edges: "Fails when the size is negative or over 1,048,576 or the padding is empty.",
        examples: &[("SELECT rpad('hello', 10, 'world')", "helloworld")],
        source: "sql.md 7.4",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::ternary::<Varchar, Bigint, Varchar, Varchar>(call, arguments, pad)
}

/// Bounds the memory of one row: a larger result could not be returned anyway.
const SIZE_MAX: i64 = 1_048_576;

fn pad(text: &str, size: i64, padding: &str) -> Result<String, RowError> {
    if padding.is_empty() {
        return Err(RowError::new("Padding string must not be empty"));
    }
    if !(0..=SIZE_MAX).contains(&size) {
        return Err(RowError::new(format!("Target length must be in the range [0..{SIZE_MAX}]")));
    }
    let size = size as usize;
    let length = text.chars().count();
    if length >= size {
        return Ok(text.chars().take(size).collect());
    }
    let padding = padding.chars().cycle().take(size - length);
    Ok(text.chars().chain(padding).collect())
}
