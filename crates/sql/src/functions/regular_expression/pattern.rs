//! Compiled patterns and how they run over a text.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::StringViewArray;
use fancy_regex::{Captures, Regex, RegexBuilder};
use model::limits::{
    REGEX_BACKTRACKS_MAX, REGEX_COMPILED_BYTES_MAX, REGEX_PATTERN_BYTES_MAX, REGEX_PATTERNS_KEPT_MAX,
};

use super::java;
use crate::functions::arguments::Column;
use crate::functions::map::{Input, Varchar};
use crate::functions::{Arguments, RowError, stop};

#[derive(Debug)]
pub(super) struct Pattern {
    regex: Regex,
    /// For texts that end with a line feed, where `$` has a second place to match.
    before_line_feed: Option<Regex>,
}

impl Pattern {
    pub fn compile(pattern: &str) -> Result<Self, RowError> {
        if pattern.len() > REGEX_PATTERN_BYTES_MAX {
            let message = format!("Regular expression is longer than {REGEX_PATTERN_BYTES_MAX} bytes");
            return Err(RowError::new(message));
        }
        let invalid = |reason: String| {
            RowError::new(format!("Invalid regular expression '{pattern}': {reason}").replace('\n', " "))
        };
        let translated = java::translate(pattern).map_err(invalid)?;
        let build = |pattern: &str| {
            // Each part that the engine compiles alone may take this much, and counted repetitions are what swells.
            let parts = 1 + pattern.bytes().filter(|byte| *byte == b'{').count();
            RegexBuilder::new(pattern)
                .backtrack_limit(REGEX_BACKTRACKS_MAX)
                .delegate_size_limit((REGEX_COMPILED_BYTES_MAX / parts).max(REGEX_COMPILED_BYTES_MAX / 64))
                .build()
                .map_err(|error| invalid(error.to_string()))
        };
        let regex = build(&translated.pattern)?;
        let before_line_feed = translated.before_line_feed.as_deref().map(build).transpose()?;
        Ok(Self { regex, before_line_feed })
    }

    fn regex_for(&self, text: &str) -> &Regex {
        match &self.before_line_feed {
            Some(regex) if text.ends_with('\n') => regex,
            _ => &self.regex,
        }
    }

    /// The number of capturing groups.
    pub fn group_count(&self) -> usize {
        self.regex.captures_len().saturating_sub(1)
    }

    /// The number of a named group.
    pub fn group_named(&self, name: &str) -> Option<usize> {
        self.regex.capture_names().position(|known| known == Some(name))
    }

    /// A group number as a query gives it; 0 is the whole match.
    pub fn group(&self, group: i64) -> Result<usize, RowError> {
        let count = self.group_count();
        if group < 0 {
            return Err(RowError::new("Group cannot be negative"));
        }
        let known = usize::try_from(group).ok().filter(|group| *group <= count);
        known.ok_or_else(|| RowError::new(format!("Pattern has {count} groups. Cannot access group {group}")))
    }

    pub fn is_match(&self, text: &str) -> Result<bool, RowError> {
        self.regex_for(text).is_match(text).map_err(too_hard)
    }

    pub fn first<'t>(&self, text: &'t str) -> Result<Option<Captures<'t>>, RowError> {
        self.regex_for(text).captures(text).map_err(too_hard)
    }

    /// Calls `visit` with every match from left to right. As in Java, an empty match may follow another directly.
    pub fn each_match(
        &self,
        text: &str,
        mut visit: impl FnMut(Range<usize>) -> Result<(), RowError>,
    ) -> Result<(), RowError> {
        let regex = self.regex_for(text);
        let mut start = Some(0);
        while let Some(from) = start {
            stop::check()?;
            let Some(found) = regex.find_from_pos(text, from).map_err(too_hard)? else { break };
            start = after(text, found.range());
            visit(found.range())?;
        }
        Ok(())
    }

    /// Like [`Self::each_match`], with the groups.
    pub fn each_capture<'t>(
        &self,
        text: &'t str,
        mut visit: impl FnMut(Range<usize>, &Captures<'t>) -> Result<(), RowError>,
    ) -> Result<(), RowError> {
        let regex = self.regex_for(text);
        let mut start = Some(0);
        while let Some(from) = start {
            stop::check()?;
            let Some(captures) = regex.captures_from_pos(text, from).map_err(too_hard)? else { break };
            let Some(whole) = captures.get(0) else { break };
            start = after(text, whole.range());
            visit(whole.range(), &captures)?;
        }
        Ok(())
    }
}

/// Where the search goes on; `None` at the end of the text.
fn after(text: &str, found: Range<usize>) -> Option<usize> {
    if !found.is_empty() {
        return Some(found.end);
    }
    let next = text.get(found.end..)?.chars().next()?;
    Some(found.end + next.len_utf8())
}

fn too_hard(error: fancy_regex::Error) -> RowError {
    RowError::new(format!("Regular expression matching failed: {error}"))
}

/// The pattern argument of one batch: each different pattern is compiled once, and the last ones are kept for later
/// batches.
#[derive(Debug)]
pub(super) struct Patterns<'a> {
    column: Column<'a, StringViewArray>,
    last: Option<(&'a str, Arc<Pattern>)>,
}

impl<'a> Patterns<'a> {
    pub fn new(arguments: &Arguments<'a>, index: usize) -> Result<Self, RowError> {
        Ok(Self { column: arguments.column(index)?, last: None })
    }

    /// The pattern of a row; `None` when it is NULL.
    pub fn row(&mut self, row: usize) -> Result<Option<Arc<Pattern>>, RowError> {
        stop::check()?;
        let Some(position) = self.column.row(row) else { return Ok(None) };
        let text = Varchar::get(self.column.values, position);
        if let Some((last, pattern)) = &self.last
            && *last == text
        {
            return Ok(Some(pattern.clone()));
        }
        let pattern = compiled(text)?;
        self.last = Some((text, pattern.clone()));
        Ok(Some(pattern))
    }
}

/// The patterns used last, the newest at the end.
static KEPT: Mutex<Vec<(String, Arc<Pattern>)>> = Mutex::new(Vec::new());

fn compiled(text: &str) -> Result<Arc<Pattern>, RowError> {
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(at) = kept.iter().position(|(known, _)| known == text) {
        let found = kept.remove(at);
        let pattern = found.1.clone();
        kept.push(found);
        return Ok(pattern);
    }
    drop(kept);
    let pattern = Arc::new(Pattern::compile(text)?);
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.len() >= REGEX_PATTERNS_KEPT_MAX {
        kept.remove(0);
    }
    kept.push((text.to_owned(), pattern.clone()));
    Ok(pattern)
}

/// Whether a constant pattern is one at all, so that the analyzer can say so before anything runs.
pub(in crate::functions) fn check_syntax(pattern: &str) -> Result<(), RowError> {
    compiled(pattern).map(|_| ())
}
