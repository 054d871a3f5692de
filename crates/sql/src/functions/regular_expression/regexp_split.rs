//! `regexp_split`.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringViewArray, StringViewBuilder};

use super::pattern::Patterns;
use crate::functions::array::lists::list_of;
use crate::functions::map::{Input, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "regexp_split",
    aliases: &[],
    family: Family::RegularExpression,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "regexp_split(varchar, varchar) -> array(varchar)", kernel }],
    documentation: Documentation {
        summary: "Splits a string at every match of a pattern.",
        edges: "Empty strings are kept, at the end too.",
        examples: &[("SELECT regexp_split('1a 2b 14m', '\\s*[a-z]+\\s*')", "[1,2,14,]")],
        source: "sql.md 7.7",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let texts = arguments.column::<StringViewArray>(0)?;
    let mut patterns = Patterns::new(arguments, 1)?;
    let mut elements = StringViewBuilder::new();
    let (mut lengths, mut valid) = (Vec::with_capacity(call.rows), Vec::with_capacity(call.rows));
    for row in 0..call.rows {
        let (Some(text), Some(pattern)) = (texts.row(row), patterns.row(row)?) else {
            lengths.push(0);
            valid.push(false);
            continue;
        };
        let text = Varchar::get(texts.values, text);
        let (mut count, mut rest) = (1, 0);
        pattern.each_match(text, |found| {
            elements.append_option(text.get(rest..found.start));
            rest = found.end;
            count += 1;
            Ok(())
        })?;
        elements.append_option(text.get(rest..));
        lengths.push(count);
        valid.push(true);
    }
    list_of(Arc::new(elements.finish()), lengths, valid)
}
