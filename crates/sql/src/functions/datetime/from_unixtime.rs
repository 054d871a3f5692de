//! `from_unixtime`.

use arrow::array::ArrayRef;
use model::time::NS_PER_SECOND;

use super::calendar::out_of_range;

use crate::functions::map::{self, Double, Timestamp};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "from_unixtime",
    aliases: &[],
    family: Family::DateTime,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "from_unixtime(double) -> timestamp", kernel }],
    documentation: Documentation {
        summary: "Returns the instant that lies a number of seconds after 1970-01-01 00:00 UTC.",
        edges: "Fails for NaN and outside the range of timestamps.",
        examples: &[("SELECT from_unixtime(1.5)", "1970-01-01 00:00:01.500000000")],
        source: "sql.md 7.8",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Double, Timestamp>(call, arguments, instant)
}

/// Whole seconds and the fraction are converted apart, so that the fraction keeps the precision it has.
fn instant(seconds: f64) -> Result<i64, RowError> {
    let whole = seconds.floor();
    if whole.is_nan() || whole.abs() > 9_223_372_036.0 {
        return Err(out_of_range());
    }
    let fraction_ns = ((seconds - whole) * 1e9).round() as i64;
    (whole as i64)
        .checked_mul(NS_PER_SECOND)
        .and_then(|ns| ns.checked_add(fraction_ns))
        .ok_or_else(out_of_range)
}
