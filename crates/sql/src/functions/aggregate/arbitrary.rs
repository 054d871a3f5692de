//! `arbitrary`.

use arrow::array::{Array, ArrayRef, BinaryArray};
use arrow::datatypes::DataType;
use std::sync::Arc;

use super::fold::{Fold, any, binary};
use super::ranking::Rows;
use crate::functions::{AggregateFunction, AggregateOverload, Documentation, RowError};

pub static FUNCTION: AggregateFunction = AggregateFunction {
    name: "arbitrary",
    aliases: &["any_value"],
    overloads: &[AggregateOverload {
        signature: "arbitrary(T) -> T",
        #[cfg(feature = "engine")]
        engine: |arguments, returns| {
            super::engine::own(
                "arbitrary",
                arguments,
                returns,
                Arbitrary { rows: Rows::new(returns.data_type()) },
            )
        },
    }],
    order_sensitive: false,
    documentation: Documentation {
        summary: "Returns any value that is not NULL.",
        edges: "NULL if there is none.",
        examples: &[("SELECT arbitrary(x) FROM (VALUES NULL, 7, 7) AS t(x)", "7")],
        source: "sql.md 7.9",
    },
};

#[derive(Debug, Clone)]
struct Arbitrary {
    rows: Rows,
}

impl Fold for Arbitrary {
    type State = Option<Box<[u8]>>;
    type Input = ArrayRef;
    type Saved = BinaryArray;

    const HAS_HEAP: bool = true;

    fn open(&mut self, arguments: &[ArrayRef]) -> Result<ArrayRef, RowError> {
        any(arguments, 0)
    }

    fn update(&mut self, state: &mut Self::State, input: &ArrayRef, row: usize) -> Result<(), RowError> {
        if state.is_none() && !input.is_null(row) {
            let encoded = self.rows.encode(&input.slice(row, 1))?;
            *state = encoded.iter().next().map(|row| row.as_ref().into());
        }
        Ok(())
    }

    fn saved_types(&self) -> Vec<DataType> {
        vec![DataType::Binary]
    }

    fn save(&mut self, states: &mut [Self::State]) -> Result<Vec<ArrayRef>, RowError> {
        Ok(vec![Arc::new(BinaryArray::from_iter(states.iter().map(Option::as_deref)))])
    }

    fn open_saved(&mut self, columns: &[ArrayRef]) -> Result<BinaryArray, RowError> {
        binary(columns, 0)
    }

    fn merge(&mut self, state: &mut Self::State, saved: &BinaryArray, row: usize) -> Result<(), RowError> {
        if state.is_none() && saved.is_valid(row) {
            *state = Some(saved.value(row).into());
        }
        Ok(())
    }

    fn finish(&mut self, states: &mut [Self::State]) -> Result<ArrayRef, RowError> {
        self.rows.decode(states.iter().map(Option::as_deref))
    }

    fn heap_bytes(state: &Self::State) -> usize {
        state.as_ref().map_or(0, |row| row.len())
    }
}
