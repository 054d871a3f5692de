//! How the engine behaves. Nothing here is persisted: each start may choose anew.

use std::time::Duration;

use model::limits;
use model::time::{NS_PER_HOUR, NS_PER_MINUTE};

use super::pressure::WRITE_WAIT;
use crate::magnetic::plan::RewriteLimits;
use crate::magnetic::rewrite::FileLimits;
use crate::metastore::decide::CatalogLimits;

/// Settings of an engine; [`Default`] gives the production values.
#[derive(Debug, Clone)]
pub struct EngineSettings {
    pub catalog_limits: CatalogLimits,
    pub table_limits: TableLimits,
    /// How far after now a record's time may be (half-open).
    pub ingestion_future_ns: i64,
    /// How far before the start of the retention a record's time may be.
    pub ingestion_past_slack_ns: i64,
    /// The log: see `wal::WalSettings`.
    pub wal_segment_bytes_max: u64,
    pub wal_queue_bytes_max: u64,
    /// Disk space that writes leave free.
    pub reserve_bytes: u64,
    /// A partition's unsorted tail is sealed into a run when it has this many rows or batches.
    pub tail_rows_max: usize,
    pub tail_batches_max: usize,
    /// Runs are merged until they have this many rows.
    pub run_rows_max: usize,
    /// Or until their rows take this much memory.
    pub run_bytes_max: usize,
    /// This many runs of similar size are merged into one.
    pub merge_runs_min: usize,
    /// A series file has at most this many series.
    pub series_file_series_max: usize,
    /// Rows of runs kept in memory; runs that have a file are dropped from memory over it.
    pub memory_bytes_max: u64,
    /// Memory of the series of all tables; over it records of series that are not known yet are rejected.
    pub series_memory_bytes_max: u64,
    /// Rows that only the log has; over it writes wait for the next checkpoint, and are then refused.
    pub unsaved_bytes_max: u64,
    /// How long a write waits then.
    pub write_wait: Duration,
    /// Blocks and footers of data files kept in memory.
    pub file_cache_bytes_max: u64,
    pub file_limits: FileLimits,
    pub rewrite: RewriteLimits,
    /// How often data files that nobody lists are looked for, in monotonic time; first at the first maintenance.
    pub collect_period_ns: u64,
    /// Whether rows may be removed by the wall clock as it is at the start, whatever it was before: for a clock that is
    /// made for a test.
    pub believes_clock_at_start: bool,
    /// While reports of rejected late records with more bytes wait for their buckets, such records are rejected at once.
    pub reports_waiting_bytes_max: usize,
    /// A table is checkpointed when its oldest row that is only in the log is this old.
    pub checkpoint_age_ns: i64,
    /// All tables are checkpointed when the log since the last checkpoint has this size.
    pub checkpoint_log_bytes: u64,
}

/// Limits of records and tables whose violation rejects single records (api.md 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableLimits {
    pub dimensions_per_table_max: usize,
    pub measure_names_per_table_max: usize,
    pub attributes_per_table_max: usize,
    pub attributes_per_record_max: usize,
    pub measure_values_bytes_max: usize,
    pub series_bytes_max: usize,
    pub record_bytes_max: usize,
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self {
            catalog_limits: CatalogLimits::default(),
            table_limits: TableLimits::default(),
            ingestion_future_ns: limits::INGESTION_FUTURE_MINUTES * NS_PER_MINUTE,
            ingestion_past_slack_ns: limits::INGESTION_PAST_SLACK_MINUTES * NS_PER_MINUTE,
            wal_segment_bytes_max: limits::WAL_SEGMENT_BYTES_DEFAULT,
            wal_queue_bytes_max: limits::WAL_QUEUE_BYTES_MAX,
            reserve_bytes: limits::STORAGE_RESERVE_BYTES,
            tail_rows_max: limits::TAIL_ROWS_MAX,
            tail_batches_max: limits::TAIL_BATCHES_MAX,
            run_rows_max: limits::RUN_ROWS_MAX,
            run_bytes_max: limits::RUN_BYTES_MAX,
            merge_runs_min: limits::MERGE_RUNS_MIN,
            series_file_series_max: limits::SERIES_FILE_SERIES_MAX,
            memory_bytes_max: limits::MEMORY_STORE_BYTES_DEFAULT,
            series_memory_bytes_max: limits::SERIES_MEMORY_BYTES_DEFAULT,
            unsaved_bytes_max: limits::MEMORY_STORE_BYTES_DEFAULT,
            write_wait: WRITE_WAIT,
            file_cache_bytes_max: limits::FILE_CACHE_BYTES_DEFAULT,
            file_limits: FileLimits::default(),
            rewrite: RewriteLimits::default(),
            collect_period_ns: limits::COLLECT_HOURS * NS_PER_HOUR as u64,
            believes_clock_at_start: false,
            reports_waiting_bytes_max: limits::REPORTS_WAITING_BYTES_MAX,
            checkpoint_age_ns: limits::CHECKPOINT_SECONDS_DEFAULT * model::time::NS_PER_SECOND,
            checkpoint_log_bytes: limits::CHECKPOINT_LOG_BYTES_DEFAULT,
        }
    }
}

impl Default for TableLimits {
    fn default() -> Self {
        Self {
            dimensions_per_table_max: limits::DIMENSIONS_PER_TABLE_MAX,
            measure_names_per_table_max: limits::MEASURE_NAMES_PER_TABLE_MAX,
            attributes_per_table_max: limits::ATTRIBUTES_PER_TABLE_MAX,
            attributes_per_record_max: limits::ATTRIBUTES_PER_RECORD_MAX,
            measure_values_bytes_max: limits::MEASURE_VALUES_BYTES_MAX,
            series_bytes_max: limits::SERIES_BYTES_MAX,
            record_bytes_max: limits::RECORD_BYTES_MAX,
        }
    }
}
