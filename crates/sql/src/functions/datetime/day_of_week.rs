//! `day_of_week`.

use super::calendar::{day_of_week, days_of};
use arrow::array::ArrayRef;

use crate::functions::map::{self, Bigint, Date, Timestamp};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "day_of_week",
    aliases: &["dow"],
    family: Family::DateTime,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "day_of_week(timestamp) -> bigint", kernel: timestamp },
        Overload { signature: "day_of_week(date) -> bigint", kernel: date },
    ],
    documentation: Documentation {
        summary: "Returns the ISO day of the week: 1 is Monday, 7 is Sunday.",
        edges: "",
        examples: &[("SELECT day_of_week('2022-06-17 17:44:43.771000678')", "5")],
        source: "sql.md 7.8",
    },
};

fn timestamp(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Timestamp, Bigint>(call, arguments, |x| Ok(day_of_week(days_of(x))))
}

fn date(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Date, Bigint>(call, arguments, |x| Ok(day_of_week(i64::from(x))))
}
