//! Literals (sql.md 2.3 and 2.4).

use super::super::ast::{ExprKind, IntervalField, Literal, Span};
use super::super::keyword::Keyword;
use super::super::string_literal::{decode_unicode, unquote};
use super::super::token::TokenKind;
use super::{Parsed, ParsedExpr, Parser};

impl Parser<'_> {
    /// Numbers, short intervals and strings.
    pub(super) fn parse_plain_literal(&mut self) -> ParsedExpr {
        let token = self.token_at(0);
        let text = token.span.text(self.text);
        let literal = match token.kind {
            TokenKind::Integer => Literal::Integer(text.to_owned()),
            TokenKind::Double => match text.parse() {
                Ok(value) => Literal::Double(value),
                Err(_) => return Err(self.unexpected("a number")),
            },
            TokenKind::ShortInterval { unit, unit_bytes } => {
                let number = text.get(..text.len().saturating_sub(usize::from(unit_bytes))).unwrap_or("");
                Literal::ShortInterval { number: number.to_owned(), unit }
            }
            _ => {
                let (text, span) = self.parse_string()?;
                return self.make(ExprKind::Literal(Literal::String(text)), span);
            }
        };
        self.advance();
        self.make(ExprKind::Literal(literal), token.span)
    }

    /// `'...'` or `U&'...' [UESCAPE 'c']`, decoded.
    pub(super) fn parse_string(&mut self) -> Parsed<(String, Span)> {
        let token = self.token_at(0);
        let text = token.span.text(self.text);
        match token.kind {
            TokenKind::String => {
                self.advance();
                Ok((unquote(text, '\''), token.span))
            }
            TokenKind::UnicodeString => {
                self.advance();
                let escape = self.parse_unicode_escape()?;
                let decoded = decode_unicode(text, escape);
                let decoded = decoded.map_err(|fault| self.invalid(token.span, fault))?;
                Ok((decoded, self.span_since(token.span)))
            }
            _ => Err(self.unexpected("a string")),
        }
    }

    fn parse_unicode_escape(&mut self) -> Parsed<char> {
        if !self.accept_keyword(Keyword::Uescape) {
            return Ok('\\');
        }
        let span = self.expect(TokenKind::String, "a string of one character")?;
        let text = unquote(span.text(self.text), '\'');
        let mut characters = text.chars();
        match (characters.next(), characters.next()) {
            (Some(escape), None) => Ok(escape),
            _ => Err(self.invalid(span, "UESCAPE needs one character")),
        }
    }

    /// `DATE '2022-06-17'`, `DOUBLE '0.0'`
    pub(super) fn parse_typed_literal(&mut self) -> ParsedExpr {
        let type_token = self.advance();
        let type_name = self.identifier_of(type_token);
        let (text, _) = self.parse_string()?;
        let span = self.span_since(type_name.span);
        self.make(ExprKind::Literal(Literal::Typed { type_name, text }), span)
    }

    /// Whether the word INTERVAL begins a literal here; it is a usable name otherwise.
    pub(super) fn at_interval_literal(&self) -> bool {
        if !self.at_keyword(Keyword::Interval) {
            return false;
        }
        let signed = matches!(self.kind_at(1), TokenKind::Plus | TokenKind::Minus);
        let value = 1 + usize::from(signed);
        let field_follows = interval_field(self.kind_at(value + 1)).is_some();
        match self.kind_at(value) {
            TokenKind::String | TokenKind::UnicodeString => !signed || field_follows,
            TokenKind::Integer | TokenKind::Double => field_follows,
            _ => false,
        }
    }

    /// `INTERVAL [+|-] 'text' start [TO end]`
    pub(super) fn parse_interval(&mut self) -> ParsedExpr {
        let first = self.advance().span;
        let negative = self.kind() == TokenKind::Minus;
        if negative || self.kind() == TokenKind::Plus {
            self.advance();
        }
        let text = match self.kind() {
            TokenKind::Integer | TokenKind::Double => self.advance().span.text(self.text).to_owned(),
            _ => self.parse_string()?.0,
        };
        let start = self.parse_interval_field()?;
        let end_follows = self.at_keyword(Keyword::To) && interval_field(self.kind_at(1)).is_some();
        let end = match end_follows {
            true => {
                self.advance();
                Some(self.parse_interval_field()?)
            }
            false => None,
        };
        let span = self.span_since(first);
        self.make(ExprKind::Literal(Literal::Interval { negative, text, start, end }), span)
    }

    fn parse_interval_field(&mut self) -> Parsed<IntervalField> {
        match interval_field(self.kind()) {
            Some(field) => {
                self.advance();
                Ok(field)
            }
            None => Err(self.unexpected("YEAR, MONTH, WEEK, DAY, HOUR, MINUTE or SECOND")),
        }
    }
}

fn interval_field(kind: TokenKind) -> Option<IntervalField> {
    let TokenKind::Keyword(keyword) = kind else {
        return None;
    };
    match keyword {
        Keyword::Year => Some(IntervalField::Year),
        Keyword::Month => Some(IntervalField::Month),
        Keyword::Week => Some(IntervalField::Week),
        Keyword::Day => Some(IntervalField::Day),
        Keyword::Hour => Some(IntervalField::Hour),
        Keyword::Minute => Some(IntervalField::Minute),
        Keyword::Second => Some(IntervalField::Second),
        _ => None,
    }
}
