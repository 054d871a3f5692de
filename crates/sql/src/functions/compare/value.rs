//! One value against another.

use std::cmp::Ordering;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    DataType, Date32Type, DurationNanosecondType, Float64Type, Int32Type, Int64Type, IntervalYearMonthType,
    Time64NanosecondType, TimestampNanosecondType,
};

use crate::types::Type;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Null,
    /// NaN is involved.
    Unordered,
    Ordered(Ordering),
}

/// Compares `left[i]` with `right[j]`. For rows and arrays the first element that differs decides, and a NULL before
/// it makes the result NULL; where only equality matters (`is_equality`) a difference behind a NULL still decides.
pub(super) fn compare_values(
    left: &ArrayRef,
    right: &ArrayRef,
    i: usize,
    j: usize,
    ty: &Type,
    is_equality: bool,
) -> Comparison {
    if is_null(left, i) || is_null(right, j) {
        return Comparison::Null;
    }
    match ty {
        Type::Row(fields) => {
            let (left, right) = (left.as_struct(), right.as_struct());
            let columns = fields.iter().zip(left.columns().iter().zip(right.columns()));
            let parts = columns.map(|(field, (l, r))| compare_values(l, r, i, j, &field.ty, is_equality));
            decide(parts, Ordering::Equal, is_equality)
        }
        Type::Array(element) => compare_lists(left, right, i, j, element, is_equality),
        Type::Timeseries(value) => {
            compare_lists(left, right, i, j, &Type::point((**value).clone()), is_equality)
        }
        scalar => compare_scalars(left, right, i, j, scalar),
    }
}

/// An array of the type of NULL has no validity that says so.
fn is_null(array: &ArrayRef, position: usize) -> bool {
    array.data_type() == &DataType::Null || array.is_null(position)
}

/// Whether the two differ, where NULL equals NULL and NaN equals NaN.
pub(super) fn distinct(left: &ArrayRef, right: &ArrayRef, i: usize, j: usize, ty: &Type) -> bool {
    match (is_null(left, i), is_null(right, j)) {
        (true, true) => return false,
        (true, false) | (false, true) => return true,
        (false, false) => {}
    }
    match ty {
        Type::Row(fields) => {
            let (left, right) = (left.as_struct(), right.as_struct());
            let mut columns = fields.iter().zip(left.columns().iter().zip(right.columns()));
            columns.any(|(field, (l, r))| distinct(l, r, i, j, &field.ty))
        }
        Type::Array(element) => distinct_lists(left, right, i, j, element),
        Type::Timeseries(value) => distinct_lists(left, right, i, j, &Type::point((**value).clone())),
        Type::Double => {
            let (l, r) =
                (left.as_primitive::<Float64Type>().value(i), right.as_primitive::<Float64Type>().value(j));
            l != r && !(l.is_nan() && r.is_nan())
        }
        scalar => compare_scalars(left, right, i, j, scalar) != Comparison::Ordered(Ordering::Equal),
    }
}

fn compare_lists(
    left: &ArrayRef,
    right: &ArrayRef,
    i: usize,
    j: usize,
    element: &Type,
    is_equality: bool,
) -> Comparison {
    let (l, r) = (left.as_list::<i32>().value(i), right.as_list::<i32>().value(j));
    if is_equality && l.len() != r.len() {
        return Comparison::Ordered(l.len().cmp(&r.len()));
    }
    let parts = (0..l.len().min(r.len())).map(|at| compare_values(&l, &r, at, at, element, is_equality));
    decide(parts, l.len().cmp(&r.len()), is_equality)
}

fn distinct_lists(left: &ArrayRef, right: &ArrayRef, i: usize, j: usize, element: &Type) -> bool {
    let (l, r) = (left.as_list::<i32>().value(i), right.as_list::<i32>().value(j));
    l.len() != r.len() || (0..l.len()).any(|at| distinct(&l, &r, at, at, element))
}

fn decide(parts: impl Iterator<Item = Comparison>, when_equal: Ordering, is_equality: bool) -> Comparison {
    let mut has_null = false;
    for part in parts {
        match part {
            Comparison::Ordered(Ordering::Equal) => {}
            Comparison::Null if is_equality => has_null = true,
            decided => return decided,
        }
    }
    if has_null { Comparison::Null } else { Comparison::Ordered(when_equal) }
}

fn compare_scalars(left: &ArrayRef, right: &ArrayRef, i: usize, j: usize, ty: &Type) -> Comparison {
    macro_rules! primitive {
        ($arrow:ty) => {
            left.as_primitive::<$arrow>().value(i).cmp(&right.as_primitive::<$arrow>().value(j))
        };
    }
    Comparison::Ordered(match ty {
        Type::Double => {
            let (l, r) =
                (left.as_primitive::<Float64Type>().value(i), right.as_primitive::<Float64Type>().value(j));
            match l.partial_cmp(&r) {
                Some(ordering) => ordering,
                None => return Comparison::Unordered,
            }
        }
        Type::Boolean => left.as_boolean().value(i).cmp(&right.as_boolean().value(j)),
        Type::Integer => primitive!(Int32Type),
        Type::Bigint => primitive!(Int64Type),
        Type::Varchar => left.as_string_view().value(i).cmp(right.as_string_view().value(j)),
        Type::Varbinary => left.as_binary::<i32>().value(i).cmp(right.as_binary::<i32>().value(j)),
        Type::Date => primitive!(Date32Type),
        Type::Time => primitive!(Time64NanosecondType),
        Type::Timestamp => primitive!(TimestampNanosecondType),
        Type::IntervalDayToSecond => primitive!(DurationNanosecondType),
        Type::IntervalYearToMonth => primitive!(IntervalYearMonthType),
        Type::Unknown | Type::Row(_) | Type::Array(_) | Type::Timeseries(_) => return Comparison::Null,
    })
}
