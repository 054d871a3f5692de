//! What readers see of a table: immutable once shared. A writer changes it in place while nobody holds it, else a copy.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use model::clock::TimestampNs;
use model::schema::TableSchema;
use model::series::SeriesId;

use super::batch::{RowBatch, RowKey};
use super::deleted::DeletedRows;
use super::run::Run;
use super::run_data::RunData;
use super::search::{BlockingRows, FileSearch, Found, Location, NeedsRows, RowAccess, RunRow, RunSearch};
use super::series_columns::SeriesColumns;
use crate::error::Result;
use crate::magnetic::data_file::MagneticFile;
use crate::wal::Lsn;

/// All published rows of a table as of one position in the log.
#[derive(Debug, Clone, Default)]
pub struct TableSnapshot {
    /// The last entry that is in here.
    pub applied_lsn: Option<Lsn>,
    pub schema: Arc<TableSchema>,
    pub series: SeriesColumns,
    /// By start.
    pub partitions: BTreeMap<TimestampNs, Arc<Partition>>,
}

/// The rows of one time range. No identity is live twice.
#[derive(Debug, Default)]
pub struct Partition {
    pub start_ns: TimestampNs,
    /// Files of the magnetic store, in their order.
    pub files: Vec<FileEntry>,
    pub runs: Vec<RunEntry>,
    /// Batches that no run holds yet, in the order of the log.
    pub tail: Vec<TailEntry>,
    /// Rows of the tail, deleted ones included.
    pub tail_rows: usize,
    /// The live rows of the tail by (series, time), made when first read.
    sorted_tail: OnceLock<Arc<[TailRow]>>,
}

#[derive(Debug, Clone)]
pub struct FileEntry {
    pub file: Arc<MagneticFile>,
    pub deleted: DeletedRows,
}

#[derive(Debug, Clone)]
pub struct RunEntry {
    pub run: Arc<Run>,
    pub deleted: DeletedRows,
}

#[derive(Debug, Clone)]
pub struct TailEntry {
    pub batch: Arc<RowBatch>,
    pub deleted: DeletedRows,
}

/// A run that was just made, and its rows.
#[derive(Debug, Clone)]
pub struct NewRun {
    pub run: Arc<Run>,
    pub data: Arc<RunData>,
}

/// A row of a tail and where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TailRow {
    pub key: RowKey,
    pub entry: u32,
    pub row: u32,
}

impl TableSnapshot {
    /// Searches a live row.
    pub fn find(
        &self,
        partition_start_ns: TimestampNs,
        series: SeriesId,
        time_ns: TimestampNs,
        access: &dyn RowAccess,
    ) -> Result<Option<Found>, NeedsRows> {
        match self.partitions.get(&partition_start_ns) {
            Some(partition) => partition.find(series, time_ns, access),
            None => Ok(None),
        }
    }

    /// Adds a batch to its partition.
    pub fn push_batch(&mut self, partition_start_ns: TimestampNs, batch: Arc<RowBatch>) {
        self.partition_mut(partition_start_ns).push_batch(batch);
    }

    /// The partition, for changing; it is made when missing.
    pub fn partition_mut(&mut self, start_ns: TimestampNs) -> &mut Partition {
        let partition = self
            .partitions
            .entry(start_ns)
            .or_insert_with(|| Arc::new(Partition { start_ns, ..Partition::default() }));
        Arc::make_mut(partition)
    }

    /// Live rows, retention apart.
    pub fn rows(&self) -> usize {
        self.partitions.values().map(|partition| partition.rows()).sum()
    }

    /// A bound that no row is later than.
    pub fn time_max_ns(&self) -> TimestampNs {
        self.partitions.values().next_back().map_or(i64::MIN, |partition| partition.time_max_ns())
    }
}

impl Clone for Partition {
    fn clone(&self) -> Self {
        Self {
            start_ns: self.start_ns,
            files: self.files.clone(),
            runs: self.runs.clone(),
            tail: self.tail.clone(),
            tail_rows: self.tail_rows,
            sorted_tail: self.sorted_tail.clone(),
        }
    }
}

impl Partition {
    pub fn find(
        &self,
        series: SeriesId,
        time_ns: TimestampNs,
        access: &dyn RowAccess,
    ) -> Result<Option<Found>, NeedsRows> {
        for entry in self.tail.iter().rev() {
            if let Some(row) = entry.batch.find(series, time_ns)
                && !entry.deleted.contains(row)
            {
                return Ok(Some(Found::Batch { batch: Arc::clone(&entry.batch), row }));
            }
        }
        for entry in &self.runs {
            if !entry.run.bounds.may_hold(series, time_ns) {
                continue;
            }
            let search = RunSearch { run: Arc::clone(&entry.run), series, time_ns };
            let Some(answer) = access.run(&search) else { return Err(NeedsRows::Run(search)) };
            let Some(found) = answer.filter(|found| !entry.deleted.contains(found.row())) else { continue };
            let id = entry.run.id;
            return Ok(Some(match found {
                RunRow::InMemory { data, row } => Found::Run { id, data, row },
                RunRow::Read(stored) => {
                    Found::Stored { location: Location::Run { id, row: stored.row }, stored }
                }
            }));
        }
        for entry in self.files.iter().filter(|entry| entry.file.may_hold(series, time_ns)) {
            let search = FileSearch { file: Arc::clone(&entry.file), series, time_ns };
            let Some(answer) = access.file(&search) else { return Err(NeedsRows::File(search)) };
            if let Some(stored) = answer.filter(|stored| !entry.deleted.contains(stored.row)) {
                let location = Location::File { id: entry.file.id, row: stored.row };
                return Ok(Some(Found::Stored { location, stored }));
            }
        }
        Ok(None)
    }

    /// Where the live row with this identity is. `found`: where it was when somebody looked; it may have moved since. Reads
    /// rows back when it must.
    pub fn locate(
        &self,
        series: SeriesId,
        time_ns: TimestampNs,
        found: Option<Location>,
    ) -> Result<Option<Location>> {
        if found.is_some_and(|location| self.is_live_at(location)) {
            return Ok(found);
        }
        let access = BlockingRows::default();
        let found = self.find(series, time_ns, &access).map_err(|_| access.into_error())?;
        Ok(found.map(|found| found.location()))
    }

    fn is_live_at(&self, location: Location) -> bool {
        let (deleted, row) = match location {
            Location::Batch { id, row } => {
                let position = self.tail.binary_search_by_key(&id, |entry| entry.batch.id).ok();
                (position.and_then(|position| self.tail.get(position)).map(|entry| &entry.deleted), row)
            }
            Location::Run { id, row } => {
                (self.runs.iter().find(|entry| entry.run.id == id).map(|entry| &entry.deleted), row)
            }
            Location::File { id, row } => {
                (self.files.iter().find(|entry| entry.file.id == id).map(|entry| &entry.deleted), row)
            }
        };
        deleted.is_some_and(|deleted| !deleted.contains(row))
    }

    /// Marks a row as deleted; `location` is where it is now.
    pub fn delete_at(&mut self, location: Location) {
        let (deleted, row) = match location {
            Location::Batch { id, row } => {
                self.sorted_tail = OnceLock::new();
                let position = self.tail.binary_search_by_key(&id, |entry| entry.batch.id).ok();
                let entry = position.and_then(|position| self.tail.get_mut(position));
                (entry.map(|entry| &mut entry.deleted), row)
            }
            Location::Run { id, row } => {
                let entry = self.runs.iter_mut().find(|entry| entry.run.id == id);
                (entry.map(|entry| &mut entry.deleted), row)
            }
            Location::File { id, row } => {
                let entry = self.files.iter_mut().find(|entry| entry.file.id == id);
                (entry.map(|entry| &mut entry.deleted), row)
            }
        };
        if let Some(deleted) = deleted {
            deleted.insert(row);
        }
    }

    pub fn push_batch(&mut self, batch: Arc<RowBatch>) {
        self.sorted_tail = OnceLock::new();
        self.tail_rows += batch.rows();
        self.tail.push(TailEntry { batch, deleted: DeletedRows::default() });
    }

    /// Puts a run in the place of the first batches of the tail, as they were in `sealed`. Rows deleted since then are
    /// deleted in the run too.
    pub fn replace_tail(&mut self, sealed: &[TailEntry], run: Option<NewRun>) {
        self.sorted_tail = OnceLock::new();
        let replaced: Vec<TailEntry> = self.tail.drain(..sealed.len().min(self.tail.len())).collect();
        self.tail_rows = self.tail.iter().map(|entry| entry.batch.rows()).sum();
        let deleted_since = replaced.iter().zip(sealed).flat_map(|(now, before)| {
            now.deleted.since(&before.deleted).filter_map(|row| now.batch.key(row))
        });
        self.add_run(run, deleted_since);
    }

    /// Puts a merged run in the place of others, as they were in `merged`, with the rows they had.
    pub fn replace_runs(&mut self, merged: &[(RunEntry, Arc<RunData>)], run: Option<NewRun>) {
        let mut deleted_since = Vec::new();
        self.runs.retain(|now| {
            let Some((before, data)) = merged.iter().find(|(old, _)| old.run.id == now.run.id) else {
                return true;
            };
            deleted_since.extend(now.deleted.since(&before.deleted).filter_map(|row| data.key(row)));
            false
        });
        self.add_run(run, deleted_since.into_iter());
    }

    fn add_run(&mut self, run: Option<NewRun>, deleted: impl Iterator<Item = RowKey>) {
        let Some(NewRun { run, data }) = run else { return };
        let deleted = deleted.filter_map(|key| data.find(key.series, key.time_ns)).collect();
        self.runs.push(RunEntry { run, deleted });
    }

    /// The live rows of the tail by (series, time).
    pub fn sorted_tail(&self) -> Arc<[TailRow]> {
        let sorted = self.sorted_tail.get_or_init(|| {
            let mut rows = Vec::with_capacity(self.tail_rows);
            for (entry_position, entry) in self.tail.iter().enumerate() {
                for (row, key) in entry.batch.keys().iter().enumerate() {
                    if !entry.deleted.contains(row) {
                        rows.push(TailRow { key: *key, entry: entry_position as u32, row: row as u32 });
                    }
                }
            }
            rows.sort_unstable_by_key(|row| (row.key.series, row.key.time_ns));
            rows.into()
        });
        Arc::clone(sorted)
    }

    /// Live rows.
    pub fn rows(&self) -> usize {
        let in_tail: usize = self.tail.iter().map(|entry| entry.batch.rows() - entry.deleted.count()).sum();
        let in_runs: usize =
            self.runs.iter().map(|entry| entry.run.bounds.rows - entry.deleted.count()).sum();
        in_tail + in_runs + self.file_rows()
    }

    /// Live rows of data files.
    pub fn file_rows(&self) -> usize {
        self.files.iter().map(|entry| entry.file.facts.rows - entry.deleted.count()).sum()
    }

    /// A bound that no row is later than.
    pub fn time_max_ns(&self) -> TimestampNs {
        let of_tail = self.tail.iter().map(|entry| entry.batch.time_bounds_ns().1);
        let of_runs = self.runs.iter().map(|entry| entry.run.bounds.time_max_ns);
        let of_files = self.files.iter().map(|entry| entry.file.facts.time_max_ns);
        of_tail.chain(of_runs).chain(of_files).max().unwrap_or(i64::MIN)
    }

    /// The time range that covers the tail, inclusive; `None` for an empty tail.
    pub fn tail_bounds_ns(&self) -> Option<(TimestampNs, TimestampNs)> {
        let bounds = self.tail.iter().map(|entry| entry.batch.time_bounds_ns());
        bounds.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
    }

    pub fn memory_bytes(&self) -> usize {
        self.tail.iter().map(|entry| entry.batch.memory_bytes()).sum()
    }
}
