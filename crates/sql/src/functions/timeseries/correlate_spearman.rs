//! `correlate_spearman`.

use arrow::array::ArrayRef;

use super::correlation::{correlation, pearson};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "correlate_spearman",
    aliases: &[],
    family: Family::TimeSeries,
    volatility: Volatility::Stable,
    overloads: &[Overload {
        signature: "correlate_spearman(timeseries(double), timeseries(double)) -> double",
        kernel,
    }],
    documentation: Documentation {
        summary: "Returns Spearman's rank correlation coefficient of two series; equal values share their mean rank.",
        edges: "NULL for fewer than two points, NaN where a series is constant. NULL also where the timestamps differ.",
        examples: &[(
            "SELECT round(correlate_spearman(s, s), 6) FROM (SELECT create_time_series(time, v) AS s FROM (VALUES (TIMESTAMP '2022-01-01 00:00:00', 10.0), (TIMESTAMP '2022-01-01 00:00:20', 30.0)) AS t(time, v))",
            "1.0",
        )],
        source: "sql.md 7.11, 8",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    correlation(call, arguments, |left, right| pearson(&ranks(left), &ranks(right)))
}

/// The rank of each value; equal values get the mean of the ranks they take up.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|left, right| values[*left].total_cmp(&values[*right]));
    let mut ranks = vec![0.0; values.len()];
    let equal = |left: &usize, right: &usize| values[*left] == values[*right];
    let mut start = 0;
    for group in order.chunk_by(equal) {
        let mean = start as f64 + (group.len() as f64 + 1.0) / 2.0;
        for position in group {
            ranks[*position] = mean;
        }
        start += group.len();
    }
    ranks
}
