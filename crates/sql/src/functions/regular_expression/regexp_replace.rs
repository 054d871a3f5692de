//! `regexp_replace`.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringViewArray, StringViewBuilder, UInt32Array};
use model::limits::FUNCTION_RESULT_BYTES_MAX;

use super::pattern::Patterns;
use super::replacement::Replacement;
use crate::functions::array::lists::list_of;
use crate::functions::map::{Input, Output, Varchar, too_large};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "regexp_replace",
    aliases: &[],
    family: Family::RegularExpression,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "regexp_replace(varchar, varchar) -> varchar", kernel: text },
        Overload { signature: "regexp_replace(varchar, varchar, varchar) -> varchar", kernel: text },
        Overload {
            signature: "regexp_replace(varchar, varchar, function(array(varchar), varchar)) -> varchar",
            kernel: lambda,
        },
    ],
    documentation: Documentation {
        summary: "Replaces every match of a pattern.",
        edges: "Without a replacement matches are removed. `$1` and `${name}` stand for groups, `\\$` for a dollar. A lambda gets the groups, of which those that took no part are NULL; where it gives NULL the result is NULL.",
        examples: &[
            ("SELECT regexp_replace('1a 2b 14m', '\\d+[ab] ')", "14m"),
            ("SELECT regexp_replace('1a 2b 14m', '(\\d+)([ab]) ', '3c$2 ')", "3ca 3cb 14m"),
            ("SELECT regexp_replace('example', '(\\w)', x -> upper(x[1]))", "EXAMPLE"),
        ],
        source: "sql.md 7.7",
    },
};

fn text(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let texts = arguments.column::<StringViewArray>(0)?;
    let mut patterns = Patterns::new(arguments, 1)?;
    let replacements = if arguments.len() > 2 { Some(arguments.column::<StringViewArray>(2)?) } else { None };
    let mut builder = Varchar::builder(call.rows);
    let mut out = String::new();
    let mut bytes = 0;
    for row in 0..call.rows {
        let replacement = match &replacements {
            Some(column) => column.row(row).map(|at| Varchar::get(column.values, at)),
            None => Some(""),
        };
        let (Some(text), Some(pattern), Some(replacement)) =
            (texts.row(row), patterns.row(row)?, replacement)
        else {
            builder.append_null();
            continue;
        };
        let text = Varchar::get(texts.values, text);
        let replacement = Replacement::parse(replacement, &pattern)?;
        out.clear();
        let mut rest = 0;
        pattern.each_capture(text, |found, captures| {
            out.push_str(text.get(rest..found.start).unwrap_or_default());
            replacement.append(&mut out, captures);
            rest = found.end;
            if bytes + out.len() > FUNCTION_RESULT_BYTES_MAX { Err(too_large()) } else { Ok(()) }
        })?;
        out.push_str(text.get(rest..).unwrap_or_default());
        bytes += out.len();
        builder.append_value(&out);
    }
    Ok(Varchar::finish(builder))
}

/// All matches of a batch; their groups lie one after the other.
#[derive(Debug, Default)]
struct Matches {
    ranges: Vec<Range<usize>>,
    row_of: Vec<u32>,
    group_counts: Vec<usize>,
}

/// Finds all matches first, so that the lambda runs once over the groups of all of them.
fn lambda(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let texts = arguments.column::<StringViewArray>(0)?;
    let mut patterns = Patterns::new(arguments, 1)?;
    let mut matches = Matches::default();
    let mut groups = StringViewBuilder::new();
    let mut valid = vec![false; call.rows];
    for (row, valid) in valid.iter_mut().enumerate() {
        let (Some(text), Some(pattern)) = (texts.row(row), patterns.row(row)?) else { continue };
        *valid = true;
        let group_count = pattern.group_count();
        pattern.each_capture(Varchar::get(texts.values, text), |found, captures| {
            matches.ranges.push(found);
            matches.row_of.push(row as u32);
            matches.group_counts.push(group_count);
            for group in 1..=group_count {
                groups.append_option(captures.get(group).map(|found| found.as_str()));
            }
            Ok(())
        })?;
    }
    let match_count = matches.ranges.len();
    let lists = list_of(Arc::new(groups.finish()), matches.group_counts, vec![true; match_count])?;
    let row_of = UInt32Array::from(matches.row_of);
    let replaced = if match_count == 0 {
        Arc::new(StringViewArray::from(Vec::<Option<&str>>::new())) as ArrayRef
    } else {
        arguments.lambda(2)?.call(&[lists], &row_of)?
    };
    let replaced = replaced.as_any().downcast_ref::<StringViewArray>();
    let replaced = replaced.ok_or_else(|| RowError::new("the lambda must give a varchar"))?;

    let mut builder = Varchar::builder(call.rows);
    let mut bytes = 0;
    let mut next = 0;
    for (row, valid) in valid.iter().enumerate() {
        let Some(text) = texts.row(row).filter(|_| *valid) else {
            builder.append_null();
            continue;
        };
        let text = Varchar::get(texts.values, text);
        let mut out = Some(String::with_capacity(text.len()));
        let mut rest = 0;
        while next < match_count && row_of.value(next) as usize == row {
            let found = &matches.ranges[next];
            match &mut out {
                Some(out) if replaced.is_valid(next) => {
                    out.push_str(text.get(rest..found.start).unwrap_or_default());
                    out.push_str(replaced.value(next));
                }
                _ => out = None,
            }
            rest = found.end;
            next += 1;
        }
        if let Some(out) = &mut out {
            out.push_str(text.get(rest..).unwrap_or_default());
            bytes += out.len();
        }
        if bytes > FUNCTION_RESULT_BYTES_MAX {
            return Err(too_large());
        }
        builder.append_option(out);
    }
    Ok(Varchar::finish(builder))
}
