//! Numbers with numbers: Arrow's kernels where every row succeeds, else row by row for the exact error or the few
//! values on which Arrow is stricter than the language.

use arrow::array::{ArrayRef, Datum, Scalar};
use arrow::error::ArrowError;

use crate::functions::map::{self, Input, Output};
use crate::functions::{Argument, Arguments, Call, RowError};

pub type ArrowKernel = fn(&dyn Datum, &dyn Datum) -> Result<ArrayRef, ArrowError>;

/// Applies `kernel` to whole arrays; where it fails, `f` to each pair of values.
pub fn checked<T>(
    call: &Call<'_>,
    arguments: &Arguments<'_>,
    kernel: ArrowKernel,
    f: impl Fn(<T as Input>::Item<'_>, <T as Input>::Item<'_>) -> Result<<T as Output>::Item, RowError>,
) -> Result<ArrayRef, RowError>
where
    T: Input + Output,
{
    let computed = match (arguments.get(0)?, arguments.get(1)?) {
        (Argument::Array(left), Argument::Array(right)) => kernel(left, right),
        (Argument::Array(left), Argument::Constant(right)) => kernel(left, &Scalar::new(right.clone())),
        (Argument::Constant(left), Argument::Array(right)) => kernel(&Scalar::new(left.clone()), right),
        _ => return map::binary::<T, T, T>(call, arguments, f),
    };
    match computed {
        Ok(array) => Ok(array),
        Err(_) => map::binary::<T, T, T>(call, arguments, f),
    }
}

/// The error of an operation whose result the type cannot hold.
pub fn overflow(
    ty: &str,
    operation: &str,
    left: impl std::fmt::Display,
    symbol: &str,
    right: impl std::fmt::Display,
) -> RowError {
    RowError::new(format!("{ty} {operation} overflow: {left} {symbol} {right}"))
}

pub fn interval_out_of_range() -> RowError {
    RowError::new("interval is out of range")
}

/// A number of nanoseconds or months, rounded half away from zero.
pub fn rounded(value: f64) -> Result<i64, RowError> {
    let rounded = value.round();
    // 2^63 is the first double beyond the range.
    let range = -9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0;
    if range.contains(&rounded) { Ok(rounded as i64) } else { Err(interval_out_of_range()) }
}

pub fn to_months(months: i64) -> Result<i32, RowError> {
    i32::try_from(months).map_err(|_| interval_out_of_range())
}
