//! What one statement may cost to analyze: short texts can stand for very large trees.

use model::limits::{SQL_QUERY_DEPTH_MAX, SQL_QUERY_PARTS_MAX, SQL_REPEATED_NODES_MAX};

use super::Analyzer;
use super::error::{Reason, Result};
use crate::bound::Expr;
use crate::syntax::ast::Span;

/// What the statement has cost so far.
#[derive(Debug, Default)]
pub(super) struct Spent {
    /// Queries and stored tables.
    parts: usize,
    /// Queries around the one at hand.
    depth: usize,
    repeated_nodes: usize,
}

impl Analyzer<'_> {
    /// A copy of an expression that stands in a second place.
    pub(super) fn repeat(&mut self, expr: &Expr) -> Result<Expr> {
        self.charge(expr)?;
        Ok(expr.clone())
    }

    /// Binds what uses an operand in several places. An operand with random numbers is evaluated once for all of them.
    pub(super) fn with_shared(
        &mut self,
        operand: Expr,
        bind: impl FnOnce(&mut Self, Expr) -> Result<Expr>,
    ) -> Result<Expr> {
        if !operand.is_volatile() {
            return bind(self, operand);
        }
        let column = self.new_column(operand.ty.clone());
        let body = bind(self, Expr::column(&column, operand.span))?;
        Ok(Expr::once(operand, column, body))
    }

    /// Counts an expression that the text does not pay for.
    pub(super) fn charge(&mut self, expr: &Expr) -> Result<()> {
        let mut nodes = 0;
        expr.for_each_deep(&mut |_| nodes += 1);
        self.spent.repeated_nodes += nodes;
        if self.spent.repeated_nodes > SQL_REPEATED_NODES_MAX {
            return Reason::RepeatedNodes(SQL_REPEATED_NODES_MAX).at(expr.span);
        }
        Ok(())
    }

    /// Counts a stored table or a query.
    pub(super) fn count_part(&mut self, span: Span) -> Result<()> {
        self.spent.parts += 1;
        if self.spent.parts > SQL_QUERY_PARTS_MAX {
            return Reason::QueryParts(SQL_QUERY_PARTS_MAX).at(span);
        }
        Ok(())
    }

    /// Binds what is inside one more query.
    pub(super) fn nested<T>(&mut self, span: Span, bind: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.count_part(span)?;
        self.spent.depth += 1;
        if self.spent.depth > SQL_QUERY_DEPTH_MAX {
            return Reason::QueryDepth(SQL_QUERY_DEPTH_MAX).at(span);
        }
        let bound = bind(self);
        self.spent.depth -= 1;
        bound
    }
}
