//! AND, OR, NOT, IS NULL (sql.md 6.1).

use super::super::Analyzer;
use super::super::error::{Reason, Result};
use super::super::scope::Place;
use crate::bound::{Expr, ExprKind};
use crate::syntax::ast::{self, LogicalOperator, Span};
use crate::types::Type;

impl<'a> Analyzer<'a> {
    pub(super) fn logical(
        &mut self,
        operator: LogicalOperator,
        terms: &'a [ast::Expr],
        span: Span,
        place: Place<'_>,
    ) -> Result<Expr> {
        let mut bound = Vec::with_capacity(terms.len());
        for term in terms {
            let term = self.expression(term, place)?;
            bound.push(self.boolean(term, Reason::LogicalTerm)?);
        }
        let kind = match operator {
            LogicalOperator::And => ExprKind::And(bound),
            LogicalOperator::Or => ExprKind::Or(bound),
        };
        Ok(Expr::new(kind, Type::Boolean, span))
    }

    pub(super) fn not(&mut self, operand: &'a ast::Expr, span: Span, place: Place<'_>) -> Result<Expr> {
        let operand = self.expression(operand, place)?;
        let operand = self.boolean(operand, Reason::NotOperand)?;
        Ok(Expr::new(ExprKind::Not(Box::new(operand)), Type::Boolean, span))
    }

    pub(super) fn is_null(
        &mut self,
        operand: &'a ast::Expr,
        negated: bool,
        span: Span,
        place: Place<'_>,
    ) -> Result<Expr> {
        let operand = self.expression(operand, place)?;
        let is_null = Expr::new(ExprKind::IsNull(Box::new(operand)), Type::Boolean, span);
        Ok(if negated { is_null.negate() } else { is_null })
    }

    /// A condition that decides whether a row stays: WHERE, HAVING, ON. NULL and false are the same there, which makes
    /// BETWEEN cheaper.
    pub(in crate::analyzer) fn condition(
        &mut self,
        expr: &'a ast::Expr,
        place: Place<'_>,
        reason: impl FnOnce(Type) -> Reason,
    ) -> Result<Expr> {
        let bound = match &expr.kind {
            ast::ExprKind::Between { negated: false, .. } => self.between(expr, true, place)?,
            ast::ExprKind::Logical { operator: LogicalOperator::And, terms } => {
                let mut bound = Vec::with_capacity(terms.len());
                for term in terms {
                    let term = match &term.kind {
                        ast::ExprKind::Between { negated: false, .. } => self.between(term, true, place)?,
                        _ => self.expression(term, place)?,
                    };
                    bound.push(self.boolean(term, Reason::LogicalTerm)?);
                }
                Expr::new(ExprKind::And(bound), Type::Boolean, expr.span)
            }
            _ => self.expression(expr, place)?,
        };
        self.boolean(bound, reason)
    }
}
