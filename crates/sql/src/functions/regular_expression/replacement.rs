//! The replacement text of `regexp_replace`: `$1` and `${name}` stand for groups, a backslash takes the next
//! character as it is.

use fancy_regex::Captures;

use super::pattern::Pattern;
use crate::functions::RowError;

#[derive(Debug, PartialEq)]
pub(super) struct Replacement {
    parts: Vec<Part>,
}

#[derive(Debug, PartialEq)]
enum Part {
    Text(String),
    Group(usize),
}

impl Replacement {
    pub fn parse(text: &str, pattern: &Pattern) -> Result<Self, RowError> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut input = text.chars().peekable();
        while let Some(c) = input.next() {
            match c {
                '\\' => {
                    let escaped = input.next();
                    literal.push(escaped.ok_or_else(|| illegal("character to be escaped is missing"))?);
                }
                '$' => {
                    let group = if input.next_if_eq(&'{').is_some() {
                        let name: String = input.by_ref().take_while(|c| *c != '}').collect();
                        let group = pattern.group_named(&name);
                        group.ok_or_else(|| illegal(&format!("unknown group {{{name}}}")))?
                    } else {
                        let first = input.next().and_then(|c| c.to_digit(10));
                        let mut group = first.ok_or_else(|| illegal("missing identifier"))? as usize;
                        if group > pattern.group_count() {
                            return Err(illegal(&format!("unknown group {group}")));
                        }
                        // As many digits as still name a group.
                        while let Some(digit) = input.peek().and_then(|c| c.to_digit(10)) {
                            let longer = group * 10 + digit as usize;
                            if longer > pattern.group_count() {
                                break;
                            }
                            group = longer;
                            input.next();
                        }
                        group
                    };
                    if !literal.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut literal)));
                    }
                    parts.push(Part::Group(group));
                }
                c => literal.push(c),
            }
        }
        if !literal.is_empty() {
            parts.push(Part::Text(literal));
        }
        Ok(Self { parts })
    }

    /// A group that took no part in the match is empty.
    pub fn append(&self, out: &mut String, captures: &Captures<'_>) {
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Group(group) => out.push_str(captures.get(*group).map_or("", |found| found.as_str())),
            }
        }
    }
}

fn illegal(what: &str) -> RowError {
    RowError::new(format!("Illegal replacement sequence: {what}"))
}
