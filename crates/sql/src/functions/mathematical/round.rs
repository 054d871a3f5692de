//! `round`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Bigint, Double, Integer};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "round",
    aliases: &[],
    family: Family::Mathematical,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "round(integer) -> integer", kernel: integer },
        Overload { signature: "round(bigint) -> bigint", kernel: bigint },
        Overload { signature: "round(double) -> double", kernel: double },
        Overload { signature: "round(integer, integer) -> integer", kernel: integer_digits },
        Overload { signature: "round(bigint, integer) -> bigint", kernel: bigint_digits },
        Overload { signature: "round(double, integer) -> double", kernel: double_digits },
    ],
    documentation: Documentation {
        summary: "Rounds to an integer or to d digits after the point.",
        edges: "Half rounds away from zero. A negative d rounds left of the point. NaN and infinities stay.",
        examples: &[
            ("SELECT round(2.5)", "3.0"),
            ("SELECT round(-2.5)", "-3.0"),
            ("SELECT round(123.456, 2)", "123.46"),
            ("SELECT round(1250, -2)", "1300"),
        ],
        source: "sql.md 7.2",
    },
};

fn integer(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Integer, Integer>(call, arguments, Ok)
}

fn bigint(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Bigint, Bigint>(call, arguments, Ok)
}

fn double(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Double, Double>(call, arguments, |x| Ok(x.round()))
}

fn integer_digits(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Integer, Integer, Integer>(call, arguments, |x, digits| {
        let rounded = round_left(i128::from(x), digits);
        i32::try_from(rounded).map_err(|_| out_of_range(x, "integer"))
    })
}

fn bigint_digits(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Bigint, Integer, Bigint>(call, arguments, |x, digits| {
        let rounded = round_left(i128::from(x), digits);
        i64::try_from(rounded).map_err(|_| out_of_range(x, "bigint"))
    })
}

fn double_digits(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Double, Integer, Double>(call, arguments, |x, digits| Ok(round_double(x, digits)))
}

/// Rounds to a multiple of a power of ten; more digits after the point than an integer has change nothing.
fn round_left(x: i128, digits: i32) -> i128 {
    const DIGITS_MAX: u32 = 20;
    if digits >= 0 {
        return x;
    }
    if digits.unsigned_abs() > DIGITS_MAX {
        return 0;
    }
    let unit = 10_i128.pow(digits.unsigned_abs());
    let magnitude = (x.abs() + unit / 2) / unit * unit;
    if x < 0 { -magnitude } else { magnitude }
}

/// Where scaling would overflow, the number has no digits to round at that place.
fn round_double(x: f64, digits: i32) -> f64 {
    if !x.is_finite() {
        return x;
    }
    let factor = 10_f64.powi(digits);
    let scaled = x * factor;
    if !scaled.is_finite() {
        return x;
    }
    if factor == 0.0 { 0.0 } else { scaled.round() / factor }
}

fn out_of_range(x: impl std::fmt::Display, ty: &str) -> RowError {
    RowError::new(format!("Value {x} is out of range for round({ty}, integer)"))
}
