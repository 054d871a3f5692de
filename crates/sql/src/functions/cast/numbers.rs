//! Casts among booleans and numbers.

use arrow::array::ArrayRef;

use super::{map_values, no_cast};
use crate::functions::RowError;
use crate::functions::map::{Bigint, Boolean, Double, Integer};
use crate::text;
use crate::types::Type;

pub(super) fn cast(array: &ArrayRef, from: &Type, to: &Type, or_null: bool) -> Result<ArrayRef, RowError> {
    match (from, to) {
        (Type::Boolean, Type::Integer) => {
            map_values::<Boolean, Integer>(array, or_null, |value| Ok(i32::from(value)))
        }
        (Type::Boolean, Type::Bigint) => {
            map_values::<Boolean, Bigint>(array, or_null, |value| Ok(i64::from(value)))
        }
        (Type::Boolean, Type::Double) => {
            map_values::<Boolean, Double>(array, or_null, |value| Ok(f64::from(u8::from(value))))
        }
        (Type::Integer, Type::Boolean) => {
            map_values::<Integer, Boolean>(array, or_null, |value| Ok(value != 0))
        }
        (Type::Bigint, Type::Boolean) => {
            map_values::<Bigint, Boolean>(array, or_null, |value| Ok(value != 0))
        }
        (Type::Double, Type::Boolean) => {
            map_values::<Double, Boolean>(array, or_null, |value| Ok(value != 0.0))
        }
        (Type::Integer, Type::Bigint) => {
            map_values::<Integer, Bigint>(array, or_null, |value| Ok(i64::from(value)))
        }
        (Type::Integer, Type::Double) => {
            map_values::<Integer, Double>(array, or_null, |value| Ok(f64::from(value)))
        }
        (Type::Bigint, Type::Integer) => map_values::<Bigint, Integer>(array, or_null, |value| {
            i32::try_from(value).map_err(|_| out_of_range("integer", &value.to_string()))
        }),
        (Type::Bigint, Type::Double) => {
            map_values::<Bigint, Double>(array, or_null, |value| Ok(value as f64))
        }
        (Type::Double, Type::Integer) => map_values::<Double, Integer>(array, or_null, |value| {
            let rounded = round_within(value, -2_147_483_648.0, 2_147_483_648.0, "integer")?;
            Ok(rounded as i32)
        }),
        (Type::Double, Type::Bigint) => map_values::<Double, Bigint>(array, or_null, |value| {
            let rounded =
                round_within(value, -9_223_372_036_854_775_808.0, 9_223_372_036_854_775_808.0, "bigint")?;
            Ok(rounded as i64)
        }),
        (from, to) => Err(no_cast(from, to)),
    }
}

/// Rounds half away from zero; the result must lie in `[start, end)`.
fn round_within(value: f64, start: f64, end: f64, target: &str) -> Result<f64, RowError> {
    let rounded = value.round();
    if rounded >= start && rounded < end {
        return Ok(rounded);
    }
    let mut written = Vec::new();
    text::write_double(&mut written, value);
    Err(out_of_range(target, &String::from_utf8_lossy(&written)))
}

fn out_of_range(target: &str, value: &str) -> RowError {
    RowError::new(format!("Out of range for {target}: {value}"))
}
