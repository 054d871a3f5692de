//! `geometric_mean`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array};
use arrow::datatypes::{DataType, Float64Type};

use super::fold::{Fold, primitive, value};
use crate::functions::{AggregateFunction, AggregateOverload, Documentation, RowError};

pub static FUNCTION: AggregateFunction = AggregateFunction {
    name: "geometric_mean",
    aliases: &[],
    overloads: &[AggregateOverload {
        signature: "geometric_mean(double) -> double",
        #[cfg(feature = "engine")]
        engine: |arguments, returns| super::engine::own("geometric_mean", arguments, returns, GeometricMean),
    }],
    order_sensitive: false,
    documentation: Documentation {
        summary: "Returns the geometric mean.",
        edges: "NULLs are skipped; NULL without values, NaN if a value is negative.",
        examples: &[("SELECT round(geometric_mean(x), 6) FROM (VALUES 1, 2, 3, 4) AS t(x)", "2.213364")],
        source: "sql.md 7.9",
    },
};

#[derive(Debug, Clone)]
struct GeometricMean;

#[derive(Debug, Default)]
struct Logarithms {
    count: f64,
    sum: f64,
}

impl Fold for GeometricMean {
    type State = Logarithms;
    type Input = Float64Array;
    type Saved = [Float64Array; 2];

    fn open(&mut self, arguments: &[ArrayRef]) -> Result<Float64Array, RowError> {
        primitive::<Float64Type>(arguments, 0)
    }

    fn update(&mut self, state: &mut Logarithms, input: &Float64Array, row: usize) -> Result<(), RowError> {
        if let Some(value) = value(input, row) {
            state.count += 1.0;
            state.sum += value.ln();
        }
        Ok(())
    }

    fn saved_types(&self) -> Vec<DataType> {
        vec![DataType::Float64; 2]
    }

    fn save(&mut self, states: &mut [Logarithms]) -> Result<Vec<ArrayRef>, RowError> {
        let counts = Float64Array::from_iter_values(states.iter().map(|state| state.count));
        let sums = Float64Array::from_iter_values(states.iter().map(|state| state.sum));
        Ok(vec![Arc::new(counts), Arc::new(sums)])
    }

    fn open_saved(&mut self, columns: &[ArrayRef]) -> Result<Self::Saved, RowError> {
        Ok([primitive::<Float64Type>(columns, 0)?, primitive::<Float64Type>(columns, 1)?])
    }

    fn merge(&mut self, state: &mut Logarithms, saved: &Self::Saved, row: usize) -> Result<(), RowError> {
        let [count, sum] = saved.each_ref().map(|column| column.value(row));
        state.count += count;
        state.sum += sum;
        Ok(())
    }

    fn finish(&mut self, states: &mut [Logarithms]) -> Result<ArrayRef, RowError> {
        let result = |state: &Logarithms| (state.count > 0.0).then(|| (state.sum / state.count).exp());
        Ok(Arc::new(states.iter().map(result).collect::<Float64Array>()))
    }
}
