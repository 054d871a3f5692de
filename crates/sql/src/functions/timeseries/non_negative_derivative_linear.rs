//! `non_negative_derivative_linear`.

use arrow::array::ArrayRef;

use super::slopes::slopes;
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "non_negative_derivative_linear",
    aliases: &[],
    family: Family::TimeSeries,
    volatility: Volatility::Stable,
    overloads: &[Overload {
        signature: "non_negative_derivative_linear(timeseries(double), interval day to second) -> timeseries(double)",
        kernel,
    }],
    documentation: Documentation {
        summary: "Returns the change per interval between consecutive points where it is positive.",
        edges: "Points where the value falls, as after the reset of a counter, or stays are left out. Fails when the interval is not positive.",
        examples: &[(
            "SELECT non_negative_derivative_linear(s, 1s) FROM (SELECT create_time_series(time, v) AS s FROM (VALUES (TIMESTAMP '2022-01-01 00:00:00', 10.0), (TIMESTAMP '2022-01-01 00:00:20', 30.0)) AS t(time, v))",
            "[{time: 2022-01-01 00:00:20.000000000, value: 1.0}]",
        )],
        source: "sql.md 7.11, 8",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    slopes(call, arguments, |slope| slope > 0.0)
}
