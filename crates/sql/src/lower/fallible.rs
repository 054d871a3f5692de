//! Which expressions may fail on the data of a row.

use crate::bound::{Expr, ExprKind};
use crate::functions::ScalarFunction;
use crate::types::Type;

/// Functions that take every value of their types; only those that filters use much are listed.
const INFALLIBLE: &[&str] = &[
    "$concat",
    "$key",
    "$like",
    "bin",
    "ceiling",
    "day",
    "floor",
    "hour",
    "is_finite",
    "is_infinite",
    "is_nan",
    "length",
    "lower",
    "ltrim",
    "minute",
    "month",
    "rtrim",
    "sqrt",
    "strpos",
    "trim",
    "upper",
    "year",
];

/// Whether evaluating the expression on some row may be an error. Calls on constants are folded before any row, so they
/// count as constants.
pub(super) fn may_fail(expr: &Expr) -> bool {
    let fails_itself = match &expr.kind {
        ExprKind::Call { function, .. } => !is_constant(expr) && !is_infallible(function),
        ExprKind::Cast { expr: operand, or_null } => {
            !or_null && !is_constant(expr) && narrows(&operand.ty, &expr.ty)
        }
        // The body's errors stay inside.
        ExprKind::Try(_) => return false,
        _ => false,
    };
    fails_itself || expr.children().into_iter().any(may_fail)
}

pub(super) fn is_infallible(function: &ScalarFunction) -> bool {
    INFALLIBLE.contains(&function.name)
}

pub(super) fn is_constant(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Column(_) | ExprKind::OuterColumn(_) | ExprKind::Lambda { .. } => false,
        _ => expr.subquery().is_none() && expr.children().into_iter().all(is_constant),
    }
}

fn narrows(from: &Type, to: &Type) -> bool {
    match (from, to) {
        (from, to) if from.coerces_to(to) => false,
        (Type::Boolean, _) | (_, Type::Boolean) => *from == Type::Varchar,
        (Type::Array(_) | Type::Row(_) | Type::Timeseries(_), _) => true,
        (_, Type::Varchar) => false,
        _ => true,
    }
}
