//! Calendar arithmetic shared by the date and time functions. Dates are days since 1970-01-01, times are nanoseconds.

use arrow::array::{ArrayRef, AsArray};
use arrow::datatypes::TimestampNanosecondType;
use model::limits::QUERY_INSTANT_NS_MIN;
use model::time::{Civil, NS_PER_DAY, civil_from_days, days_from_civil};

use crate::functions::RowError;

/// ISO day of the week: Monday is 1, Sunday is 7.
pub fn day_of_week(days: i64) -> i64 {
    (days + 3).rem_euclid(7) + 1
}

/// ISO week-numbering year and week: the week belongs to the year that its Thursday lies in.
pub fn iso_week(days: i64) -> (i64, i64) {
    let thursday = days - day_of_week(days) + 4;
    let (year, _, _) = civil_from_days(thursday);
    (year, (thursday - days_from_civil(year, 1, 1)) / 7 + 1)
}

/// The Monday that an ISO week starts on.
pub fn iso_week_start(year: i64, week: i64) -> i64 {
    let january_4 = days_from_civil(year, 1, 4);
    january_4 - (day_of_week(january_4) - 1) + (week - 1) * 7
}

pub fn day_of_year(days: i64) -> i64 {
    let (year, _, _) = civil_from_days(days);
    days - days_from_civil(year, 1, 1) + 1
}

pub fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

pub fn days_in_month(year: i64, month: u32) -> u32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Whether the parts name a day of the calendar.
pub fn is_date(year: i64, month: u32, day: u32) -> bool {
    (1..=12).contains(&month) && day >= 1 && day <= days_in_month(year, month)
}

/// Adds months to a date; a day that the month lacks becomes its last one.
pub fn add_months(days: i64, months: i64) -> Option<i64> {
    let (year, month, day) = civil_from_days(days);
    let total = year.checked_mul(12)?.checked_add(i64::from(month) - 1)?.checked_add(months)?;
    let (year, month) = (total.div_euclid(12), (total.rem_euclid(12) + 1) as u32);
    if year.abs() > 1_000_000 {
        return None;
    }
    Some(days_from_civil(year, month, day.min(days_in_month(year, month))))
}

pub fn add_months_to_timestamp(instant_ns: i64, months: i64) -> Option<i64> {
    let days = add_months(instant_ns.div_euclid(NS_PER_DAY), months)?;
    days.checked_mul(NS_PER_DAY)?.checked_add(instant_ns.rem_euclid(NS_PER_DAY))
}

/// Whole months from one instant to another; as many back as there are forth, as Joda-Time counts them.
pub fn months_between(from_ns: i64, to_ns: i64) -> i64 {
    if to_ns < from_ns {
        return -months_between(to_ns, from_ns);
    }
    let (from, to) = (Civil::from_ns(from_ns), Civil::from_ns(to_ns));
    let months = (to.year - from.year) * 12 + i64::from(to.month) - i64::from(from.month);
    // A month counts only when its anniversary, clamped to the month's end, is reached.
    let reached = add_months_to_timestamp(from_ns, months).unwrap_or(to_ns);
    if reached > to_ns { months - 1 } else { months }
}

/// The Civil parts of an instant, with the days it lies after the epoch.
pub fn days_of(instant_ns: i64) -> i64 {
    instant_ns.div_euclid(NS_PER_DAY)
}

pub fn out_of_range() -> RowError {
    RowError::new(
        "Timestamp is out of range: it must lie between 1677-09-21 00:12:44.000000000 and 2262-04-11 23:47:16.854775807",
    )
}

/// The instants, unless one of them lies before the earliest.
pub fn in_range(instants: ArrayRef) -> Result<ArrayRef, RowError> {
    if let Some(values) = instants.as_primitive_opt::<TimestampNanosecondType>()
        && values.values().iter().any(|instant_ns| *instant_ns < QUERY_INSTANT_NS_MIN)
        && values.iter().flatten().any(|instant_ns| instant_ns < QUERY_INSTANT_NS_MIN)
    {
        return Err(out_of_range());
    }
    Ok(instants)
}

/// A date as it is stored, if it fits.
pub fn to_date(days: i64) -> Result<i32, RowError> {
    i32::try_from(days).map_err(|_| RowError::new("Date is out of range"))
}

/// Midnight of a date as an instant, if it fits.
pub fn midnight_ns(days: i64) -> Result<i64, RowError> {
    days.checked_mul(NS_PER_DAY).ok_or_else(out_of_range)
}
