//! The rows of one request in one partition, row by row: cheap to fill, compare and write to the log.

use std::sync::{Arc, OnceLock};

use hashbrown::HashMap;
use model::clock::TimestampNs;
use model::schema::{ColumnId, ColumnType};
use model::series::SeriesId;
use model::value::MeasureValue;

use super::run::{RunMemory, TailBytes};

/// One measure value. How to read `bits` follows from the column's type: a double's bits, a two's complement integer,
/// 0 or 1, or offset and length of a text (high and low half).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    pub column: ColumnId,
    pub column_type: ColumnType,
    pub bits: u64,
}

/// One row's position-independent part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowKey {
    pub series: SeriesId,
    pub time_ns: TimestampNs,
    pub version: i64,
}

/// Rows in the order of acceptance. Identities are unique within a batch.
#[derive(Debug, Default)]
pub struct RowBatch {
    /// Unique within the process; grows in the order of the log.
    pub id: u64,
    keys: Vec<RowKey>,
    /// Where each row's cells end. Cells of a row are sorted by column.
    cell_ends: Vec<u32>,
    cells: Vec<Cell>,
    text: Vec<u8>,
    time_min_ns: TimestampNs,
    time_max_ns: TimestampNs,
    /// Set when the rows are shown to readers.
    held: OnceLock<TailBytes>,
    /// Row by identity, made at the first search.
    index: OnceLock<HashMap<(SeriesId, TimestampNs), u32>>,
}

impl RowBatch {
    pub fn new(id: u64) -> Self {
        Self { id, time_min_ns: i64::MAX, time_max_ns: i64::MIN, ..Self::default() }
    }

    pub fn rows(&self) -> usize {
        self.keys.len()
    }

    pub fn keys(&self) -> &[RowKey] {
        &self.keys
    }

    pub fn key(&self, row: usize) -> Option<RowKey> {
        self.keys.get(row).copied()
    }

    pub fn cells(&self, row: usize) -> &[Cell] {
        let end_of = |row: usize| self.cell_ends.get(row).map_or(0, |end| *end as usize);
        let start = row.checked_sub(1).map_or(0, end_of);
        self.cells.get(start..end_of(row)).unwrap_or_default()
    }

    /// The text of a VARCHAR cell.
    pub fn text(&self, cell: &Cell) -> &str {
        let (offset, length) = ((cell.bits >> 32) as usize, (cell.bits & 0xffff_ffff) as usize);
        let bytes = self.text.get(offset..offset + length).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    pub fn value(&self, cell: &Cell) -> MeasureValue<'_> {
        match cell.column_type {
            ColumnType::Double => MeasureValue::Double(f64::from_bits(cell.bits)),
            ColumnType::Bigint => MeasureValue::Bigint(cell.bits as i64),
            ColumnType::Boolean => MeasureValue::Boolean(cell.bits != 0),
            ColumnType::Timestamp => MeasureValue::Timestamp(cell.bits as i64),
            ColumnType::Varchar => MeasureValue::Varchar(self.text(cell).into()),
        }
    }

    /// Inclusive; `i64::MAX` and `i64::MIN` while empty.
    pub fn time_bounds_ns(&self) -> (TimestampNs, TimestampNs) {
        (self.time_min_ns, self.time_max_ns)
    }

    /// Memory the batch takes.
    pub fn memory_bytes(&self) -> usize {
        size_of::<Self>()
            + self.keys.capacity() * size_of::<RowKey>()
            + self.cell_ends.capacity() * size_of::<u32>()
            + self.cells.capacity() * size_of::<Cell>()
            + self.text.capacity()
    }

    /// Counts the rows as memory of `memory` for as long as anybody has them.
    pub fn hold(&self, memory: &Arc<RunMemory>) {
        self.held.get_or_init(|| TailBytes::new(memory, self.memory_bytes() as u64));
    }

    /// Says that later readers find the rows in a run, or not at all.
    pub fn replace(&self) {
        if let Some(held) = self.held.get() {
            held.replace();
        }
    }

    pub fn reserve(&mut self, rows: usize, cells: usize) {
        self.keys.reserve(rows);
        self.cell_ends.reserve(rows);
        self.cells.reserve(cells);
    }

    /// Gives back most of what was reserved for rows that did not come.
    pub fn shrink(&mut self) {
        if self.keys.capacity() > 2 * self.keys.len() || self.cells.capacity() > 2 * self.cells.len() {
            self.keys.shrink_to_fit();
            self.cell_ends.shrink_to_fit();
            self.cells.shrink_to_fit();
            self.text.shrink_to_fit();
        }
    }

    /// Begins a row; its cells follow.
    pub fn begin_row(&mut self, key: RowKey) {
        self.keys.push(key);
        self.cell_ends.push(self.cells.len() as u32);
        self.time_min_ns = self.time_min_ns.min(key.time_ns);
        self.time_max_ns = self.time_max_ns.max(key.time_ns);
    }

    pub fn push_cell(&mut self, column: ColumnId, value: &MeasureValue<'_>) {
        let bits = match value {
            MeasureValue::Double(value) => value.to_bits(),
            MeasureValue::Bigint(value) | MeasureValue::Timestamp(value) => *value as u64,
            MeasureValue::Boolean(value) => u64::from(*value),
            MeasureValue::Varchar(value) => self.push_text(value.as_bytes()),
        };
        self.push_cell_bits(Cell { column, column_type: value.column_type(), bits });
    }

    pub fn push_text_cell(&mut self, column: ColumnId, text: &str) {
        let bits = self.push_text(text.as_bytes());
        self.push_cell_bits(Cell { column, column_type: ColumnType::Varchar, bits });
    }

    /// `cell.bits` must already be right for this batch.
    pub fn push_cell_bits(&mut self, cell: Cell) {
        self.cells.push(cell);
        if let Some(end) = self.cell_ends.last_mut() {
            *end = self.cells.len() as u32;
        }
    }

    fn push_text(&mut self, text: &[u8]) -> u64 {
        let offset = self.text.len() as u64;
        self.text.extend_from_slice(text);
        offset << 32 | text.len() as u64
    }

    /// The row with this identity among the rows so far, newest first; for a batch that is still being filled.
    pub fn find_while_filling(&self, series: SeriesId, time_ns: TimestampNs) -> Option<usize> {
        self.keys.iter().rposition(|key| key.series == series && key.time_ns == time_ns)
    }

    /// The row with this identity.
    pub fn find(&self, series: SeriesId, time_ns: TimestampNs) -> Option<usize> {
        if time_ns < self.time_min_ns || time_ns > self.time_max_ns {
            return None;
        }
        let index = self.index.get_or_init(|| {
            let rows = self.keys.iter().enumerate();
            rows.map(|(row, key)| ((key.series, key.time_ns), row as u32)).collect()
        });
        index.get(&(series, time_ns)).map(|row| *row as usize)
    }

    /// The same batch without the rows for which `is_dead`.
    pub fn without(self, is_dead: &[bool]) -> Self {
        let mut kept = Self::new(self.id);
        kept.reserve(self.rows(), self.cells.len());
        for (row, key) in self.keys.iter().enumerate() {
            if is_dead.get(row).copied().unwrap_or(false) {
                continue;
            }
            kept.begin_row(*key);
            for cell in self.cells(row) {
                kept.push_cell_bits(*cell);
            }
        }
        kept.text = self.text;
        kept
    }
}

impl PartialEq for RowBatch {
    /// Equal rows in equal order; how texts are laid out does not count.
    fn eq(&self, other: &Self) -> bool {
        let values = |batch: &Self, row: usize| -> Vec<(ColumnId, MeasureValue<'static>)> {
            batch.cells(row).iter().map(|cell| (cell.column, batch.value(cell).into_owned())).collect()
        };
        self.keys == other.keys && (0..self.rows()).all(|row| values(self, row) == values(other, row))
    }
}
