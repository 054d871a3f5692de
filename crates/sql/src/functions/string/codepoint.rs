//! `codepoint`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Integer, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "codepoint",
    aliases: &[],
    family: Family::String,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "codepoint(varchar) -> integer", kernel }],
    documentation: Documentation {
        summary: "Returns the Unicode code point of the only character of a string.",
        edges: "Fails unless the string has exactly one character.",
        examples: &[("SELECT codepoint('A')", "65")],
        source: "sql.md 7.4",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Varchar, Integer>(call, arguments, code_point)
}

fn code_point(text: &str) -> Result<i32, RowError> {
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(only), None) => Ok(u32::from(only) as i32),
        _ => Err(RowError::new("Input string must be a single character string")),
    }
}
