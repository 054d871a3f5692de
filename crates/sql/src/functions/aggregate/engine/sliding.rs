//! Sliding frames for aggregates that rows cannot leave: the frame is kept and aggregated anew for each row.

use std::collections::VecDeque;

use arrow::array::{Array, ArrayRef};
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::Accumulator;

use super::inner::Inner;
use super::row_error;
use crate::functions::stop;

/// Batches are mostly of one row.
const BATCHES_BETWEEN_CHECKS: usize = 1_024;

#[derive(Debug)]
pub(super) struct Sliding {
    inner: Inner,
    /// The rows of the frame, in the batches they came in.
    batches: VecDeque<Vec<ArrayRef>>,
}

impl Sliding {
    pub fn new(inner: Inner) -> Self {
        Self { inner, batches: VecDeque::new() }
    }
}

fn rows_of(batch: &[ArrayRef]) -> usize {
    batch.first().map_or(0, |column| column.len())
}

impl Accumulator for Sliding {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        if rows_of(values) > 0 {
            self.batches.push_back(values.to_vec());
        }
        Ok(())
    }

    /// Rows leave in the order they came.
    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let mut leaving = rows_of(values);
        while leaving > 0 {
            let Some(first) = self.batches.front_mut() else {
                return Err(DataFusionError::Internal("more rows leave a frame than came".to_owned()));
            };
            let rows = rows_of(first);
            if rows <= leaving {
                self.batches.pop_front();
                leaving -= rows;
            } else {
                for column in first.iter_mut() {
                    *column = column.slice(leaving, rows - leaving);
                }
                leaving = 0;
            }
        }
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let mut inner = self.inner.make()?;
        for (index, batch) in self.batches.iter().enumerate() {
            if index % BATCHES_BETWEEN_CHECKS == 0 {
                stop::check().map_err(row_error)?;
            }
            inner.update_batch(batch)?;
        }
        inner.evaluate()
    }

    fn size(&self) -> usize {
        let columns = self.batches.iter().flatten();
        size_of::<Self>() + columns.map(|column| column.get_array_memory_size()).sum::<usize>()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Err(DataFusionError::Internal("sliding frames are not merged".to_owned()))
    }

    fn merge_batch(&mut self, _states: &[ArrayRef]) -> Result<()> {
        Err(DataFusionError::Internal("sliding frames are not merged".to_owned()))
    }
}
