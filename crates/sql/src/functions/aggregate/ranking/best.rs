//! The value of the row with the best key.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BinaryArray};
use arrow::datatypes::DataType;

use super::{End, Rows, has_value};
use crate::functions::RowError;
use crate::functions::aggregate::fold::{Fold, any, binary};
use crate::functions::aggregate::keys;

/// Arguments are the value and the key. Rows with a NULL key are skipped; the value may be NULL.
#[derive(Debug, Clone)]
pub(in crate::functions::aggregate) struct Best {
    values: Rows,
    /// Encoded so that the smallest bytes win.
    keys: Rows,
    end: End,
}

/// The best key so far, and its value encoded.
#[derive(Debug, Default)]
pub(in crate::functions::aggregate) struct Winner {
    key: Option<Key>,
    value: Vec<u8>,
}

/// Smaller is better.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Number(u64),
    Bytes(Box<[u8]>),
}

/// The keys of a batch.
enum Keys {
    Numbers(Vec<u64>),
    Bytes(arrow::row::Rows),
}

impl Keys {
    /// The key of a row if it is better.
    fn better(&self, row: usize, than: Option<&Key>) -> Option<Key> {
        match self {
            Self::Numbers(numbers) => {
                let number = *numbers.get(row)?;
                match than {
                    Some(Key::Number(best)) if *best <= number => None,
                    _ => Some(Key::Number(number)),
                }
            }
            Self::Bytes(rows) => {
                let row = rows.row(row);
                match than {
                    Some(Key::Bytes(best)) if best.as_ref() <= row.as_ref() => None,
                    _ => Some(Key::Bytes(row.as_ref().into())),
                }
            }
        }
    }
}

pub(in crate::functions::aggregate) struct Batch {
    values: arrow::row::Rows,
    keys: Keys,
    key_column: ArrayRef,
}

impl Best {
    pub fn new(end: End, value: DataType, key: DataType) -> Self {
        let keys = if end == End::Largest { Rows::descending(key) } else { Rows::new(key) };
        Self { values: Rows::new(value), keys, end }
    }

    fn keys(&mut self, column: &ArrayRef) -> Result<Keys, RowError> {
        let column = &self.end.ordered(column);
        Ok(match keys::of_array(column) {
            Some(numbers) if self.end == End::Smallest => Keys::Numbers(numbers),
            Some(numbers) => Keys::Numbers(numbers.into_iter().map(|number| !number).collect()),
            None => Keys::Bytes(self.keys.encode(column)?),
        })
    }
}

impl Fold for Best {
    type State = Winner;
    type Input = Batch;
    /// Keys and values, encoded.
    type Saved = [BinaryArray; 2];

    const HAS_HEAP: bool = true;

    fn open(&mut self, arguments: &[ArrayRef]) -> Result<Batch, RowError> {
        let key_column = any(arguments, 1)?;
        let keys = self.keys(&key_column)?;
        Ok(Batch { values: self.values.encode(&any(arguments, 0)?)?, keys, key_column })
    }

    fn update(&mut self, state: &mut Winner, input: &Batch, row: usize) -> Result<(), RowError> {
        if has_value(&input.key_column, row)
            && let Some(key) = input.keys.better(row, state.key.as_ref())
        {
            state.key = Some(key);
            state.value.clear();
            state.value.extend_from_slice(input.values.row(row).as_ref());
        }
        Ok(())
    }

    fn saved_types(&self) -> Vec<DataType> {
        vec![DataType::Binary; 2]
    }

    fn save(&mut self, states: &mut [Winner]) -> Result<Vec<ArrayRef>, RowError> {
        let key = |state: &Winner| match state.key.as_ref()? {
            Key::Number(number) => Some(number.to_be_bytes().to_vec()),
            Key::Bytes(bytes) => Some(bytes.to_vec()),
        };
        let value = |state: &Winner| state.key.is_some().then(|| state.value.clone());
        Ok(vec![
            Arc::new(BinaryArray::from_iter(states.iter().map(key))),
            Arc::new(BinaryArray::from_iter(states.iter().map(value))),
        ])
    }

    fn open_saved(&mut self, columns: &[ArrayRef]) -> Result<Self::Saved, RowError> {
        Ok([binary(columns, 0)?, binary(columns, 1)?])
    }

    fn merge(
        &mut self,
        state: &mut Winner,
        [keys, values]: &Self::Saved,
        row: usize,
    ) -> Result<(), RowError> {
        if keys.is_null(row) {
            return Ok(());
        }
        let bytes = keys.value(row);
        let is_number = keys::is_supported(self.keys.data_type());
        let key = match <[u8; 8]>::try_from(bytes) {
            Ok(bytes) if is_number => Key::Number(u64::from_be_bytes(bytes)),
            _ => Key::Bytes(bytes.into()),
        };
        if state.key.as_ref().is_none_or(|best| key < *best) {
            state.key = Some(key);
            state.value = values.value(row).to_vec();
        }
        Ok(())
    }

    fn finish(&mut self, states: &mut [Winner]) -> Result<ArrayRef, RowError> {
        self.values.decode(states.iter().map(|state| state.key.as_ref().map(|_| state.value.as_slice())))
    }

    fn heap_bytes(state: &Winner) -> usize {
        let key = match &state.key {
            Some(Key::Bytes(bytes)) => bytes.len(),
            _ => 0,
        };
        key + state.value.capacity()
    }
}
