//! `last_day_of_month`.

use arrow::array::ArrayRef;
use model::time::civil_from_days;

use super::calendar::{days_in_month, days_of, to_date};

use crate::functions::map::{self, Date, Timestamp};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "last_day_of_month",
    aliases: &[],
    family: Family::DateTime,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "last_day_of_month(timestamp) -> date", kernel: timestamp },
        Overload { signature: "last_day_of_month(date) -> date", kernel: date },
    ],
    documentation: Documentation {
        summary: "Returns the last day of the month.",
        edges: "",
        examples: &[("SELECT last_day_of_month(TIMESTAMP '2022-07-07 17:44:43')", "2022-07-31")],
        source: "sql.md 7.8",
    },
};

fn timestamp(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Timestamp, Date>(call, arguments, |x| last_day(days_of(x)))
}

fn date(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Date, Date>(call, arguments, |x| last_day(i64::from(x)))
}

fn last_day(days: i64) -> Result<i32, RowError> {
    let (year, month, day) = civil_from_days(days);
    to_date(days + i64::from(days_in_month(year, month) - day))
}
