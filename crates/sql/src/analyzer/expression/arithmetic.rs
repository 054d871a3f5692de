//! Signs, `+ - * / %`, `||` (sql.md 6.3-6.5).

use super::super::Analyzer;
use super::super::error::{Reason, Result};
use super::super::literal::integer;
use super::super::scope::Place;
use crate::bound::{Expr, ExprKind};
use crate::functions::Registry;
use crate::functions::signature::resolve;
use crate::syntax::ast::{self, ArithmeticLink, ArithmeticOperator, Literal, Span};
use crate::types::Type;
use crate::value::Value;

impl<'a> Analyzer<'a> {
    /// Links apply from the left.
    pub(super) fn arithmetic(
        &mut self,
        first: &'a ast::Expr,
        links: &'a [ArithmeticLink],
        place: Place<'_>,
    ) -> Result<Expr> {
        let mut left = self.expression(first, place)?;
        for link in links {
            let right = self.expression(&link.operand, place)?;
            let (name, symbol) = operator(link.operator);
            let span = left.span.to(right.span);
            let types = (left.ty.clone(), right.ty.clone());
            // Dates become timestamps, and those have a difference; dates have none (sql.md 6.4).
            let call = if name == "$subtract" && types == (Type::Date, Type::Date) {
                None
            } else {
                self.operator_call(name, vec![left, right], span)?
            };
            left = match call {
                Some(call) => call,
                None => {
                    let reason = Reason::Operator { left: types.0, symbol, right: types.1 };
                    return reason.at(link.operator_span);
                }
            };
        }
        Ok(left)
    }

    pub(super) fn sign(
        &mut self,
        negative: bool,
        operand: &'a ast::Expr,
        span: Span,
        place: Place<'_>,
    ) -> Result<Expr> {
        if let ast::ExprKind::Literal(Literal::Integer(digits)) = &operand.kind {
            return Ok(Expr::literal(integer(digits, negative, span)?, span));
        }
        let operand = self.expression(operand, place)?;
        let signed = operand.ty.is_numeric() || operand.ty.is_interval() || operand.ty == Type::Unknown;
        if !signed {
            return Reason::Sign { ty: operand.ty, negative }.at(span);
        }
        if !negative {
            return Ok(operand);
        }
        if let ExprKind::Literal(value) = &operand.kind
            && let Some(value) = negated(value)
        {
            return Ok(Expr::literal(value, span));
        }
        let ty = operand.ty.clone();
        match self.operator_call("$negate", vec![operand], span)? {
            Some(call) => Ok(call),
            None => Reason::Sign { ty, negative }.at(span),
        }
    }

    /// Texts join in one call, arrays pair by pair.
    pub(super) fn concat(&mut self, terms: &'a [ast::Expr], span: Span, place: Place<'_>) -> Result<Expr> {
        let terms = self.expressions(terms, place)?;
        if terms.iter().all(|term| term.ty.coerces_to(&Type::Varchar)) {
            return match self.operator_call("$concat", terms, span)? {
                Some(call) => Ok(call),
                None => Reason::Unsupported("||").at(span),
            };
        }
        let mut terms = terms.into_iter();
        let Some(mut left) = terms.next() else { return Reason::Unsupported("an empty ||").at(span) };
        for right in terms {
            let both = left.span.to(right.span);
            let reason = Reason::Operator { left: left.ty.clone(), symbol: "||", right: right.ty.clone() };
            left = match self.operator_call("$concat", vec![left, right], both)? {
                Some(call) => call,
                None => return reason.at(both),
            };
        }
        Ok(left)
    }

    /// Calls an operator, which is a function that no query can name; `None` when no overload takes the operands.
    pub(in crate::analyzer) fn operator_call(
        &mut self,
        name: &str,
        operands: Vec<Expr>,
        span: Span,
    ) -> Result<Option<Expr>> {
        let Some((function, signatures)) = Registry::get().scalar(name) else { return Ok(None) };
        let shapes: Vec<_> = operands.iter().map(super::arguments::shape).collect();
        let Some(binding) = resolve(signatures, &shapes) else { return Ok(None) };
        let args = self.coerce_arguments(&binding, operands)?;
        let Some(ty) = binding.return_type() else { return Ok(None) };
        let kind = ExprKind::Call { function, overload: binding.overload, args };
        Ok(Some(Expr::new(kind, ty, span)))
    }
}

fn operator(operator: ArithmeticOperator) -> (&'static str, &'static str) {
    match operator {
        ArithmeticOperator::Add => ("$add", "+"),
        ArithmeticOperator::Subtract => ("$subtract", "-"),
        ArithmeticOperator::Multiply => ("$multiply", "*"),
        ArithmeticOperator::Divide => ("$divide", "/"),
        ArithmeticOperator::Modulo => ("$modulus", "%"),
    }
}

/// A literal's opposite, where it has one.
fn negated(value: &Value) -> Option<Value> {
    Some(match value {
        Value::Integer(value) => Value::Integer(value.checked_neg()?),
        Value::Bigint(value) => Value::Bigint(value.checked_neg()?),
        Value::Double(value) => Value::Double(-value),
        Value::IntervalDayToSecond(ns) => Value::IntervalDayToSecond(ns.checked_neg()?),
        Value::IntervalYearToMonth(months) => Value::IntervalYearToMonth(months.checked_neg()?),
        _ => return None,
    })
}
