//! Tokens to abstract syntax: recursive descent, one function per rule of the grammar, one token at a time with a bounded
//! look ahead; never backtracks.
//!
//! Operators are read in loops, so only parentheses, calls, subqueries and their like recurse, and [`Parser::nested`]
//! bounds those. `statement.rs` holds the entry; the folder follows sql.md: `query.rs` 5.1, `expression.rs` 6.

mod cursor;
mod expression;
mod function;
mod grouping;
mod literal;
mod parenthesis;
mod predicate;
mod primary;
mod query;
mod relation;
mod select;
mod statement;
mod type_name;
mod window;

use model::limits;

use super::ast::{Expr, ExprKind, Span, Statement};
use super::error::{Limit, SyntaxError};
use super::lexer::tokenize;
use super::token::Token;

/// Errors are boxed to keep the frames of the recursion small.
type Parsed<T> = Result<T, Box<SyntaxError>>;

/// Expressions travel boxed for the same reason.
type ParsedExpr = Parsed<Box<Expr>>;

/// Parses the text of one statement; one or more semicolons may follow it.
///
/// # Errors
/// The first place where the text leaves the grammar or exceeds a limit that protects the parser itself.
pub(super) fn parse(text: &str) -> Result<Statement, SyntaxError> {
    parse_with(text, |parser| parser.parse_whole_statement())
}

/// Parses the text of one expression, for tests and tools.
pub(super) fn parse_expression(text: &str) -> Result<Expr, SyntaxError> {
    parse_with(text, |parser| {
        let expr = parser.parse_expr()?;
        parser.expect_end()?;
        Ok(*expr)
    })
}

fn parse_with<T>(text: &str, rule: impl FnOnce(&mut Parser<'_>) -> Parsed<T>) -> Result<T, SyntaxError> {
    let tokens = tokenize(text)?;
    let parsed = rule(&mut Parser::new(text, &tokens.list));
    parsed.map_err(|error| match tokens.fault {
        Some(fault) if error.span().start >= fault.span().start => fault,
        _ => *error,
    })
}

struct Parser<'a> {
    text: &'a str,
    /// Ends with `TokenKind::End`.
    tokens: &'a [Token],
    at: usize,
    nesting: usize,
    query_depth: usize,
    set_branches: usize,
    /// Of the FROM clause at hand.
    joins: usize,
    /// An operand that was read before it was known to begin an expression; see `parenthesis.rs`.
    pending_operand: Option<Pending>,
}

struct Pending {
    /// With its parentheses.
    span: Span,
    operand: Box<Expr>,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, tokens: &'a [Token]) -> Self {
        Self {
            text,
            tokens,
            at: 0,
            nesting: 0,
            query_depth: 0,
            set_branches: 1,
            joins: 0,
            pending_operand: None,
        }
    }

    /// Runs a rule one level deeper.
    fn nested<T>(&mut self, rule: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.nesting >= limits::SQL_NESTING_MAX {
            return Err(self.too_large(self.span(), Limit::Nesting));
        }
        self.nesting += 1;
        let result = rule(self);
        self.nesting -= 1;
        result
    }

    /// Makes an expression, unless it gets too high.
    fn make(&self, kind: ExprKind, span: Span) -> ParsedExpr {
        let expr = Box::new(Expr::new(kind, span));
        if expr.height() > limits::SQL_EXPRESSION_HEIGHT_MAX {
            return Err(self.too_large(span, Limit::ExpressionHeight));
        }
        Ok(expr)
    }

    fn too_large(&self, span: Span, limit: Limit) -> Box<SyntaxError> {
        Box::new(SyntaxError::limit(self.text, span, limit))
    }

    fn invalid(&self, span: Span, detail: impl Into<String>) -> Box<SyntaxError> {
        Box::new(SyntaxError::invalid(self.text, span, detail))
    }
}
