//! `millisecond`.

use arrow::array::ArrayRef;
use model::time::NS_PER_MILLISECOND;

use crate::functions::map::{self, Bigint, DayToSecond, Time, Timestamp};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

/// The field repeats after this time.
const PERIOD_NS: i64 = 1_000 * NS_PER_MILLISECOND;

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "millisecond",
    aliases: &[],
    family: Family::DateTime,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "millisecond(timestamp) -> bigint", kernel: timestamp },
        Overload { signature: "millisecond(time) -> bigint", kernel: time },
        Overload { signature: "millisecond(interval day to second) -> bigint", kernel: day_to_second },
    ],
    documentation: Documentation {
        summary: "Returns the millisecond of the second, 0 to 999.",
        edges: "",
        examples: &[("SELECT millisecond('2022-06-17 17:44:43.771000678')", "771")],
        source: "sql.md 7.8",
    },
};

fn timestamp(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Timestamp, Bigint>(call, arguments, |x| Ok(x.rem_euclid(PERIOD_NS) / NS_PER_MILLISECOND))
}

fn time(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Time, Bigint>(call, arguments, |x| Ok(x.rem_euclid(PERIOD_NS) / NS_PER_MILLISECOND))
}

fn day_to_second(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<DayToSecond, Bigint>(call, arguments, |x| Ok(x % PERIOD_NS / NS_PER_MILLISECOND))
}
