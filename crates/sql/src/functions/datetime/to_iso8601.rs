//! `to_iso8601`.

use arrow::array::ArrayRef;
use model::time::{civil_from_days, format_timestamp};

use crate::functions::map::{self, Date, Timestamp, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "to_iso8601",
    aliases: &[],
    family: Family::DateTime,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "to_iso8601(timestamp) -> varchar", kernel: timestamp },
        Overload { signature: "to_iso8601(date) -> varchar", kernel: date },
    ],
    documentation: Documentation {
        summary: "Writes a timestamp or date in ISO 8601 form.",
        edges: "",
        examples: &[("SELECT to_iso8601(DATE '2022-06-17')", "2022-06-17")],
        source: "sql.md 7.8",
    },
};

fn timestamp(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Timestamp, Varchar>(call, arguments, |x| {
        Ok(format!("{}Z", format_timestamp(x).replacen(' ', "T", 1)))
    })
}

fn date(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Date, Varchar>(call, arguments, |x| {
        let (year, month, day) = civil_from_days(i64::from(x));
        Ok(format!("{year:04}-{month:02}-{day:02}"))
    })
}
