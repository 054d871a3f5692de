//! `regexp_like`.

use arrow::array::{ArrayRef, StringViewArray};

use super::pattern::Patterns;
use crate::functions::map::{Boolean, Input, Output, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "regexp_like",
    aliases: &[],
    family: Family::RegularExpression,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "regexp_like(varchar, varchar) -> boolean", kernel }],
    documentation: Documentation {
        summary: "Tells whether a string contains a match of a pattern.",
        edges: "The match may be anywhere in the string. Fails for an invalid pattern.",
        examples: &[
            ("SELECT regexp_like('1a 2b 14m', '\\d+b')", "true"),
            ("SELECT regexp_like('foobar', 'foo(?=baz)')", "false"),
        ],
        source: "sql.md 7.7",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let texts = arguments.column::<StringViewArray>(0)?;
    let mut patterns = Patterns::new(arguments, 1)?;
    let mut builder = Boolean::builder(call.rows);
    for row in 0..call.rows {
        let item = match (texts.row(row), patterns.row(row)?) {
            (Some(text), Some(pattern)) => Some(pattern.is_match(Varchar::get(texts.values, text))?),
            _ => None,
        };
        Boolean::push(&mut builder, item);
    }
    Ok(Boolean::finish(builder))
}
