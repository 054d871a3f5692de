//! Expressions: one arm per form of the grammar. Each form is bound in its own file, so that recursion over deep
//! expressions needs little stack.

mod arguments;
mod arithmetic;
mod call;
mod cast;
mod compare;
mod conditional;
mod lambda;
mod logical;
mod name;
mod special;
mod subquery;

use super::Analyzer;
use super::error::{Reason, Result};
use super::literal::literal;
use super::scope::Place;
use crate::bound::{Expr, ExprKind as Bound};
use crate::functions::Family;
use crate::syntax::ast::{self, ExprKind};
use crate::types::Type;
use crate::value::Value;
pub(super) use call::unexpected;

impl<'a> Analyzer<'a> {
    /// Resolves an expression where it stands.
    pub(super) fn expression(&mut self, expr: &'a ast::Expr, place: Place<'_>) -> Result<Expr> {
        match &expr.kind {
            ExprKind::Literal(value) => literal(value, expr.span),
            ExprKind::Identifier(_) | ExprKind::Dereference { .. } => self.named_expression(expr, place),
            ExprKind::Parameter(name) => self.parameter(name, expr.span),
            ExprKind::Logical { operator, terms } => self.logical(*operator, terms, expr.span, place),
            ExprKind::Not(operand) => self.not(operand, expr.span, place),
            ExprKind::Sign { negative, operand } => self.sign(*negative, operand, expr.span, place),
            ExprKind::Arithmetic { first, links } => self.arithmetic(first, links, place),
            ExprKind::Concat(terms) => self.concat(terms, expr.span, place),
            ExprKind::AtTimeZone { .. } => Reason::Unsupported("AT TIME ZONE").at(expr.span),
            ExprKind::Comparison { operator, operator_span, left, right } => {
                self.comparison(*operator, *operator_span, left, right, place)
            }
            ExprKind::QuantifiedComparison { .. }
            | ExprKind::InSubquery { .. }
            | ExprKind::Exists(_)
            | ExprKind::ScalarSubquery(_) => self.with_subquery(expr, place),
            ExprKind::IsNull { operand, negated } => self.is_null(operand, *negated, expr.span, place),
            ExprKind::IsDistinctFrom { left, right, negated } => {
                self.is_distinct(left, right, *negated, expr.span, place)
            }
            ExprKind::Between { .. } => self.between(expr, false, place),
            ExprKind::InList { operand, list, negated } => {
                self.in_list(operand, list, *negated, expr.span, place)
            }
            ExprKind::Like { .. } => self.like(expr, place),
            ExprKind::Case { operand, branches, otherwise } => {
                self.case(operand.as_deref(), branches, otherwise.as_deref(), expr.span, place)
            }
            ExprKind::Cast { operand, type_name, safe } => {
                self.cast(operand, type_name, *safe, expr.span, place)
            }
            ExprKind::Try(operand) => self.try_expression(operand, expr.span, place),
            ExprKind::Extract { field, operand } => self.extract(field, operand, expr.span, place),
            ExprKind::Position { needle, haystack } => self.position(needle, haystack, expr.span, place),
            ExprKind::Trim { side, characters, operand } => {
                self.trim(*side, characters.as_deref(), operand, expr.span, place)
            }
            ExprKind::Function(call) => self.function(call, expr.span, place),
            ExprKind::Lambda { .. } => Reason::LambdaOutsideCall.at(expr.span),
            ExprKind::Row { fields, .. } => self.row(fields, expr.span, place),
            ExprKind::Array(items) => self.array(items, expr.span, place),
            ExprKind::Subscript { base, index } => self.subscript(base, index, expr.span, place),
        }
    }

    /// Resolves expressions that stand side by side.
    pub(super) fn expressions(&mut self, list: &'a [ast::Expr], place: Place<'_>) -> Result<Vec<Expr>> {
        list.iter().map(|expr| self.expression(expr, place)).collect()
    }

    /// Requires a truth value; `reason` is told the type that stands there instead.
    pub(super) fn boolean(&mut self, expr: Expr, reason: impl FnOnce(Type) -> Reason) -> Result<Expr> {
        if !expr.ty.coerces_to(&Type::Boolean) {
            return reason(expr.ty).at(expr.span);
        }
        self.coerce(expr, &Type::Boolean)
    }
}

/// Whether an expression evidently has a value in every row: constants, and dates and numbers computed from them.
pub(super) fn never_null(expr: &Expr) -> bool {
    match &expr.kind {
        Bound::Literal(value) => *value != Value::Null,
        Bound::Cast { expr, or_null } => !or_null && never_null(expr),
        Bound::Call { function, args, .. } => {
            let total = match function.family {
                Family::DateTime => true,
                Family::Operator => function.name != "$subscript",
                _ => false,
            };
            total && args.iter().all(never_null)
        }
        _ => false,
    }
}
