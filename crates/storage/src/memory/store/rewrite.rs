//! Putting data files in the place of runs and older data files, while readers and writers go on.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError};

use model::clock::TimestampNs;
use model::series::SeriesId;
use tokio::sync::oneshot;

use super::{Queued, TableStore};
use crate::error::Result;
use crate::magnetic::data_file::MagneticFile;
use crate::memory::batch::RowBatch;
use crate::memory::partition_start_ns as partition_start_ns_of;
use crate::memory::snapshot::{FileEntry, Partition, RunEntry, TableSnapshot};

/// The rows that a rewrite takes: all runs of a partition, and some of its files.
#[derive(Debug, Clone, Default)]
pub struct Taken {
    pub runs: Vec<RunEntry>,
    pub files: Vec<FileEntry>,
}

impl TableStore {
    /// Seals a partition, lets `choose` name the files to take, lets `make` write files with the live rows of those and of
    /// all runs, and shows the new files in their place. Blocks. `Ok(false)`: nothing was chosen, or there is no such
    /// partition.
    ///
    /// The files taken must be neighbours, and the new ones come in order, so that they fit into their place.
    pub fn rewrite(
        &self,
        partition_start_ns: TimestampNs,
        choose: impl FnOnce(&TableSnapshot, &Partition) -> Result<Option<HashSet<u64>>>,
        make: impl FnOnce(&TableSnapshot, &Taken) -> Result<Vec<Arc<MagneticFile>>>,
    ) -> Result<bool> {
        let _turn = self.reshaping.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(partition) = self.snapshot().partitions.get(&partition_start_ns)
            && !partition.tail.is_empty()
        {
            self.seal(partition);
        }
        let snapshot = self.snapshot();
        let Some(partition) = snapshot.partitions.get(&partition_start_ns) else { return Ok(false) };
        let Some(chosen) = choose(&snapshot, partition)? else { return Ok(false) };
        let files = partition.files.iter().filter(|entry| chosen.contains(&entry.file.id));
        let taken = Taken { runs: partition.runs.clone(), files: files.cloned().collect() };
        let files = make(&snapshot, &taken)?;
        let new = files.into_iter().map(|file| FileEntry { file, deleted: Default::default() }).collect();
        drop(snapshot);
        self.show_files(partition_start_ns, taken, new)
    }

    /// Rows that were deleted since they were taken are deleted in the new files too. What happens meanwhile is caught
    /// up until nothing does.
    ///
    /// Entries in the log's queue say where rows are in what was taken: they are shown first. Else the log's thread would
    /// have to look for those rows in the new files.
    fn show_files(
        &self,
        partition_start_ns: TimestampNs,
        mut taken: Taken,
        mut new: Vec<FileEntry>,
    ) -> Result<bool> {
        let mut waits_left = QUEUE_WAITS_MAX;
        loop {
            let snapshot = self.snapshot();
            let Some(now) = snapshot.partitions.get(&partition_start_ns) else { return Ok(false) };
            for (series, time_ns) in deleted_since(now, &taken)? {
                delete(&mut new, series, time_ns)?;
            }
            taken = taken.as_of(now);
            drop(snapshot);
            // Held, so that nobody decides on a record now.
            let writer = self.writer();
            let mut queued = self.queued();
            if waits_left > 0
                && let Some(shown) = queued.wait_for(partition_start_ns)
            {
                drop((queued, writer));
                waits_left -= 1;
                // Whether it was shown or failed, it is not in the queue any more.
                let _ = shown.blocking_recv();
                continue;
            }
            let mut published = self.published();
            let snapshot = Arc::make_mut(&mut published.snapshot);
            if !snapshot.partitions.contains_key(&partition_start_ns) {
                return Ok(false);
            }
            let partition = snapshot.partition_mut(partition_start_ns);
            if taken.is_as_of(partition) {
                partition.replace(&taken, new);
                taken.runs.iter().for_each(|entry| entry.run.replace());
                return Ok(true);
            }
        }
    }
}

/// Under constant writes to a partition, files are shown in between at last.
const QUEUE_WAITS_MAX: usize = 100;

impl Queued {
    /// Resolves when the last entry with rows of a partition is out of the queue; `None` when there is none.
    fn wait_for(&mut self, partition_start_ns: TimestampNs) -> Option<oneshot::Receiver<Result<()>>> {
        let is_in = |batch: &Arc<RowBatch>| {
            let first = batch.keys().first();
            first.is_some_and(|key| partition_start_ns_of(key.time_ns) == partition_start_ns)
        };
        let entry = self.entries.iter_mut().rev().find(|entry| entry.batches.iter().any(is_in))?;
        let (sender, receiver) = oneshot::channel();
        entry.waiting.push(sender);
        Some(receiver)
    }
}

impl Taken {
    /// The same runs and files with the rows that are deleted in them now.
    fn as_of(&self, partition: &Partition) -> Self {
        let runs = partition.runs.iter().filter(|now| self.runs.iter().any(|old| old.run.id == now.run.id));
        let files =
            partition.files.iter().filter(|now| self.files.iter().any(|old| old.file.id == now.file.id));
        Self { runs: runs.cloned().collect(), files: files.cloned().collect() }
    }

    fn is_as_of(&self, partition: &Partition) -> bool {
        let now = self.as_of(partition);
        let deleted = |taken: &Self| -> (usize, usize) {
            let in_runs = taken.runs.iter().map(|entry| entry.deleted.count()).sum();
            (in_runs, taken.files.iter().map(|entry| entry.deleted.count()).sum())
        };
        deleted(self) == deleted(&now)
    }
}

/// The identities of rows that are deleted now and were not when they were taken. Reads them back.
fn deleted_since(now: &Partition, taken: &Taken) -> Result<Vec<(SeriesId, TimestampNs)>> {
    let mut identities = Vec::new();
    for entry in &now.runs {
        let Some(before) = taken.runs.iter().find(|before| before.run.id == entry.run.id) else { continue };
        if entry.deleted.count() == before.deleted.count() {
            continue;
        }
        let data = entry.run.load()?;
        let keys = entry.deleted.since(&before.deleted).filter_map(|row| data.key(row));
        identities.extend(keys.map(|key| (key.series, key.time_ns)));
    }
    for entry in &now.files {
        let Some(before) = taken.files.iter().find(|before| before.file.id == entry.file.id) else {
            continue;
        };
        for row in entry.deleted.since(&before.deleted) {
            identities.push(entry.file.identity(row)?);
        }
    }
    Ok(identities)
}

fn delete(files: &mut [FileEntry], series: SeriesId, time_ns: TimestampNs) -> Result<()> {
    for entry in files {
        if let Some(row) = entry.file.find_row(series, time_ns)? {
            entry.deleted.insert(row);
        }
    }
    Ok(())
}

impl Partition {
    /// Puts new files in the place of what was taken.
    fn replace(&mut self, taken: &Taken, new: Vec<FileEntry>) {
        self.runs.retain(|now| !taken.runs.iter().any(|old| old.run.id == now.run.id));
        let is_taken = |now: &FileEntry| taken.files.iter().any(|old| old.file.id == now.file.id);
        let place = self.files.iter().position(is_taken).unwrap_or(0);
        self.files.retain(|now| !is_taken(now));
        let place = place.min(self.files.len());
        self.files.splice(place..place, new);
    }
}
