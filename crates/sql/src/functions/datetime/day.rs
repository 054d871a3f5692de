//! `day`.

use arrow::array::ArrayRef;
use model::time::{Civil, NS_PER_DAY, civil_from_days};

use crate::functions::map::{self, Bigint, Date, DayToSecond, Timestamp};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "day",
    aliases: &["day_of_month"],
    family: Family::DateTime,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "day(timestamp) -> bigint", kernel: timestamp },
        Overload { signature: "day(date) -> bigint", kernel: date },
        Overload { signature: "day(interval day to second) -> bigint", kernel: day_to_second },
    ],
    documentation: Documentation {
        summary: "Returns the day of the month, or the whole days of an interval.",
        edges: "",
        examples: &[("SELECT day('2022-06-17 17:44:43.771000678')", "17")],
        source: "sql.md 7.8",
    },
};

fn timestamp(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Timestamp, Bigint>(call, arguments, |x| Ok(i64::from(Civil::from_ns(x).day)))
}

fn date(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Date, Bigint>(call, arguments, |x| Ok(i64::from(civil_from_days(i64::from(x)).2)))
}

fn day_to_second(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<DayToSecond, Bigint>(call, arguments, |x| Ok(x / NS_PER_DAY))
}
