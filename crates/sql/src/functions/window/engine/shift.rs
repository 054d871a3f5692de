//! `lag` and `lead` with an offset or a default that differs from row to row, or with an offset that is NULL.

use std::ops::Range;

use arrow::array::{Array, ArrayRef, AsArray, new_null_array};
use arrow::compute::interleave;
use arrow::datatypes::Int64Type;
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::PartitionEvaluator;

use super::udwf::row_error;

/// DataFusion's `lag` and `lead`, kept from running row by row: with IGNORE NULLS they then lose count of the values.
#[derive(Debug)]
pub(super) struct WholePartition(pub Box<dyn PartitionEvaluator>);

impl PartitionEvaluator for WholePartition {
    fn evaluate_all(&mut self, values: &[ArrayRef], num_rows: usize) -> Result<ArrayRef> {
        self.0.evaluate_all(values, num_rows)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::functions::window) enum Direction {
    Back,
    Ahead,
}

/// Works on whole partitions.
#[derive(Debug)]
pub(super) struct Shift {
    direction: Direction,
    ignore_nulls: bool,
}

impl Shift {
    pub fn new(direction: Direction, ignore_nulls: bool) -> Self {
        Self { direction, ignore_nulls }
    }

    /// The row that stands `offset` rows away from `row`, if the partition has it.
    fn target(&self, values: &ArrayRef, candidates: &[usize], row: usize, offset: usize) -> Option<usize> {
        if offset == 0 {
            return Some(row);
        }
        if !self.ignore_nulls {
            return match self.direction {
                Direction::Back => row.checked_sub(offset),
                Direction::Ahead => row.checked_add(offset).filter(|target| *target < values.len()),
            };
        }
        let at = match self.direction {
            Direction::Back => {
                candidates.partition_point(|candidate| *candidate < row).checked_sub(offset)?
            }
            Direction::Ahead => {
                candidates.partition_point(|candidate| *candidate <= row).checked_add(offset - 1)?
            }
        };
        candidates.get(at).copied()
    }
}

impl PartitionEvaluator for Shift {
    fn evaluate_all(&mut self, values: &[ArrayRef], num_rows: usize) -> Result<ArrayRef> {
        let [values, offsets, rest @ ..] = values else {
            return Err(DataFusionError::Internal("lag and lead need a value and an offset".to_owned()));
        };
        let offsets = offsets.as_primitive_opt::<Int64Type>();
        let offsets = offsets.ok_or_else(|| row_error("the offset must be a bigint".to_owned()))?;
        let defaults = match rest.first() {
            Some(defaults) => defaults.clone(),
            None => new_null_array(values.data_type(), num_rows),
        };
        let candidates: Vec<usize> = (0..num_rows).filter(|row| values.is_valid(*row)).collect();
        let mut picks = Vec::with_capacity(num_rows);
        for row in 0..num_rows {
            // A NULL offset leads out of the partition.
            let offset = offsets.is_valid(row).then(|| offsets.value(row));
            let target = match offset.map(usize::try_from) {
                Some(Ok(offset)) => self.target(values, &candidates, row, offset),
                Some(Err(_)) => return Err(row_error("the offset must be at least 0".to_owned())),
                None => None,
            };
            picks.push(target.map_or((1, row), |target| (0, target)));
        }
        Ok(interleave(&[values.as_ref(), defaults.as_ref()], &picks)?)
    }

    fn evaluate(&mut self, _values: &[ArrayRef], _range: &Range<usize>) -> Result<ScalarValue> {
        Err(DataFusionError::Internal("lag and lead are evaluated for whole partitions".to_owned()))
    }
}
