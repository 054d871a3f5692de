//! The common kernel of the derivatives: the change per unit of time between consecutive points.

use arrow::array::{ArrayRef, DurationNanosecondArray};

use super::series::{NumberSeries, SeriesColumn};
use crate::functions::{Arguments, Call, RowError};

/// For each pair of consecutive points the slope, stamped at the later one, where `keep` accepts it.
pub(super) fn slopes(
    call: &Call<'_>,
    arguments: &Arguments<'_>,
    keep: fn(f64) -> bool,
) -> Result<ArrayRef, RowError> {
    let input = SeriesColumn::new(arguments, 0)?;
    let units = arguments.column::<DurationNanosecondArray>(1)?;
    let mut output = NumberSeries::default();
    for row in 0..call.rows {
        let (Some(points), Some(unit)) = (input.numbers(row)?, units.row(row)) else {
            output.push_null();
            continue;
        };
        let unit_ns = units.values.value(unit);
        if unit_ns <= 0 {
            return Err(RowError::new("The derivative interval must be positive"));
        }
        let slope = |pair: &[(i64, f64)]| match pair {
            [(t0, v0), (t1, v1)] if t1 > t0 => {
                let slope = (v1 - v0) / ((t1 - t0) as f64 / unit_ns as f64);
                keep(slope).then_some((*t1, Some(slope)))
            }
            _ => None,
        };
        output.push(points.windows(2).filter_map(slope));
    }
    output.finish()
}
