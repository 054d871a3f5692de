//! Casts from text.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BinaryBuilder, StringViewArray};

use super::{map_values, no_cast};
use crate::functions::RowError;
use crate::functions::map::{Bigint, Boolean, Date, Double, Integer, Time, Timestamp, Varchar};
use crate::text;
use crate::types::Type;

pub(super) fn cast(array: &ArrayRef, to: &Type, or_null: bool) -> Result<ArrayRef, RowError> {
    match to {
        Type::Boolean => map_values::<Varchar, Boolean>(array, or_null, |value| {
            text::parse_boolean(value).ok_or_else(|| cannot_cast(value, "BOOLEAN"))
        }),
        Type::Integer => map_values::<Varchar, Integer>(array, or_null, |value| {
            let number = text::parse_bigint(value).and_then(|number| i32::try_from(number).ok());
            number.ok_or_else(|| cannot_cast(value, "INT"))
        }),
        Type::Bigint => map_values::<Varchar, Bigint>(array, or_null, |value| {
            text::parse_bigint(value).ok_or_else(|| cannot_cast(value, "BIGINT"))
        }),
        Type::Double => map_values::<Varchar, Double>(array, or_null, |value| {
            text::parse_double(value).ok_or_else(|| cannot_cast(value, "DOUBLE"))
        }),
        Type::Date => map_values::<Varchar, Date>(array, or_null, |value| {
            text::parse_date(value).ok_or_else(|| not_a("date", value))
        }),
        Type::Time => map_values::<Varchar, Time>(array, or_null, |value| {
            text::parse_time(value).ok_or_else(|| not_a("time", value))
        }),
        Type::Timestamp => map_values::<Varchar, Timestamp>(array, or_null, |value| {
            text::parse_timestamp(value).ok_or_else(|| not_a("timestamp", value))
        }),
        Type::Varbinary => to_varbinary(array),
        to => Err(no_cast(&Type::Varchar, to)),
    }
}

fn to_varbinary(array: &ArrayRef) -> Result<ArrayRef, RowError> {
    let Some(texts) = array.as_any().downcast_ref::<StringViewArray>() else {
        return Err(RowError::new("a cast met an unexpected array"));
    };
    let mut builder = BinaryBuilder::with_capacity(array.len(), 0);
    for text in texts {
        builder.append_option(text);
    }
    Ok(Arc::new(builder.finish()))
}

fn cannot_cast(value: &str, target: &str) -> RowError {
    RowError::new(format!("Cannot cast '{value}' to {target}"))
}

fn not_a(target: &str, value: &str) -> RowError {
    RowError::new(format!("Value cannot be cast to {target}: {value}"))
}
