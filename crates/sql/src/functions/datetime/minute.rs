//! `minute`.

use arrow::array::ArrayRef;
use model::time::NS_PER_MINUTE;

use crate::functions::map::{self, Bigint, DayToSecond, Time, Timestamp};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

/// The field repeats after this time.
const PERIOD_NS: i64 = 60 * NS_PER_MINUTE;

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "minute",
    aliases: &[],
    family: Family::DateTime,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "minute(timestamp) -> bigint", kernel: timestamp },
        Overload { signature: "minute(time) -> bigint", kernel: time },
        Overload { signature: "minute(interval day to second) -> bigint", kernel: day_to_second },
    ],
    documentation: Documentation {
        summary: "Returns the minute of the hour, 0 to 59.",
        edges: "",
        examples: &[("SELECT minute('2022-06-17 17:44:43.771000678')", "44")],
        source: "sql.md 7.8",
    },
};

fn timestamp(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Timestamp, Bigint>(call, arguments, |x| Ok(x.rem_euclid(PERIOD_NS) / NS_PER_MINUTE))
}

fn time(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Time, Bigint>(call, arguments, |x| Ok(x.rem_euclid(PERIOD_NS) / NS_PER_MINUTE))
}

fn day_to_second(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<DayToSecond, Bigint>(call, arguments, |x| Ok(x % PERIOD_NS / NS_PER_MINUTE))
}
