//! `nth_value` with a number that differs from row to row, or that is NULL.

use std::ops::Range;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::Int64Type;
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::PartitionEvaluator;

use super::udwf::row_error;

/// Is asked for the rows of a partition one after the other.
#[derive(Debug)]
pub(super) struct NthByRow {
    ignore_nulls: bool,
    row: usize,
}

impl NthByRow {
    pub fn new(ignore_nulls: bool) -> Self {
        Self { ignore_nulls, row: 0 }
    }
}

impl PartitionEvaluator for NthByRow {
    fn evaluate(&mut self, values: &[ArrayRef], range: &Range<usize>) -> Result<ScalarValue> {
        let [values, numbers, ..] = values else {
            return Err(DataFusionError::Internal("nth_value needs a value and a number".to_owned()));
        };
        let numbers = numbers.as_primitive_opt::<Int64Type>();
        let numbers = numbers.ok_or_else(|| row_error("the number must be a bigint".to_owned()))?;
        let row = self.row;
        self.row += 1;
        if row >= numbers.len() || numbers.is_null(row) {
            return ScalarValue::try_from(values.data_type());
        }
        let skipped = usize::try_from(numbers.value(row)).ok().and_then(|number| number.checked_sub(1));
        let Some(skipped) = skipped else {
            return Err(row_error("the number given to nth_value must be at least 1".to_owned()));
        };
        let counted = |row: &usize| !self.ignore_nulls || values.is_valid(*row);
        match range.clone().filter(counted).nth(skipped) {
            Some(found) => ScalarValue::try_from_array(values, found),
            None => ScalarValue::try_from(values.data_type()),
        }
    }

    fn uses_window_frame(&self) -> bool {
        true
    }
}
