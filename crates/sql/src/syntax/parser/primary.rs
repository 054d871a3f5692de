//! Operands: literals, names, calls, parentheses, constructors, CASE, CAST.

use super::super::ast::{CaseBranch, ExprKind, Literal};
use super::super::keyword::Keyword;
use super::super::token::TokenKind;
use super::{ParsedExpr, Parser};

impl Parser<'_> {
    pub(super) fn parse_primary(&mut self) -> ParsedExpr {
        if let Some(pending) = self.pending_operand.take() {
            return Ok(pending.operand);
        }
        match self.kind() {
            TokenKind::LeftParen if self.at_lambda_parameters() => self.parse_lambda(),
            TokenKind::LeftParen => {
                let (content, span) = self.parse_parenthesis()?;
                self.make_parenthesized(content, span)
            }
            TokenKind::Integer
            | TokenKind::Double
            | TokenKind::ShortInterval { .. }
            | TokenKind::String
            | TokenKind::UnicodeString => self.parse_plain_literal(),
            TokenKind::Parameter => {
                let span = self.advance().span;
                let name = span.text(self.text).trim_start_matches('@').to_owned();
                self.make(ExprKind::Parameter(name), span)
            }
            TokenKind::Keyword(keyword) if keyword.is_reserved() => self.parse_reserved(keyword),
            TokenKind::Word | TokenKind::Quoted | TokenKind::Keyword(_) => self.parse_named(),
            _ => Err(self.unexpected("an expression")),
        }
    }

    /// What a reserved word begins.
    fn parse_reserved(&mut self, keyword: Keyword) -> ParsedExpr {
        match keyword {
            Keyword::Null => self.parse_word_literal(Literal::Null),
            Keyword::True => self.parse_word_literal(Literal::Boolean(true)),
            Keyword::False => self.parse_word_literal(Literal::Boolean(false)),
            Keyword::Case => self.parse_case(),
            Keyword::Cast => self.parse_cast(false),
            Keyword::Exists => self.parse_exists(),
            Keyword::Extract => self.parse_extract(),
            Keyword::Grouping => self.parse_function_call(),
            Keyword::CurrentDate
            | Keyword::CurrentTime
            | Keyword::CurrentTimestamp
            | Keyword::LocalTime
            | Keyword::LocalTimestamp => self.parse_instant_word(),
            _ => Err(self.unexpected("an expression")),
        }
    }

    fn parse_word_literal(&mut self, literal: Literal) -> ParsedExpr {
        let span = self.advance().span;
        self.make(ExprKind::Literal(literal), span)
    }

    /// What a name, or a word that is not reserved, begins.
    fn parse_named(&mut self) -> ParsedExpr {
        match self.kind_at(1) {
            TokenKind::Arrow => return self.parse_lambda(),
            TokenKind::LeftParen => return self.parse_named_with_parenthesis(),
            TokenKind::LeftBracket if self.at_keyword(Keyword::Array) => return self.parse_array(),
            _ => {}
        }
        if self.at_interval_literal() {
            return self.parse_interval();
        }
        let typed = matches!(self.kind_at(1), TokenKind::String | TokenKind::UnicodeString);
        if typed && self.kind() != TokenKind::Quoted {
            return self.parse_typed_literal();
        }
        let name = self.parse_identifier()?;
        let span = name.span;
        self.make(ExprKind::Identifier(name), span)
    }

    fn parse_named_with_parenthesis(&mut self) -> ParsedExpr {
        match self.kind() {
            TokenKind::Keyword(Keyword::Row) => self.parse_row(),
            TokenKind::Keyword(Keyword::TryCast) => self.parse_cast(true),
            TokenKind::Keyword(Keyword::Try) => self.parse_try(),
            TokenKind::Keyword(Keyword::Trim) => self.parse_trim(),
            TokenKind::Keyword(Keyword::Position) => self.parse_position(),
            TokenKind::Keyword(Keyword::Substring) => self.parse_substring(),
            _ => self.parse_function_call(),
        }
    }

    /// `ROW(a, b)`
    fn parse_row(&mut self) -> ParsedExpr {
        let start = self.advance().span;
        self.expect(TokenKind::LeftParen, "(")?;
        let fields = self.expr_list()?;
        self.expect(TokenKind::RightParen, ")")?;
        self.make(ExprKind::Row { fields, explicit: true }, self.span_since(start))
    }

    /// `ARRAY[a, b]`, `ARRAY[]`
    fn parse_array(&mut self) -> ParsedExpr {
        let start = self.advance().span;
        self.expect(TokenKind::LeftBracket, "[")?;
        let elements = match self.kind() {
            TokenKind::RightBracket => Vec::new(),
            _ => self.expr_list()?,
        };
        self.expect(TokenKind::RightBracket, "]")?;
        self.make(ExprKind::Array(elements), self.span_since(start))
    }

    fn parse_case(&mut self) -> ParsedExpr {
        let start = self.advance().span;
        let operand = match self.at_keyword(Keyword::When) {
            true => None,
            false => Some(self.parse_expr()?),
        };
        let mut branches = Vec::new();
        while self.accept_keyword(Keyword::When) {
            let when = *self.parse_expr()?;
            self.expect_keyword(Keyword::Then)?;
            branches.push(CaseBranch { when, then: *self.parse_expr()? });
        }
        if branches.is_empty() {
            return Err(self.unexpected("WHEN"));
        }
        let otherwise = match self.accept_keyword(Keyword::Else) {
            true => Some(self.parse_expr()?),
            false => None,
        };
        self.expect_keyword(Keyword::End)?;
        self.make(ExprKind::Case { operand, branches, otherwise }, self.span_since(start))
    }

    /// `CAST(x AS type)`, `TRY_CAST(x AS type)`
    fn parse_cast(&mut self, safe: bool) -> ParsedExpr {
        let start = self.advance().span;
        self.expect(TokenKind::LeftParen, "(")?;
        let operand = self.parse_expr()?;
        self.expect_keyword(Keyword::As)?;
        let type_name = self.parse_type_name()?;
        self.expect(TokenKind::RightParen, ")")?;
        self.make(ExprKind::Cast { operand, type_name, safe }, self.span_since(start))
    }

    fn parse_try(&mut self) -> ParsedExpr {
        let start = self.advance().span;
        self.expect(TokenKind::LeftParen, "(")?;
        let operand = self.parse_expr()?;
        self.expect(TokenKind::RightParen, ")")?;
        self.make(ExprKind::Try(operand), self.span_since(start))
    }
}
