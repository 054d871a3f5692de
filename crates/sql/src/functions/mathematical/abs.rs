//! `abs`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Bigint, Double, Integer};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "abs",
    aliases: &[],
    family: Family::Mathematical,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "abs(integer) -> integer", kernel: integer },
        Overload { signature: "abs(bigint) -> bigint", kernel: bigint },
        Overload { signature: "abs(double) -> double", kernel: double },
    ],
    documentation: Documentation {
        summary: "Returns the absolute value.",
        edges: "Fails for the smallest integer, whose absolute value has no representation.",
        examples: &[("SELECT abs(-5)", "5"), ("SELECT abs(-2.5)", "2.5")],
        source: "sql.md 7.2",
    },
};

fn integer(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Integer, Integer>(call, arguments, |x| {
        x.checked_abs().ok_or_else(|| RowError::new(format!("Value {x} is out of range for abs(integer)")))
    })
}

fn bigint(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Bigint, Bigint>(call, arguments, |x| {
        x.checked_abs().ok_or_else(|| RowError::new(format!("Value {x} is out of range for abs(bigint)")))
    })
}

fn double(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Double, Double>(call, arguments, |x| Ok(x.abs()))
}
