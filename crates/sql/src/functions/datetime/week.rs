//! `week`.

use super::calendar::{days_of, iso_week};
use arrow::array::ArrayRef;

use crate::functions::map::{self, Bigint, Date, Timestamp};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "week",
    aliases: &["week_of_year"],
    family: Family::DateTime,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "week(timestamp) -> bigint", kernel: timestamp },
        Overload { signature: "week(date) -> bigint", kernel: date },
    ],
    documentation: Documentation {
        summary: "Returns the ISO week of the year, 1 to 53.",
        edges: "",
        examples: &[("SELECT week('2022-06-17 17:44:43.771000678')", "24")],
        source: "sql.md 7.8",
    },
};

fn timestamp(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Timestamp, Bigint>(call, arguments, |x| Ok(iso_week(days_of(x)).1))
}

fn date(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Date, Bigint>(call, arguments, |x| Ok(iso_week(i64::from(x)).1))
}
