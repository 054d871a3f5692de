//! Arrays that windows make: a window over whole partitions has the arrays of all its rows before it gives one of them,
//! so there is a limit to their elements.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::{Array, ArrayRef};
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::Accumulator;
use model::limits::WINDOW_ELEMENTS_MAX;

use super::row_error;
use crate::functions::{RowError, stop};

/// How the frames of a window lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Results leave as their frames end.
    Passing,
    /// All results are made before one leaves.
    Waiting,
    /// As `Waiting`, and the frame of each row is its partition: one result is that of all its rows.
    Whole,
}

/// Elements that a window has made, in all its partitions.
#[derive(Debug, Clone)]
pub(super) struct Elements {
    extent: Extent,
    made: Arc<AtomicUsize>,
}

impl Elements {
    pub fn new(extent: Extent) -> Self {
        Self { extent, made: Arc::default() }
    }

    pub fn count(&self, inner: Box<dyn Accumulator>) -> Box<dyn Accumulator> {
        Box::new(Counted { inner, elements: self.clone(), rows: 0 })
    }

    /// Counts a result that `rows` rows get.
    fn add(&self, result: &ScalarValue, rows: usize) -> Result<()> {
        let ScalarValue::List(list) = result else { return Ok(()) };
        let times = match self.extent {
            Extent::Passing => return Ok(()),
            Extent::Waiting => 1,
            Extent::Whole => rows,
        };
        let elements = list.values().len().saturating_mul(times);
        let before = self.made.fetch_add(elements, Ordering::Relaxed);
        if before.saturating_add(elements) <= WINDOW_ELEMENTS_MAX {
            return Ok(());
        }
        let message = format!("arrays of one window exceed {WINDOW_ELEMENTS_MAX} elements");
        Err(row_error(RowError::new(message)))
    }
}

#[derive(Debug)]
struct Counted {
    inner: Box<dyn Accumulator>,
    elements: Elements,
    rows: usize,
}

impl Accumulator for Counted {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.rows += values.first().map_or(0, |column| column.len());
        self.inner.update_batch(values)
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.inner.retract_batch(values)
    }

    fn supports_retract_batch(&self) -> bool {
        self.inner.supports_retract_batch()
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        stop::check().map_err(row_error)?;
        let result = self.inner.evaluate()?;
        self.elements.add(&result, self.rows)?;
        Ok(result)
    }

    fn size(&self) -> usize {
        self.inner.size()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.inner.state()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.inner.merge_batch(states)
    }
}
