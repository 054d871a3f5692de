//! `regexp_extract`.

use arrow::array::{ArrayRef, Int64Array, StringViewArray};

use super::pattern::Patterns;
use crate::functions::map::{Input, Output, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "regexp_extract",
    aliases: &[],
    family: Family::RegularExpression,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "regexp_extract(varchar, varchar) -> varchar", kernel },
        Overload { signature: "regexp_extract(varchar, varchar, bigint) -> varchar", kernel },
    ],
    documentation: Documentation {
        summary: "Returns the first match of a pattern, or one capturing group of it.",
        edges: "NULL without a match, and for a group that took no part in it. Fails for a group the pattern has not.",
        examples: &[
            ("SELECT regexp_extract('1a 2b 14m', '\\d+')", "1"),
            ("SELECT regexp_extract('1a 2b 14m', '(\\d+)([a-z]+)', 2)", "a"),
        ],
        source: "sql.md 7.7",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let texts = arguments.column::<StringViewArray>(0)?;
    let mut patterns = Patterns::new(arguments, 1)?;
    let groups = if arguments.len() > 2 { Some(arguments.column::<Int64Array>(2)?) } else { None };
    let mut builder = Varchar::builder(call.rows);
    for row in 0..call.rows {
        let group = match &groups {
            Some(column) => column.row(row).map(|at| column.values.value(at)),
            None => Some(0),
        };
        match (texts.row(row), patterns.row(row)?, group) {
            (Some(text), Some(pattern), Some(group)) => {
                let group = pattern.group(group)?;
                let captures = pattern.first(Varchar::get(texts.values, text))?;
                builder
                    .append_option(captures.and_then(|found| found.get(group)).map(|found| found.as_str()));
            }
            _ => builder.append_null(),
        }
    }
    Ok(Varchar::finish(builder))
}
