//! Places in a query text.

use std::fmt;

/// A half-open range of bytes in the query text. The text limit keeps offsets within 32 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// The smallest span that covers both.
    pub fn to(self, other: Span) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The covered part of the text the span was made from; empty for any other text it does not fit.
    pub fn text(self, query: &str) -> &str {
        query.get(self.start as usize..self.end as usize).unwrap_or("")
    }

    /// Where the span starts in the text it was made from.
    pub fn position(self, query: &str) -> Position {
        Position::of(query, self.start)
    }
}

/// A place as people count it: both from 1, columns in characters. Printed as `line:column`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    pub line: u32,
    pub column: u32,
}

impl Position {
    /// The place of a byte offset; an offset beyond the text means its end.
    pub fn of(query: &str, offset: u32) -> Self {
        let mut place = Self { line: 1, column: 1 };
        for (at, character) in query.char_indices() {
            if at >= offset as usize {
                break;
            }
            if character == '\n' {
                place = Self { line: place.line + 1, column: 1 };
            } else {
                place.column += 1;
            }
        }
        place
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}
