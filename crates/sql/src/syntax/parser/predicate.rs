//! Comparison and the other predicates. One per operand: `a = b = c` is no expression, as in Trino.

use super::super::ast::{ComparisonOperator, Expr, ExprKind, Quantifier, Span};
use super::super::keyword::Keyword;
use super::super::token::TokenKind;
use super::parenthesis::Parenthesis;
use super::{ParsedExpr, Parser};

/// The operand in front of a predicate, and where it starts.
struct Subject {
    start: Span,
    operand: Box<Expr>,
}

impl Parser<'_> {
    pub(super) fn parse_predicate(&mut self) -> ParsedExpr {
        let start = self.expr_start();
        let operand = self.parse_value()?;
        let operator = match self.kind() {
            TokenKind::Equal => ComparisonOperator::Equal,
            TokenKind::NotEqual => ComparisonOperator::NotEqual,
            TokenKind::Less => ComparisonOperator::Less,
            TokenKind::LessOrEqual => ComparisonOperator::LessOrEqual,
            TokenKind::Greater => ComparisonOperator::Greater,
            TokenKind::GreaterOrEqual => ComparisonOperator::GreaterOrEqual,
            TokenKind::Keyword(_) => return self.parse_word_predicate(Subject { start, operand }),
            _ => return Ok(operand),
        };
        self.parse_comparison(Subject { start, operand }, operator)
    }

    fn parse_comparison(&mut self, subject: Subject, operator: ComparisonOperator) -> ParsedExpr {
        let operator_span = self.advance().span;
        let left = subject.operand;
        let quantifier = match self.kind() {
            TokenKind::Keyword(Keyword::All) => Some(Quantifier::All),
            TokenKind::Keyword(Keyword::Any | Keyword::Some) => Some(Quantifier::Any),
            _ => None,
        };
        let kind = match quantifier {
            Some(quantifier) if self.kind_at(1) == TokenKind::LeftParen => {
                self.advance();
                let query = self.parse_query_in_parentheses()?;
                ExprKind::QuantifiedComparison { operator, operator_span, quantifier, left, query }
            }
            _ => ExprKind::Comparison { operator, operator_span, left, right: self.parse_value()? },
        };
        self.make(kind, self.span_since(subject.start))
    }

    fn parse_word_predicate(&mut self, subject: Subject) -> ParsedExpr {
        if self.at_keyword(Keyword::Is) {
            return self.parse_is(subject);
        }
        let negated = self.at_keyword(Keyword::Not);
        let parse = match self.kind_at(usize::from(negated)) {
            TokenKind::Keyword(Keyword::Between) => Self::parse_between,
            TokenKind::Keyword(Keyword::In) => Self::parse_in,
            TokenKind::Keyword(Keyword::Like) => Self::parse_like,
            _ => return Ok(subject.operand),
        };
        self.at += usize::from(negated) + 1;
        parse(self, subject, negated)
    }

    fn parse_is(&mut self, subject: Subject) -> ParsedExpr {
        self.advance();
        let negated = self.accept_keyword(Keyword::Not);
        let kind = if self.accept_keyword(Keyword::Null) {
            ExprKind::IsNull { operand: subject.operand, negated }
        } else if self.accept_keywords(&[Keyword::Distinct, Keyword::From]) {
            ExprKind::IsDistinctFrom { left: subject.operand, right: self.parse_value()?, negated }
        } else {
            return Err(self.unexpected("NULL or DISTINCT FROM"));
        };
        self.make(kind, self.span_since(subject.start))
    }

    fn parse_between(&mut self, subject: Subject, negated: bool) -> ParsedExpr {
        let low = self.parse_value()?;
        self.expect_keyword(Keyword::And)?;
        let high = self.parse_value()?;
        let kind = ExprKind::Between { operand: subject.operand, low, high, negated };
        self.make(kind, self.span_since(subject.start))
    }

    fn parse_in(&mut self, subject: Subject, negated: bool) -> ParsedExpr {
        let operand = subject.operand;
        let kind = match self.parse_parenthesis()? {
            (Parenthesis::Query(query), _) => ExprKind::InSubquery { operand, query, negated },
            (Parenthesis::List(list), _) if !list.is_empty() => ExprKind::InList { operand, list, negated },
            (Parenthesis::List(_), span) => return Err(self.invalid(span, "IN needs a list or a query")),
        };
        self.make(kind, self.span_since(subject.start))
    }

    fn parse_like(&mut self, subject: Subject, negated: bool) -> ParsedExpr {
        let pattern = self.parse_value()?;
        let escape = match self.accept_keyword(Keyword::Escape) {
            true => Some(self.parse_value()?),
            false => None,
        };
        let kind = ExprKind::Like { operand: subject.operand, pattern, escape, negated };
        self.make(kind, self.span_since(subject.start))
    }
}
