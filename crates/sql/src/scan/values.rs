//! Bounds of measures from comparisons with constants.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::Operator;
use model::scan::ValueBounds;

/// The values of which `value op constant` may hold. A comparison with NULL is NULL, so NULLs never pass.
pub(super) fn bounds(op: Operator, constant: &ScalarValue) -> ValueBounds {
    match constant {
        // Every order of doubles agrees on stored ones, which are finite; both zeros are equal in IEEE's.
        ScalarValue::Float64(Some(value)) if value.is_finite() => {
            let (min, max) = sides(op, *value, f64::NEG_INFINITY, f64::INFINITY);
            ValueBounds::Double { min, max }
        }
        ScalarValue::Int64(Some(value)) => {
            let (min, max) = whole_sides(op, *value);
            ValueBounds::Bigint { min, max }
        }
        ScalarValue::TimestampNanosecond(Some(value), None) => {
            let (min_ns, max_ns) = whole_sides(op, *value);
            ValueBounds::Timestamp { min_ns, max_ns }
        }
        _ => ValueBounds::NotNull,
    }
}

/// As [`sides`] for whole numbers, of which the next one is known.
fn whole_sides(op: Operator, value: i64) -> (i64, i64) {
    let value = match op {
        Operator::Lt => value.saturating_sub(1),
        Operator::Gt => value.saturating_add(1),
        _ => value,
    };
    sides(op, value, i64::MIN, i64::MAX)
}

fn sides<T: Copy>(op: Operator, value: T, least: T, greatest: T) -> (T, T) {
    match op {
        Operator::Eq => (value, value),
        Operator::Lt | Operator::LtEq => (least, value),
        Operator::Gt | Operator::GtEq => (value, greatest),
        _ => (least, greatest),
    }
}

/// The values that lie in both.
pub(super) fn intersect(one: ValueBounds, other: ValueBounds) -> ValueBounds {
    use ValueBounds::{Bigint, Double, NotNull, Timestamp};
    match (one, other) {
        (NotNull, bounds) | (bounds, NotNull) => bounds,
        (Double { min: a, max: b }, Double { min: c, max: d }) => Double { min: a.max(c), max: b.min(d) },
        (Bigint { min: a, max: b }, Bigint { min: c, max: d }) => Bigint { min: a.max(c), max: b.min(d) },
        (Timestamp { min_ns: a, max_ns: b }, Timestamp { min_ns: c, max_ns: d }) => {
            Timestamp { min_ns: a.max(c), max_ns: b.min(d) }
        }
        (one, _) => one,
    }
}

/// Bounds that have the values of both.
pub(super) fn cover(one: ValueBounds, other: ValueBounds) -> ValueBounds {
    use ValueBounds::{Bigint, Double, NotNull, Timestamp};
    match (one, other) {
        (Double { min: a, max: b }, Double { min: c, max: d }) => Double { min: a.min(c), max: b.max(d) },
        (Bigint { min: a, max: b }, Bigint { min: c, max: d }) => Bigint { min: a.min(c), max: b.max(d) },
        (Timestamp { min_ns: a, max_ns: b }, Timestamp { min_ns: c, max_ns: d }) => {
            Timestamp { min_ns: a.min(c), max_ns: b.max(d) }
        }
        _ => NotNull,
    }
}
