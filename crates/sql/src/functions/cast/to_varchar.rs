//! Casts to text, in the forms of sql.md 3.2.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringViewBuilder};

use super::no_cast;
use crate::functions::RowError;
use crate::functions::map::{
    Bigint, Boolean, Date, DayToSecond, Double, Input, Integer, Time, Timestamp, YearToMonth,
};
use crate::text;
use crate::types::Type;

pub(super) fn cast(array: &ArrayRef, from: &Type) -> Result<ArrayRef, RowError> {
    match from {
        Type::Boolean => write_all::<Boolean>(array, text::write_boolean),
        Type::Integer => write_all::<Integer>(array, |out, value| text::write_bigint(out, i64::from(value))),
        Type::Bigint => write_all::<Bigint>(array, text::write_bigint),
        Type::Double => write_all::<Double>(array, text::write_double),
        Type::Date => write_all::<Date>(array, text::write_date),
        Type::Time => write_all::<Time>(array, text::write_time),
        Type::Timestamp => write_all::<Timestamp>(array, text::write_timestamp),
        Type::IntervalDayToSecond => write_all::<DayToSecond>(array, text::write_day_to_second),
        Type::IntervalYearToMonth => write_all::<YearToMonth>(array, text::write_year_to_month),
        from => Err(no_cast(from, &Type::Varchar)),
    }
}

fn write_all<A: Input>(
    array: &ArrayRef,
    write: impl Fn(&mut Vec<u8>, A::Item<'_>),
) -> Result<ArrayRef, RowError> {
    let Some(values) = array.as_any().downcast_ref::<A::Array>() else {
        return Err(RowError::new("a cast met an unexpected array"));
    };
    let mut builder = StringViewBuilder::with_capacity(array.len());
    let mut buffer = Vec::new();
    for position in 0..array.len() {
        if array.is_null(position) {
            builder.append_null();
            continue;
        }
        buffer.clear();
        write(&mut buffer, A::get(values, position));
        builder.append_value(String::from_utf8_lossy(&buffer));
    }
    Ok(Arc::new(builder.finish()))
}
