//! One entry of the write-ahead log: what one request added to one table. Byte table: `docs/formats/wal_entry.md`.

pub mod v1;
pub mod v2;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use model::catalog::TableId;
use model::clock::TimestampNs;
use model::schema::{Column, MeasureEntry};
use model::series::SeriesId;
use model::value::MeasureValue;

use crate::memory::batch::RowBatch;

/// The name of this artefact in errors.
pub const ARTEFACT: &str = "wal_entry";

/// The newest version this release reads.
pub const VERSION_MAX: u8 = 2;

/// What one request added to one table. Everything it names was there before or is in here.
#[derive(Debug, PartialEq)]
pub struct TableWrite {
    pub table: TableId,
    pub columns: Vec<Column>,
    /// Whole entries that replace the known ones.
    pub measures: Vec<(Arc<str>, MeasureEntry)>,
    /// The id of the first of `series`; the others follow.
    pub first_series: SeriesId,
    pub series: SeriesKeys,
    /// At most one per partition, none empty.
    pub batches: Vec<BatchWrite>,
    /// Records that were accepted for the magnetic store and not stored: they go to a report.
    pub conflicts: Vec<Arc<Conflict>>,
}

/// A record that lost against the stored record of its identity.
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    pub series_key: Box<[u8]>,
    pub time_ns: TimestampNs,
    pub version: i64,
    pub kind: ConflictKind,
    pub is_multi: bool,
    /// By name of the attribute or of the column; in the order of columns.
    pub values: Vec<(Box<str>, MeasureValue<'static>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConflictKind {
    /// The stored record has the same version and other values.
    SameVersion,
    LowerVersion {
        existing_version: i64,
    },
}

/// Rows of one partition.
#[derive(Debug, PartialEq)]
pub struct BatchWrite {
    pub batch: Arc<RowBatch>,
    /// Rows that take the place of a stored row with the same identity, ascending.
    pub replacing_rows: Vec<u32>,
}

/// Series keys, one after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeriesKeys {
    pub bytes: Vec<u8>,
    pub ends: Vec<u32>,
}

/// Why an entry was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryError {
    Damaged(&'static str),
    Newer { found: u64 },
}

impl SeriesKeys {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub fn push(&mut self, key: &[u8]) {
        self.bytes.extend_from_slice(key);
        self.ends.push(self.bytes.len() as u32);
    }

    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .map(|(start, end)| self.bytes.get(start as usize..*end as usize).unwrap_or_default())
    }
}

/// Encodes an entry in the lowest version that can say it, so that an older release reads what it knows.
pub fn encode(write: &TableWrite, bytes: &mut Vec<u8>) {
    if write.conflicts.is_empty() { v1::encode(write, bytes) } else { v2::encode(write, bytes) }
}

/// Decodes an entry of any known version. `next_batch_id` numbers the batches.
pub fn decode(bytes: &[u8], next_batch_id: &mut dyn FnMut() -> u64) -> Result<TableWrite, EntryError> {
    match bytes.first() {
        None => Err(EntryError::Damaged("entry is empty")),
        Some(0) => Err(EntryError::Damaged("entry version 0 does not exist")),
        Some(1) => v1::decode(bytes, next_batch_id).ok_or(EntryError::Damaged("entry is malformed")),
        Some(2) => v2::decode(bytes, next_batch_id).ok_or(EntryError::Damaged("entry is malformed")),
        Some(found) => Err(EntryError::Newer { found: u64::from(*found) }),
    }
}
