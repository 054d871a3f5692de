//! `repeat`.

use arrow::array::{ArrayRef, Int64Array};

use super::lists::Picker;
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "repeat",
    aliases: &[],
    family: Family::Array,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "repeat(T, bigint) -> array(T)", kernel }],
    documentation: Documentation {
        summary: "Returns an array of n copies of a value.",
        edges: "Fails when n is negative or over 10,000.",
        examples: &[("SELECT repeat(7, 3)", "[7,7,7]")],
        source: "sql.md 7.5",
    },
};

/// Bounds the memory of one row.
const COPIES_MAX: i64 = 10_000;

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let values = arguments.array(0, call.rows)?;
    let counts = arguments.column::<Int64Array>(1)?;
    let mut picker = Picker::with_capacity(call.rows);
    for row in 0..call.rows {
        match counts.row(row).map(|at| counts.values.value(at)) {
            Some(count) if (0..=COPIES_MAX).contains(&count) => {
                picker.push_all(std::iter::repeat_n(row, count as usize));
            }
            Some(_) => {
                return Err(RowError::new(format!(
                    "count argument of repeat function must be between 0 and {COPIES_MAX}"
                )));
            }
            None => picker.push_null(),
        }
    }
    picker.finish(&values)
}
