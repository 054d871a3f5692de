//! `ago`.

use arrow::array::ArrayRef;

use super::calendar::{add_months_to_timestamp, out_of_range};

use crate::functions::map::{self, DayToSecond, Timestamp, YearToMonth};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "ago",
    aliases: &[],
    family: Family::DateTime,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "ago(interval day to second) -> timestamp", kernel: day_to_second },
        Overload { signature: "ago(interval year to month) -> timestamp", kernel: year_to_month },
    ],
    documentation: Documentation {
        summary: "Returns the start of the query minus an interval.",
        edges: "",
        examples: &[("SELECT ago(1h) = now() - 1h", "true")],
        source: "sql.md 7.8",
    },
};

fn day_to_second(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<DayToSecond, Timestamp>(call, arguments, |span_ns| {
        call.query.now_ns.checked_sub(span_ns).ok_or_else(out_of_range)
    })
}

fn year_to_month(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<YearToMonth, Timestamp>(call, arguments, |months| {
        add_months_to_timestamp(call.query.now_ns, -i64::from(months)).ok_or_else(out_of_range)
    })
}
