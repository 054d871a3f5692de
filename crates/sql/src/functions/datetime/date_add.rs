//! `date_add`.

use arrow::array::ArrayRef;
use model::time::NS_PER_DAY;

use super::calendar::{add_months, add_months_to_timestamp, out_of_range, to_date};
use super::unit::Unit;

use crate::functions::map::{self, Bigint, Date, Time, Timestamp, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "date_add",
    aliases: &[],
    family: Family::DateTime,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "date_add(varchar, bigint, timestamp) -> timestamp", kernel: timestamp },
        Overload { signature: "date_add(varchar, bigint, date) -> date", kernel: date },
        Overload { signature: "date_add(varchar, bigint, time) -> time", kernel: time },
    ],
    documentation: Documentation {
        summary: "Adds a number of units to a timestamp, date or time.",
        edges: "A day that the month lacks becomes its last one. A time wraps at midnight. Fails for a unit that the type does not have.",
        examples: &[("SELECT date_add('month', 1, DATE '2022-01-31')", "2022-02-28")],
        source: "sql.md 7.8",
    },
};

fn timestamp(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::ternary::<Varchar, Bigint, Timestamp, Timestamp>(call, arguments, |unit, count, x| {
        add(Unit::parse(unit)?, count, x)
    })
}

fn date(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::ternary::<Varchar, Bigint, Date, Date>(call, arguments, add_to_date)
}

fn time(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::ternary::<Varchar, Bigint, Time, Time>(call, arguments, add_to_time)
}

fn add(unit: Unit, count: i64, instant_ns: i64) -> Result<i64, RowError> {
    let sum = match unit {
        Unit::Fixed { ns } => count.checked_mul(ns).and_then(|span_ns| instant_ns.checked_add(span_ns)),
        Unit::Months { count: months } => {
            count.checked_mul(months).and_then(|months| add_months_to_timestamp(instant_ns, months))
        }
    };
    sum.ok_or_else(out_of_range)
}

fn add_to_date(unit: &str, count: i64, days: i32) -> Result<i32, RowError> {
    let days = i64::from(days);
    let sum = match Unit::parse(unit)? {
        Unit::Fixed { ns } if ns % NS_PER_DAY == 0 => {
            count.checked_mul(ns / NS_PER_DAY).and_then(|added| days.checked_add(added))
        }
        Unit::Fixed { .. } => return Err(RowError::new(format!("'{unit}' is not a valid DATE field"))),
        Unit::Months { count: months } => {
            count.checked_mul(months).and_then(|months| add_months(days, months))
        }
    };
    to_date(sum.ok_or_else(out_of_range)?)
}

fn add_to_time(unit: &str, count: i64, time_ns: i64) -> Result<i64, RowError> {
    match Unit::parse(unit)? {
        Unit::Fixed { ns } if ns < NS_PER_DAY => {
            let sum = i128::from(time_ns) + i128::from(count) * i128::from(ns);
            Ok(sum.rem_euclid(i128::from(NS_PER_DAY)) as i64)
        }
        _ => Err(RowError::new(format!("'{unit}' is not a valid Time field"))),
    }
}
