//! `bin`.

use arrow::array::ArrayRef;
use model::time::Civil;

use super::calendar::{add_months_to_timestamp, out_of_range};

use crate::functions::map::{self, DayToSecond, Timestamp, YearToMonth};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "bin",
    aliases: &[],
    family: Family::DateTime,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "bin(timestamp, interval day to second) -> timestamp", kernel: day_to_second },
        Overload { signature: "bin(timestamp, interval year to month) -> timestamp", kernel: year_to_month },
    ],
    documentation: Documentation {
        summary: "Rounds a timestamp down to a multiple of an interval counted from 1970-01-01 00:00 UTC.",
        edges: "Fails when the interval is not positive.",
        examples: &[("SELECT bin(TIMESTAMP '2022-06-17 10:15:20', 5m)", "2022-06-17 10:15:00.000000000")],
        source: "sql.md 7.8",
    },
};

fn day_to_second(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Timestamp, DayToSecond, Timestamp>(call, arguments, floor)
}

fn year_to_month(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Timestamp, YearToMonth, Timestamp>(call, arguments, floor_months)
}

fn floor(instant_ns: i64, width_ns: i64) -> Result<i64, RowError> {
    if width_ns <= 0 {
        return Err(not_positive());
    }
    instant_ns.checked_sub(instant_ns.rem_euclid(width_ns)).ok_or_else(out_of_range)
}

fn floor_months(instant_ns: i64, width_months: i32) -> Result<i64, RowError> {
    if width_months <= 0 {
        return Err(not_positive());
    }
    let civil = Civil::from_ns(instant_ns);
    let months = (civil.year - 1970) * 12 + i64::from(civil.month) - 1;
    let start = months - months.rem_euclid(i64::from(width_months));
    add_months_to_timestamp(0, start).ok_or_else(out_of_range)
}

fn not_positive() -> RowError {
    RowError::new("The bin interval must be positive")
}
