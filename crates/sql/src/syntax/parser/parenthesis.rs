//! What an opening parenthesis begins. Inside of `((` it is only known at the end of the inner parentheses whether a query
//! or an expression was read: `((SELECT 1) UNION SELECT 2)`, `((SELECT 1) + 1)`. The inner part is read once and then
//! continued as what it turns out to be.

use model::limits;

use super::super::ast::{Expr, ExprKind, Query, QueryBody, Span};
use super::super::keyword::Keyword;
use super::super::token::TokenKind;
use super::{Parsed, ParsedExpr, Parser, Pending};

/// The content of a pair of parentheses.
pub(super) enum Parenthesis {
    Query(Box<Query>),
    /// Zero or more expressions.
    List(Vec<Expr>),
}

impl Parser<'_> {
    /// Whether the first token that is not `(` starts a query. More parentheses than may nest need no answer.
    pub(super) fn at_parenthesized_query(&self) -> bool {
        let mut ahead = 0;
        while ahead < limits::SQL_NESTING_MAX && self.kind_at(ahead) == TokenKind::LeftParen {
            ahead += 1;
        }
        self.at_query_start(ahead)
    }

    /// From `(` to its `)`; also returns the span of both and what they enclose.
    pub(super) fn parse_parenthesis(&mut self) -> Parsed<(Parenthesis, Span)> {
        let start = self.expect(TokenKind::LeftParen, "(")?;
        let content = self.parse_parenthesis_content()?;
        self.expect(TokenKind::RightParen, ") or ,")?;
        Ok((content, self.span_since(start)))
    }

    fn parse_parenthesis_content(&mut self) -> Parsed<Parenthesis> {
        if self.at_query_start(0) {
            return self.parse_boxed_query().map(Parenthesis::Query);
        }
        if self.kind() == TokenKind::RightParen {
            return Ok(Parenthesis::List(Vec::new()));
        }
        if self.kind() == TokenKind::LeftParen && self.at_parenthesized_query() {
            return self.parse_open_parenthesis();
        }
        self.expr_list().map(Parenthesis::List)
    }

    /// The content that begins with a query in parentheses.
    fn parse_open_parenthesis(&mut self) -> Parsed<Parenthesis> {
        let (inner, span) = self.nested(Self::parse_parenthesis)?;
        match inner {
            Parenthesis::Query(query)
                if self.at_query_continuation() || self.kind() == TokenKind::RightParen =>
            {
                let first = (QueryBody::Query(query), span);
                self.parse_query_from(Some(first)).map(|query| Parenthesis::Query(Box::new(query)))
            }
            inner => {
                let operand = self.make_parenthesized(inner, span)?;
                self.pending_operand = Some(Pending { span, operand });
                self.expr_list().map(Parenthesis::List)
            }
        }
    }

    fn parse_boxed_query(&mut self) -> Parsed<Box<Query>> {
        self.parse_query().map(Box::new)
    }

    /// The expression that a parenthesis stands for as an operand.
    pub(super) fn make_parenthesized(&self, content: Parenthesis, span: Span) -> ParsedExpr {
        match content {
            Parenthesis::Query(query) => self.make(ExprKind::ScalarSubquery(query), span),
            Parenthesis::List(mut list) => match (list.pop(), list.is_empty()) {
                (Some(only), true) => Ok(Box::new(only)),
                (Some(last), false) => {
                    list.push(last);
                    self.make(ExprKind::Row { fields: list, explicit: false }, span)
                }
                (None, _) => Err(self.invalid(span, "found (), expected an expression")),
            },
        }
    }

    /// `( query )` where nothing else may stand.
    pub(super) fn parse_query_in_parentheses(&mut self) -> Parsed<Box<Query>> {
        let start = self.span();
        match self.parse_parenthesis()? {
            (Parenthesis::Query(query), _) => Ok(query),
            (Parenthesis::List(_), span) => {
                Err(self.invalid(Span::new(start.end, span.end), "expected a query"))
            }
        }
    }

    /// Whether `(` here opens the parameters of a lambda: `() ->`, `(x) ->`, `(x, y) ->`.
    pub(super) fn at_lambda_parameters(&self) -> bool {
        let mut ahead = 1;
        if self.kind_at(ahead) != TokenKind::RightParen {
            loop {
                if !self.is_identifier(ahead) {
                    return false;
                }
                ahead += 2;
                match self.kind_at(ahead - 1) {
                    TokenKind::Comma => {}
                    TokenKind::RightParen => {
                        ahead -= 1;
                        break;
                    }
                    _ => return false,
                }
            }
        }
        self.kind_at(ahead + 1) == TokenKind::Arrow
    }

    /// `x -> body` or `(x, y) -> body`.
    pub(super) fn parse_lambda(&mut self) -> ParsedExpr {
        let start = self.span();
        let parameters = if self.kind() != TokenKind::LeftParen {
            vec![self.parse_identifier()?]
        } else if self.kind_at(1) == TokenKind::RightParen {
            self.at += 2;
            Vec::new()
        } else {
            self.parse_names_in_parentheses()?
        };
        self.expect(TokenKind::Arrow, "->")?;
        let body = self.parse_expr()?;
        self.make(ExprKind::Lambda { parameters, body }, self.span_since(start))
    }

    /// `EXISTS (query)`
    pub(super) fn parse_exists(&mut self) -> ParsedExpr {
        let start = self.expect_keyword(Keyword::Exists)?;
        let query = self.parse_query_in_parentheses()?;
        self.make(ExprKind::Exists(query), self.span_since(start))
    }
}
