//! The rows that a request adds to one partition, while it is being decided.

use std::sync::Arc;

use model::series::SeriesId;

use crate::format::wal_entry::BatchWrite;
use crate::memory::batch::RowBatch;
use crate::memory::search::{Found, Location};

pub(super) struct Filling {
    pub(super) partition_start_ns: i64,
    pub(super) batch: RowBatch,
    /// Rows that replace a stored row, and where that is.
    replacing: Vec<(u32, Location)>,
    /// Rows that a later record of the request replaced; shorter than the batch.
    dead: Vec<bool>,
}

/// A row with the identity of a record.
pub(super) enum Existing {
    /// Of an earlier record of the same request.
    InRequest(usize),
    Stored(Found),
}

impl Filling {
    pub(super) fn new(partition_start_ns: i64, batch: RowBatch) -> Self {
        Self { partition_start_ns, batch, replacing: Vec::new(), dead: Vec::new() }
    }

    pub(super) fn find(&self, series: SeriesId, time_ns: i64) -> Option<usize> {
        self.batch.find_while_filling(series, time_ns)
    }

    /// Says that the next row replaces an existing one.
    pub(super) fn replace(&mut self, existing: &Existing) {
        let row = self.batch.rows() as u32;
        match existing {
            Existing::Stored(found) => self.replacing.push((row, found.location())),
            Existing::InRequest(before) => {
                self.kill(*before);
                // What the dead row replaced, its successor replaces.
                let is_before = |(other, _): &&mut (u32, Location)| *other as usize == *before;
                if let Some(entry) = self.replacing.iter_mut().find(is_before) {
                    entry.0 = row;
                }
            }
        }
    }

    fn kill(&mut self, row: usize) {
        self.dead.resize(self.dead.len().max(row + 1), false);
        self.dead[row] = true;
    }

    /// Leaves out dead rows. Returns the batch and what its replacing rows replace.
    pub(super) fn finish(mut self) -> (BatchWrite, Vec<Option<Location>>) {
        self.replacing.sort_unstable_by_key(|(row, _)| *row);
        let dead_before = |row: u32| self.dead.iter().take(row as usize).filter(|dead| **dead).count() as u32;
        let rows = self.replacing.iter().map(|(row, _)| row - dead_before(*row)).collect();
        let locations = self.replacing.iter().map(|(_, location)| Some(*location)).collect();
        let mut batch = if self.dead.is_empty() { self.batch } else { self.batch.without(&self.dead) };
        batch.shrink();
        (BatchWrite { batch: Arc::new(batch), replacing_rows: rows }, locations)
    }
}
