//! Counters and gauges for the metrics page.

use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Engine;
use super::pressure::series_memory_bytes;
use crate::wal::{Wal, WalStats};

/// A reading of the engine's counters since it was opened, and of its gauges.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EngineStats {
    pub wal: WalStats,
    /// Records by outcome.
    pub records_memory_store: u64,
    pub records_magnetic_store: u64,
    pub records_rejected: u64,
    /// Searches for rows that records might replace; a record newer than all of its series needs none.
    pub lookups: u64,
    /// Writes that waited because too much was only in the log, and those refused for it.
    pub writes_delayed: u64,
    pub writes_shed: u64,
    pub databases: u64,
    pub tables: u64,
    pub series: u64,
    /// Rows that queries may see, retention apart.
    pub rows: u64,
    pub runs: u64,
    pub run_files: u64,
    pub run_file_bytes: u64,
    /// Data files of the magnetic store.
    pub data_files: u64,
    pub data_file_bytes: u64,
    /// Since the engine was opened. More rows than were moved: rows were written again when late ones came.
    pub data_files_written: u64,
    pub data_file_rows_written: u64,
    /// Footers and blocks of data files in memory.
    pub file_cache_bytes: u64,
    /// What was looked for there and found, or not.
    pub file_cache_hits: u64,
    pub file_cache_misses: u64,
    /// Memory taken by rows; by those of them that only the log has; by those that only open views have.
    pub memory_bytes: u64,
    pub unsaved_bytes: u64,
    pub readers_bytes: u64,
    /// Memory taken by the dictionaries of series.
    pub series_bytes: u64,
    /// Runs read back from files.
    pub runs_loaded: u64,
    pub checkpoints: u64,
    pub checkpoint_failures: u64,
}

impl Engine {
    /// Looks at every table; meant for a metrics page, not for every request.
    pub fn stats(&self) -> EngineStats {
        let shared = &self.shared;
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let visible = shared.definitions.visible();
        let (file_cache_hits, file_cache_misses) = shared.magnetic.cache.uses();
        let wal = shared.wal.read().unwrap_or_else(PoisonError::into_inner);
        let mut stats = EngineStats {
            wal: wal.as_ref().map(Wal::stats).unwrap_or_default(),
            records_memory_store: read(&shared.counters.records_memory_store),
            records_magnetic_store: read(&shared.counters.records_magnetic_store),
            records_rejected: read(&shared.counters.records_rejected),
            databases: visible.catalog.database_count() as u64,
            tables: visible.catalog.table_count() as u64,
            memory_bytes: shared.memory.memory_bytes(),
            unsaved_bytes: shared.memory.unsaved_bytes(),
            readers_bytes: shared.memory.readers_bytes(),
            lookups: read(&shared.counters.lookups),
            writes_delayed: read(&shared.pressure.writes_delayed),
            writes_shed: read(&shared.pressure.writes_shed),
            runs_loaded: shared.memory.loads(),
            data_files_written: read(&shared.counters.data_files_written),
            data_file_rows_written: read(&shared.counters.data_file_rows_written),
            file_cache_bytes: shared.magnetic.cache.bytes(),
            file_cache_hits,
            file_cache_misses,
            checkpoints: read(&shared.counters.checkpoints),
            checkpoint_failures: read(&shared.counters.checkpoint_failures),
            ..EngineStats::default()
        };
        drop(wal);
        for table in visible.tables.values() {
            let snapshot = table.store.snapshot();
            stats.series += snapshot.series.count() as u64;
            stats.series_bytes += series_memory_bytes(&table.store);
            stats.rows += snapshot.rows() as u64;
            for partition in snapshot.partitions.values() {
                stats.runs += partition.runs.len() as u64;
                stats.data_files += partition.files.len() as u64;
                for entry in &partition.files {
                    stats.data_file_bytes += entry.file.facts.file_bytes;
                }
                for file in partition.runs.iter().filter_map(|entry| entry.run.file()) {
                    stats.run_files += 1;
                    stats.run_file_bytes += file.file_bytes;
                }
            }
        }
        stats
    }
}
