//! CAST and TRY_CAST (sql.md 3.4): one kernel from type to type over whole arrays.
//!
//! Implicit conversions are casts too. Knows nothing of DataFusion.

mod from_varchar;
mod nested;
mod numbers;
mod temporal;
mod to_varchar;

use arrow::array::{Array, ArrayRef, new_null_array};

use super::map::{Input, Output};
use super::{RowError, attempt};
use crate::types::Type;

/// Whether there is a cast between two types at all; that a value fits is another matter.
pub fn can_cast(from: &Type, to: &Type) -> bool {
    use Type::{Array, Bigint, Boolean, Date, Double, Integer, Row, Time, Timeseries, Timestamp, Unknown};
    use Type::{IntervalDayToSecond, IntervalYearToMonth, Varbinary, Varchar};
    match (from, to) {
        (from, to) if from == to => true,
        (Unknown, _) => true,
        (Boolean | Integer | Bigint | Double, Boolean | Integer | Bigint | Double | Varchar) => true,
        (Varchar, Boolean | Integer | Bigint | Double | Date | Time | Timestamp | Varbinary) => true,
        (Date | Time | Timestamp | IntervalDayToSecond | IntervalYearToMonth, Varchar) => true,
        (Date, Timestamp) | (Timestamp, Date | Time) => true,
        (Array(from), Array(to)) | (Timeseries(from), Timeseries(to)) => can_cast(from, to),
        (Row(from), Row(to)) => {
            from.len() == to.len() && from.iter().zip(to).all(|(from, to)| can_cast(&from.ty, &to.ty))
        }
        _ => false,
    }
}

/// Casts an array whose values have the type `from`. A value that cannot be cast is an error, or NULL with `or_null`.
pub fn cast(array: &ArrayRef, from: &Type, to: &Type, or_null: bool) -> Result<ArrayRef, RowError> {
    if from.data_type() == to.data_type() {
        return Ok(array.clone());
    }
    match (from, to) {
        (Type::Unknown, to) => Ok(new_null_array(&to.data_type(), array.len())),
        (Type::Array(_) | Type::Timeseries(_) | Type::Row(_), _) if or_null => {
            // One element that fails makes the whole value NULL.
            attempt::or_null(array.len(), &to.data_type(), &|start, rows| {
                nested::cast(&array.slice(start, rows), from, to)
            })
        }
        (Type::Array(_) | Type::Timeseries(_) | Type::Row(_), _) => nested::cast(array, from, to),
        (Type::Varchar, _) => from_varchar::cast(array, to, or_null),
        (_, Type::Varchar) => to_varchar::cast(array, from),
        (Type::Date | Type::Timestamp, _) => temporal::cast(array, from, to, or_null),
        _ => numbers::cast(array, from, to, or_null),
    }
}

fn no_cast(from: &Type, to: &Type) -> RowError {
    RowError::new(format!("Cannot cast {from} to {to}"))
}

/// Applies `f` to every value that is not NULL.
fn map_values<A: Input, R: Output>(
    array: &ArrayRef,
    or_null: bool,
    f: impl Fn(A::Item<'_>) -> Result<R::Item, RowError>,
) -> Result<ArrayRef, RowError> {
    let Some(values) = array.as_any().downcast_ref::<A::Array>() else {
        return Err(RowError::new("a cast met an unexpected array"));
    };
    let mut builder = R::builder(array.len());
    for position in 0..array.len() {
        let item = if array.is_null(position) {
            None
        } else {
            match f(A::get(values, position)) {
                Ok(item) => Some(item),
                Err(_) if or_null => None,
                Err(error) => return Err(error),
            }
        };
        R::push(&mut builder, item);
    }
    Ok(R::finish(builder))
}

#[cfg(test)]
mod tests;
