//! `from_iso8601_date`.

use arrow::array::ArrayRef;

use super::calendar::{days_of, to_date};
use super::iso8601::take_date;
use super::parts::Parts;

use crate::functions::map::{self, Date, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "from_iso8601_date",
    aliases: &[],
    family: Family::DateTime,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "from_iso8601_date(varchar) -> date", kernel }],
    documentation: Documentation {
        summary: "Reads an ISO 8601 calendar, week or ordinal date.",
        edges: "Fails for other text.",
        examples: &[("SELECT from_iso8601_date('2020-W10')", "2020-03-02")],
        source: "sql.md 7.8, 10",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Varchar, Date>(call, arguments, date)
}

fn date(text: &str) -> Result<i32, RowError> {
    let mut parts = Parts::default();
    let instant_ns =
        take_date(&mut parts, text).filter(|end| *end == text.len()).and_then(|_| parts.instant_ns());
    to_date(days_of(instant_ns.ok_or_else(|| RowError::new(format!("Invalid format: \"{text}\"")))?))
}
