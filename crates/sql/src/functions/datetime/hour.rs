//! `hour`.

use arrow::array::ArrayRef;
use model::time::{NS_PER_DAY, NS_PER_HOUR};

use crate::functions::map::{self, Bigint, DayToSecond, Time, Timestamp};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

/// The field repeats after this time.
const PERIOD_NS: i64 = NS_PER_DAY;

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "hour",
    aliases: &[],
    family: Family::DateTime,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "hour(timestamp) -> bigint", kernel: timestamp },
        Overload { signature: "hour(time) -> bigint", kernel: time },
        Overload { signature: "hour(interval day to second) -> bigint", kernel: day_to_second },
    ],
    documentation: Documentation {
        summary: "Returns the hour of the day, 0 to 23.",
        edges: "",
        examples: &[("SELECT hour('2022-06-17 17:44:43.771000678')", "17")],
        source: "sql.md 7.8",
    },
};

fn timestamp(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Timestamp, Bigint>(call, arguments, |x| Ok(x.rem_euclid(PERIOD_NS) / NS_PER_HOUR))
}

fn time(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Time, Bigint>(call, arguments, |x| Ok(x.rem_euclid(PERIOD_NS) / NS_PER_HOUR))
}

fn day_to_second(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<DayToSecond, Bigint>(call, arguments, |x| Ok(x % PERIOD_NS / NS_PER_HOUR))
}
