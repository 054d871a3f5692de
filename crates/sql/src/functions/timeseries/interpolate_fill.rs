//! `interpolate_fill`.

use std::ops::Range;

use arrow::array::{Array, ArrayRef, TimestampNanosecondArray, UInt32Array};
use arrow::compute::{cast, concat, take};
use arrow::datatypes::DataType;

use super::series::{Instants, PickedSeries, SeriesColumn};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};
use crate::types::Type;

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "interpolate_fill",
    aliases: &[],
    family: Family::TimeSeries,
    volatility: Volatility::Stable,
    overloads: &[
        Overload {
            signature: "interpolate_fill(timeseries(T), array(timestamp), T) -> timeseries(T)",
            kernel: series,
        },
        Overload {
            signature: "interpolate_fill(timeseries(integer), timestamp, integer) -> double",
            kernel: number,
        },
        Overload {
            signature: "interpolate_fill(timeseries(bigint), timestamp, bigint) -> double",
            kernel: number,
        },
        Overload { signature: "interpolate_fill(timeseries(T), timestamp, T) -> T", kernel: value },
    ],
    documentation: Documentation {
        summary: "Fills in a constant at the instants without a point.",
        edges: "",
        examples: &[(
            "SELECT interpolate_fill(s, TIMESTAMP '2022-01-01 00:00:10', 7.0) FROM (SELECT create_time_series(time, v) AS s FROM (VALUES (TIMESTAMP '2022-01-01 00:00:00', 10.0), (TIMESTAMP '2022-01-01 00:00:20', 30.0)) AS t(time, v))",
            "7.0",
        )],
        source: "sql.md 7.11, 8",
    },
};

fn series(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let input = SeriesColumn::new(arguments, 0)?;
    let instants = Instants::new(arguments, 1)?;
    let (values, fill_start) = with_fills(call, arguments, &input)?;
    let mut output = PickedSeries::default();
    for row in 0..call.rows {
        match (input.range(row), instants.row(row)) {
            (Some(range), Some(instants)) => output.push(instants.map(|instant_ns| {
                (instant_ns, Some(exactly_at(&input, range.clone(), instant_ns).unwrap_or(fill_start + row)))
            })),
            _ => output.push_null(),
        }
    }
    let Type::Timeseries(value_type) = call.return_type else {
        return Err(RowError::new("a series is returned"));
    };
    output.finish(&values, value_type)
}

fn value(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let input = SeriesColumn::new(arguments, 0)?;
    let instants = arguments.column::<TimestampNanosecondArray>(1)?;
    let (values, fill_start) = with_fills(call, arguments, &input)?;
    let find = |row: usize| {
        let (range, at) = (input.range(row)?, instants.row(row)?);
        let found = exactly_at(&input, range, instants.values.value(at));
        Some(found.unwrap_or(fill_start + row) as u32)
    };
    let positions: UInt32Array = (0..call.rows).map(find).collect();
    Ok(take(&values, &positions, None)?)
}

/// At one instant numbers come as doubles, as for the other interpolations.
fn number(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    Ok(cast(&value(call, arguments)?, &DataType::Float64)?)
}

/// The values of the series followed by the constant of each row, and where those start.
fn with_fills(
    call: &Call<'_>,
    arguments: &Arguments<'_>,
    input: &SeriesColumn<'_>,
) -> Result<(ArrayRef, usize), RowError> {
    let fills = arguments.array(2, call.rows)?;
    let values = concat(&[input.values().as_ref(), fills.as_ref()])?;
    Ok((values, input.values().len()))
}

/// The position of the last point with a value at exactly an instant.
fn exactly_at(input: &SeriesColumn<'_>, range: Range<usize>, instant_ns: i64) -> Option<usize> {
    let times = input.times().get(range.clone())?;
    let end = times.partition_point(|time_ns| *time_ns <= instant_ns);
    let start = times.partition_point(|time_ns| *time_ns < instant_ns);
    (range.start + start..range.start + end).rev().find(|position| input.values().is_valid(*position))
}
