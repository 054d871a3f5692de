//! Readings of storage, taken when metrics are scraped.

use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use storage::engine::EngineStats;

type Reading = fn(&EngineStats) -> u64;

/// Name, help, where the number comes from. Counters of the engine since it was opened are gauges here, because the
/// engine owns them.
const READINGS: &[(&str, &str, Reading)] = &[
    ("records_memory_store", "Records stored in memory stores since the start", |stats| {
        stats.records_memory_store
    }),
    ("records_magnetic_store", "Records accepted for magnetic stores since the start", |stats| {
        stats.records_magnetic_store
    }),
    ("databases", "Databases", |stats| stats.databases),
    ("tables", "Tables", |stats| stats.tables),
    ("series", "Series of all tables", |stats| stats.series),
    ("rows", "Rows of all tables", |stats| stats.rows),
    ("runs", "Sorted runs of memory stores", |stats| stats.runs),
    ("run_files", "Runs that have a file", |stats| stats.run_files),
    ("run_file_bytes", "Bytes of the files of runs", |stats| stats.run_file_bytes),
    ("memory_store_bytes", "Memory taken by rows", |stats| stats.memory_bytes),
    ("readers_bytes", "Memory taken by rows that only running queries still have", |stats| {
        stats.readers_bytes
    }),
    ("runs_loaded", "Runs read back from files since the start", |stats| stats.runs_loaded),
    ("data_files", "Data files of magnetic stores", |stats| stats.data_files),
    ("data_file_bytes", "Bytes of data files", |stats| stats.data_file_bytes),
    ("file_cache_bytes", "Footers, series indexes and blocks of data files in memory", |stats| {
        stats.file_cache_bytes
    }),
    ("file_cache_hits", "Reads of data files answered from memory since the start", |stats| {
        stats.file_cache_hits
    }),
    ("file_cache_misses", "Reads of data files not answered from memory since the start", |stats| {
        stats.file_cache_misses
    }),
    ("checkpoints", "Checkpoints since the start", |stats| stats.checkpoints),
    ("checkpoint_failures", "Failed checkpoints since the start", |stats| stats.checkpoint_failures),
    ("wal_appends", "Durable entries of the log since the start", |stats| stats.wal.appends),
    ("wal_append_bytes", "Bytes of durable entries since the start", |stats| stats.wal.append_bytes),
    ("wal_syncs", "Syncs of the log since the start; several entries share one", |stats| stats.wal.syncs),
    ("wal_segments", "Segments of the log on disk", |stats| stats.wal.segments),
    ("wal_queue_bytes", "Bytes that wait for their sync", |stats| stats.wal.queue_bytes),
    ("wal_overloaded", "Entries refused because the queue was full", |stats| stats.wal.overloaded),
    ("wal_storage_full", "Entries refused because the disk was full", |stats| stats.wal.storage_full),
];

#[derive(Debug)]
pub struct EngineGauges(Vec<(Gauge, Reading)>);

impl EngineGauges {
    pub fn register(registry: &mut Registry) -> Self {
        let gauges = READINGS.iter().map(|(name, help, reading)| {
            let gauge = Gauge::default();
            registry.register(*name, *help, gauge.clone());
            (gauge, *reading)
        });
        Self(gauges.collect())
    }

    pub fn set(&self, stats: &EngineStats) {
        for (gauge, reading) in &self.0 {
            gauge.set(i64::try_from(reading(stats)).unwrap_or(i64::MAX));
        }
    }
}
