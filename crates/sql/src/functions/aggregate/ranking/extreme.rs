//! The largest or smallest double.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array};
use arrow::datatypes::{DataType, Float64Type};

use super::End;
use crate::functions::RowError;
use crate::functions::aggregate::fold::{Fold, primitive, value};

/// NaN wins only where there is nothing else. (DataFusion's own takes it for both larger and smaller than all numbers,
/// and in groups it starts from the finite extremes.)
#[derive(Debug, Clone)]
pub(in crate::functions::aggregate) struct Extreme {
    end: End,
}

impl Extreme {
    pub fn new(end: End) -> Self {
        Self { end }
    }

    fn offer(&self, best: &mut Option<f64>, new: f64) {
        let wins = best.is_none_or(|best| match self.end {
            _ if best.is_nan() => true,
            End::Largest => new > best,
            End::Smallest => new < best,
        });
        if wins {
            *best = Some(new);
        }
    }
}

impl Fold for Extreme {
    type State = Option<f64>;
    type Input = Float64Array;
    type Saved = Float64Array;

    fn open(&mut self, arguments: &[ArrayRef]) -> Result<Float64Array, RowError> {
        primitive::<Float64Type>(arguments, 0)
    }

    fn update(&mut self, best: &mut Option<f64>, input: &Float64Array, row: usize) -> Result<(), RowError> {
        if let Some(new) = value(input, row) {
            self.offer(best, new);
        }
        Ok(())
    }

    fn saved_types(&self) -> Vec<DataType> {
        vec![DataType::Float64]
    }

    fn save(&mut self, states: &mut [Option<f64>]) -> Result<Vec<ArrayRef>, RowError> {
        Ok(vec![self.finish(states)?])
    }

    fn open_saved(&mut self, columns: &[ArrayRef]) -> Result<Float64Array, RowError> {
        primitive::<Float64Type>(columns, 0)
    }

    fn merge(&mut self, best: &mut Option<f64>, saved: &Float64Array, row: usize) -> Result<(), RowError> {
        self.update(best, saved, row)
    }

    fn finish(&mut self, states: &mut [Option<f64>]) -> Result<ArrayRef, RowError> {
        Ok(Arc::new(states.iter().copied().collect::<Float64Array>()))
    }
}
