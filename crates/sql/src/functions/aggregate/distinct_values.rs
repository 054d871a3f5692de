//! `array_agg(DISTINCT x)`: the different values in the order in which they first came.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, ListArray};
use arrow::datatypes::DataType;

use super::fold::{Fold, any, list, unexpected};
use super::ranking::Rows;
use crate::functions::RowError;
use crate::functions::array::lists::list_of;

#[derive(Debug, Clone)]
pub(super) struct DistinctValues {
    rows: Rows,
}

impl DistinctValues {
    pub fn new(value: DataType) -> Self {
        Self { rows: Rows::new(value) }
    }
}

/// Encoded values with the number of those before them.
#[derive(Debug, Default)]
pub(super) struct Seen {
    places: HashMap<Box<[u8]>, usize>,
    bytes: usize,
}

impl Seen {
    fn insert(&mut self, row: &[u8]) {
        if !self.places.contains_key(row) {
            self.bytes += row.len() + 2 * size_of::<(Box<[u8]>, usize)>();
            self.places.insert(row.into(), self.places.len());
        }
    }

    fn ordered(&self) -> Vec<&[u8]> {
        let mut rows: Vec<(usize, &[u8])> =
            self.places.iter().map(|(row, place)| (*place, row.as_ref())).collect();
        rows.sort_unstable();
        rows.into_iter().map(|(_, row)| row).collect()
    }
}

impl Fold for DistinctValues {
    type State = Seen;
    type Input = arrow::row::Rows;
    type Saved = ListArray;

    const HAS_HEAP: bool = true;

    fn open(&mut self, arguments: &[ArrayRef]) -> Result<Self::Input, RowError> {
        self.rows.encode(&any(arguments, 0)?)
    }

    fn update(&mut self, state: &mut Seen, input: &Self::Input, row: usize) -> Result<(), RowError> {
        state.insert(input.row(row).as_ref());
        Ok(())
    }

    fn saved_types(&self) -> Vec<DataType> {
        vec![DataType::new_list(DataType::Binary, true)]
    }

    fn save(&mut self, states: &mut [Seen]) -> Result<Vec<ArrayRef>, RowError> {
        let ordered: Vec<Vec<&[u8]>> = states.iter().map(Seen::ordered).collect();
        let rows: Vec<&[u8]> = ordered.iter().flatten().copied().collect();
        let lengths = ordered.iter().map(Vec::len).collect();
        Ok(vec![list_of(Arc::new(BinaryArray::from_vec(rows)), lengths, vec![true; states.len()])?])
    }

    fn open_saved(&mut self, columns: &[ArrayRef]) -> Result<ListArray, RowError> {
        list(columns, 0)
    }

    fn merge(&mut self, state: &mut Seen, saved: &ListArray, row: usize) -> Result<(), RowError> {
        if saved.is_null(row) {
            return Ok(());
        }
        let rows = saved.value(row);
        let rows = rows.as_binary_opt::<i32>().ok_or_else(|| unexpected(0))?;
        rows.iter().flatten().for_each(|row| state.insert(row));
        Ok(())
    }

    /// NULL without rows.
    fn finish(&mut self, states: &mut [Seen]) -> Result<ArrayRef, RowError> {
        let ordered: Vec<Vec<&[u8]>> = states.iter().map(Seen::ordered).collect();
        let rows: Vec<Option<&[u8]>> = ordered.iter().flatten().map(|row| Some(*row)).collect();
        let values = self.rows.decode(rows.into_iter())?;
        let lengths = ordered.iter().map(Vec::len).collect();
        list_of(values, lengths, ordered.iter().map(|rows| !rows.is_empty()).collect())
    }

    fn heap_bytes(state: &Seen) -> usize {
        state.bytes
    }
}
