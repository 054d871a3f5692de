//! `date_trunc`.

use arrow::array::ArrayRef;
use model::time::{Civil, NS_PER_MILLISECOND, days_from_civil};

use super::calendar::{day_of_week, days_of, midnight_ns, out_of_range, to_date};
use super::unit::Unit;

use crate::functions::map::{self, Date, Timestamp, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "date_trunc",
    aliases: &[],
    family: Family::DateTime,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "date_trunc(varchar, timestamp) -> timestamp", kernel: timestamp },
        Overload { signature: "date_trunc(varchar, date) -> date", kernel: date },
    ],
    documentation: Documentation {
        summary: "Rounds a timestamp or date down to a unit: millisecond, second, minute, hour, day, week (Monday), month, quarter or year.",
        edges: "Fails for another unit.",
        examples: &[(
            "SELECT date_trunc('month', TIMESTAMP '2022-06-17 17:44:43')",
            "2022-06-01 00:00:00.000000000",
        )],
        source: "sql.md 7.8",
    },
};

fn timestamp(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Varchar, Timestamp, Timestamp>(call, arguments, |unit, x| floor(truncatable(unit)?, x))
}

fn date(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Varchar, Date, Date>(call, arguments, |unit, x| {
        let instant_ns = midnight_ns(i64::from(x))?;
        to_date(days_of(floor(truncatable(unit)?, instant_ns)?))
    })
}

/// Finer units than milliseconds are not among those that exist for this function.
fn truncatable(text: &str) -> Result<Unit, RowError> {
    match Unit::parse(text)? {
        Unit::Fixed { ns } if ns < NS_PER_MILLISECOND => {
            Err(RowError::new(format!("'{text}' is not a valid Timestamp field")))
        }
        unit => Ok(unit),
    }
}

fn floor(unit: Unit, instant_ns: i64) -> Result<i64, RowError> {
    match unit {
        Unit::WEEK => {
            let days = days_of(instant_ns);
            midnight_ns(days - day_of_week(days) + 1)
        }
        Unit::Fixed { ns } => instant_ns.checked_sub(instant_ns.rem_euclid(ns)).ok_or_else(out_of_range),
        Unit::Months { count } => {
            let civil = Civil::from_ns(instant_ns);
            let month = i64::from(civil.month) - 1;
            midnight_ns(days_from_civil(civil.year, (month - month % count + 1) as u32, 1))
        }
    }
}
