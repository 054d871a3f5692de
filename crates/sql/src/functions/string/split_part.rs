//! `split_part`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Bigint, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "split_part",
    aliases: &[],
    family: Family::String,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "split_part(varchar, varchar, bigint) -> varchar", kernel }],
    documentation: Documentation {
        summary: "Splits a string at a delimiter and returns the field at a 1-based index.",
        edges: "NULL beyond the last field. Fails when the index is below 1.",
        examples: &[("SELECT split_part('a:b:c', ':', 2)", "b")],
        source: "sql.md 7.4",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::ternary_or_null::<Varchar, Varchar, Bigint, Varchar>(call, arguments, part)
}

fn part(text: &str, delimiter: &str, index: i64) -> Result<Option<String>, RowError> {
    if index < 1 {
        return Err(RowError::new("Index must be greater than zero"));
    }
    let Ok(skipped) = usize::try_from(index - 1) else { return Ok(None) };
    if delimiter.is_empty() {
        return Ok(text.chars().nth(skipped).map(String::from));
    }
    Ok(text.split(delimiter).nth(skipped).map(str::to_owned))
}
