//! `-` between two operands.

use arrow::array::ArrayRef;
use arrow::compute::kernels::numeric::sub;
use model::time::NS_PER_DAY;

use super::add::{to_time, whole_days};
use super::arithmetic::{checked, interval_out_of_range, overflow};
use crate::functions::datetime::calendar::{add_months, add_months_to_timestamp, out_of_range, to_date};
use crate::functions::map::{self, Bigint, Date, DayToSecond, Double, Integer, Time, Timestamp, YearToMonth};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "$subtract",
    aliases: &[],
    family: Family::Operator,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "$subtract(integer, integer) -> integer", kernel: integers },
        Overload { signature: "$subtract(bigint, bigint) -> bigint", kernel: bigints },
        Overload { signature: "$subtract(double, double) -> double", kernel: doubles },
        Overload {
            signature: "$subtract(timestamp, interval day to second) -> timestamp",
            kernel: timestamp_ns,
        },
        Overload {
            signature: "$subtract(timestamp, interval year to month) -> timestamp",
            kernel: timestamp_months,
        },
        Overload { signature: "$subtract(date, interval day to second) -> date", kernel: date_ns },
        Overload { signature: "$subtract(date, interval year to month) -> date", kernel: date_months },
        Overload { signature: "$subtract(time, interval day to second) -> time", kernel: time_ns },
        Overload {
            signature: "$subtract(interval day to second, interval day to second) -> interval day to second",
            kernel: day_to_seconds,
        },
        Overload {
            signature: "$subtract(interval year to month, interval year to month) -> interval year to month",
            kernel: year_to_months,
        },
        Overload {
            signature: "$subtract(timestamp, timestamp) -> interval day to second",
            kernel: timestamps,
        },
    ],
    documentation: Documentation {
        summary: "Subtracts numbers, intervals of one kind, an interval from a date, time or timestamp, or a timestamp from another.",
        edges: "Fails on overflow and for hours, minutes or seconds taken from a date. A day that the month lacks becomes its last one; a time wraps at midnight.",
        examples: &[
            ("SELECT INTERVAL '2' DAY - INTERVAL '3' HOUR", "1 21:00:00.000000000"),
            ("SELECT TIME '01:00' - INTERVAL '3' HOUR", "22:00:00.000000000"),
        ],
        source: "sql.md 6.3, 6.4",
    },
};

fn integers(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    checked::<Integer>(call, arguments, sub, |x, y| {
        x.checked_sub(y).ok_or_else(|| overflow("integer", "subtraction", x, "-", y))
    })
}

fn bigints(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    checked::<Bigint>(call, arguments, sub, |x, y| {
        x.checked_sub(y).ok_or_else(|| overflow("bigint", "subtraction", x, "-", y))
    })
}

fn doubles(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    checked::<Double>(call, arguments, sub, |x, y| Ok(x - y))
}

fn timestamp_ns(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Timestamp, DayToSecond, Timestamp>(call, arguments, |instant, ns| {
        instant.checked_sub(ns).ok_or_else(out_of_range)
    })
}

fn timestamp_months(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Timestamp, YearToMonth, Timestamp>(call, arguments, |instant, months| {
        add_months_to_timestamp(instant, -i64::from(months)).ok_or_else(out_of_range)
    })
}

fn date_ns(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Date, DayToSecond, Date>(call, arguments, |days, ns| {
        to_date(i64::from(days) - whole_days(ns, "subtract", "from")?)
    })
}

fn date_months(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Date, YearToMonth, Date>(call, arguments, |days, months| {
        to_date(add_months(i64::from(days), -i64::from(months)).ok_or_else(out_of_range)?)
    })
}

fn time_ns(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Time, DayToSecond, Time>(call, arguments, |of_day_ns, ns| {
        Ok(to_time(of_day_ns, -(ns % NS_PER_DAY)))
    })
}

fn day_to_seconds(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<DayToSecond, DayToSecond, DayToSecond>(call, arguments, |x, y| {
        x.checked_sub(y).ok_or_else(interval_out_of_range)
    })
}

fn year_to_months(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<YearToMonth, YearToMonth, YearToMonth>(call, arguments, |x, y| {
        x.checked_sub(y).ok_or_else(interval_out_of_range)
    })
}

fn timestamps(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Timestamp, Timestamp, DayToSecond>(call, arguments, |x, y| {
        x.checked_sub(y).ok_or_else(interval_out_of_range)
    })
}
