//! Statistics of pairs (y, x): one fold for correlation, covariance and regression. Pairs with a NULL are skipped.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array};
use arrow::datatypes::{DataType, Float64Type};

use super::fold::{Fold, primitive, value};
use crate::functions::RowError;

/// Means and sums of products of differences from them.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Products {
    pub count: f64,
    pub mean_y: f64,
    pub mean_x: f64,
    pub yy: f64,
    pub xx: f64,
    pub xy: f64,
}

impl Products {
    fn merge(&mut self, other: &Self) {
        if other.count == 0.0 {
            return;
        }
        if self.count == 0.0 {
            *self = *other;
            return;
        }
        let count = self.count + other.count;
        let weight = self.count * other.count / count;
        let (dy, dx) = (other.mean_y - self.mean_y, other.mean_x - self.mean_x);
        *self = Self {
            count,
            mean_y: self.mean_y + dy * other.count / count,
            mean_x: self.mean_x + dx * other.count / count,
            yy: self.yy + other.yy + dy * dy * weight,
            xx: self.xx + other.xx + dx * dx * weight,
            xy: self.xy + other.xy + dx * dy * weight,
        };
    }
}

/// `result` computes the statistic; what is not finite is NULL.
#[derive(Debug, Clone)]
pub(super) struct Pairs {
    pub result: fn(&Products) -> f64,
}

impl Fold for Pairs {
    type State = Products;
    type Input = [Float64Array; 2];
    type Saved = [Float64Array; 6];

    fn open(&mut self, arguments: &[ArrayRef]) -> Result<Self::Input, RowError> {
        Ok([primitive::<Float64Type>(arguments, 0)?, primitive::<Float64Type>(arguments, 1)?])
    }

    fn update(&mut self, state: &mut Products, [ys, xs]: &Self::Input, row: usize) -> Result<(), RowError> {
        if let (Some(y), Some(x)) = (value(ys, row), value(xs, row)) {
            state.merge(&Products { count: 1.0, mean_y: y, mean_x: x, ..Products::default() });
        }
        Ok(())
    }

    fn saved_types(&self) -> Vec<DataType> {
        vec![DataType::Float64; 6]
    }

    fn save(&mut self, states: &mut [Products]) -> Result<Vec<ArrayRef>, RowError> {
        let column = |pick: fn(&Products) -> f64| -> ArrayRef {
            Arc::new(Float64Array::from_iter_values(states.iter().map(pick)))
        };
        Ok(vec![
            column(|state| state.count),
            column(|state| state.mean_y),
            column(|state| state.mean_x),
            column(|state| state.yy),
            column(|state| state.xx),
            column(|state| state.xy),
        ])
    }

    fn open_saved(&mut self, columns: &[ArrayRef]) -> Result<Self::Saved, RowError> {
        let column = |index| primitive::<Float64Type>(columns, index);
        Ok([column(0)?, column(1)?, column(2)?, column(3)?, column(4)?, column(5)?])
    }

    fn merge(&mut self, state: &mut Products, saved: &Self::Saved, row: usize) -> Result<(), RowError> {
        let [count, mean_y, mean_x, yy, xx, xy] = saved.each_ref().map(|column| column.value(row));
        state.merge(&Products { count, mean_y, mean_x, yy, xx, xy });
        Ok(())
    }

    fn finish(&mut self, states: &mut [Products]) -> Result<ArrayRef, RowError> {
        let result = |state: &Products| {
            (state.count > 0.0).then(|| (self.result)(state)).filter(|value| value.is_finite())
        };
        let results: Float64Array = states.iter().map(result).collect();
        debug_assert_eq!(results.len(), states.len());
        Ok(Arc::new(results))
    }
}
