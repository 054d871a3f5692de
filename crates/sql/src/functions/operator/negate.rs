//! `-` before one operand.

use arrow::array::ArrayRef;

use super::arithmetic::interval_out_of_range;
use crate::functions::map::{self, Bigint, DayToSecond, Double, Integer, YearToMonth};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "$negate",
    aliases: &[],
    family: Family::Operator,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "$negate(integer) -> integer", kernel: integer },
        Overload { signature: "$negate(bigint) -> bigint", kernel: bigint },
        Overload { signature: "$negate(double) -> double", kernel: double },
        Overload {
            signature: "$negate(interval day to second) -> interval day to second",
            kernel: day_to_second,
        },
        Overload {
            signature: "$negate(interval year to month) -> interval year to month",
            kernel: year_to_month,
        },
    ],
    documentation: Documentation {
        summary: "Returns the opposite of a number or an interval.",
        edges: "Fails for the smallest integer, whose opposite has no representation.",
        examples: &[("SELECT -(1 + 2)", "-3")],
        source: "sql.md 6.3",
    },
};

fn integer(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Integer, Integer>(call, arguments, |x| {
        x.checked_neg().ok_or_else(|| RowError::new(format!("integer negation overflow: {x}")))
    })
}

fn bigint(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Bigint, Bigint>(call, arguments, |x| {
        x.checked_neg().ok_or_else(|| RowError::new(format!("bigint negation overflow: {x}")))
    })
}

fn double(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Double, Double>(call, arguments, |x| Ok(-x))
}

fn day_to_second(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<DayToSecond, DayToSecond>(call, arguments, |ns| {
        ns.checked_neg().ok_or_else(interval_out_of_range)
    })
}

fn year_to_month(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<YearToMonth, YearToMonth>(call, arguments, |months| {
        months.checked_neg().ok_or_else(interval_out_of_range)
    })
}
