//! The common kernel of the correlations.

use arrow::array::ArrayRef;

use super::series::SeriesColumn;
use crate::functions::map::{Double, Output};
use crate::functions::{Arguments, Call, RowError};

/// Applies `correlate` to the values of two series, row by row.
pub(super) fn correlation(
    call: &Call<'_>,
    arguments: &Arguments<'_>,
    correlate: fn(&[f64], &[f64]) -> Option<f64>,
) -> Result<ArrayRef, RowError> {
    let (first, second) = (SeriesColumn::new(arguments, 0)?, SeriesColumn::new(arguments, 1)?);
    let mut builder = Double::builder(call.rows);
    for row in 0..call.rows {
        let result = match (first.numbers(row)?, second.numbers(row)?) {
            (Some(left), Some(right)) => {
                let same_times =
                    left.len() == right.len() && left.iter().zip(&right).all(|(l, r)| l.0 == r.0);
                let values = |points: &[(i64, f64)]| points.iter().map(|point| point.1).collect::<Vec<_>>();
                if same_times { correlate(&values(&left), &values(&right)) } else { None }
            }
            _ => None,
        };
        Double::push(&mut builder, result);
    }
    Ok(Double::finish(builder))
}

/// Pearson's coefficient; `None` for fewer than two points, NaN where a series is constant.
pub(super) fn pearson(left: &[f64], right: &[f64]) -> Option<f64> {
    if left.len() < 2 {
        return None;
    }
    let count = left.len() as f64;
    let (left_mean, right_mean) = (left.iter().sum::<f64>() / count, right.iter().sum::<f64>() / count);
    let (mut together, mut left_square, mut right_square) = (0.0, 0.0, 0.0);
    for (l, r) in left.iter().zip(right) {
        let (l, r) = (l - left_mean, r - right_mean);
        together += l * r;
        left_square += l * l;
        right_square += r * r;
    }
    // One root of the product is exact for a series and itself; two roots serve where the product leaves the range.
    let product = left_square * right_square;
    let scale = match product.is_normal() {
        true => product.sqrt(),
        false => left_square.sqrt() * right_square.sqrt(),
    };
    Some((together / scale).clamp(-1.0, 1.0))
}
