//! `interpolate_spline_cubic`.

use arrow::array::ArrayRef;

use super::interpolation::{self, Curve};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "interpolate_spline_cubic",
    aliases: &[],
    family: Family::TimeSeries,
    volatility: Volatility::Stable,
    overloads: &[
        Overload {
            signature: "interpolate_spline_cubic(timeseries(double), array(timestamp)) -> timeseries(double)",
            kernel: series,
        },
        Overload {
            signature: "interpolate_spline_cubic(timeseries(double), timestamp) -> double",
            kernel: value,
        },
    ],
    documentation: Documentation {
        summary: "Fills in values on the natural cubic spline through all points.",
        edges: "NULL outside the range of the series. Two points make a line, one point only itself.",
        examples: &[(
            "SELECT interpolate_spline_cubic(s, TIMESTAMP '2022-01-01 00:00:10') FROM (SELECT create_time_series(time, v) AS s FROM (VALUES (TIMESTAMP '2022-01-01 00:00:00', 10.0), (TIMESTAMP '2022-01-01 00:00:20', 30.0)) AS t(time, v))",
            "20.0",
        )],
        source: "sql.md 7.11, 8",
    },
};

fn series(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    interpolation::series::<Spline>(call, arguments)
}

fn value(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    interpolation::value::<Spline>(call, arguments)
}

/// The natural cubic spline: second derivatives are zero at both ends.
///
/// # Source
/// Press et al., "Numerical Recipes", 3.3 (the tridiagonal system of the second derivatives).
#[derive(Debug)]
struct Spline {
    points: Vec<(i64, f64)>,
    /// Second derivative per point, in seconds.
    curvature: Vec<f64>,
}

impl Curve for Spline {
    fn new(mut points: Vec<(i64, f64)>) -> Self {
        // Of several points at one instant the last one counts: a curve has one value at each.
        points.reverse();
        points.dedup_by_key(|(time_ns, _)| *time_ns);
        points.reverse();
        let curvature = curvature(&points);
        Self { points, curvature }
    }

    fn at(&self, instant_ns: i64) -> Option<f64> {
        let next = self.points.partition_point(|(time_ns, _)| *time_ns < instant_ns);
        let (t1, v1) = *self.points.get(next)?;
        if t1 == instant_ns {
            return Some(v1);
        }
        let before = next.checked_sub(1)?;
        let (t0, v0) = *self.points.get(before)?;
        let (m0, m1) = (*self.curvature.get(before)?, *self.curvature.get(next)?);
        let width = seconds(t1 - t0);
        let a = seconds(t1 - instant_ns) / width;
        let b = 1.0 - a;
        let bend = ((a * a * a - a) * m0 + (b * b * b - b) * m1) * width * width / 6.0;
        Some(a * v0 + b * v1 + bend)
    }
}

fn seconds(span_ns: i64) -> f64 {
    span_ns as f64 / 1e9
}

/// Solves the tridiagonal system for the second derivatives, forward elimination and back substitution.
fn curvature(points: &[(i64, f64)]) -> Vec<f64> {
    let mut second = vec![0.0; points.len()];
    let mut carried = vec![0.0; points.len()];
    for (index, window) in points.windows(3).enumerate() {
        let [(t0, v0), (t1, v1), (t2, v2)] = window else { continue };
        let (before, after) = (seconds(t1 - t0), seconds(t2 - t1));
        let share = before / (before + after);
        let pivot = share * second[index] + 2.0;
        second[index + 1] = (share - 1.0) / pivot;
        let slope_change = (v2 - v1) / after - (v1 - v0) / before;
        carried[index + 1] = (6.0 * slope_change / (before + after) - share * carried[index]) / pivot;
    }
    if let Some(last) = second.last_mut() {
        *last = 0.0;
    }
    for index in (0..points.len().saturating_sub(1)).rev() {
        second[index] = second[index] * second[index + 1] + carried[index];
    }
    second
}
