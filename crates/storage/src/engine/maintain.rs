//! Background work: expire, merge, move, checkpoint, evict, remove files. What is due is chosen in `decide`; here it is done.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use model::clock::TimestampNs;

use super::checkpoint::{blocking, checkpoint};
use super::decide::{self, RunShape, TableShape};
use super::progress::Progress;
use super::saved::EngineTable;
use super::tier::Watch;
use super::{Engine, Maintenance, Shared};
use crate::error::Result;
use crate::fs;
use crate::memory::snapshot::Partition;

/// Merges of one step, so that a step ends.
const MERGES_PER_STEP_MAX: usize = 64;

/// What only one step of maintenance at a time may touch.
#[derive(Debug)]
pub(super) struct MaintenanceState {
    /// Bytes appended to the log when the last checkpoint began.
    pub(super) log_bytes_saved: u64,
    pub(super) watch: Watch,
    /// The monotonic time from which data files that nobody lists are looked for again.
    pub(super) next_collection_ns: u64,
}

impl Engine {
    /// Does what is due now: merges, drops expired partitions, moves partitions to the magnetic store, checkpoints, cuts
    /// the log, frees memory, removes files. The server calls it with a period; one call at a time does work.
    ///
    /// # Errors
    /// The first one. What failed left everything as it was; the rest was done all the same: while an object store is
    /// away, checkpoints go on, and on a full disk files are still removed.
    pub async fn maintain(&self) -> Result<Maintenance> {
        let shared = &self.shared;
        let mut state = shared.maintenance.lock().await;
        let mut progress = Progress::default();
        let reshaping = Arc::clone(shared);
        progress.note(blocking(move || reshaping.reshape()).await);
        progress.note(shared.remove_expired().await);
        progress.note(shared.tier_all(&mut state).await);
        progress.note(shared.save_due(&mut state).await);
        let cleaning = Arc::clone(shared);
        progress.note(blocking(move || cleaning.clean()).await.map(|()| Maintenance::default()));
        progress.note(shared.collect(&mut state).await.map(|()| Maintenance::default()));
        let looking = Arc::clone(shared);
        // A full disk is no failure of maintenance: it is what writes are told.
        let look = move || {
            looking.look_at_series();
            looking.look_at_disk()
        };
        drop(blocking(look).await);
        shared.relieve();
        progress.finish()
    }

    /// Writes a checkpoint of every table that needs one and cuts the log.
    pub async fn checkpoint(&self) -> Result<Maintenance> {
        let mut state = self.shared.maintenance.lock().await;
        let log_bytes = self.shared.log_bytes();
        let visible = self.shared.definitions.visible();
        let outdated = visible.tables.values().filter(|table| table.outdated_since_ns().is_some());
        let ids: Vec<_> = outdated.map(|table| table.store.id).collect();
        let done = self.shared.save(&ids).await?;
        state.log_bytes_saved = log_bytes;
        let cleaning = Arc::clone(&self.shared);
        blocking(move || cleaning.clean()).await?;
        self.shared.relieve();
        Ok(done)
    }
}

impl Shared {
    async fn tier_all(self: &Arc<Self>, state: &mut MaintenanceState) -> Result<Maintenance> {
        let (tiering, mut watch) = (Arc::clone(self), std::mem::take(&mut state.watch));
        let (watch, tiered) = blocking(move || {
            let tiered = tiering.tier(&mut watch);
            Ok((watch, tiered))
        })
        .await?;
        state.watch = watch;
        tiered
    }

    async fn save_due(self: &Arc<Self>, state: &mut MaintenanceState) -> Result<Maintenance> {
        let visible = self.definitions.visible();
        let tables = visible.tables.values();
        let shapes: Vec<TableShape> = tables
            .map(|table| TableShape { id: table.store.id, outdated_since_ns: table.outdated_since_ns() })
            .collect();
        let log_bytes = self.log_bytes();
        let due = decide::tables_to_save(
            &shapes,
            self.parts.clock.monotonic_ns(),
            log_bytes.saturating_sub(state.log_bytes_saved),
            self.memory.unsaved_bytes(),
            &self.parts.settings,
        );
        let has_dead_log = self.has_dead_log.load(Ordering::Relaxed);
        if due.is_empty() && !has_dead_log && !self.is_clock_unsaved() {
            return Ok(Maintenance::default());
        }
        self.has_dead_log.store(false, Ordering::Relaxed);
        let saved = self.save(&due).await;
        if saved.is_err() {
            self.has_dead_log.fetch_or(has_dead_log, Ordering::Relaxed);
        }
        let saved = saved?;
        if !due.is_empty() {
            state.log_bytes_saved = log_bytes;
        }
        Ok(saved)
    }

    async fn collect(self: &Arc<Self>, state: &mut MaintenanceState) -> Result<()> {
        let monotonic_ns = self.parts.clock.monotonic_ns();
        // A file that this process has given up may be listed all the same.
        if monotonic_ns < state.next_collection_ns || !self.definitions.is_certain() {
            return Ok(());
        }
        let collecting = Arc::clone(self);
        blocking(move || collecting.magnetic.remove_orphans()).await?;
        state.next_collection_ns = monotonic_ns.saturating_add(self.parts.settings.collect_period_ns);
        Ok(())
    }

    pub(super) async fn save(self: &Arc<Self>, ids: &[model::catalog::TableId]) -> Result<Maintenance> {
        let saved = checkpoint(self, ids).await;
        let counter = match &saved {
            Ok(_) => &self.counters.checkpoints,
            Err(_) => &self.counters.checkpoint_failures,
        };
        counter.fetch_add(1, Ordering::Relaxed);
        saved
    }

    fn log_bytes(&self) -> u64 {
        let wal = self.wal.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        wal.as_ref().map_or(0, |wal| wal.stats().append_bytes)
    }

    fn reshape(&self) -> Result<Maintenance> {
        let (wall_ns, monotonic_ns) = (self.parts.clock.now_ns(), self.parts.clock.monotonic_ns());
        let trusted_ns = self.trusted_now_ns();
        let mut progress = Progress::default();
        let visible = self.definitions.visible();
        for (id, table) in visible.tables.iter() {
            if let Some(definition) = visible.catalog.find_table_by_id(*id) {
                let starts = table.store.snapshot();
                let starts = starts.partitions.keys().copied();
                let visible_start_ns = definition.table.visible_start_ns(trusted_ns);
                for start_ns in decide::partitions_to_drop(starts, visible_start_ns) {
                    self.publisher.change_unseen(table, || table.store.drop_partition(start_ns));
                    table.note_reshaped(monotonic_ns);
                    progress.done.partitions_dropped += 1;
                }
            }
            let snapshot = table.store.snapshot();
            let with_runs = snapshot.partitions.values().filter(|partition| !partition.runs.is_empty());
            let starts: Vec<i64> = with_runs.map(|partition| partition.start_ns).collect();
            drop(snapshot);
            for start_ns in starts {
                if self.damaged.rests(*id, start_ns, monotonic_ns) {
                    continue;
                }
                let merged = &mut progress.done.runs_merged;
                if let Err(error) = self.merge_partition(table, start_ns, wall_ns, monotonic_ns, merged) {
                    progress.pass_over(error)?;
                    self.damaged.rest(*id, start_ns, monotonic_ns);
                }
            }
        }
        progress.finish()
    }

    fn merge_partition(
        &self,
        table: &EngineTable,
        start_ns: TimestampNs,
        wall_ns: TimestampNs,
        monotonic_ns: u64,
        runs_merged: &mut u64,
    ) -> Result<()> {
        let settings = &self.parts.settings;
        for _ in 0..MERGES_PER_STEP_MAX {
            let snapshot = table.store.snapshot();
            let Some(partition) = snapshot.partitions.get(&start_ns) else { break };
            let is_quiet = partition.tail.is_empty() && is_past(start_ns, wall_ns, settings);
            let due = decide::runs_to_merge(&run_shapes(partition), is_quiet, settings);
            let Some(runs) = due else { break };
            if !table.store.merge(start_ns, &runs)? {
                break;
            }
            table.note_reshaped(monotonic_ns);
            *runs_merged += runs.len() as u64;
        }
        Ok(())
    }

    /// Frees memory over the limit, and removes files that nobody reads any more.
    fn clean(&self) -> Result<()> {
        self.evict();
        for name in self.memory.take_garbage() {
            fs::remove_file_if_exists(&*self.memory.fs, &self.memory.dir.join(name))?;
        }
        self.magnetic.remove_garbage().map(drop)
    }
}

/// Whether the ingestion window's end has left a partition a while ago.
fn is_past(start_ns: i64, now_ns: i64, settings: &super::EngineSettings) -> bool {
    let end_ns = start_ns.saturating_add(model::limits::PARTITION_NS);
    now_ns >= end_ns.saturating_add(settings.ingestion_future_ns)
}

fn run_shapes(partition: &Partition) -> Vec<RunShape> {
    let shape = |entry: &crate::memory::snapshot::RunEntry| RunShape {
        id: entry.run.id,
        rows: entry.run.bounds.rows,
        deleted_rows: entry.deleted.count(),
        decoded_bytes: usize::try_from(entry.run.decoded_bytes()).unwrap_or(usize::MAX),
    };
    partition.runs.iter().map(shape).collect()
}
