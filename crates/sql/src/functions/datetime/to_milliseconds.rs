//! `to_milliseconds`.

use arrow::array::ArrayRef;
use model::time::NS_PER_MILLISECOND;

use crate::functions::map::{self, Bigint, DayToSecond, Timestamp};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "to_milliseconds",
    aliases: &[],
    family: Family::DateTime,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "to_milliseconds(timestamp) -> bigint", kernel: timestamp },
        Overload { signature: "to_milliseconds(interval day to second) -> bigint", kernel: day_to_second },
    ],
    documentation: Documentation {
        summary: "Returns a timestamp, or an interval, as a number of milliseconds.",
        edges: "",
        examples: &[("SELECT to_milliseconds(1h)", "3600000")],
        source: "sql.md 7.8",
    },
};

fn timestamp(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Timestamp, Bigint>(call, arguments, |x| Ok(x.div_euclid(NS_PER_MILLISECOND)))
}

fn day_to_second(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<DayToSecond, Bigint>(call, arguments, |x| Ok(x / NS_PER_MILLISECOND))
}
