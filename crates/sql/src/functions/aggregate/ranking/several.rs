//! The values of the `n` rows with the best keys.

use std::collections::BinaryHeap;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BinaryArray, Int64Array, ListArray};
use arrow::datatypes::{DataType, Int64Type};
use model::limits::RANKED_ROWS_MAX;

use super::{End, Rows, has_value};
use crate::functions::RowError;
use crate::functions::aggregate::fold::{Fold, any, list, primitive, unexpected, value};
use crate::functions::array::lists::list_of;

/// Arguments are the value, the key (unless the value is its own key) and the number of rows. Rows with a NULL key
/// are skipped.
#[derive(Debug, Clone)]
pub(in crate::functions::aggregate) struct Several {
    values: Rows,
    /// Encoded so that the smallest bytes win.
    keys: Rows,
    /// Where the key and the number stand among the arguments.
    key_index: usize,
    count_index: usize,
    end: End,
}

#[derive(Debug, Default)]
pub(in crate::functions::aggregate) struct Ranked {
    /// 0 until the first row.
    limit: usize,
    /// The worst row that is kept stands on top.
    rows: BinaryHeap<Entry>,
    /// How many rows were kept so far, also for a while.
    arrivals: usize,
    bytes: usize,
}

/// Compared by the key; equal keys by arrival, the earlier is better.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    key: Box<[u8]>,
    arrival: usize,
    value: Box<[u8]>,
}

impl Entry {
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.key.len() + self.value.len()
    }
}

impl Ranked {
    fn insert(&mut self, key: &[u8], value: &[u8]) {
        if self.rows.len() >= self.limit {
            match self.rows.peek() {
                Some(worst) if key < worst.key.as_ref() => {
                    self.bytes -= self.rows.pop().map_or(0, |entry| entry.bytes());
                }
                _ => return,
            }
        }
        let entry = Entry { key: key.into(), arrival: self.arrivals, value: value.into() };
        self.arrivals += 1;
        self.bytes += entry.bytes();
        self.rows.push(entry);
    }

    /// The rows from the best to the worst.
    fn sorted(&self) -> Vec<&Entry> {
        let mut rows: Vec<&Entry> = self.rows.iter().collect();
        rows.sort_unstable();
        rows
    }
}

pub(in crate::functions::aggregate) struct Batch {
    values: arrow::row::Rows,
    keys: arrow::row::Rows,
    key_column: ArrayRef,
    counts: Int64Array,
}

impl Several {
    /// For `max_by(value, key, n)` and its like.
    pub fn by(end: End, value: DataType, key: DataType) -> Self {
        let keys = if end == End::Largest { Rows::descending(key) } else { Rows::new(key) };
        Self { values: Rows::new(value), keys, key_index: 1, count_index: 2, end }
    }

    /// For `max(value, n)` and its like.
    pub fn of(end: End, value: DataType) -> Self {
        Self { key_index: 0, count_index: 1, ..Self::by(end, value.clone(), value) }
    }
}

fn check_count(count: Option<i64>) -> Result<usize, RowError> {
    let count = count.and_then(|count| usize::try_from(count).ok());
    count.filter(|count| (1..=RANKED_ROWS_MAX).contains(count)).ok_or_else(|| {
        RowError::new(format!("the number of values to return must be between 1 and {RANKED_ROWS_MAX}"))
    })
}

impl Fold for Several {
    type State = Ranked;
    type Input = Batch;
    type Saved = (Int64Array, [ListArray; 2]);

    const HAS_HEAP: bool = true;

    fn open(&mut self, arguments: &[ArrayRef]) -> Result<Batch, RowError> {
        let key_column = any(arguments, self.key_index)?;
        Ok(Batch {
            values: self.values.encode(&any(arguments, 0)?)?,
            keys: self.keys.encode(&self.end.ordered(&key_column))?,
            key_column,
            counts: primitive::<Int64Type>(arguments, self.count_index)?,
        })
    }

    fn update(&mut self, state: &mut Ranked, input: &Batch, row: usize) -> Result<(), RowError> {
        if state.limit == 0 {
            state.limit = check_count(value(&input.counts, row))?;
        }
        if has_value(&input.key_column, row) {
            state.insert(input.keys.row(row).as_ref(), input.values.row(row).as_ref());
        }
        Ok(())
    }

    fn saved_types(&self) -> Vec<DataType> {
        let rows = DataType::new_list(DataType::Binary, true);
        vec![DataType::Int64, rows.clone(), rows]
    }

    fn save(&mut self, states: &mut [Ranked]) -> Result<Vec<ArrayRef>, RowError> {
        let limits = Int64Array::from_iter_values(states.iter().map(|state| state.limit as i64));
        let sorted: Vec<Vec<&Entry>> = states.iter().map(Ranked::sorted).collect();
        let lists = |pick: fn(&Entry) -> &[u8]| {
            let rows: Vec<&[u8]> = sorted.iter().flatten().map(|entry| pick(entry)).collect();
            list_of(
                Arc::new(BinaryArray::from_vec(rows)),
                sorted.iter().map(Vec::len).collect(),
                vec![true; sorted.len()],
            )
        };
        Ok(vec![Arc::new(limits), lists(|entry| &entry.key)?, lists(|entry| &entry.value)?])
    }

    fn open_saved(&mut self, columns: &[ArrayRef]) -> Result<Self::Saved, RowError> {
        Ok((primitive::<Int64Type>(columns, 0)?, [list(columns, 1)?, list(columns, 2)?]))
    }

    fn merge(
        &mut self,
        state: &mut Ranked,
        (limits, rows): &Self::Saved,
        row: usize,
    ) -> Result<(), RowError> {
        state.limit = state.limit.max(usize::try_from(limits.value(row)).unwrap_or(0));
        let [keys, values] = rows.each_ref().map(|column| column.value(row));
        let keys = keys.as_binary_opt::<i32>().ok_or_else(|| unexpected(1))?;
        let values = values.as_binary_opt::<i32>().ok_or_else(|| unexpected(2))?;
        for (key, value) in keys.iter().flatten().zip(values.iter().flatten()) {
            state.insert(key, value);
        }
        Ok(())
    }

    fn finish(&mut self, states: &mut [Ranked]) -> Result<ArrayRef, RowError> {
        let sorted: Vec<Vec<&Entry>> = states.iter().map(Ranked::sorted).collect();
        let rows: Vec<Option<&[u8]>> =
            sorted.iter().flatten().map(|entry| Some(entry.value.as_ref())).collect();
        let values = self.values.decode(rows.into_iter())?;
        let lengths = sorted.iter().map(Vec::len).collect();
        list_of(values, lengths, sorted.iter().map(|rows| !rows.is_empty()).collect())
    }

    fn heap_bytes(state: &Ranked) -> usize {
        state.bytes
    }
}
