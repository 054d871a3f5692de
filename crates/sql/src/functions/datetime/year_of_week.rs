//! `year_of_week`.

use super::calendar::{days_of, iso_week};
use arrow::array::ArrayRef;

use crate::functions::map::{self, Bigint, Date, Timestamp};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "year_of_week",
    aliases: &["yow"],
    family: Family::DateTime,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "year_of_week(timestamp) -> bigint", kernel: timestamp },
        Overload { signature: "year_of_week(date) -> bigint", kernel: date },
    ],
    documentation: Documentation {
        summary: "Returns the year that the ISO week belongs to.",
        edges: "",
        examples: &[("SELECT year_of_week(DATE '2021-01-01')", "2020")],
        source: "sql.md 7.8",
    },
};

fn timestamp(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Timestamp, Bigint>(call, arguments, |x| Ok(iso_week(days_of(x)).0))
}

fn date(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Date, Bigint>(call, arguments, |x| Ok(iso_week(i64::from(x)).0))
}
