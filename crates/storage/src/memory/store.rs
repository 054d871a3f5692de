//! One table in memory: what writers know, what waits in the log's queue, what readers see.
//!
//! Locks, in the order in which they may be taken: `writer`, then `queued`; and `published` last. None is held while
//! waiting for the disk or the log.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::catalog::TableId;
use model::series::SeriesId;
use tokio::sync::oneshot;

use super::batch::RowBatch;
use super::build::{self, RunBuilder, Source};
use super::partition_start_ns;
use super::run::{Run, RunMemory};
use super::run_data::RunData;
use super::search::{Found, LoadedRows, Location, NeedsRows};
use super::snapshot::{NewRun, Partition, RunEntry, TableSnapshot, TailEntry};
use super::writer::{Addition, Lookup, Writer};
use crate::error::{Result, StorageError};
use crate::format::wal_entry::{BatchWrite, Conflict};
use crate::wal::Lsn;

pub mod expire;
pub mod rewrite;
#[cfg(test)]
mod tests;

#[derive(Debug)]
pub struct TableStore {
    pub id: TableId,
    pub memory: Arc<RunMemory>,
    writer: Mutex<Writer>,
    queued: Mutex<Queued>,
    published: Mutex<Published>,
    /// Held while runs or tails are replaced by others; publishing goes on meanwhile.
    reshaping: Mutex<()>,
}

/// Entries that are in the log's queue, in its order.
#[derive(Debug, Default)]
pub struct Queued {
    pub entries: VecDeque<QueuedEntry>,
    /// How many entries the log has failed.
    pub failures: u64,
}

#[derive(Debug)]
pub struct QueuedEntry {
    pub batches: Vec<Arc<RowBatch>>,
    /// Told when the entry is published or has failed.
    pub waiting: Vec<oneshot::Sender<Result<()>>>,
}

#[derive(Debug, Clone)]
pub struct Published {
    pub snapshot: Arc<TableSnapshot>,
    /// The first entry that no checkpoint holds, and the monotonic time of its publication.
    pub first_unsaved: Option<(Lsn, u64)>,
    /// The first entry behind the last cut: what `first_unsaved` will be when that is saved.
    pub first_behind_cut: Option<(Lsn, u64)>,
    /// Rejected late records that no checkpoint holds, in the order of the log.
    pub conflicts: Vec<Arc<Conflict>>,
    /// Why an entry is missing that is durable: behind it, this is no state of the log any more.
    failure: Option<StorageError>,
}

/// A table at one position of the log.
#[derive(Debug)]
pub struct Cut {
    /// `None` when nothing was ever written.
    pub lsn: Option<Lsn>,
    pub snapshot: Arc<TableSnapshot>,
    pub conflicts: Vec<Arc<Conflict>>,
    pub tails_sealed: u64,
}

impl TableStore {
    /// A store with what recovery found.
    pub fn new(id: TableId, memory: Arc<RunMemory>, writer: Writer, snapshot: TableSnapshot) -> Self {
        Self {
            id,
            memory,
            writer: Mutex::new(writer),
            queued: Mutex::default(),
            published: Mutex::new(Published {
                snapshot: Arc::new(snapshot),
                first_unsaved: None,
                first_behind_cut: None,
                conflicts: Vec::new(),
                failure: None,
            }),
            reshaping: Mutex::default(),
        }
    }

    pub fn writer(&self) -> MutexGuard<'_, Writer> {
        lock(&self.writer)
    }

    pub fn queued(&self) -> MutexGuard<'_, Queued> {
        lock(&self.queued)
    }

    pub fn published(&self) -> MutexGuard<'_, Published> {
        lock(&self.published)
    }

    /// What readers see now.
    pub fn snapshot(&self) -> Arc<TableSnapshot> {
        Arc::clone(&self.published().snapshot)
    }

    /// Shows an addition to readers. Additions come in the order of the log.
    ///
    /// # Errors
    /// When a replaced row has moved and can't be read back: nothing is shown then, and the table can't be saved any more.
    pub fn publish(&self, addition: &Addition, lsn: Lsn, monotonic_ns: u64) -> Result<()> {
        addition.write.batches.iter().for_each(|write| write.batch.hold(&self.memory));
        let mut published = self.published();
        published.first_unsaved.get_or_insert((lsn, monotonic_ns));
        published.first_behind_cut.get_or_insert((lsn, monotonic_ns));
        let replaced = published.snapshot.locate_replaced(addition);
        let replaced = replaced.inspect_err(|error| published.failure = Some(error.clone()))?;
        published.conflicts.extend(addition.write.conflicts.iter().cloned());
        Arc::make_mut(&mut published.snapshot).apply(addition, &replaced, lsn);
        Ok(())
    }

    /// Whether a partition's tail is to be sealed.
    pub fn is_long(&self, partition_start_ns: i64, rows_max: usize, batches_max: usize) -> bool {
        let published = self.published();
        let partition = published.snapshot.partitions.get(&partition_start_ns);
        partition
            .is_some_and(|partition| partition.tail_rows >= rows_max || partition.tail.len() >= batches_max)
    }

    /// Seals the tail of a partition into a run when it is long: sorts all its rows. Does nothing while somebody else
    /// reshapes the table.
    pub fn seal_if_long(&self, partition_start_ns: i64, rows_max: usize, batches_max: usize) {
        let Ok(_turn) = self.reshaping.try_lock() else { return };
        if self.is_long(partition_start_ns, rows_max, batches_max)
            && let Some(partition) = self.snapshot().partitions.get(&partition_start_ns)
        {
            self.seal(partition);
        }
    }

    /// Seals everything that is published now. Until [`TableStore::note_saved`], it counts as unsaved all the same.
    ///
    /// The returned snapshot's runs hold the rows of entries up to `lsn` and no others. Rows that later entries
    /// replaced may be marked as deleted in them already.
    ///
    /// # Errors
    /// When a durable entry could not be shown.
    pub fn cut(&self) -> Result<Cut> {
        let _turn = lock(&self.reshaping);
        let (before, conflicts) = {
            let mut published = self.published();
            if let Some(failure) = &published.failure {
                return Err(failure.clone());
            }
            published.first_behind_cut = None;
            (Arc::clone(&published.snapshot), published.conflicts.clone())
        };
        let mut tails_sealed = 0;
        for partition in before.partitions.values().filter(|partition| !partition.tail.is_empty()) {
            self.seal(partition);
            tails_sealed += 1;
        }
        Ok(Cut { lsn: before.applied_lsn, snapshot: self.snapshot(), conflicts, tails_sealed })
    }

    /// Says that a checkpoint holds the last cut.
    pub fn note_saved(&self, cut: &Cut) {
        let mut published = self.published();
        published.first_unsaved = published.first_behind_cut;
        let saved = cut.conflicts.len().min(published.conflicts.len());
        published.conflicts.drain(..saved);
    }

    /// Only for the holder of `reshaping`; `partition` is as published.
    fn seal(&self, partition: &Partition) {
        let run = self.new_run(seal_tail(partition));
        self.change_partition(partition.start_ns, |partition_now| {
            partition_now.replace_tail(&partition.tail, run);
        });
        partition.tail.iter().for_each(|entry| entry.batch.replace());
    }

    fn new_run(&self, data: RunData) -> Option<NewRun> {
        let data = Arc::new(data);
        let run = Run::in_memory(&self.memory, Arc::clone(&data)).map(Arc::new);
        run.map(|run| NewRun { run, data })
    }

    /// Merges runs of a partition into one. Reads rows back when they are not in memory.
    pub fn merge(&self, partition_start_ns: i64, run_ids: &[u64]) -> Result<bool> {
        let _turn = lock(&self.reshaping);
        let snapshot = self.snapshot();
        let Some(partition) = snapshot.partitions.get(&partition_start_ns) else { return Ok(false) };
        let entries: Vec<RunEntry> =
            partition.runs.iter().filter(|entry| run_ids.contains(&entry.run.id)).cloned().collect();
        if entries.len() != run_ids.len() {
            return Ok(false);
        }
        let rows = entries.iter().map(|entry| entry.run.load()).collect::<Result<Vec<_>>>()?;
        let sources: Vec<Source> = entries
            .iter()
            .zip(&rows)
            .map(|(entry, data)| (Arc::clone(data), entry.deleted.clone()))
            .collect();
        let merged = build::merge(&sources)
            .map_err(|error| StorageError::corrupt(&self.memory.dir, 0, 0, error.to_string()))?;
        let run = self.new_run(merged);
        let merged: Vec<(RunEntry, Arc<RunData>)> = entries.into_iter().zip(rows).collect();
        self.change_partition(partition_start_ns, |partition_now| partition_now.replace_runs(&merged, run));
        merged.iter().for_each(|(entry, _)| entry.run.replace());
        Ok(true)
    }

    /// Takes a whole partition out of sight of later readers.
    pub fn drop_partition(&self, partition_start_ns: i64) {
        let _turn = lock(&self.reshaping);
        let mut published = self.published();
        let dropped = Arc::make_mut(&mut published.snapshot).partitions.remove(&partition_start_ns);
        if let Some(partition) = dropped {
            partition.tail.iter().for_each(|entry| entry.batch.replace());
            partition.runs.iter().for_each(|entry| entry.run.replace());
        }
    }

    fn change_partition(&self, partition_start_ns: i64, change: impl FnOnce(&mut Partition)) {
        let mut published = self.published();
        let snapshot = Arc::make_mut(&mut published.snapshot);
        if snapshot.partitions.contains_key(&partition_start_ns) {
            change(snapshot.partition_mut(partition_start_ns));
        }
    }
}

/// The live rows of a tail, sorted.
pub fn seal_tail(partition: &Partition) -> RunData {
    let mut builder = RunBuilder::new();
    push_tail_rows(partition, &mut builder, |_| true);
    builder.finish()
}

/// Adds the live rows of a tail that are wanted, in order.
pub fn push_tail_rows(
    partition: &Partition,
    builder: &mut RunBuilder,
    mut is_wanted: impl FnMut(&super::batch::RowKey) -> bool,
) {
    for place in partition.sorted_tail().iter() {
        let Some(TailEntry { batch, .. }) = partition.tail.get(place.entry as usize) else { continue };
        if is_wanted(&place.key) {
            builder.push(place.key, batch, batch.cells(place.row as usize));
        }
    }
}

impl TableSnapshot {
    /// Where the rows are that an addition replaces, by batch.
    fn locate_replaced(&self, addition: &Addition) -> Result<Vec<Vec<Location>>> {
        let of_batch = |(write, found): (&BatchWrite, &Vec<Option<Location>>)| {
            let first = write.batch.keys().first();
            let partition = first.and_then(|key| self.partitions.get(&partition_start_ns(key.time_ns)));
            let Some(partition) = partition else { return Ok(Vec::new()) };
            let keys = write.replacing_rows.iter().map(|row| write.batch.key(*row as usize));
            let rows = keys.zip(found).filter_map(|(key, found)| Some((key?, *found)));
            rows.filter_map(|(key, found)| partition.locate(key.series, key.time_ns, found).transpose())
                .collect()
        };
        addition.write.batches.iter().zip(&addition.replaced).map(of_batch).collect()
    }

    /// Adds what one entry of the log says. `replaced`: where the rows are that it replaces.
    fn apply(&mut self, addition: &Addition, replaced: &[Vec<Location>], lsn: Lsn) {
        if !Arc::ptr_eq(&self.schema, &addition.schema) {
            self.schema = Arc::clone(&addition.schema);
        }
        for texts in addition.texts.iter(&addition.write.series) {
            self.series.push(texts);
        }
        for (write, locations) in addition.write.batches.iter().zip(replaced) {
            let Some(first) = write.batch.keys().first() else { continue };
            let partition = self.partition_mut(partition_start_ns(first.time_ns));
            locations.iter().for_each(|location| partition.delete_at(*location));
            partition.push_batch(Arc::clone(&write.batch));
        }
        self.applied_lsn = Some(lsn);
    }
}

/// Finds rows that are published or in the log's queue. Takes its view of them at the first search.
#[derive(Debug)]
pub struct StoreLookup<'a> {
    store: &'a TableStore,
    /// Rows loaded for this request.
    loaded: &'a LoadedRows,
    view: Option<(Vec<Arc<RowBatch>>, Arc<TableSnapshot>)>,
    /// Whether an answer came from the queue: it holds only if the queue does not fail.
    pub relies_on_queue: bool,
    /// Searches so far.
    pub lookups: u64,
}

impl<'a> StoreLookup<'a> {
    pub fn new(store: &'a TableStore, loaded: &'a LoadedRows) -> Self {
        Self { store, loaded, view: None, relies_on_queue: false, lookups: 0 }
    }
}

impl Lookup for StoreLookup<'_> {
    fn find(
        &mut self,
        partition_start: i64,
        series: SeriesId,
        time_ns: i64,
    ) -> Result<Option<Found>, NeedsRows> {
        self.lookups += 1;
        let (queued, snapshot) = self.view.get_or_insert_with(|| {
            // The queue first: an entry that is published in between is then seen twice, never missed.
            let queued = self.store.queued();
            let batches = queued.entries.iter().flat_map(|entry| entry.batches.iter().cloned()).collect();
            drop(queued);
            (batches, self.store.snapshot())
        });
        for batch in queued.iter().rev() {
            if let Some(row) = batch.find(series, time_ns) {
                self.relies_on_queue = true;
                return Ok(Some(Found::Batch { batch: Arc::clone(batch), row }));
            }
        }
        snapshot.find(partition_start, series, time_ns, self.loaded)
    }

    fn next_batch_id(&mut self) -> u64 {
        self.store.memory.next_id()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
