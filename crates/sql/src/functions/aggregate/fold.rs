//! What an aggregate of ours is: a state per group, and how rows and other states change it.

use std::fmt::Debug;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, ListArray, PrimitiveArray};
use arrow::datatypes::{ArrowPrimitiveType, DataType};

use crate::functions::RowError;

/// Folds rows into states. Implementations hold what all groups share; a clone of an unused one is a fresh start.
pub trait Fold: Clone + Debug + Send + Sync + 'static {
    /// One group. The default is a group without rows.
    type State: Default + Debug + Send + Sync + 'static;
    /// The arguments of one batch, opened.
    type Input;
    /// A batch of saved states, opened.
    type Saved;

    /// Whether states own memory that [`Self::heap_bytes`] tells.
    const HAS_HEAP: bool = false;
    /// Whether rows can leave again, as sliding frames need it; else frames are computed anew.
    const RETRACTS: bool = false;

    fn open(&mut self, arguments: &[ArrayRef]) -> Result<Self::Input, RowError>;

    fn update(&mut self, state: &mut Self::State, input: &Self::Input, row: usize) -> Result<(), RowError>;

    fn retract(
        &mut self,
        _state: &mut Self::State,
        _input: &Self::Input,
        _row: usize,
    ) -> Result<(), RowError> {
        Err(RowError::new("rows cannot leave this aggregate"))
    }

    /// The types of the columns of saved states.
    fn saved_types(&self) -> Vec<DataType>;

    /// States as columns, one row per state, for another accumulator to merge.
    fn save(&mut self, states: &mut [Self::State]) -> Result<Vec<ArrayRef>, RowError>;

    fn open_saved(&mut self, columns: &[ArrayRef]) -> Result<Self::Saved, RowError>;

    fn merge(&mut self, state: &mut Self::State, saved: &Self::Saved, row: usize) -> Result<(), RowError>;

    /// The results, one per state. States stay usable: running windows ask again and again.
    fn finish(&mut self, states: &mut [Self::State]) -> Result<ArrayRef, RowError>;

    /// The memory a state owns beyond its own size; constant time.
    fn heap_bytes(_state: &Self::State) -> usize {
        0
    }

    /// The memory all groups share.
    fn shared_bytes(&self) -> usize {
        0
    }

    /// Called after some groups have left, so that shared memory can follow them.
    fn compact(&mut self, _states: &mut [Self::State]) -> Result<(), RowError> {
        Ok(())
    }
}

/// Column `index`, whose type the signature or [`Fold::saved_types`] guarantees.
pub(super) fn primitive<T: ArrowPrimitiveType>(
    columns: &[ArrayRef],
    index: usize,
) -> Result<PrimitiveArray<T>, RowError> {
    let column = columns.get(index).and_then(|column| column.as_primitive_opt::<T>());
    column.cloned().ok_or_else(|| unexpected(index))
}

pub(super) fn any(columns: &[ArrayRef], index: usize) -> Result<ArrayRef, RowError> {
    columns.get(index).cloned().ok_or_else(|| unexpected(index))
}

pub(super) fn list(columns: &[ArrayRef], index: usize) -> Result<ListArray, RowError> {
    columns
        .get(index)
        .and_then(|column| column.as_list_opt::<i32>())
        .cloned()
        .ok_or_else(|| unexpected(index))
}

pub(super) fn binary(columns: &[ArrayRef], index: usize) -> Result<BinaryArray, RowError> {
    let column = columns.get(index).and_then(|column| column.as_binary_opt::<i32>());
    column.cloned().ok_or_else(|| unexpected(index))
}

/// The value of a row that is not NULL.
pub(super) fn value<T: ArrowPrimitiveType>(column: &PrimitiveArray<T>, row: usize) -> Option<T::Native> {
    column.is_valid(row).then(|| column.value(row))
}

pub(super) fn unexpected(index: usize) -> RowError {
    RowError::new(format!("aggregate argument {index} has an unexpected type"))
}
