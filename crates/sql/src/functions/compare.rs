//! Comparison by the rules of sql.md 6.2 where Arrow's own kernels differ: doubles compare as IEEE 754 has it (NaN is
//! unequal to everything, the two zeros are equal), rows and arrays element by element with three-valued logic.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, Float64Array};
use arrow::buffer::{BooleanBuffer, NullBuffer};

use super::{Arguments, RowError};
use crate::bound::CompareOp;
use crate::types::Type;

mod value;

use value::{Comparison, compare_values, distinct};

/// Compares argument 0 with argument 1, both of type `ty`, for each row.
pub fn compare(
    op: CompareOp,
    ty: &Type,
    arguments: &Arguments<'_>,
    rows: usize,
) -> Result<ArrayRef, RowError> {
    let is_null_safe = matches!(op, CompareOp::IsDistinctFrom | CompareOp::IsNotDistinctFrom);
    if *ty == Type::Double && !is_null_safe {
        return compare_doubles(op, arguments, rows);
    }
    let (left, right) = (arguments.array(0, rows)?, arguments.array(1, rows)?);
    let result: BooleanArray = (0..rows)
        .map(|row| match op {
            CompareOp::IsDistinctFrom => Some(distinct(&left, &right, row, row, ty)),
            CompareOp::IsNotDistinctFrom => Some(!distinct(&left, &right, row, row, ty)),
            op => outcome(op, compare_values(&left, &right, row, row, ty, is_equality(op))),
        })
        .collect();
    Ok(Arc::new(result))
}

fn is_equality(op: CompareOp) -> bool {
    matches!(op, CompareOp::Eq | CompareOp::NotEq)
}

fn outcome(op: CompareOp, comparison: Comparison) -> Option<bool> {
    match comparison {
        Comparison::Null => None,
        Comparison::Unordered => Some(op == CompareOp::NotEq),
        Comparison::Ordered(ordering) => Some(match op {
            CompareOp::Eq | CompareOp::IsNotDistinctFrom => ordering == Ordering::Equal,
            CompareOp::NotEq | CompareOp::IsDistinctFrom => ordering != Ordering::Equal,
            CompareOp::Lt => ordering == Ordering::Less,
            CompareOp::LtEq => ordering != Ordering::Greater,
            CompareOp::Gt => ordering == Ordering::Greater,
            CompareOp::GtEq => ordering != Ordering::Less,
        }),
    }
}

fn compare_doubles(op: CompareOp, arguments: &Arguments<'_>, rows: usize) -> Result<ArrayRef, RowError> {
    let (left, right) = (arguments.array(0, rows)?, arguments.array(1, rows)?);
    let (Some(left), Some(right)) =
        (left.as_any().downcast_ref::<Float64Array>(), right.as_any().downcast_ref::<Float64Array>())
    else {
        return Err(RowError::new("a comparison met an unexpected array"));
    };
    let (l, r) = (left.values(), right.values());
    let values = match op {
        CompareOp::Eq | CompareOp::IsNotDistinctFrom => {
            BooleanBuffer::collect_bool(rows, |row| l[row] == r[row])
        }
        CompareOp::NotEq | CompareOp::IsDistinctFrom => {
            BooleanBuffer::collect_bool(rows, |row| l[row] != r[row])
        }
        CompareOp::Lt => BooleanBuffer::collect_bool(rows, |row| l[row] < r[row]),
        CompareOp::LtEq => BooleanBuffer::collect_bool(rows, |row| l[row] <= r[row]),
        CompareOp::Gt => BooleanBuffer::collect_bool(rows, |row| l[row] > r[row]),
        CompareOp::GtEq => BooleanBuffer::collect_bool(rows, |row| l[row] >= r[row]),
    };
    Ok(Arc::new(BooleanArray::new(values, NullBuffer::union(left.nulls(), right.nulls()))))
}

#[cfg(test)]
mod tests;
