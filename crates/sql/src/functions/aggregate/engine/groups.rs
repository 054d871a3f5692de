//! A [`Fold`] as the accumulator of many groups, and of one.

use std::fmt;

use arrow::array::{Array, ArrayRef, BooleanArray};
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{Accumulator, EmitTo, GroupsAccumulator};

use super::row_error;
use crate::functions::aggregate::fold::Fold;

pub(super) struct Groups<F: Fold> {
    fresh: F,
    fold: F,
    states: Vec<F::State>,
    heap_bytes: usize,
}

impl<F: Fold> fmt::Debug for Groups<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Groups").field("fold", &self.fresh).field("groups", &self.states.len()).finish()
    }
}

impl<F: Fold> Groups<F> {
    pub fn new(fold: F) -> Self {
        Self { fresh: fold.clone(), fold, states: Vec::new(), heap_bytes: 0 }
    }

    /// Changes the state of a group and keeps account of its memory.
    fn change(
        &mut self,
        group: usize,
        f: impl FnOnce(&mut F, &mut F::State) -> Result<(), crate::functions::RowError>,
    ) -> Result<()> {
        let Some(state) = self.states.get_mut(group) else {
            return Err(DataFusionError::Internal("a row of an unknown group".to_owned()));
        };
        if !F::HAS_HEAP {
            return f(&mut self.fold, state).map_err(row_error);
        }
        let before = F::heap_bytes(state);
        let result = f(&mut self.fold, state).map_err(row_error);
        self.heap_bytes = self.heap_bytes + F::heap_bytes(state) - before;
        result
    }

    fn grow(&mut self, groups: usize) {
        if self.states.len() < groups {
            self.states.resize_with(groups, F::State::default);
        }
    }

    fn emit<R>(
        &mut self,
        emit_to: EmitTo,
        f: impl FnOnce(&mut F, &mut [F::State]) -> Result<R, crate::functions::RowError>,
    ) -> Result<R> {
        let mut states = emit_to.take_needed(&mut self.states);
        if F::HAS_HEAP {
            let freed: usize = states.iter().map(F::heap_bytes).sum();
            self.heap_bytes = self.heap_bytes.saturating_sub(freed);
        }
        let result = f(&mut self.fold, &mut states).map_err(row_error)?;
        if self.states.is_empty() {
            self.fold = self.fresh.clone();
        } else {
            self.fold.compact(&mut self.states).map_err(row_error)?;
        }
        Ok(result)
    }
}

impl<F: Fold> GroupsAccumulator for Groups<F> {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        self.grow(total_num_groups);
        let input = self.fold.open(values).map_err(row_error)?;
        for (row, group) in group_indices.iter().enumerate() {
            if opt_filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row)) {
                self.change(*group, |fold, state| fold.update(state, &input, row))?;
            }
        }
        Ok(())
    }

    fn merge_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        total_num_groups: usize,
    ) -> Result<()> {
        self.grow(total_num_groups);
        let saved = self.fold.open_saved(values).map_err(row_error)?;
        for (row, group) in group_indices.iter().enumerate() {
            self.change(*group, |fold, state| fold.merge(state, &saved, row))?;
        }
        Ok(())
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        self.emit(emit_to, |fold, states| fold.finish(states))
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        self.emit(emit_to, |fold, states| fold.save(states))
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        opt_filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        let rows = values.first().map_or(0, |column| column.len());
        let each: Vec<usize> = (0..rows).collect();
        let mut groups = Self::new(self.fresh.clone());
        groups.update_batch(values, &each, opt_filter, rows)?;
        groups.state(EmitTo::All)
    }

    fn size(&self) -> usize {
        size_of::<Self>()
            + self.states.capacity() * size_of::<F::State>()
            + self.heap_bytes
            + self.fold.shared_bytes()
    }
}

/// One group.
#[derive(Debug)]
pub(super) struct Single<F: Fold> {
    groups: Groups<F>,
}

impl<F: Fold> Single<F> {
    pub fn new(fold: F) -> Self {
        let mut groups = Groups::new(fold);
        groups.grow(1);
        Self { groups }
    }
}

impl<F: Fold> Accumulator for Single<F> {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let rows = values.first().map_or(0, |column| column.len());
        let input = self.groups.fold.open(values).map_err(row_error)?;
        for row in 0..rows {
            self.groups.change(0, |fold, state| fold.update(state, &input, row))?;
        }
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let array = self.groups.fold.finish(&mut self.groups.states).map_err(row_error)?;
        ScalarValue::try_from_array(&array, 0)
    }

    fn size(&self) -> usize {
        self.groups.size()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let columns = self.groups.fold.save(&mut self.groups.states).map_err(row_error)?;
        columns.iter().map(|column| ScalarValue::try_from_array(column, 0)).collect()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let rows = states.first().map_or(0, |column| column.len());
        let saved = self.groups.fold.open_saved(states).map_err(row_error)?;
        for row in 0..rows {
            self.groups.change(0, |fold, state| fold.merge(state, &saved, row))?;
        }
        Ok(())
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let rows = values.first().map_or(0, |column| column.len());
        let input = self.groups.fold.open(values).map_err(row_error)?;
        for row in 0..rows {
            self.groups.change(0, |fold, state| fold.retract(state, &input, row))?;
        }
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        F::RETRACTS
    }
}
