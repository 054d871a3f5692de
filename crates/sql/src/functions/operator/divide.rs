//! `/`.

use arrow::array::ArrayRef;
use arrow::compute::kernels::numeric::div;

use super::arithmetic::{checked, interval_out_of_range, overflow, rounded, to_months};
use crate::functions::map::{self, Bigint, DayToSecond, Double, Integer, YearToMonth};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "$divide",
    aliases: &[],
    family: Family::Operator,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "$divide(integer, integer) -> integer", kernel: integers },
        Overload { signature: "$divide(bigint, bigint) -> bigint", kernel: bigints },
        Overload { signature: "$divide(double, double) -> double", kernel: doubles },
        Overload {
            signature: "$divide(interval day to second, bigint) -> interval day to second",
            kernel: ns_bigint,
        },
        Overload {
            signature: "$divide(interval day to second, double) -> interval day to second",
            kernel: ns_double,
        },
        Overload {
            signature: "$divide(interval year to month, bigint) -> interval year to month",
            kernel: months_bigint,
        },
        Overload {
            signature: "$divide(interval year to month, double) -> interval year to month",
            kernel: months_double,
        },
    ],
    documentation: Documentation {
        summary: "Divides numbers, or an interval by a number.",
        edges: "Integers divide towards zero and fail for a zero divisor; doubles give Infinity or NaN. An interval's quotient is rounded.",
        examples: &[("SELECT 7 / 2", "3"), ("SELECT INTERVAL '1' DAY / 2", "0 12:00:00.000000000")],
        source: "sql.md 6.3, 6.4",
    },
};

fn integers(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    checked::<Integer>(call, arguments, div, |x, y| match y {
        0 => Err(RowError::division_by_zero()),
        y => x.checked_div(y).ok_or_else(|| overflow("integer", "division", x, "/", y)),
    })
}

fn bigints(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    checked::<Bigint>(call, arguments, div, |x, y| match y {
        0 => Err(RowError::division_by_zero()),
        y => x.checked_div(y).ok_or_else(|| overflow("bigint", "division", x, "/", y)),
    })
}

fn doubles(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    checked::<Double>(call, arguments, div, |x, y| Ok(x / y))
}

fn ns_bigint(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<DayToSecond, Bigint, DayToSecond>(call, arguments, rounded_quotient)
}

fn ns_double(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<DayToSecond, Double, DayToSecond>(call, arguments, |ns, x| quotient(ns as f64, x))
}

fn months_bigint(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<YearToMonth, Bigint, YearToMonth>(call, arguments, |months, x| {
        to_months(rounded_quotient(i64::from(months), x)?)
    })
}

fn months_double(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<YearToMonth, Double, YearToMonth>(call, arguments, |months, x| {
        to_months(quotient(f64::from(months), x)?)
    })
}

fn quotient(interval: f64, divisor: f64) -> Result<i64, RowError> {
    if divisor == 0.0 { Err(RowError::division_by_zero()) } else { rounded(interval / divisor) }
}

/// The exact quotient, rounded half away from zero.
fn rounded_quotient(interval: i64, divisor: i64) -> Result<i64, RowError> {
    if divisor == 0 {
        return Err(RowError::division_by_zero());
    }
    let (x, y) = (i128::from(interval), i128::from(divisor));
    let magnitude = (x.abs() * 2 + y.abs()) / (y.abs() * 2);
    let signed = if (x < 0) == (y < 0) { magnitude } else { -magnitude };
    i64::try_from(signed).map_err(|_| interval_out_of_range())
}
