//! `skewness`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array};
use arrow::datatypes::{DataType, Float64Type};

use super::fold::{Fold, primitive, value};
use super::moments::Moments;
use crate::functions::{AggregateFunction, AggregateOverload, Documentation, RowError};

pub static FUNCTION: AggregateFunction = AggregateFunction {
    name: "skewness",
    aliases: &[],
    overloads: &[AggregateOverload {
        signature: "skewness(double) -> double",
        #[cfg(feature = "engine")]
        engine: |arguments, returns| super::engine::own("skewness", arguments, returns, Skewness),
    }],
    order_sensitive: false,
    documentation: Documentation {
        summary: "Returns the population skewness.",
        edges: "NULLs are skipped; NULL for fewer than three values, NaN where the values do not vary.",
        examples: &[("SELECT round(skewness(x), 6) FROM (VALUES 1, 2, 3, 4, 8) AS t(x)", "0.897896")],
        source: "sql.md 7.9",
    },
};

#[derive(Debug, Clone)]
struct Skewness;

impl Fold for Skewness {
    type State = Moments;
    type Input = Float64Array;
    type Saved = [Float64Array; 4];

    fn open(&mut self, arguments: &[ArrayRef]) -> Result<Float64Array, RowError> {
        primitive::<Float64Type>(arguments, 0)
    }

    fn update(&mut self, state: &mut Moments, input: &Float64Array, row: usize) -> Result<(), RowError> {
        if let Some(value) = value(input, row) {
            state.add(value);
        }
        Ok(())
    }

    fn saved_types(&self) -> Vec<DataType> {
        vec![DataType::Float64; 4]
    }

    fn save(&mut self, states: &mut [Moments]) -> Result<Vec<ArrayRef>, RowError> {
        let column = |pick: fn(&Moments) -> f64| -> ArrayRef {
            Arc::new(Float64Array::from_iter_values(states.iter().map(pick)))
        };
        Ok(vec![
            column(|state| state.count),
            column(|state| state.mean),
            column(|state| state.m2),
            column(|state| state.m3),
        ])
    }

    fn open_saved(&mut self, columns: &[ArrayRef]) -> Result<Self::Saved, RowError> {
        let column = |index| primitive::<Float64Type>(columns, index);
        Ok([column(0)?, column(1)?, column(2)?, column(3)?])
    }

    fn merge(&mut self, state: &mut Moments, saved: &Self::Saved, row: usize) -> Result<(), RowError> {
        let [count, mean, m2, m3] = saved.each_ref().map(|column| column.value(row));
        state.merge(&Moments { count, mean, m2, m3 });
        Ok(())
    }

    fn finish(&mut self, states: &mut [Moments]) -> Result<ArrayRef, RowError> {
        let result = |state: &Moments| {
            (state.count >= 3.0).then(|| state.count.sqrt() * state.m3 / state.m2.powf(1.5))
        };
        Ok(Arc::new(states.iter().map(result).collect::<Float64Array>()))
    }
}
