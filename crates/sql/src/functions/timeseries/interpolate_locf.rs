//! `interpolate_locf`.

use std::ops::Range;

use arrow::array::{Array, ArrayRef, TimestampNanosecondArray, UInt32Array};
use arrow::compute::{cast, take};
use arrow::datatypes::DataType;

use super::series::{Instants, PickedSeries, SeriesColumn};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};
use crate::types::Type;

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "interpolate_locf",
    aliases: &[],
    family: Family::TimeSeries,
    volatility: Volatility::Stable,
    overloads: &[
        Overload {
            signature: "interpolate_locf(timeseries(T), array(timestamp)) -> timeseries(T)",
            kernel: series,
        },
        Overload { signature: "interpolate_locf(timeseries(integer), timestamp) -> double", kernel: number },
        Overload { signature: "interpolate_locf(timeseries(bigint), timestamp) -> double", kernel: number },
        Overload { signature: "interpolate_locf(timeseries(T), timestamp) -> T", kernel: value },
    ],
    documentation: Documentation {
        summary: "Fills in the value of the last point at or before an instant.",
        edges: "NULL before the first point.",
        examples: &[(
            "SELECT interpolate_locf(s, TIMESTAMP '2022-01-01 00:00:10') FROM (SELECT create_time_series(time, v) AS s FROM (VALUES (TIMESTAMP '2022-01-01 00:00:00', 10.0), (TIMESTAMP '2022-01-01 00:00:20', 30.0)) AS t(time, v))",
            "10.0",
        )],
        source: "sql.md 7.11, 8",
    },
};

fn series(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let input = SeriesColumn::new(arguments, 0)?;
    let instants = Instants::new(arguments, 1)?;
    let mut output = PickedSeries::default();
    for row in 0..call.rows {
        match (input.range(row), instants.row(row)) {
            (Some(range), Some(instants)) => {
                output.push(
                    instants.map(|instant_ns| (instant_ns, last_at(&input, range.clone(), instant_ns))),
                );
            }
            _ => output.push_null(),
        }
    }
    let Type::Timeseries(value_type) = call.return_type else {
        return Err(RowError::new("a series is returned"));
    };
    output.finish(input.values(), value_type)
}

fn value(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let input = SeriesColumn::new(arguments, 0)?;
    let instants = arguments.column::<TimestampNanosecondArray>(1)?;
    let find = |row: usize| {
        let (range, at) = (input.range(row)?, instants.row(row)?);
        last_at(&input, range, instants.values.value(at)).map(|position| position as u32)
    };
    let positions: UInt32Array = (0..call.rows).map(find).collect();
    Ok(take(input.values(), &positions, None)?)
}

/// At one instant numbers come as doubles, as for the other interpolations.
fn number(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    Ok(cast(&value(call, arguments)?, &DataType::Float64)?)
}

/// The position of the last point with a value at or before an instant.
fn last_at(input: &SeriesColumn<'_>, range: Range<usize>, instant_ns: i64) -> Option<usize> {
    let times = input.times().get(range.clone())?;
    let end = range.start + times.partition_point(|time_ns| *time_ns <= instant_ns);
    (range.start..end).rev().find(|position| input.values().is_valid(*position))
}
