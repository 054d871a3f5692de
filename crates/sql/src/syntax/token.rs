//! Tokens: a kind and a place. Their text stays in the query text.

use super::ast::{ShortUnit, Span};
use super::keyword::Keyword;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    pub kind: TokenKind,
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// An unquoted word that the grammar does not know.
    Word,
    Keyword(Keyword),
    /// `"..."`
    Quoted,
    /// Digits.
    Integer,
    /// Digits with a point or an exponent.
    Double,
    /// A number and a unit without a blank between them; the unit takes the last `unit_bytes` bytes.
    ShortInterval {
        unit: ShortUnit,
        unit_bytes: u8,
    },
    /// `'...'`
    String,
    /// `U&'...'`
    UnicodeString,
    /// `@name`
    Parameter,
    LeftParen,
    RightParen,
    LeftBracket,
    RightBracket,
    Comma,
    Dot,
    Semicolon,
    DoubleColon,
    Arrow,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    Concat,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    /// What the lexer could not read; nothing follows it but the end.
    Unreadable,
    /// Behind the last token, at the end of the text.
    End,
}
