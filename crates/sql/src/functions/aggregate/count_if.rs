//! `count_if`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int64Array};
use arrow::datatypes::{DataType, Int64Type};

use super::fold::{Fold, primitive, unexpected};
use crate::functions::{AggregateFunction, AggregateOverload, Documentation, RowError};

pub static FUNCTION: AggregateFunction = AggregateFunction {
    name: "count_if",
    aliases: &[],
    overloads: &[AggregateOverload {
        signature: "count_if(boolean) -> bigint",
        #[cfg(feature = "engine")]
        engine: |arguments, returns| super::engine::own("count_if", arguments, returns, CountIf),
    }],
    order_sensitive: false,
    documentation: Documentation {
        summary: "Counts the values that are true.",
        edges: "0 without values.",
        examples: &[("SELECT count_if(x > 1) FROM (VALUES 1, 2, NULL, 3) AS t(x)", "2")],
        source: "sql.md 7.9",
    },
};

#[derive(Debug, Clone)]
struct CountIf;

impl Fold for CountIf {
    type State = i64;
    type Input = BooleanArray;
    type Saved = Int64Array;

    const RETRACTS: bool = true;

    fn open(&mut self, arguments: &[ArrayRef]) -> Result<BooleanArray, RowError> {
        let input = arguments.first().and_then(|column| column.as_boolean_opt());
        input.cloned().ok_or_else(|| unexpected(0))
    }

    fn update(&mut self, state: &mut i64, input: &BooleanArray, row: usize) -> Result<(), RowError> {
        *state += i64::from(input.is_valid(row) && input.value(row));
        Ok(())
    }

    fn retract(&mut self, state: &mut i64, input: &BooleanArray, row: usize) -> Result<(), RowError> {
        *state -= i64::from(input.is_valid(row) && input.value(row));
        Ok(())
    }

    fn saved_types(&self) -> Vec<DataType> {
        vec![DataType::Int64]
    }

    fn save(&mut self, states: &mut [i64]) -> Result<Vec<ArrayRef>, RowError> {
        Ok(vec![self.finish(states)?])
    }

    fn open_saved(&mut self, columns: &[ArrayRef]) -> Result<Int64Array, RowError> {
        primitive::<Int64Type>(columns, 0)
    }

    fn merge(&mut self, state: &mut i64, saved: &Int64Array, row: usize) -> Result<(), RowError> {
        *state += saved.value(row);
        Ok(())
    }

    fn finish(&mut self, states: &mut [i64]) -> Result<ArrayRef, RowError> {
        Ok(Arc::new(Int64Array::from_iter_values(states.iter().copied())))
    }
}
