//! `nanosecond`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Bigint, DayToSecond, Time, Timestamp};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

/// The field repeats after this time.
const PERIOD_NS: i64 = 1_000_000_000;

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "nanosecond",
    aliases: &[],
    family: Family::DateTime,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "nanosecond(timestamp) -> bigint", kernel: timestamp },
        Overload { signature: "nanosecond(time) -> bigint", kernel: time },
        Overload { signature: "nanosecond(interval day to second) -> bigint", kernel: day_to_second },
    ],
    documentation: Documentation {
        summary: "Returns the nanosecond of the second, 0 to 999,999,999.",
        edges: "",
        examples: &[("SELECT nanosecond('2022-06-17 17:44:43.771000678')", "771000678")],
        source: "sql.md 7.8",
    },
};

fn timestamp(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Timestamp, Bigint>(call, arguments, |x| Ok(x.rem_euclid(PERIOD_NS)))
}

fn time(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Time, Bigint>(call, arguments, |x| Ok(x.rem_euclid(PERIOD_NS)))
}

fn day_to_second(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<DayToSecond, Bigint>(call, arguments, |x| Ok(x % PERIOD_NS))
}
