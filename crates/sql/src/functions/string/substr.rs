//! `substr`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Bigint, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "substr",
    aliases: &["substring"],
    family: Family::String,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "substr(varchar, bigint) -> varchar", kernel: rest },
        Overload { signature: "substr(varchar, bigint, bigint) -> varchar", kernel },
    ],
    documentation: Documentation {
        summary: "Returns the part of a string from a 1-based start, of all or a number of characters.",
        edges: "A negative start counts from the end. A start of 0 or outside the string, or a length that is not positive, gives an empty string.",
        examples: &[("SELECT substr('hello', 2, 3)", "ell"), ("SELECT substr('hello', -3)", "llo")],
        source: "sql.md 7.4",
    },
};

fn rest(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Varchar, Bigint, Varchar>(call, arguments, |text, start| Ok(cut(text, start, i64::MAX)))
}

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::ternary::<Varchar, Bigint, Bigint, Varchar>(call, arguments, |text, start, length| {
        Ok(cut(text, start, length))
    })
}

fn cut(text: &str, start: i64, length: i64) -> String {
    let characters = text.chars().count() as i64;
    let first = match start {
        1.. => start - 1,
        0 => return String::new(),
        _ => characters.saturating_add(start),
    };
    if first < 0 || first >= characters || length <= 0 {
        return String::new();
    }
    text.chars().skip(first as usize).take(usize::try_from(length).unwrap_or(usize::MAX)).collect()
}
