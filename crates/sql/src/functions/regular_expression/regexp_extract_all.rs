//! `regexp_extract_all`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StringViewArray, StringViewBuilder};

use super::pattern::Patterns;
use crate::functions::array::lists::list_of;
use crate::functions::map::{Input, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "regexp_extract_all",
    aliases: &[],
    family: Family::RegularExpression,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "regexp_extract_all(varchar, varchar) -> array(varchar)", kernel },
        Overload { signature: "regexp_extract_all(varchar, varchar, bigint) -> array(varchar)", kernel },
    ],
    documentation: Documentation {
        summary: "Returns all matches of a pattern, or one capturing group of each.",
        edges: "An empty array without a match; a NULL element where the group took no part. Fails for a group the pattern has not.",
        examples: &[
            ("SELECT regexp_extract_all('example expect complex', 'ex\\w')", "[exa,exp]"),
            ("SELECT regexp_extract_all('example expect complex', '(ex)(\\w)', 2)", "[a,p]"),
        ],
        source: "sql.md 7.7",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let texts = arguments.column::<StringViewArray>(0)?;
    let mut patterns = Patterns::new(arguments, 1)?;
    let groups = if arguments.len() > 2 { Some(arguments.column::<Int64Array>(2)?) } else { None };
    let mut elements = StringViewBuilder::new();
    let (mut lengths, mut valid) = (Vec::with_capacity(call.rows), Vec::with_capacity(call.rows));
    for row in 0..call.rows {
        let group = match &groups {
            Some(column) => column.row(row).map(|at| column.values.value(at)),
            None => Some(0),
        };
        let (Some(text), Some(pattern), Some(group)) = (texts.row(row), patterns.row(row)?, group) else {
            lengths.push(0);
            valid.push(false);
            continue;
        };
        let text = Varchar::get(texts.values, text);
        let group = pattern.group(group)?;
        let mut count = 0;
        if group == 0 {
            pattern.each_match(text, |found| {
                elements.append_option(text.get(found));
                count += 1;
                Ok(())
            })?;
        } else {
            pattern.each_capture(text, |_, captures| {
                elements.append_option(captures.get(group).map(|found| found.as_str()));
                count += 1;
                Ok(())
            })?;
        }
        lengths.push(count);
        valid.push(true);
    }
    list_of(Arc::new(elements.finish()), lengths, valid)
}
