//! `strrpos`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Bigint, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "strrpos",
    aliases: &[],
    family: Family::String,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "strrpos(varchar, varchar) -> bigint", kernel: last },
        Overload { signature: "strrpos(varchar, varchar, bigint) -> bigint", kernel: nth_last },
    ],
    documentation: Documentation {
        summary: "Returns the 1-based position of the last or the n-th last instance of a text.",
        edges: "0 when there is none; the empty text is found at 1. Fails when n is not positive.",
        examples: &[("SELECT strrpos('hello', 'l')", "4"), ("SELECT strrpos('hello', 'l', 2)", "3")],
        source: "sql.md 7.4",
    },
};

fn last(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Varchar, Varchar, Bigint>(call, arguments, |text, search| find_last(text, search, 1))
}

fn nth_last(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::ternary::<Varchar, Varchar, Bigint, Bigint>(call, arguments, find_last)
}

fn find_last(text: &str, search: &str, instance: i64) -> Result<i64, RowError> {
    if instance <= 0 {
        return Err(RowError::new("'instance' must be a positive or negative number."));
    }
    if search.is_empty() {
        return Ok(1);
    }
    let mut remaining = instance;
    let starts = text.char_indices().rev().map(|(at, _)| at);
    for at in starts {
        let rest = text.get(at..).unwrap_or_default();
        if rest.starts_with(search) {
            remaining -= 1;
            if remaining == 0 {
                return Ok(text.get(..at).map_or(0, |head| head.chars().count()) as i64 + 1);
            }
        }
    }
    Ok(0)
}
