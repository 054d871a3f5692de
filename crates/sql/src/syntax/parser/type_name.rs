//! Spelled types (sql.md 3.1).

use model::limits;

use super::super::ast::{Identifier, RowField, Span, TypeName, TypeNameKind};
use super::super::error::Limit;
use super::super::keyword::Keyword;
use super::super::token::TokenKind;
use super::{Parsed, Parser};

impl Parser<'_> {
    pub(super) fn parse_type_name(&mut self) -> Parsed<TypeName> {
        self.parse_type_at(1)
    }

    /// A type that stands `level` types deep, itself included.
    fn parse_type_at(&mut self, level: usize) -> Parsed<TypeName> {
        let start = self.span();
        let mut level_of_postfix = level;
        self.check_type_level(level)?;
        let kind = self.parse_type_kind(level)?;
        let mut type_name = TypeName { span: self.span_since(start), kind };
        while self.accept_keyword(Keyword::Array) {
            level_of_postfix += 1;
            self.check_type_level(level_of_postfix)?;
            type_name =
                TypeName { span: self.span_since(start), kind: TypeNameKind::Array(Box::new(type_name)) };
        }
        Ok(type_name)
    }

    fn check_type_level(&self, level: usize) -> Parsed<()> {
        match level > limits::SQL_TYPE_NESTING_MAX {
            true => Err(self.too_large(self.span(), Limit::TypeNesting)),
            false => Ok(()),
        }
    }

    fn parse_type_kind(&mut self, level: usize) -> Parsed<TypeNameKind> {
        use TokenKind::{LeftBracket, LeftParen, Less};
        let opens = matches!(self.kind_at(1), LeftParen | Less | LeftBracket);
        match self.kind() {
            TokenKind::Keyword(Keyword::Array) if opens => {
                Ok(TypeNameKind::Array(Box::new(self.parse_element_type(level)?)))
            }
            TokenKind::Keyword(Keyword::TimeSeries) if opens => {
                Ok(TypeNameKind::TimeSeries(Box::new(self.parse_element_type(level)?)))
            }
            TokenKind::Keyword(Keyword::Row) if self.kind_at(1) == LeftParen => self.parse_row_type(level),
            TokenKind::Keyword(Keyword::Interval) if self.kind_at(2) == TokenKind::Keyword(Keyword::To) => {
                self.parse_interval_type()
            }
            _ => self.parse_named_type(),
        }
    }

    /// `array(T)`, `array<T>`, `array[T]`, from the word on.
    fn parse_element_type(&mut self, level: usize) -> Parsed<TypeName> {
        self.advance();
        let (close, expected) = match self.advance().kind {
            TokenKind::Less => (TokenKind::Greater, ">"),
            TokenKind::LeftBracket => (TokenKind::RightBracket, "]"),
            _ => (TokenKind::RightParen, ")"),
        };
        let element = self.parse_type_at(level + 1)?;
        self.expect(close, expected)?;
        Ok(element)
    }

    /// `row(x T, y T)`, `row(T, T)`
    fn parse_row_type(&mut self, level: usize) -> Parsed<TypeNameKind> {
        self.at += 2;
        let fields = self.comma_list(|parser| {
            let name = match parser.at_field_name() {
                true => Some(parser.parse_identifier()?),
                false => None,
            };
            Ok(RowField { name, type_name: parser.parse_type_at(level + 1)? })
        })?;
        self.expect(TokenKind::RightParen, ")")?;
        Ok(TypeNameKind::Row(fields))
    }

    /// A name in front of a type: two words that do not spell one type together.
    fn at_field_name(&self) -> bool {
        let next = self.kind_at(1);
        let is_keyword = |keyword: Keyword| next == TokenKind::Keyword(keyword);
        let ends_type =
            |ahead: usize| matches!(self.kind_at(ahead), TokenKind::Comma | TokenKind::RightParen);
        let spells_one_type = match self.kind() {
            TokenKind::Keyword(Keyword::Interval) => self.kind_at(2) == TokenKind::Keyword(Keyword::To),
            TokenKind::Keyword(Keyword::Double) => is_keyword(Keyword::Precision),
            TokenKind::Keyword(Keyword::Time | Keyword::Timestamp) => is_keyword(Keyword::Without),
            _ => is_keyword(Keyword::Array) && ends_type(2),
        };
        self.is_identifier(0) && self.is_identifier(1) && !spells_one_type
    }

    fn parse_interval_type(&mut self) -> Parsed<TypeNameKind> {
        use Keyword::{Day, Interval, Month, Second, To, Year};
        if self.accept_keywords(&[Interval, Day, To, Second]) {
            return Ok(TypeNameKind::IntervalDayToSecond);
        }
        if self.accept_keywords(&[Interval, Year, To, Month]) {
            return Ok(TypeNameKind::IntervalYearToMonth);
        }
        self.advance();
        Err(self.unexpected("DAY TO SECOND or YEAR TO MONTH"))
    }

    fn parse_named_type(&mut self) -> Parsed<TypeNameKind> {
        let mut name = self.parse_identifier()?;
        let mut parameters = Vec::new();
        if name.is("double") && self.accept_keyword(Keyword::Precision) {
            name = spelled(name, "precision", self.last_span());
        }
        if self.accept(TokenKind::LeftParen) {
            parameters = self.comma_list(|parser| {
                let span = parser.expect(TokenKind::Integer, "a number")?;
                Ok(span.text(parser.text).to_owned())
            })?;
            self.expect(TokenKind::RightParen, ")")?;
        }
        for preposition in [Keyword::With, Keyword::Without] {
            if self.accept_keywords(&[preposition, Keyword::Time, Keyword::Zone]) {
                let words = format!("{} time zone", preposition.text().to_ascii_lowercase());
                name = spelled(name, &words, self.last_span());
            }
        }
        Ok(TypeNameKind::Named { name, parameters })
    }
}

/// A type name of several words.
fn spelled(name: Identifier, more: &str, end: Span) -> Identifier {
    Identifier { span: name.span.to(end), text: format!("{} {more}", name.text), quoted: false }
}
