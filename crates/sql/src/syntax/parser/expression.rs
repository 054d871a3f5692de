//! Operators by precedence, loosest first: OR, AND, NOT, predicates (`predicate.rs`), `||`, `+ -`, `* / %`, sign, then
//! `AT TIME ZONE`, subscript and field (sql.md 6).

use super::super::ast::{ArithmeticLink, ArithmeticOperator, Expr, ExprKind, LogicalOperator, Span};
use super::super::keyword::Keyword;
use super::super::token::TokenKind;
use super::{ParsedExpr, Parser};

type Rule<'a> = fn(&mut Parser<'a>) -> ParsedExpr;

impl<'a> Parser<'a> {
    pub(super) fn parse_expr(&mut self) -> ParsedExpr {
        self.nested(Self::parse_or)
    }

    fn parse_or(&mut self) -> ParsedExpr {
        let make = |terms| ExprKind::Logical { operator: LogicalOperator::Or, terms };
        self.parse_terms(TokenKind::Keyword(Keyword::Or), Self::parse_and, make)
    }

    fn parse_and(&mut self) -> ParsedExpr {
        let make = |terms| ExprKind::Logical { operator: LogicalOperator::And, terms };
        self.parse_terms(TokenKind::Keyword(Keyword::And), Self::parse_not, make)
    }

    fn parse_not(&mut self) -> ParsedExpr {
        let mut spans = Vec::new();
        while self.pending_operand.is_none() && self.at_keyword(Keyword::Not) {
            spans.push(self.advance().span);
        }
        let mut expr = self.parse_predicate()?;
        while let Some(span) = spans.pop() {
            expr = self.make(ExprKind::Not(expr), self.span_since(span))?;
        }
        Ok(expr)
    }

    /// An expression without logical operators and predicates.
    pub(super) fn parse_value(&mut self) -> ParsedExpr {
        self.parse_terms(TokenKind::Concat, Self::parse_sum, ExprKind::Concat)
    }

    /// One term, or the list of terms that an operator joins.
    fn parse_terms(
        &mut self,
        operator: TokenKind,
        parse_term: Rule<'a>,
        make: fn(Vec<Expr>) -> ExprKind,
    ) -> ParsedExpr {
        let start = self.expr_start();
        let first = parse_term(self)?;
        if self.kind() != operator {
            return Ok(first);
        }
        let mut terms = Vec::new();
        terms.push(*first);
        while self.accept(operator) {
            terms.push(*parse_term(self)?);
        }
        self.make(make(terms), self.span_since(start))
    }

    fn parse_sum(&mut self) -> ParsedExpr {
        let operator_of = |kind| match kind {
            TokenKind::Plus => Some(ArithmeticOperator::Add),
            TokenKind::Minus => Some(ArithmeticOperator::Subtract),
            _ => None,
        };
        self.parse_chain(operator_of, Self::parse_product)
    }

    fn parse_product(&mut self) -> ParsedExpr {
        let operator_of = |kind| match kind {
            TokenKind::Star => Some(ArithmeticOperator::Multiply),
            TokenKind::Slash => Some(ArithmeticOperator::Divide),
            TokenKind::Percent => Some(ArithmeticOperator::Modulo),
            _ => None,
        };
        self.parse_chain(operator_of, Self::parse_signed)
    }

    fn parse_chain(
        &mut self,
        operator_of: fn(TokenKind) -> Option<ArithmeticOperator>,
        parse_operand: Rule<'a>,
    ) -> ParsedExpr {
        let start = self.expr_start();
        let first = parse_operand(self)?;
        let mut links = Vec::new();
        while let Some(operator) = operator_of(self.kind()) {
            let operator_span = self.advance().span;
            links.push(ArithmeticLink { operator, operator_span, operand: *parse_operand(self)? });
        }
        if links.is_empty() {
            return Ok(first);
        }
        self.make(ExprKind::Arithmetic { first, links }, self.span_since(start))
    }

    fn parse_signed(&mut self) -> ParsedExpr {
        let mut signs = Vec::new();
        while self.pending_operand.is_none() && matches!(self.kind(), TokenKind::Plus | TokenKind::Minus) {
            signs.push(self.advance());
        }
        let mut operand = self.parse_postfix()?;
        while let Some(sign) = signs.pop() {
            let negative = sign.kind == TokenKind::Minus;
            operand = self.make(ExprKind::Sign { negative, operand }, self.span_since(sign.span))?;
        }
        Ok(operand)
    }

    /// A primary with what follows it: `[index]`, `.field`, `AT TIME ZONE zone`.
    fn parse_postfix(&mut self) -> ParsedExpr {
        let start = self.expr_start();
        let mut expr = self.parse_primary()?;
        loop {
            expr = match self.kind() {
                TokenKind::LeftBracket => self.parse_subscript(expr, start)?,
                TokenKind::Dot => self.parse_field(expr, start)?,
                TokenKind::Keyword(Keyword::At) if self.at_time_zone() => {
                    self.parse_time_zone(expr, start)?
                }
                _ => return Ok(expr),
            };
        }
    }

    fn parse_subscript(&mut self, base: Box<Expr>, start: Span) -> ParsedExpr {
        self.advance();
        let index = self.parse_expr()?;
        self.expect(TokenKind::RightBracket, "]")?;
        self.make(ExprKind::Subscript { base, index }, self.span_since(start))
    }

    fn parse_field(&mut self, base: Box<Expr>, start: Span) -> ParsedExpr {
        self.advance();
        let field = self.parse_identifier()?;
        self.make(ExprKind::Dereference { base, field }, self.span_since(start))
    }

    fn at_time_zone(&self) -> bool {
        self.at_keywords(&[Keyword::At, Keyword::Time, Keyword::Zone])
    }

    fn parse_time_zone(&mut self, operand: Box<Expr>, start: Span) -> ParsedExpr {
        self.at += 3;
        let zone = self.parse_primary()?;
        self.make(ExprKind::AtTimeZone { operand, zone }, self.span_since(start))
    }
}
