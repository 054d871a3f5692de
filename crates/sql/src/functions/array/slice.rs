//! `slice`.

use std::ops::Range;

use arrow::array::{ArrayRef, Int64Array};

use super::lists::{Lists, Picker};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "slice",
    aliases: &[],
    family: Family::Array,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "slice(array(T), bigint, bigint) -> array(T)", kernel }],
    documentation: Documentation {
        summary: "Returns the part of an array from a 1-based start, of a number of elements.",
        edges: "A negative start counts from the end; a start outside the array gives an empty one. Fails for start 0 and a negative length.",
        examples: &[("SELECT slice(ARRAY[1, 2, 3, 4], 2, 2)", "[2,3]")],
        source: "sql.md 7.5",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let lists = Lists::new(arguments, 0)?;
    let starts = arguments.column::<Int64Array>(1)?;
    let lengths = arguments.column::<Int64Array>(2)?;
    let mut picker = Picker::with_capacity(call.rows);
    for row in 0..call.rows {
        match (lists.range(row), starts.row(row), lengths.row(row)) {
            (Some(range), Some(start), Some(length)) => {
                picker.push_all(part(range, starts.values.value(start), lengths.values.value(length))?);
            }
            _ => picker.push_null(),
        }
    }
    picker.finish(lists.values())
}

fn part(range: Range<usize>, start: i64, length: i64) -> Result<Range<usize>, RowError> {
    if start == 0 {
        return Err(RowError::new("SQL array indices start at 1"));
    }
    if length < 0 {
        return Err(RowError::new("length must be greater than or equal to 0"));
    }
    let count = range.len() as i64;
    let first = if start > 0 { start - 1 } else { count.saturating_add(start) };
    if first < 0 || first >= count {
        return Ok(range.start..range.start);
    }
    let end = first.saturating_add(length).min(count);
    Ok(range.start + first as usize..range.start + end as usize)
}
