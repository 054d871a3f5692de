//! `interpolate_linear`.

use arrow::array::ArrayRef;

use super::interpolation::{self, Curve};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "interpolate_linear",
    aliases: &[],
    family: Family::TimeSeries,
    volatility: Volatility::Stable,
    overloads: &[
        Overload {
            signature: "interpolate_linear(timeseries(double), array(timestamp)) -> timeseries(double)",
            kernel: series,
        },
        Overload { signature: "interpolate_linear(timeseries(double), timestamp) -> double", kernel: value },
    ],
    documentation: Documentation {
        summary: "Fills in values on the straight line between neighbouring points.",
        edges: "NULL outside the range of the series.",
        examples: &[(
            "SELECT interpolate_linear(s, TIMESTAMP '2022-01-01 00:00:10') FROM (SELECT create_time_series(time, v) AS s FROM (VALUES (TIMESTAMP '2022-01-01 00:00:00', 10.0), (TIMESTAMP '2022-01-01 00:00:20', 30.0)) AS t(time, v))",
            "20.0",
        )],
        source: "sql.md 7.11, 8",
    },
};

fn series(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    interpolation::series::<Line>(call, arguments)
}

fn value(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    interpolation::value::<Line>(call, arguments)
}

#[derive(Debug)]
struct Line {
    points: Vec<(i64, f64)>,
}

impl Curve for Line {
    fn new(points: Vec<(i64, f64)>) -> Self {
        Self { points }
    }

    fn at(&self, instant_ns: i64) -> Option<f64> {
        let next = self.points.partition_point(|(time_ns, _)| *time_ns < instant_ns);
        let (t1, v1) = *self.points.get(next)?;
        if t1 == instant_ns {
            return Some(v1);
        }
        let (t0, v0) = *self.points.get(next.checked_sub(1)?)?;
        Some(v0 + (v1 - v0) * ((instant_ns - t0) as f64 / (t1 - t0) as f64))
    }
}
