//! COALESCE as a CASE over its operands.

use datafusion::logical_expr::Expr;

use super::expression::{case, lazy_boolean};
use super::fallible::may_fail;
use super::input::Input;
use super::{Lowering, Result, constant};
use crate::bound::{self, ExprKind};
use crate::types::Type;

impl Lowering {
    pub(super) fn coalesce(
        &mut self,
        operands: &[bound::Expr],
        ty: &Type,
        input: &mut Input,
    ) -> Result<Expr> {
        let mut lowered = Vec::with_capacity(operands.len());
        for operand in flat(operands) {
            lowered.push(self.expr(operand, input)?);
        }
        let Some(last) = lowered.pop() else { return Ok(constant::null_expr(ty)?) };
        if lowered.is_empty() {
            return Ok(last);
        }
        let mut branches = Vec::with_capacity(lowered.len());
        for operand in lowered {
            branches.push((self.copy(&operand)?.is_not_null(), operand));
        }
        let is_lazy = *ty == Type::Boolean && operands.iter().any(may_fail);
        Ok(if is_lazy { lazy_boolean(branches, last) } else { case(branches, last) })
    }
}

/// A COALESCE among the operands gives its own operands, because each level of nesting would double the expression.
fn flat(operands: &[bound::Expr]) -> Vec<&bound::Expr> {
    let mut found = Vec::with_capacity(operands.len());
    for operand in operands {
        match &operand.kind {
            ExprKind::Coalesce(inner) => found.extend(flat(inner)),
            _ => found.push(operand),
        }
    }
    found
}
