//! `*`.

use arrow::array::ArrayRef;
use arrow::compute::kernels::numeric::mul;

use super::arithmetic::{checked, interval_out_of_range, overflow, rounded, to_months};
use crate::functions::map::{self, Bigint, DayToSecond, Double, Integer, YearToMonth};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "$multiply",
    aliases: &[],
    family: Family::Operator,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "$multiply(integer, integer) -> integer", kernel: integers },
        Overload { signature: "$multiply(bigint, bigint) -> bigint", kernel: bigints },
        Overload { signature: "$multiply(double, double) -> double", kernel: doubles },
        Overload {
            signature: "$multiply(interval day to second, bigint) -> interval day to second",
            kernel: ns_bigint,
        },
        Overload {
            signature: "$multiply(bigint, interval day to second) -> interval day to second",
            kernel: bigint_ns,
        },
        Overload {
            signature: "$multiply(interval day to second, double) -> interval day to second",
            kernel: ns_double,
        },
        Overload {
            signature: "$multiply(double, interval day to second) -> interval day to second",
            kernel: double_ns,
        },
        Overload {
            signature: "$multiply(interval year to month, bigint) -> interval year to month",
            kernel: months_bigint,
        },
        Overload {
            signature: "$multiply(bigint, interval year to month) -> interval year to month",
            kernel: bigint_months,
        },
        Overload {
            signature: "$multiply(interval year to month, double) -> interval year to month",
            kernel: months_double,
        },
        Overload {
            signature: "$multiply(double, interval year to month) -> interval year to month",
            kernel: double_months,
        },
    ],
    documentation: Documentation {
        summary: "Multiplies numbers, or an interval by a number.",
        edges: "Fails on overflow. An interval times a double is rounded.",
        examples: &[("SELECT 6 * 7", "42"), ("SELECT 2 * INTERVAL '3' HOUR", "0 06:00:00.000000000")],
        source: "sql.md 6.3, 6.4",
    },
};

fn integers(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    checked::<Integer>(call, arguments, mul, |x, y| {
        x.checked_mul(y).ok_or_else(|| overflow("integer", "multiplication", x, "*", y))
    })
}

fn bigints(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    checked::<Bigint>(call, arguments, mul, |x, y| {
        x.checked_mul(y).ok_or_else(|| overflow("bigint", "multiplication", x, "*", y))
    })
}

fn doubles(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    checked::<Double>(call, arguments, mul, |x, y| Ok(x * y))
}

fn ns_bigint(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<DayToSecond, Bigint, DayToSecond>(call, arguments, times)
}

fn bigint_ns(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Bigint, DayToSecond, DayToSecond>(call, arguments, times)
}

fn ns_double(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<DayToSecond, Double, DayToSecond>(call, arguments, |ns, x| rounded(ns as f64 * x))
}

fn double_ns(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Double, DayToSecond, DayToSecond>(call, arguments, |x, ns| rounded(ns as f64 * x))
}

fn months_bigint(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<YearToMonth, Bigint, YearToMonth>(call, arguments, |months, x| {
        to_months(times(i64::from(months), x)?)
    })
}

fn bigint_months(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Bigint, YearToMonth, YearToMonth>(call, arguments, |x, months| {
        to_months(times(i64::from(months), x)?)
    })
}

fn months_double(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<YearToMonth, Double, YearToMonth>(call, arguments, |months, x| {
        to_months(rounded(f64::from(months) * x)?)
    })
}

fn double_months(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Double, YearToMonth, YearToMonth>(call, arguments, |x, months| {
        to_months(rounded(f64::from(months) * x)?)
    })
}

fn times(x: i64, y: i64) -> Result<i64, RowError> {
    x.checked_mul(y).ok_or_else(interval_out_of_range)
}
