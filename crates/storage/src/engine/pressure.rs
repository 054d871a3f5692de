//! Back-pressure: a write waits while too much of what was written is in the log only, and is refused when that lasts, or
//! when the disk is nearly full. Reads, deletes and retention go on (reliability.md G11, G12, 7).

use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::{BoxFuture, Either, select};
use tokio::sync::Notify;

use super::checkpoint::blocking;
use super::{Engine, Shared, decide};
use crate::error::{Result, StorageError};
use crate::fs::Fs;
use crate::memory::store::TableStore;

/// Shares of the reserve that are left to the others: the log and the object folder stop first, then checkpoints; the
/// rest is the metastore's, which deletes and retention need.
const OBJECTS_LEAVE: u64 = 2;
const CHECKPOINTS_LEAVE: u64 = 4;

#[derive(Debug, Default)]
pub(super) struct Pressure {
    /// Told when maintenance may have freed something.
    relieved: Notify,
    /// Told when maintenance should not wait for its period.
    wanted: Notify,
    is_disk_low: AtomicBool,
    /// Whether the dictionaries take all of their memory, at the last look.
    are_series_full: AtomicBool,
    /// Held while rows are dropped from memory.
    evicting: Mutex<()>,
    pub(super) writes_delayed: AtomicU64,
    pub(super) writes_shed: AtomicU64,
}

impl Engine {
    /// Resolves when maintenance is due at once, because writes wait for it or soon will.
    pub async fn maintenance_wanted(&self) {
        self.shared.pressure.wanted.notified().await;
    }
}

impl Shared {
    /// Waits until there is room for another write.
    ///
    /// # Errors
    /// `Overloaded` when nothing was freed in time, `StorageFull` when the disk is nearly full. Nothing was written.
    pub(super) async fn admit_write(self: &Arc<Self>) -> Result<()> {
        if self.pressure.is_disk_low.load(Ordering::Relaxed) {
            self.look_at_disk()?;
        }
        // Rows that can be read back make room at once, the others after a checkpoint.
        if self.is_eviction_due() {
            let evicting = Arc::clone(self);
            blocking(move || {
                evicting.evict();
                Ok(())
            })
            .await?;
        }
        let max = self.memory.memory_bytes_max;
        if self.memory.memory_bytes() > max / 10 * 9 && self.memory.unsaved_bytes() > max / 2 {
            self.pressure.wanted.notify_one();
        }
        if !self.is_over() {
            return Ok(());
        }
        self.pressure.writes_delayed.fetch_add(1, Ordering::Relaxed);
        let relief = pin!(self.relief());
        match select(relief, self.write_deadline()).await {
            Either::Left(_) => Ok(()),
            Either::Right(_) => Err(self.shed_write()),
        }
    }

    /// Resolves when a write has waited as long as it may.
    pub(super) fn write_deadline(&self) -> BoxFuture<'_, ()> {
        self.pacing.pause(self.parts.settings.write_wait)
    }

    /// Counts a write that waited in vain.
    pub(super) fn shed_write(&self) -> StorageError {
        self.pressure.writes_shed.fetch_add(1, Ordering::Relaxed);
        StorageError::Overloaded {
            queued_bytes: self.memory.unsaved_bytes(),
            queue_bytes_max: self.parts.settings.unsaved_bytes_max,
        }
    }

    async fn relief(&self) {
        loop {
            // Made before looking: what happens in between is not missed.
            let relieved = self.pressure.relieved.notified();
            if !self.is_over() {
                return;
            }
            self.pressure.wanted.notify_one();
            relieved.await;
        }
    }

    fn is_over(&self) -> bool {
        self.memory.unsaved_bytes() >= self.parts.settings.unsaved_bytes_max
    }

    fn is_eviction_due(&self) -> bool {
        let max = self.memory.memory_bytes_max;
        self.memory.memory_bytes() > max / 10 * 9 && self.memory.evictable_bytes() > max / 100
    }

    /// Drops rows from memory that can be read back, when little of the limit is left. Looks at every run.
    pub(super) fn evict(&self) {
        if !self.is_eviction_due() {
            return;
        }
        let Ok(_turn) = self.pressure.evicting.try_lock() else { return };
        let (memory_bytes, max) = (self.memory.memory_bytes(), self.memory.memory_bytes_max);
        let visible = self.definitions.visible();
        let snapshots: Vec<_> = visible.tables.values().map(|table| table.store.snapshot()).collect();
        let partitions = snapshots.iter().flat_map(|snapshot| snapshot.partitions.values());
        let runs: Vec<_> = partitions
            .flat_map(|partition| &partition.runs)
            .map(|entry| &entry.run)
            .filter(|run| run.evictable_bytes() > 0)
            .collect();
        let candidates: Vec<(u64, u64)> =
            runs.iter().map(|run| (run.last_used(), run.evictable_bytes())).collect();
        // Some room is left for what queries read back before the next step.
        let keep_bytes = max / 10 * 8;
        for position in decide::runs_to_evict(&candidates, memory_bytes, keep_bytes) {
            if let Some(run) = runs.get(position) {
                run.evict();
            }
        }
    }

    /// Lets waiting writes look again.
    pub(super) fn relieve(&self) {
        self.pressure.relieved.notify_waiters();
    }

    /// Whether the disk has the reserve left.
    ///
    /// # Errors
    /// `StorageFull` when it has not.
    pub(super) fn look_at_disk(&self) -> Result<()> {
        let dir = &self.memory.dir;
        let outcome = leave_free(&*self.memory.fs, dir, 0, self.parts.settings.reserve_bytes);
        let is_low = matches!(outcome, Err(StorageError::StorageFull { .. }));
        if is_low && !self.pressure.is_disk_low.swap(is_low, Ordering::Relaxed) {
            tracing::error!("the disk is nearly full: writes are refused until there is space again");
        }
        self.pressure.is_disk_low.store(is_low, Ordering::Relaxed);
        outcome
    }

    /// Sums up the dictionaries. What is written between two looks may exceed the limit.
    pub(super) fn look_at_series(&self) {
        let tables = &self.definitions.visible().tables;
        let used_bytes: u64 = tables.values().map(|table| series_memory_bytes(&table.store)).sum();
        let are_full = used_bytes >= self.parts.settings.series_memory_bytes_max;
        if are_full && !self.pressure.are_series_full.swap(are_full, Ordering::Relaxed) {
            tracing::error!(
                used_bytes,
                "the memory of series is used up: records of new series are rejected"
            );
        }
        self.pressure.are_series_full.store(are_full, Ordering::Relaxed);
    }

    pub(super) fn takes_new_series(&self) -> bool {
        !self.pressure.are_series_full.load(Ordering::Relaxed)
    }

    /// What a checkpoint's files leave free.
    pub(super) fn leave_free_of_checkpoints(&self, file_bytes: u64) -> Result<()> {
        let leave_bytes = self.parts.settings.reserve_bytes / CHECKPOINTS_LEAVE;
        leave_free(&*self.memory.fs, &self.memory.dir, file_bytes, leave_bytes)
    }
}

/// Of the dictionary that readers see and of the writers' own.
pub(super) fn series_memory_bytes(store: &TableStore) -> u64 {
    (store.snapshot().series.memory_bytes() + store.writer().memory_bytes()) as u64
}

/// What data files in a local folder leave free.
pub(super) fn objects_leave_bytes(reserve_bytes: u64) -> u64 {
    reserve_bytes / OBJECTS_LEAVE
}

/// Refuses a file after which less than `leave_bytes` would be free.
pub(crate) fn leave_free(
    fs: &dyn Fs,
    dir: &std::path::Path,
    file_bytes: u64,
    leave_bytes: u64,
) -> Result<()> {
    if leave_bytes == 0 {
        return Ok(());
    }
    let available_bytes =
        fs.available_bytes(dir).map_err(|source| StorageError::io("statvfs", dir, source))?;
    if available_bytes < file_bytes.saturating_add(leave_bytes) {
        return Err(StorageError::StorageFull { call: "reserve", path: dir.to_path_buf() });
    }
    Ok(())
}

/// How long a write waits, when nothing else is said.
pub(super) const WRITE_WAIT: Duration = Duration::from_millis(model::limits::QUEUE_WAIT_MS);
