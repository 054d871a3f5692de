//! `+`.

use arrow::array::ArrayRef;
use arrow::compute::kernels::numeric::add;
use model::time::NS_PER_DAY;

use super::arithmetic::{checked, interval_out_of_range, overflow};
use crate::functions::datetime::calendar::{add_months, add_months_to_timestamp, out_of_range, to_date};
use crate::functions::map::{self, Bigint, Date, DayToSecond, Double, Integer, Time, Timestamp, YearToMonth};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "$add",
    aliases: &[],
    family: Family::Operator,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "$add(integer, integer) -> integer", kernel: integers },
        Overload { signature: "$add(bigint, bigint) -> bigint", kernel: bigints },
        Overload { signature: "$add(double, double) -> double", kernel: doubles },
        Overload { signature: "$add(timestamp, interval day to second) -> timestamp", kernel: timestamp_ns },
        Overload { signature: "$add(interval day to second, timestamp) -> timestamp", kernel: ns_timestamp },
        Overload {
            signature: "$add(timestamp, interval year to month) -> timestamp",
            kernel: timestamp_months,
        },
        Overload {
            signature: "$add(interval year to month, timestamp) -> timestamp",
            kernel: months_timestamp,
        },
        Overload { signature: "$add(date, interval day to second) -> date", kernel: date_ns },
        Overload { signature: "$add(interval day to second, date) -> date", kernel: ns_date },
        Overload { signature: "$add(date, interval year to month) -> date", kernel: date_months },
        Overload { signature: "$add(interval year to month, date) -> date", kernel: months_date },
        Overload { signature: "$add(time, interval day to second) -> time", kernel: time_ns },
        Overload { signature: "$add(interval day to second, time) -> time", kernel: ns_time },
        Overload {
            signature: "$add(interval day to second, interval day to second) -> interval day to second",
            kernel: day_to_seconds,
        },
        Overload {
            signature: "$add(interval year to month, interval year to month) -> interval year to month",
            kernel: year_to_months,
        },
    ],
    documentation: Documentation {
        summary: "Adds numbers, intervals of one kind, or an interval to a date, time or timestamp.",
        edges: "Fails on overflow and for hours, minutes or seconds added to a date. A day that the month lacks becomes its last one; a time wraps at midnight.",
        examples: &[
            ("SELECT 1 + 2", "3"),
            ("SELECT TIMESTAMP '2012-10-31 01:00' + INTERVAL '1' MONTH", "2012-11-30 01:00:00.000000000"),
        ],
        source: "sql.md 6.3, 6.4",
    },
};

fn integers(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    checked::<Integer>(call, arguments, add, |x, y| {
        x.checked_add(y).ok_or_else(|| overflow("integer", "addition", x, "+", y))
    })
}

fn bigints(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    checked::<Bigint>(call, arguments, add, |x, y| {
        x.checked_add(y).ok_or_else(|| overflow("bigint", "addition", x, "+", y))
    })
}

fn doubles(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    checked::<Double>(call, arguments, add, |x, y| Ok(x + y))
}

fn timestamp_ns(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Timestamp, DayToSecond, Timestamp>(call, arguments, to_timestamp)
}

fn ns_timestamp(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<DayToSecond, Timestamp, Timestamp>(call, arguments, |ns, instant| to_timestamp(instant, ns))
}

fn timestamp_months(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Timestamp, YearToMonth, Timestamp>(call, arguments, months_to_timestamp)
}

fn months_timestamp(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<YearToMonth, Timestamp, Timestamp>(call, arguments, |months, instant| {
        months_to_timestamp(instant, months)
    })
}

fn date_ns(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Date, DayToSecond, Date>(call, arguments, to_days)
}

fn ns_date(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<DayToSecond, Date, Date>(call, arguments, |ns, days| to_days(days, ns))
}

fn date_months(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Date, YearToMonth, Date>(call, arguments, months_to_date)
}

fn months_date(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<YearToMonth, Date, Date>(call, arguments, |months, days| months_to_date(days, months))
}

fn time_ns(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Time, DayToSecond, Time>(call, arguments, |of_day_ns, ns| Ok(to_time(of_day_ns, ns)))
}

fn ns_time(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<DayToSecond, Time, Time>(call, arguments, |ns, of_day_ns| Ok(to_time(of_day_ns, ns)))
}

fn day_to_seconds(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<DayToSecond, DayToSecond, DayToSecond>(call, arguments, |x, y| {
        x.checked_add(y).ok_or_else(interval_out_of_range)
    })
}

fn year_to_months(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<YearToMonth, YearToMonth, YearToMonth>(call, arguments, |x, y| {
        x.checked_add(y).ok_or_else(interval_out_of_range)
    })
}

fn to_timestamp(instant_ns: i64, interval_ns: i64) -> Result<i64, RowError> {
    instant_ns.checked_add(interval_ns).ok_or_else(out_of_range)
}

fn months_to_timestamp(instant_ns: i64, months: i32) -> Result<i64, RowError> {
    add_months_to_timestamp(instant_ns, i64::from(months)).ok_or_else(out_of_range)
}

fn months_to_date(days: i32, months: i32) -> Result<i32, RowError> {
    to_date(add_months(i64::from(days), i64::from(months)).ok_or_else(out_of_range)?)
}

fn to_days(days: i32, interval_ns: i64) -> Result<i32, RowError> {
    to_date(i64::from(days) + whole_days(interval_ns, "add", "to")?)
}

/// The days of an interval; a date takes nothing finer.
pub fn whole_days(interval_ns: i64, verb: &str, preposition: &str) -> Result<i64, RowError> {
    if interval_ns % NS_PER_DAY != 0 {
        return Err(RowError::new(format!("Cannot {verb} hour, minutes or seconds {preposition} a date")));
    }
    Ok(interval_ns / NS_PER_DAY)
}

pub(super) fn to_time(of_day_ns: i64, interval_ns: i64) -> i64 {
    (of_day_ns + interval_ns % NS_PER_DAY).rem_euclid(NS_PER_DAY)
}
