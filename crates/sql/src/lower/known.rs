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
    /// A time rounded down.
    Floor { time: &'e Expr, width: FloorWidth },
}

/// To what times are rounded down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FloorWidth {
    /// To multiples of it since 1970.
    Fixed(i64),
    /// By less than this.
    AtMost(i64),
}

/// An operation that scans understand.
pub(crate) fn known(expr: &Expr) -> Option<Known<'_>> {
    let Expr::ScalarFunction(call) = expr else { return None };
    let operation = call.func.inner().downcast_ref::<Operation>()?;
    match (operation.kind(), call.args.as_slice()) {
        (Kind::Compare(op), [left, right]) => Some(Known::Compare(left, null_rejecting(*op)?, right)),
        (Kind::Function { function, .. }, [time, Expr::Literal(width, _)]) if function.name == "bin" => {
            Some(Known::Floor { time, width: interval_width(width)? })
        }
        (Kind::Function { function, .. }, [Expr::Literal(unit, _), time])
            if function.name == "date_trunc" =>
        {
            Some(Known::Floor { time, width: unit_width(unit)? })
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

fn interval_width(width: &ScalarValue) -> Option<FloorWidth> {
    match width {
        ScalarValue::DurationNanosecond(Some(width_ns)) if *width_ns > 0 => {
            Some(FloorWidth::Fixed(*width_ns))
        }
        ScalarValue::IntervalYearMonth(Some(months)) if *months > 0 => {
            i64::from(*months).checked_mul(DAYS_PER_MONTH_MAX * NS_PER_DAY).map(FloorWidth::AtMost)
        }
        _ => None,
    }
}

fn unit_width(unit: &ScalarValue) -> Option<FloorWidth> {
    let ScalarValue::Utf8View(Some(unit)) = unit else { return None };
    Some(match unit.to_ascii_lowercase().as_str() {
        "second" => FloorWidth::Fixed(NS_PER_SECOND),
        "minute" => FloorWidth::Fixed(NS_PER_MINUTE),
        "hour" => FloorWidth::Fixed(NS_PER_HOUR),
        "day" => FloorWidth::Fixed(NS_PER_DAY),
        "week" => FloorWidth::AtMost(7 * NS_PER_DAY),
        "month" => FloorWidth::AtMost(DAYS_PER_MONTH_MAX * NS_PER_DAY),
        "quarter" => FloorWidth::AtMost(3 * DAYS_PER_MONTH_MAX * NS_PER_DAY),
        "year" => FloorWidth::AtMost(12 * DAYS_PER_MONTH_MAX * NS_PER_DAY),
        _ => return None,
    })
}
