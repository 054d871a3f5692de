//! Implicit conversions: those of sql.md 3.3 and no others.

use model::time::NS_PER_DAY;

use super::Analyzer;
use super::error::Result;
use super::literal::constant;
use crate::bound::{Expr, ExprKind};
use crate::text;
use crate::types::Type;
use crate::value::Value;

/// Whether an expression becomes a value of `target` without a cast.
pub(super) fn can_become(expr: &Expr, target: &Type) -> bool {
    expr.ty.coerces_to(target) || (varchar_literal(expr).is_some() && takes_text(target))
}

/// The text of a varchar literal, which stands for an instant where one is needed (sql.md 2.3).
pub(super) fn varchar_literal(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Literal(Value::Varchar(text)) if expr.ty == Type::Varchar => Some(text),
        _ => None,
    }
}

fn takes_text(target: &Type) -> bool {
    matches!(target, Type::Timestamp | Type::Date | Type::Time)
}

/// The type that all expressions become where they meet; `None` when there is none.
pub(super) fn common_type<'e>(exprs: impl Iterator<Item = &'e Expr>) -> Option<Type> {
    let mut common = Type::Unknown;
    let mut literals = Vec::new();
    for expr in exprs {
        match varchar_literal(expr) {
            Some(text) => literals.push(text),
            None => common = Type::common(&common, &expr.ty)?,
        }
    }
    if literals.is_empty() {
        return Some(common);
    }
    if !takes_text(&common) {
        return Type::common(&common, &Type::Varchar);
    }
    let instant = |text: &&str| text::parse_date(text).is_none() && text::parse_timestamp(text).is_some();
    if common == Type::Date && literals.iter().any(instant) {
        return Some(Type::Timestamp);
    }
    Some(common)
}

impl<'a> Analyzer<'a> {
    /// Converts an expression that [`can_become`] a value of `target`. Constants are converted at once.
    ///
    /// # Errors
    /// A varchar literal that is no value of `target`.
    pub(super) fn coerce(&mut self, expr: Expr, target: &Type) -> Result<Expr> {
        if expr.ty == *target {
            return Ok(expr);
        }
        let span = expr.span;
        if let Some(text) = varchar_literal(&expr)
            && takes_text(target)
        {
            return Ok(Expr::literal(constant(text, target, span)?, span));
        }
        self.infer_parameter(&expr, target);
        Ok(match expr.kind {
            ExprKind::Literal(value) => coerce_literal(value, expr.ty, target, span),
            ExprKind::Array(items) if matches!(target, Type::Array(_)) => {
                let Type::Array(element) = target else { unreachable!("matched above") };
                let items = items.into_iter().map(|item| self.coerce(item, element));
                Expr::new(ExprKind::Array(items.collect::<Result<_>>()?), target.clone(), span)
            }
            kind => {
                let expr = Box::new(Expr::new(kind, expr.ty, span));
                Expr::new(ExprKind::Cast { expr, or_null: false }, target.clone(), span)
            }
        })
    }

    /// Converts every expression to the type they have in common; `None` when there is none.
    pub(super) fn coerce_to_common(&mut self, exprs: Vec<Expr>) -> Result<Option<(Vec<Expr>, Type)>> {
        let Some(ty) = common_type(exprs.iter()) else { return Ok(None) };
        let exprs = exprs.into_iter().map(|expr| self.coerce(expr, &ty)).collect::<Result<_>>()?;
        Ok(Some((exprs, ty)))
    }
}

fn coerce_literal(value: Value, ty: Type, target: &Type, span: crate::syntax::ast::Span) -> Expr {
    let converted = match (&value, target) {
        (Value::Null, _) => return Expr::new(ExprKind::Literal(Value::Null), target.clone(), span),
        (Value::Integer(value), Type::Bigint) => Some(Value::Bigint(i64::from(*value))),
        (Value::Integer(value), Type::Double) => Some(Value::Double(f64::from(*value))),
        (Value::Bigint(value), Type::Double) => Some(Value::Double(*value as f64)),
        (Value::Date(days), Type::Timestamp) => midnight(*days).map(Value::Timestamp),
        _ => None,
    };
    match converted {
        Some(converted) => Expr::literal(converted, span),
        None => {
            let expr = Box::new(Expr::new(ExprKind::Literal(value), ty, span));
            Expr::new(ExprKind::Cast { expr, or_null: false }, target.clone(), span)
        }
    }
}

/// The instant a date starts, where timestamps reach it.
fn midnight(days: i32) -> Option<i64> {
    i64::from(days).checked_mul(NS_PER_DAY)
}
