//! `day_of_year`.

use super::calendar::{day_of_year, days_of};
use arrow::array::ArrayRef;

use crate::functions::map::{self, Bigint, Date, Timestamp};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "day_of_year",
    aliases: &["doy"],
    family: Family::DateTime,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "day_of_year(timestamp) -> bigint", kernel: timestamp },
        Overload { signature: "day_of_year(date) -> bigint", kernel: date },
    ],
    documentation: Documentation {
        summary: "Returns the day of the year, 1 to 366.",
        edges: "",
        examples: &[("SELECT day_of_year('2022-06-17 17:44:43.771000678')", "168")],
        source: "sql.md 7.8",
    },
};

fn timestamp(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Timestamp, Bigint>(call, arguments, |x| Ok(day_of_year(days_of(x))))
}

fn date(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Date, Bigint>(call, arguments, |x| Ok(day_of_year(i64::from(x))))
}
