//! Comparisons, BETWEEN, IN lists, LIKE (sql.md 6.2).

use super::super::Analyzer;
use super::super::coerce::common_type;
use super::super::error::{Reason, Result};
use super::super::scope::Place;
use super::never_null;
use crate::bound::{CompareOp, Expr, ExprKind};
use crate::syntax::ast::{self, ComparisonOperator, Span};
use crate::types::Type;
use crate::value::Value;

impl<'a> Analyzer<'a> {
    pub(super) fn comparison(
        &mut self,
        operator: ComparisonOperator,
        operator_span: Span,
        left: &'a ast::Expr,
        right: &'a ast::Expr,
        place: Place<'_>,
    ) -> Result<Expr> {
        let left = self.expression(left, place)?;
        let right = self.expression(right, place)?;
        self.compare(compare_op(operator), left, right, operator_span)
    }

    /// `left op right` with both sides converted to their common type.
    pub(super) fn compare(
        &mut self,
        op: CompareOp,
        left: Expr,
        right: Expr,
        operator_span: Span,
    ) -> Result<Expr> {
        let span = left.span.to(right.span);
        let ty = common_type([&left, &right].into_iter()).filter(|ty| takes(op, ty));
        let Some(ty) = ty else {
            return Reason::Operator { left: left.ty, symbol: symbol(op), right: right.ty }.at(operator_span);
        };
        let left = self.coerce(left, &ty)?;
        let right = self.coerce(right, &ty)?;
        Ok(Expr::compare(op, left, right, span))
    }

    pub(super) fn is_distinct(
        &mut self,
        left: &'a ast::Expr,
        right: &'a ast::Expr,
        negated: bool,
        span: Span,
        place: Place<'_>,
    ) -> Result<Expr> {
        let op = if negated { CompareOp::IsNotDistinctFrom } else { CompareOp::IsDistinctFrom };
        let left = self.expression(left, place)?;
        let right = self.expression(right, place)?;
        self.compare(op, left, right, span)
    }

    /// `operand [NOT] BETWEEN low AND high`. A NULL among the three gives NULL even where one comparison is false (the
    /// service's page; sql.md 6.2), which nobody can see where NULL and false are the same (`as_filter`).
    pub(super) fn between(&mut self, expr: &'a ast::Expr, as_filter: bool, place: Place<'_>) -> Result<Expr> {
        let ast::ExprKind::Between { operand, low, high, negated } = &expr.kind else {
            return Reason::Unsupported("this BETWEEN").at(expr.span);
        };
        let operand = self.expression(operand, place)?;
        let low = self.expression(low, place)?;
        let high = self.expression(high, place)?;
        let ty = common_type([&operand, &low, &high].into_iter()).filter(Type::is_orderable);
        let Some(ty) = ty else {
            return Reason::Between { operand: operand.ty, low: low.ty, high: high.ty }.at(expr.span);
        };
        let operand = self.coerce(operand, &ty)?;
        let low = self.coerce(low, &ty)?;
        let high = self.coerce(high, &ty)?;
        self.with_shared(operand, |this, operand| {
            this.with_shared(low, |this, low| {
                this.with_shared(high, |this, high| {
                    this.within(operand, low, high, *negated, as_filter, expr.span)
                })
            })
        })
    }

    fn within(
        &mut self,
        operand: Expr,
        low: Expr,
        high: Expr,
        negated: bool,
        as_filter: bool,
        span: Span,
    ) -> Result<Expr> {
        let unknown = if as_filter { None } else { self.null_bounds([&low, &high], span)? };
        let repeated = self.repeat(&operand)?;
        let terms = vec![
            Expr::compare(CompareOp::GtEq, repeated, low, span),
            Expr::compare(CompareOp::LtEq, operand, high, span),
        ];
        let mut bound = Expr::new(ExprKind::And(terms), Type::Boolean, span);
        if negated {
            bound = bound.negate();
        }
        match unknown {
            Some(unknown) => {
                let null = Expr::new(ExprKind::Literal(Value::Null), Type::Boolean, span);
                let kind =
                    ExprKind::Case { branches: vec![(unknown, null)], otherwise: Some(Box::new(bound)) };
                Ok(Expr::new(kind, Type::Boolean, span))
            }
            None => Ok(bound),
        }
    }

    /// The condition that a bound of BETWEEN is NULL, if it can be. A NULL operand makes both comparisons NULL anyway.
    fn null_bounds(&mut self, bounds: [&Expr; 2], span: Span) -> Result<Option<Expr>> {
        let mut terms = Vec::new();
        for bound in bounds {
            if !never_null(bound) {
                let bound = Box::new(self.repeat(bound)?);
                terms.push(Expr::new(ExprKind::IsNull(bound), Type::Boolean, span));
            }
        }
        Ok(match terms.len() {
            0 | 1 => terms.pop(),
            _ => Some(Expr::new(ExprKind::Or(terms), Type::Boolean, span)),
        })
    }

    pub(super) fn in_list(
        &mut self,
        operand: &'a ast::Expr,
        list: &'a [ast::Expr],
        negated: bool,
        span: Span,
        place: Place<'_>,
    ) -> Result<Expr> {
        let mut all = Vec::with_capacity(list.len() + 1);
        all.push(self.expression(operand, place)?);
        for item in list {
            all.push(self.expression(item, place)?);
        }
        let ty = common_type(all.iter()).filter(Type::is_comparable);
        let Some(ty) = ty else {
            let types = all.iter().map(|expr| expr.ty.to_string()).collect::<Vec<_>>().join(", ");
            return Reason::InList(types).at(span);
        };
        let mut converted = Vec::with_capacity(all.len());
        for expr in all {
            converted.push(self.coerce(expr, &ty)?);
        }
        self.with_shared(converted.remove(0), |_, operand| {
            let kind = ExprKind::InList { expr: Box::new(operand), list: converted, negated };
            Ok(Expr::new(kind, Type::Boolean, span))
        })
    }

    pub(super) fn like(&mut self, expr: &'a ast::Expr, place: Place<'_>) -> Result<Expr> {
        let ast::ExprKind::Like { operand, pattern, escape, negated } = &expr.kind else {
            return Reason::Unsupported("this LIKE").at(expr.span);
        };
        let roles = ["Left side of", "Pattern for", "Escape for"];
        let operands = [Some(operand), Some(pattern), escape.as_ref()];
        let mut args = Vec::new();
        for (operand, role) in operands.into_iter().flatten().zip(roles) {
            let operand = self.expression(operand, place)?;
            if !operand.ty.coerces_to(&Type::Varchar) {
                return Reason::LikeOperand { role, actual: operand.ty }.at(operand.span);
            }
            args.push(operand);
        }
        match self.operator_call("$like", args, expr.span)? {
            Some(call) => Ok(if *negated { call.negate() } else { call }),
            None => Reason::Unsupported("LIKE").at(expr.span),
        }
    }
}

pub(super) fn compare_op(operator: ComparisonOperator) -> CompareOp {
    match operator {
        ComparisonOperator::Equal => CompareOp::Eq,
        ComparisonOperator::NotEqual => CompareOp::NotEq,
        ComparisonOperator::Less => CompareOp::Lt,
        ComparisonOperator::LessOrEqual => CompareOp::LtEq,
        ComparisonOperator::Greater => CompareOp::Gt,
        ComparisonOperator::GreaterOrEqual => CompareOp::GtEq,
    }
}

/// Whether an operator compares values of a type.
pub(super) fn takes(op: CompareOp, ty: &Type) -> bool {
    match op {
        CompareOp::Lt | CompareOp::LtEq | CompareOp::Gt | CompareOp::GtEq => ty.is_orderable(),
        CompareOp::Eq | CompareOp::NotEq | CompareOp::IsDistinctFrom | CompareOp::IsNotDistinctFrom => {
            ty.is_comparable()
        }
    }
}

pub(super) fn symbol(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Eq => "=",
        CompareOp::NotEq => "<>",
        CompareOp::Lt => "<",
        CompareOp::LtEq => "<=",
        CompareOp::Gt => ">",
        CompareOp::GtEq => ">=",
        CompareOp::IsDistinctFrom => "IS DISTINCT FROM",
        CompareOp::IsNotDistinctFrom => "IS NOT DISTINCT FROM",
    }
}
