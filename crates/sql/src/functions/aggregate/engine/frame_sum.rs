//! Sums and averages of doubles over sliding frames.
//!
//! Subtracting what left a frame from a running sum loses digits, and after a NaN or an infinity everything. Short frames
//! are summed anew, in the order of their rows; long ones have a running sum of twice the precision.

use std::collections::VecDeque;

use arrow::array::{ArrayRef, AsArray};
use arrow::datatypes::Float64Type;
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::Accumulator;
use model::limits::FRAME_SUMMED_ROWS_MAX;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Total {
    Sum,
    Average,
}

#[derive(Debug)]
pub(super) struct FrameSum {
    total: Total,
    /// The values in the frame that are not NULL.
    values: VecDeque<f64>,
    finite: Running,
    nans: usize,
    positive_infinities: usize,
    negative_infinities: usize,
}

/// A sum as the unevaluated sum of two doubles (Knuth, The Art of Computer Programming 2, 4.2.2, theorem B).
#[derive(Debug, Clone, Copy, Default)]
struct Running {
    high: f64,
    low: f64,
}

impl Running {
    fn add(&mut self, value: f64) {
        let high = self.high + value;
        let part = high - self.high;
        let lost = (self.high - (high - part)) + (value - part);
        self.low += lost;
        let sum = high + self.low;
        self.low -= sum - high;
        self.high = sum;
    }
}

impl FrameSum {
    pub fn new(total: Total) -> Self {
        Self {
            total,
            values: VecDeque::new(),
            finite: Running::default(),
            nans: 0,
            positive_infinities: 0,
            negative_infinities: 0,
        }
    }

    fn count_of(&mut self, value: f64) -> Option<&mut usize> {
        if value.is_nan() {
            Some(&mut self.nans)
        } else if value.is_finite() {
            None
        } else if value > 0.0 {
            Some(&mut self.positive_infinities)
        } else {
            Some(&mut self.negative_infinities)
        }
    }

    fn enter(&mut self, value: f64) {
        self.values.push_back(value);
        match self.count_of(value) {
            Some(count) => *count += 1,
            None => self.finite.add(value),
        }
    }

    fn leave(&mut self) -> Result<()> {
        let Some(value) = self.values.pop_front() else {
            return Err(DataFusionError::Internal("more rows leave a frame than came".to_owned()));
        };
        match self.count_of(value) {
            Some(count) => *count -= 1,
            None => self.finite.add(-value),
        }
        Ok(())
    }

    fn sum(&mut self) -> f64 {
        if self.values.len() <= FRAME_SUMMED_ROWS_MAX {
            return self.values.iter().sum();
        }
        match (self.nans, self.positive_infinities, self.negative_infinities) {
            (0, 0, 0) => {}
            (0, _, 0) => return f64::INFINITY,
            (0, 0, _) => return f64::NEG_INFINITY,
            _ => return f64::NAN,
        }
        if !(self.finite.high + self.finite.low).is_finite() {
            // An overflow, which the running sum never leaves again.
            self.finite = Running::default();
            for value in &self.values {
                self.finite.add(*value);
            }
        }
        let sum = self.finite.high + self.finite.low;
        if sum.is_finite() { sum } else { self.values.iter().sum() }
    }
}

fn doubles(columns: &[ArrayRef]) -> Result<impl Iterator<Item = f64>> {
    let column = columns.first().and_then(|column| column.as_primitive_opt::<Float64Type>());
    let Some(column) = column else {
        return Err(DataFusionError::Internal("a frame of what is no double".to_owned()));
    };
    Ok(column.iter().flatten())
}

impl Accumulator for FrameSum {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        doubles(values)?.for_each(|value| self.enter(value));
        Ok(())
    }

    /// Rows leave in the order they came.
    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        doubles(values)?.try_for_each(|_| self.leave())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        if self.values.is_empty() {
            return Ok(ScalarValue::Float64(None));
        }
        let sum = self.sum();
        Ok(ScalarValue::Float64(Some(match self.total {
            Total::Sum => sum,
            Total::Average => sum / self.values.len() as f64,
        })))
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.values.capacity() * size_of::<f64>()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Err(DataFusionError::Internal("sliding frames are not merged".to_owned()))
    }

    fn merge_batch(&mut self, _states: &[ArrayRef]) -> Result<()> {
        Err(DataFusionError::Internal("sliding frames are not merged".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::Float64Array;

    use super::*;

    fn column(values: &[Option<f64>]) -> Vec<ArrayRef> {
        vec![Arc::new(Float64Array::from(values.to_vec()))]
    }

    fn double(value: ScalarValue) -> Option<f64> {
        match value {
            ScalarValue::Float64(value) => value,
            other => panic!("{other}"),
        }
    }

    /// Values enter one by one; each leaves when `width` newer ones are there.
    fn slide(total: Total, values: &[Option<f64>], width: usize) -> Vec<Option<f64>> {
        let mut frame = FrameSum::new(total);
        let row = |(index, value): (usize, &Option<f64>)| {
            frame.update_batch(&column(&[*value])).unwrap();
            if index >= width {
                frame.retract_batch(&column(&[values[index - width]])).unwrap();
            }
            double(frame.evaluate().unwrap())
        };
        values.iter().enumerate().map(row).collect()
    }

    #[test]
    fn what_left_leaves_no_trace() {
        let values = [Some(1e16), Some(1.0), None, Some(f64::INFINITY), Some(2.0), Some(4.0)];
        let sums =
            [Some(1e16), Some(1e16 + 1.0), Some(1.0), Some(f64::INFINITY), Some(f64::INFINITY), Some(6.0)];
        assert_eq!(slide(Total::Sum, &values, 2), sums);
        assert_eq!(slide(Total::Average, &values, 2)[4..], [Some(f64::INFINITY), Some(3.0)]);
        assert_eq!(slide(Total::Sum, &[None, Some(1.0), None], 1), [None, Some(1.0), None]);
    }

    #[test]
    fn long_frames_keep_their_digits() {
        let width = FRAME_SUMMED_ROWS_MAX + 1;
        let mut values = vec![Some(1e16), Some(f64::NAN), Some(f64::MAX), Some(f64::MAX)];
        values.resize(4 + 2 * width, Some(0.5));
        let sums = slide(Total::Sum, &values, width);
        assert_eq!(sums.last(), Some(&Some(width as f64 / 2.0)));
        assert!(sums[2].is_some_and(f64::is_nan));
        let averages = slide(Total::Average, &values, width);
        assert_eq!(averages.last(), Some(&Some(0.5)));
    }
}
