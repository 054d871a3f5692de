//! What scans understand of our own operations in a filter.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, Operator};
use model::time::{NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_SECOND};

use super::fallible;
use super::operation::{Kind, Operation};
use crate::bound::CompareOp;

/// The longest month and so on.
const DAYS_PER_MONTH_MAX: i64 = 31;

#[derive(Debug)]
pub(crate) enum Known<'e> {
    /// NULL when one side is.
    Compare(&'e Expr, Operator, &'e Expr),
    /// A time rounded down, by less than `width_ns_max`.
    Floor { time: &'e Expr, width_ns_max: i64 },
}

/// An operation that scans understand.
pub(crate) fn known(expr: &Expr) -> Option<Known<'_>> {
    let Expr::ScalarFunction(call) = expr else { return None };
    let operation = call.func.inner().downcast_ref::<Operation>()?;
    match (operation.kind(), call.args.as_slice()) {
        (Kind::Compare(op), [left, right]) => Some(Known::Compare(left, null_rejecting(*op)?, right)),
        (Kind::Function { function, .. }, [time, Expr::Literal(width, _)]) if function.name == "bin" => {
            Some(Known::Floor { time, width_ns_max: interval_ns_max(width)? })
        }
        (Kind::Function { function, .. }, [Expr::Literal(unit, _), time])
            if function.name == "date_trunc" =>
        {
            Some(Known::Floor { time, width_ns_max: unit_ns_max(unit)? })
        }
        _ => None,
    }
}

/// Whether an operation gives a value or NULL for every value of its arguments.
pub(crate) fn is_infallible(expr: &Expr) -> bool {
    let Expr::ScalarFunction(call) = expr else { return false };
    let Some(operation) = call.func.inner().downcast_ref::<Operation>() else { return false };
    match operation.kind() {
        Kind::Function { function, .. } => fallible::is_infallible(function),
        Kind::Compare(_) => true,
        _ => false,
    }
}

fn null_rejecting(op: CompareOp) -> Option<Operator> {
    match op {
        CompareOp::IsDistinctFrom | CompareOp::IsNotDistinctFrom => None,
        op => Some(op.native()),
    }
}

fn interval_ns_max(width: &ScalarValue) -> Option<i64> {
    match width {
        ScalarValue::DurationNanosecond(Some(width_ns)) => Some(*width_ns),
        ScalarValue::IntervalYearMonth(Some(months)) => {
            i64::from(*months).checked_mul(DAYS_PER_MONTH_MAX * NS_PER_DAY)
        }
        _ => None,
    }
    .filter(|width_ns| *width_ns > 0)
}

fn unit_ns_max(unit: &ScalarValue) -> Option<i64> {
    let ScalarValue::Utf8View(Some(unit)) = unit else { return None };
    Some(match unit.to_ascii_lowercase().as_str() {
        "second" => NS_PER_SECOND,
        "minute" => NS_PER_MINUTE,
        "hour" => NS_PER_HOUR,
        "day" => NS_PER_DAY,
        "week" => 7 * NS_PER_DAY,
        "month" => DAYS_PER_MONTH_MAX * NS_PER_DAY,
        "quarter" => 92 * NS_PER_DAY,
        "year" => 366 * NS_PER_DAY,
        _ => return None,
    })
}
