//! Checks inputs against the constraints of the service models and words the violations as AWS does (api.md 1.3).
//!
//! A valid input costs no allocation: paths live on the stack and become text only for a violation. At most
//! `VIOLATIONS_MAX` violations are found; then checking stops.

mod path;
mod rule;

pub use path::Path;
pub use rule::{Pattern, Range, Step, TextRule};

use crate::shape::{Choice, Enumeration, List};
use model::limits::{MESSAGE_VALUE_CHARS_MAX, VIOLATIONS_MAX};
use std::fmt::Write;

/// Implemented by generated code for every input structure.
pub trait Validate {
    fn validate(&self, at: &Path<'_>, found: &mut Violations);
}

/// The violations of one request.
#[derive(Debug, Default)]
pub struct Violations {
    texts: Vec<String>,
}

/// How an offending value is shown.
enum Shown<'a> {
    Null,
    Hidden,
    Text(&'a str),
    Number(i64),
    Items(usize),
}

impl Violations {
    /// The message of a ValidationException, or `None` when nothing was violated.
    pub fn message(&self) -> Option<String> {
        if self.texts.is_empty() {
            return None;
        }
        let plural = if self.texts.len() == 1 { "" } else { "s" };
        Some(format!("{} validation error{plural} detected: {}", self.texts.len(), self.texts.join("; ")))
    }

    pub fn required(&mut self, at: &Path<'_>, present: bool) {
        if !present {
            self.add(at, Shown::Null, "Member must not be null");
        }
    }

    pub fn text(&mut self, at: &Path<'_>, text: Option<&str>, required: bool, rule: &TextRule) {
        let Some(text) = text else {
            if required {
                self.add(at, Shown::Null, "Member must not be null");
            }
            return;
        };
        if rule.accepts(text) {
            return;
        }
        let shown = || if rule.sensitive { Shown::Hidden } else { Shown::Text(text) };
        let chars = text.chars().count();
        if chars < rule.min {
            self.add(at, shown(), &format!("Member must have length greater than or equal to {}", rule.min));
        }
        if let Some(max) = rule.max.filter(|max| chars > *max) {
            self.add(at, shown(), &format!("Member must have length less than or equal to {max}"));
        }
        if let Some(pattern) = rule.pattern.filter(|pattern| !pattern.matches(text)) {
            self.add(
                at,
                shown(),
                &format!("Member must satisfy regular expression pattern: {}", pattern.text),
            );
        }
    }

    pub fn choice<E: Enumeration>(&mut self, at: &Path<'_>, value: Option<&Choice<'_, E>>, required: bool) {
        match value {
            Some(Choice::Known(_)) => {}
            Some(Choice::Other(text)) => {
                let constraint = format!("Member must satisfy enum value set: [{}]", E::NAMES.join(", "));
                self.add(at, Shown::Text(text), &constraint);
            }
            None => self.required(at, !required),
        }
    }

    pub fn number(&mut self, at: &Path<'_>, value: Option<i64>, required: bool, range: Range) {
        let Some(value) = value else {
            return self.required(at, !required);
        };
        if let Some(min) = range.min.filter(|min| value < *min) {
            self.add(
                at,
                Shown::Number(value),
                &format!("Member must have value greater than or equal to {min}"),
            );
        }
        if let Some(max) = range.max.filter(|max| value > *max) {
            self.add(
                at,
                Shown::Number(value),
                &format!("Member must have value less than or equal to {max}"),
            );
        }
    }

    pub fn list<T, const MAX: usize>(
        &mut self,
        at: &Path<'_>,
        list: Option<&List<T, MAX>>,
        required: bool,
        min: usize,
        max: usize,
    ) {
        let Some(list) = list else {
            return self.required(at, !required);
        };
        let length = list.len_sent();
        if length < min {
            self.add(
                at,
                Shown::Items(length),
                &format!("Member must have length greater than or equal to {min}"),
            );
        }
        if length > max {
            self.add(
                at,
                Shown::Items(length),
                &format!("Member must have length less than or equal to {max}"),
            );
        }
    }

    fn add(&mut self, at: &Path<'_>, value: Shown<'_>, constraint: &str) {
        if self.texts.len() >= VIOLATIONS_MAX {
            return;
        }
        let mut text = String::from("Value ");
        let written = match value {
            Shown::Null => write!(text, "null at"),
            Shown::Hidden => write!(text, "at"),
            Shown::Text(value) => write!(text, "'{}' at", excerpt(value)),
            Shown::Number(value) => write!(text, "'{value}' at"),
            Shown::Items(0) => write!(text, "'[]' at"),
            Shown::Items(length) => write!(text, "'[{length} members]' at"),
        };
        debug_assert!(written.is_ok(), "writing to a string can't fail");
        text.push_str(&format!(" '{at}' failed to satisfy constraint: {constraint}"));
        self.texts.push(text);
    }
}

/// The start of a value, marked where it was cut.
pub(crate) fn excerpt(value: &str) -> String {
    let mut chars = value.chars();
    let mut start: String = chars.by_ref().take(MESSAGE_VALUE_CHARS_MAX).collect();
    if chars.next().is_some() {
        start.push_str("...");
    }
    start
}
