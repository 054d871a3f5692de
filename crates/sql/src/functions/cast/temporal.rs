//! Casts among dates, times and timestamps.

use arrow::array::ArrayRef;
use model::time::NS_PER_DAY;

use super::{map_values, no_cast};
use crate::functions::RowError;
use crate::functions::map::{Date, Time, Timestamp};
use crate::types::Type;

pub(super) fn cast(array: &ArrayRef, from: &Type, to: &Type, or_null: bool) -> Result<ArrayRef, RowError> {
    match (from, to) {
        (Type::Date, Type::Timestamp) => map_values::<Date, Timestamp>(array, or_null, |days| {
            let midnight_ns = i64::from(days).checked_mul(NS_PER_DAY);
            midnight_ns.ok_or_else(|| RowError::new("date is out of the range of timestamps"))
        }),
        (Type::Timestamp, Type::Date) => map_values::<Timestamp, Date>(array, or_null, |instant_ns| {
            let days = instant_ns.div_euclid(NS_PER_DAY);
            i32::try_from(days).map_err(|_| RowError::new("timestamp is out of the range of dates"))
        }),
        (Type::Timestamp, Type::Time) => {
            map_values::<Timestamp, Time>(array, or_null, |instant_ns| Ok(instant_ns.rem_euclid(NS_PER_DAY)))
        }
        (from, to) => Err(no_cast(from, to)),
    }
}
