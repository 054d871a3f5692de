//! `to_nanoseconds`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Bigint, DayToSecond, Timestamp};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "to_nanoseconds",
    aliases: &[],
    family: Family::DateTime,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "to_nanoseconds(timestamp) -> bigint", kernel: timestamp },
        Overload { signature: "to_nanoseconds(interval day to second) -> bigint", kernel: day_to_second },
    ],
    documentation: Documentation {
        summary: "Returns a timestamp, or an interval, as a number of nanoseconds.",
        edges: "",
        examples: &[("SELECT to_nanoseconds(1h)", "3600000000000")],
        source: "sql.md 7.8",
    },
};

fn timestamp(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Timestamp, Bigint>(call, arguments, Ok)
}

fn day_to_second(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<DayToSecond, Bigint>(call, arguments, Ok)
}
