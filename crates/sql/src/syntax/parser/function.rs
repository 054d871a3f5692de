//! Function calls, and the calls with words inside their parentheses.

use super::super::ast::{
    Expr, ExprKind, FunctionCall, Identifier, NullTreatment, SortItem, TrimSide, Window,
};
use super::super::keyword::Keyword;
use super::super::token::TokenKind;
use super::{Parsed, ParsedExpr, Parser};

impl Parser<'_> {
    pub(super) fn parse_function_call(&mut self) -> ParsedExpr {
        let name_token = self.advance();
        let name = self.identifier_of(name_token);
        let start = name.span;
        let mut call = plain_call(name, Vec::new());
        self.expect(TokenKind::LeftParen, "(")?;
        if self.kind() == TokenKind::Star && self.kind_at(1) == TokenKind::RightParen {
            self.advance();
            call.star = true;
        } else if self.kind() != TokenKind::RightParen {
            call.distinct = self.parse_set_quantifier();
            call.arguments = self.expr_list()?;
            call.order_by = self.parse_order_by()?;
        }
        self.expect(TokenKind::RightParen, ") or ,")?;
        self.parse_call_clauses(&mut call)?;
        self.make(ExprKind::Function(Box::new(call)), self.span_since(start))
    }

    pub(super) fn parse_order_by(&mut self) -> Parsed<Vec<SortItem>> {
        match self.accept_keywords(&[Keyword::Order, Keyword::By]) {
            true => self.comma_list(Self::parse_sort_item),
            false => Ok(Vec::new()),
        }
    }

    /// `[FILTER (WHERE ...)] [IGNORE NULLS | RESPECT NULLS] [OVER ...]`; each word is a usable alias otherwise.
    fn parse_call_clauses(&mut self, call: &mut FunctionCall) -> Parsed<()> {
        let filter_clause = self.at_keyword(Keyword::Filter)
            && self.kind_at(1) == TokenKind::LeftParen
            && self.kind_at(2) == TokenKind::Keyword(Keyword::Where);
        if filter_clause {
            self.at += 3;
            call.filter = Some(*self.parse_expr()?);
            self.expect(TokenKind::RightParen, ")")?;
        }
        if self.accept_keywords(&[Keyword::Ignore, Keyword::Nulls]) {
            call.null_treatment = Some(NullTreatment::Ignore);
        } else if self.accept_keywords(&[Keyword::Respect, Keyword::Nulls]) {
            call.null_treatment = Some(NullTreatment::Respect);
        }
        let opens_window = self.kind_at(1) == TokenKind::LeftParen || self.is_identifier(1);
        if self.at_keyword(Keyword::Over) && opens_window {
            self.parse_over(call)?;
        }
        Ok(())
    }

    fn parse_over(&mut self, call: &mut FunctionCall) -> Parsed<()> {
        self.advance();
        call.over = Some(match self.kind() {
            TokenKind::LeftParen => Window::Specification(self.nested(Self::parse_window_specification)?),
            _ => Window::Named(self.parse_identifier()?),
        });
        Ok(())
    }

    /// `current_date` and its like: a call without parentheses; a precision may follow.
    pub(super) fn parse_instant_word(&mut self) -> ParsedExpr {
        let token = self.advance();
        let name = self.identifier_of(token);
        let mut arguments = Vec::new();
        let precision_follows = self.kind() == TokenKind::LeftParen && self.kind_at(1) == TokenKind::Integer;
        if precision_follows {
            self.advance();
            arguments.push(*self.parse_plain_literal()?);
            self.expect(TokenKind::RightParen, ")")?;
        }
        let call = plain_call(name, arguments);
        self.make(ExprKind::Function(Box::new(call)), self.span_since(token.span))
    }

    /// `EXTRACT(field FROM x)`
    pub(super) fn parse_extract(&mut self) -> ParsedExpr {
        let start = self.advance().span;
        self.expect(TokenKind::LeftParen, "(")?;
        let field = self.parse_identifier()?;
        self.expect_keyword(Keyword::From)?;
        let operand = self.parse_expr()?;
        self.expect(TokenKind::RightParen, ")")?;
        self.make(ExprKind::Extract { field, operand }, self.span_since(start))
    }

    /// `POSITION(x IN y)`
    pub(super) fn parse_position(&mut self) -> ParsedExpr {
        let start = self.advance().span;
        self.expect(TokenKind::LeftParen, "(")?;
        let needle = self.nested(Self::parse_value)?;
        self.expect_keyword(Keyword::In)?;
        let haystack = self.nested(Self::parse_value)?;
        self.expect(TokenKind::RightParen, ")")?;
        self.make(ExprKind::Position { needle, haystack }, self.span_since(start))
    }

    /// `SUBSTRING(x FROM start [FOR length])`, which is the call with commas.
    pub(super) fn parse_substring(&mut self) -> ParsedExpr {
        let name_token = self.advance();
        let name = self.identifier_of(name_token);
        self.expect(TokenKind::LeftParen, "(")?;
        let mut arguments = vec![*self.parse_expr()?];
        if self.accept_keyword(Keyword::From) {
            arguments.push(*self.parse_expr()?);
            if self.accept_keyword(Keyword::For) {
                arguments.push(*self.parse_expr()?);
            }
        } else if self.accept(TokenKind::Comma) {
            arguments.extend(self.expr_list()?);
        }
        self.expect(TokenKind::RightParen, ") or ,")?;
        let call = plain_call(name, arguments);
        self.make(ExprKind::Function(Box::new(call)), self.span_since(name_token.span))
    }

    /// `TRIM([LEADING | TRAILING | BOTH] [characters] FROM x)`; with plain arguments a call like any other.
    pub(super) fn parse_trim(&mut self) -> ParsedExpr {
        let name_token = self.advance();
        self.expect(TokenKind::LeftParen, "(")?;
        let side = self.parse_trim_side();
        let side_given = side.is_some();
        let side = side.unwrap_or(TrimSide::Both);
        let mut characters = None;
        if !self.accept_keyword(Keyword::From) {
            let first = self.parse_expr()?;
            if !side_given && !self.at_keyword(Keyword::From) {
                let name = self.identifier_of(name_token);
                return self.parse_plain_trim(name, *first);
            }
            self.expect_keyword(Keyword::From)?;
            characters = Some(first);
        }
        let operand = self.parse_expr()?;
        self.expect(TokenKind::RightParen, ")")?;
        self.make(ExprKind::Trim { side, characters, operand }, self.span_since(name_token.span))
    }

    /// The words of a side are names when nothing follows them to trim.
    fn parse_trim_side(&mut self) -> Option<TrimSide> {
        let side = match self.kind() {
            TokenKind::Keyword(Keyword::Leading) => TrimSide::Leading,
            TokenKind::Keyword(Keyword::Trailing) => TrimSide::Trailing,
            TokenKind::Keyword(Keyword::Both) => TrimSide::Both,
            _ => return None,
        };
        let names_itself = matches!(
            self.kind_at(1),
            TokenKind::RightParen
                | TokenKind::Comma
                | TokenKind::Dot
                | TokenKind::Concat
                | TokenKind::LeftBracket
        );
        if names_itself {
            return None;
        }
        self.advance();
        Some(side)
    }

    /// The rest of `trim(x, ...)` behind its first argument.
    fn parse_plain_trim(&mut self, name: Identifier, first: Expr) -> ParsedExpr {
        let start = name.span;
        let mut arguments = vec![first];
        if self.accept(TokenKind::Comma) {
            arguments.extend(self.expr_list()?);
        }
        self.expect(TokenKind::RightParen, "), , or FROM")?;
        let call = plain_call(name, arguments);
        self.make(ExprKind::Function(Box::new(call)), self.span_since(start))
    }
}

fn plain_call(name: Identifier, arguments: Vec<Expr>) -> FunctionCall {
    FunctionCall {
        name,
        distinct: false,
        star: false,
        arguments,
        order_by: Vec::new(),
        filter: None,
        null_treatment: None,
        over: None,
    }
}
