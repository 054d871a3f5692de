//! Counters and gauges for the metrics page.

use crate::wal::WalStats;

/// A reading of the engine's counters since it was opened, and of its gauges.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EngineStats {
    pub wal: WalStats,
    /// Records by outcome.
    pub records_memory_store: u64,
    pub records_magnetic_store: u64,
    pub records_rejected: u64,
    pub databases: u64,
    pub tables: u64,
    pub series: u64,
    /// Rows that queries may see, retention apart.
    pub rows: u64,
    pub runs: u64,
    pub run_files: u64,
    pub run_file_bytes: u64,
    /// Memory taken by rows.
    pub memory_bytes: u64,
    /// Runs read back from files.
    pub runs_loaded: u64,
    pub checkpoints: u64,
    pub checkpoint_failures: u64,
}
