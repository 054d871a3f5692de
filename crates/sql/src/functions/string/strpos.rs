//! `strpos`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Bigint, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "strpos",
    aliases: &["position"],
    family: Family::String,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "strpos(varchar, varchar) -> bigint", kernel: first },
        Overload { signature: "strpos(varchar, varchar, bigint) -> bigint", kernel: nth },
    ],
    documentation: Documentation {
        summary: "Returns the 1-based position of the first or the n-th instance of a text.",
        edges: "0 when there is none. Fails when n is not positive.",
        examples: &[("SELECT strpos('hello', 'l')", "3"), ("SELECT strpos('hello', 'l', 2)", "4")],
        source: "sql.md 7.4",
    },
};

fn first(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Varchar, Varchar, Bigint>(call, arguments, |text, search| find(text, search, 1))
}

fn nth(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::ternary::<Varchar, Varchar, Bigint, Bigint>(call, arguments, find)
}

fn find(text: &str, search: &str, instance: i64) -> Result<i64, RowError> {
    if instance <= 0 {
        return Err(RowError::new("'instance' must be a positive or negative number."));
    }
    if search.is_empty() {
        return Ok(1);
    }
    let mut remaining = instance;
    let mut start = 0;
    while let Some(offset) = text.get(start..).and_then(|rest| rest.find(search)) {
        let at = start + offset;
        remaining -= 1;
        if remaining == 0 {
            return Ok(text.get(..at).map_or(0, |head| head.chars().count()) as i64 + 1);
        }
        // Instances may overlap: the next search starts one character later.
        start = at + text.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
    }
    Ok(0)
}
