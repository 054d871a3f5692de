//! `correlate_pearson`.

use arrow::array::ArrayRef;

use super::correlation::{correlation, pearson};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "correlate_pearson",
    aliases: &[],
    family: Family::TimeSeries,
    volatility: Volatility::Stable,
    overloads: &[Overload {
        signature: "correlate_pearson(timeseries(double), timeseries(double)) -> double",
        kernel,
    }],
    documentation: Documentation {
        summary: "Returns Pearson's correlation coefficient of two series.",
        edges: "NULL for fewer than two points, NaN where a series is constant. NULL also where the timestamps differ.",
        examples: &[(
            "SELECT round(correlate_pearson(s, s), 6) FROM (SELECT create_time_series(time, v) AS s FROM (VALUES (TIMESTAMP '2022-01-01 00:00:00', 10.0), (TIMESTAMP '2022-01-01 00:00:20', 30.0)) AS t(time, v))",
            "1.0",
        )],
        source: "sql.md 7.11, 8",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    correlation(call, arguments, pearson)
}
