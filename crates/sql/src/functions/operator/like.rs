//! `LIKE`.

use arrow::array::{ArrayRef, BooleanBuilder, StringViewArray};
use std::sync::Arc;

use crate::functions::arguments::Column;
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "$like",
    aliases: &[],
    family: Family::Operator,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "$like(varchar, varchar) -> boolean", kernel },
        Overload { signature: "$like(varchar, varchar, varchar) -> boolean", kernel },
    ],
    documentation: Documentation {
        summary: "Tells whether a string matches a pattern: % stands for any characters, _ for one.",
        edges: "Case matters. There is no escape character unless ESCAPE names one; it must be followed by %, _ or itself.",
        examples: &[("SELECT 'Asia' LIKE 'A__a'", "true"), ("SELECT 'a%b' LIKE 'a#%b' ESCAPE '#'", "true")],
        source: "sql.md 6.2",
    },
};

/// A pattern ready to match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LikePattern {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    /// `_`
    One,
    /// `%`
    Any,
}

impl LikePattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// An escape of more or less than one character, or one that escapes nothing.
    pub fn new(pattern: &str, escape: Option<&str>) -> Result<Self, RowError> {
        let escape = escape.map(single_character).transpose()?;
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut characters = pattern.chars();
        while let Some(character) = characters.next() {
            if Some(character) == escape {
                match characters.next() {
                    Some(escaped) if matches!(escaped, '%' | '_') || Some(escaped) == escape => {
                        text.push(escaped);
                    }
                    _ => return Err(bad_escape()),
                }
                continue;
            }
            let part = match character {
                '%' => Part::Any,
                '_' => Part::One,
                character => {
                    text.push(character);
                    continue;
                }
            };
            if !text.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut text)));
            }
            if part != Part::Any || parts.last() != Some(&Part::Any) {
                parts.push(part);
            }
        }
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        Ok(Self { parts })
    }

    /// Whether the whole text matches. Goes back only to the last `%`, so it takes at most text times pattern steps.
    pub fn matches(&self, text: &str) -> bool {
        if let [Part::Any, Part::Text(inner), Part::Any] = self.parts.as_slice() {
            return text.contains(inner.as_str());
        }
        let (mut at, mut part) = (0, 0);
        let mut retry: Option<(usize, usize)> = None;
        loop {
            let rest = text.get(at..).unwrap_or_default();
            let step = match self.parts.get(part) {
                Some(Part::Any) => {
                    part += 1;
                    retry = Some((part, at));
                    continue;
                }
                Some(Part::Text(wanted)) => rest.starts_with(wanted.as_str()).then_some(wanted.len()),
                Some(Part::One) => rest.chars().next().map(char::len_utf8),
                None if rest.is_empty() => return true,
                None if self.parts.last() == Some(&Part::Any) => return true,
                None => None,
            };
            if let Some(length) = step {
                at += length;
                part += 1;
                continue;
            }
            let Some((part_after, tried)) = retry else { return false };
            let Some(skipped) = text.get(tried..).and_then(|rest| rest.chars().next()) else { return false };
            let next = tried + skipped.len_utf8();
            retry = Some((part_after, next));
            (part, at) = (part_after, next);
        }
    }
}

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let texts = arguments.column::<StringViewArray>(0)?;
    let patterns = arguments.column::<StringViewArray>(1)?;
    let escapes = match arguments.len() {
        3 => Some(arguments.column::<StringViewArray>(2)?),
        _ => None,
    };
    let constant = patterns.is_constant() && escapes.as_ref().is_none_or(Column::is_constant);
    let mut compiled: Option<LikePattern> = None;
    let mut builder = BooleanBuilder::with_capacity(call.rows);
    for row in 0..call.rows {
        let text = texts.row(row).map(|position| texts.values.value(position));
        let pattern = patterns.row(row).map(|position| patterns.values.value(position));
        let escape = match &escapes {
            Some(escapes) => match escapes.row(row) {
                Some(position) => Some(escapes.values.value(position)),
                None => {
                    builder.append_null();
                    continue;
                }
            },
            None => None,
        };
        let (Some(text), Some(pattern)) = (text, pattern) else {
            builder.append_null();
            continue;
        };
        let matcher = match compiled.take() {
            Some(matcher) if constant => matcher,
            _ => LikePattern::new(pattern, escape)?,
        };
        builder.append_value(matcher.matches(text));
        compiled = Some(matcher);
    }
    Ok(Arc::new(builder.finish()))
}

fn single_character(escape: &str) -> Result<char, RowError> {
    let mut characters = escape.chars();
    match (characters.next(), characters.next()) {
        (Some(character), None) => Ok(character),
        _ => Err(RowError::new("Escape string must be a single character")),
    }
}

fn bad_escape() -> RowError {
    RowError::new("Escape character must be followed by '%', '_' or the escape character itself")
}
