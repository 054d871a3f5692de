//! `sequence`.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Date32Array, DurationNanosecondArray, Int64Array, IntervalYearMonthArray,
    TimestampNanosecondArray,
};
use model::time::NS_PER_DAY;

use super::lists::list_of;
use crate::functions::datetime::calendar::{add_months, add_months_to_timestamp};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility, stop,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "sequence",
    aliases: &[],
    family: Family::Array,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "sequence(bigint, bigint) -> array(bigint)", kernel: integers },
        Overload { signature: "sequence(bigint, bigint, bigint) -> array(bigint)", kernel: integers },
        Overload { signature: "sequence(timestamp, timestamp) -> array(timestamp)", kernel: timestamps },
        Overload {
            signature: "sequence(timestamp, timestamp, interval day to second) -> array(timestamp)",
            kernel: timestamps,
        },
        Overload {
            signature: "sequence(timestamp, timestamp, interval year to month) -> array(timestamp)",
            kernel: timestamps_by_months,
        },
        Overload { signature: "sequence(date, date) -> array(date)", kernel: dates },
        Overload { signature: "sequence(date, date, interval day to second) -> array(date)", kernel: dates },
        Overload {
            signature: "sequence(date, date, interval year to month) -> array(date)",
            kernel: dates_by_months,
        },
    ],
    documentation: Documentation {
        summary: "Returns the values from start to stop, both included, by steps.",
        edges: "The step is 1 or -1, or one day. Fails for a step of 0, a step in the wrong direction, and over 10,000 values.",
        examples: &[("SELECT sequence(1, 5, 2)", "[1,3,5]")],
        source: "sql.md 7.5",
    },
};

/// The documented bound of the number of values.
const ENTRIES_MAX: usize = 10_000;

/// Collects the sequences of all rows.
#[derive(Debug, Default)]
struct Sequences {
    elements: Vec<i64>,
    lengths: Vec<usize>,
    valid: Vec<bool>,
}

impl Sequences {
    /// Adds `start`, `start + step`, ... up to `stop`.
    fn push(&mut self, start: i64, stop: i64, step: i64) -> Result<(), RowError> {
        stop::check()?;
        check_direction(start, stop, step)?;
        let count = (i128::from(stop) - i128::from(start)) / i128::from(step) + 1;
        let count = usize::try_from(count).ok().filter(|count| *count <= ENTRIES_MAX).ok_or_else(too_long)?;
        self.elements.extend((0..count as i64).map(|index| start + index * step));
        self.finish_row(count);
        Ok(())
    }

    /// Adds `start`, a step of months later, ... up to `stop`. Each value is counted from the start, so that a clamped
    /// month end doesn't shift the later ones; the end of the type's range ends the sequence too.
    fn push_months(
        &mut self,
        start: i64,
        stop: i64,
        months: i64,
        add_months: impl Fn(i64, i64) -> Option<i64>,
    ) -> Result<(), RowError> {
        stop::check()?;
        check_direction(start, stop, months)?;
        let mut count = 0;
        while let Some(next) = add_months(start, months * count as i64) {
            if if months > 0 { next > stop } else { next < stop } {
                break;
            }
            count += 1;
            if count > ENTRIES_MAX {
                return Err(too_long());
            }
            self.elements.push(next);
        }
        self.finish_row(count);
        Ok(())
    }

    fn finish_row(&mut self, count: usize) {
        self.lengths.push(count);
        self.valid.push(true);
    }

    fn push_null(&mut self) {
        self.lengths.push(0);
        self.valid.push(false);
    }
}

fn check_direction(start: i64, stop: i64, step: i64) -> Result<(), RowError> {
    if step == 0 {
        return Err(RowError::new("step must not be zero"));
    }
    let forward = if step > 0 { start <= stop } else { start >= stop };
    if forward {
        return Ok(());
    }
    Err(RowError::new(
        "sequence stop value should be greater than or equal to start value if step is greater than zero \
         otherwise stop should be less than or equal to start",
    ))
}

fn too_long() -> RowError {
    RowError::new(format!("result of sequence function must not have more than {ENTRIES_MAX} entries"))
}

fn integers(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let start = arguments.column::<Int64Array>(0)?;
    let stop = arguments.column::<Int64Array>(1)?;
    let step = if arguments.len() > 2 { Some(arguments.column::<Int64Array>(2)?) } else { None };
    let mut sequences = Sequences::default();
    for row in 0..call.rows {
        let ends = start.row(row).zip(stop.row(row));
        let given = step.as_ref().map(|column| column.row(row).map(|at| column.values.value(at)));
        match (ends, given) {
            (Some((from, to)), None) => {
                let (from, to) = (start.values.value(from), stop.values.value(to));
                sequences.push(from, to, if from <= to { 1 } else { -1 })?;
            }
            (Some((from, to)), Some(Some(step))) => {
                sequences.push(start.values.value(from), stop.values.value(to), step)?;
            }
            _ => sequences.push_null(),
        }
    }
    list_of(Arc::new(Int64Array::from(sequences.elements)), sequences.lengths, sequences.valid)
}

fn timestamps(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let start = arguments.column::<TimestampNanosecondArray>(0)?;
    let stop = arguments.column::<TimestampNanosecondArray>(1)?;
    let step = if arguments.len() > 2 { Some(arguments.column::<DurationNanosecondArray>(2)?) } else { None };
    let mut sequences = Sequences::default();
    for row in 0..call.rows {
        let step_ns = match &step {
            Some(column) => column.row(row).map(|at| column.values.value(at)),
            None => Some(NS_PER_DAY),
        };
        match (start.row(row), stop.row(row), step_ns) {
            (Some(from), Some(to), Some(step_ns)) => {
                sequences.push(start.values.value(from), stop.values.value(to), step_ns)?;
            }
            _ => sequences.push_null(),
        }
    }
    let elements = TimestampNanosecondArray::from(sequences.elements);
    list_of(Arc::new(elements), sequences.lengths, sequences.valid)
}

fn timestamps_by_months(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let start = arguments.column::<TimestampNanosecondArray>(0)?;
    let stop = arguments.column::<TimestampNanosecondArray>(1)?;
    let step = arguments.column::<IntervalYearMonthArray>(2)?;
    let mut sequences = Sequences::default();
    for row in 0..call.rows {
        match (start.row(row), stop.row(row), step.row(row)) {
            (Some(from), Some(to), Some(step_at)) => {
                let (from, to) = (start.values.value(from), stop.values.value(to));
                let months = i64::from(step.values.value(step_at));
                sequences.push_months(from, to, months, add_months_to_timestamp)?;
            }
            _ => sequences.push_null(),
        }
    }
    let elements = TimestampNanosecondArray::from(sequences.elements);
    list_of(Arc::new(elements), sequences.lengths, sequences.valid)
}

fn dates_by_months(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let start = arguments.column::<Date32Array>(0)?;
    let stop = arguments.column::<Date32Array>(1)?;
    let step = arguments.column::<IntervalYearMonthArray>(2)?;
    let mut sequences = Sequences::default();
    for row in 0..call.rows {
        match (start.row(row), stop.row(row), step.row(row)) {
            (Some(from), Some(to), Some(step_at)) => {
                let (from, to) = (i64::from(start.values.value(from)), i64::from(stop.values.value(to)));
                let months = i64::from(step.values.value(step_at));
                sequences.push_months(from, to, months, add_months)?;
            }
            _ => sequences.push_null(),
        }
    }
    list_of_dates(sequences)
}

fn dates(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let start = arguments.column::<Date32Array>(0)?;
    let stop = arguments.column::<Date32Array>(1)?;
    let step = if arguments.len() > 2 { Some(arguments.column::<DurationNanosecondArray>(2)?) } else { None };
    let mut sequences = Sequences::default();
    for row in 0..call.rows {
        let step_ns = match &step {
            Some(column) => column.row(row).map(|at| column.values.value(at)),
            None => Some(NS_PER_DAY),
        };
        match (start.row(row), stop.row(row), step_ns) {
            (Some(_), Some(_), Some(step_ns)) if step_ns % NS_PER_DAY != 0 => {
                return Err(RowError::new(
                    "sequence step must be a day interval if start and end values are dates",
                ));
            }
            (Some(from), Some(to), Some(step_ns)) => {
                let (from, to) = (i64::from(start.values.value(from)), i64::from(stop.values.value(to)));
                sequences.push(from, to, step_ns / NS_PER_DAY)?;
            }
            _ => sequences.push_null(),
        }
    }
    list_of_dates(sequences)
}

fn list_of_dates(sequences: Sequences) -> Result<ArrayRef, RowError> {
    let days: Date32Array = sequences.elements.iter().map(|days| i32::try_from(*days).ok()).collect();
    list_of(Arc::new(days), sequences.lengths, sequences.valid)
}
