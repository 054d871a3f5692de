//! `integral_trapezoidal`.

use arrow::array::{ArrayRef, DurationNanosecondArray};
use model::time::NS_PER_SECOND;

use super::series::SeriesColumn;
use crate::functions::map::{Double, Output};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "integral_trapezoidal",
    aliases: &[],
    family: Family::TimeSeries,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "integral_trapezoidal(timeseries(double)) -> double", kernel },
        Overload {
            signature: "integral_trapezoidal(timeseries(double), interval day to second) -> double",
            kernel,
        },
    ],
    documentation: Documentation {
        summary: "Returns the area under the series by the trapezoidal rule, in units of an interval (1s by default).",
        edges: "0.0 for one point, NULL for none. Fails when the interval is not positive.",
        examples: &[(
            "SELECT integral_trapezoidal(s) FROM (SELECT create_time_series(time, v) AS s FROM (VALUES (TIMESTAMP '2022-01-01 00:00:00', 10.0), (TIMESTAMP '2022-01-01 00:00:20', 30.0)) AS t(time, v))",
            "400.0",
        )],
        source: "sql.md 7.11, 8",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let input = SeriesColumn::new(arguments, 0)?;
    let units =
        if arguments.len() > 1 { Some(arguments.column::<DurationNanosecondArray>(1)?) } else { None };
    let mut builder = Double::builder(call.rows);
    for row in 0..call.rows {
        let unit_ns = match &units {
            Some(column) => column.row(row).map(|at| column.values.value(at)),
            None => Some(NS_PER_SECOND),
        };
        if unit_ns.is_some_and(|unit_ns| unit_ns <= 0) {
            return Err(RowError::new("The integral interval must be positive"));
        }
        let area =
            input.numbers(row)?.filter(|points| !points.is_empty()).zip(unit_ns).map(|(points, unit_ns)| {
                let trapezoid = |pair: &[(i64, f64)]| match pair {
                    [(t0, v0), (t1, v1)] => (v0 + v1) / 2.0 * ((t1 - t0) as f64 / unit_ns as f64),
                    _ => 0.0,
                };
                points.windows(2).map(trapezoid).sum::<f64>() + 0.0
            });
        Double::push(&mut builder, area);
    }
    Ok(Double::finish(builder))
}
