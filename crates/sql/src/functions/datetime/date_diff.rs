//! `date_diff`.

use arrow::array::ArrayRef;

use super::calendar::{midnight_ns, months_between, out_of_range};
use super::unit::Unit;

use crate::functions::map::{self, Bigint, Date, Time, Timestamp, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "date_diff",
    aliases: &[],
    family: Family::DateTime,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "date_diff(varchar, timestamp, timestamp) -> bigint", kernel: timestamp },
        Overload { signature: "date_diff(varchar, date, date) -> bigint", kernel: date },
        Overload { signature: "date_diff(varchar, time, time) -> bigint", kernel: time },
    ],
    documentation: Documentation {
        summary: "Counts the whole units from one instant to another.",
        edges: "Negative when the second is earlier.",
        examples: &[(
            "SELECT date_diff('hour', TIMESTAMP '2022-01-01 00:00', TIMESTAMP '2022-01-01 05:59')",
            "5",
        )],
        source: "sql.md 7.8",
    },
};

fn timestamp(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::ternary::<Varchar, Timestamp, Timestamp, Bigint>(call, arguments, |unit, from, to| {
        difference(Unit::parse(unit)?, from, to)
    })
}

fn date(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::ternary::<Varchar, Date, Date, Bigint>(call, arguments, |unit, from, to| {
        difference(Unit::parse(unit)?, midnight_ns(i64::from(from))?, midnight_ns(i64::from(to))?)
    })
}

fn time(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::ternary::<Varchar, Time, Time, Bigint>(call, arguments, |unit, from, to| {
        difference(Unit::parse(unit)?, from, to)
    })
}

fn difference(unit: Unit, from_ns: i64, to_ns: i64) -> Result<i64, RowError> {
    match unit {
        Unit::Fixed { ns } => {
            let units = (i128::from(to_ns) - i128::from(from_ns)) / i128::from(ns);
            i64::try_from(units).map_err(|_| out_of_range())
        }
        Unit::Months { count } => Ok(months_between(from_ns, to_ns) / count),
    }
}
