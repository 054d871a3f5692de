//! What the scans of one query have read so far, for QueryStatus.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts of all scans of a query. Set it as an extension of the session's configuration; each [`super::ScanExec`]
/// that finds it there adds what it reads.
#[derive(Debug, Default)]
pub struct ScanMeter {
    rows_planned: AtomicU64,
    rows: AtomicU64,
    bytes: AtomicU64,
}

impl ScanMeter {
    /// Bytes of the values read.
    pub fn bytes_scanned(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    pub fn rows_scanned(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// The share of the rows of the partitions opened so far that is read, 0 to 100. It may fall when a later stage of
    /// the plan opens its partitions.
    pub fn percentage(&self) -> f64 {
        let planned = self.rows_planned.load(Ordering::Relaxed);
        if planned == 0 {
            return 0.0;
        }
        (self.rows_scanned() as f64 * 100.0 / planned as f64).min(100.0)
    }

    pub(super) fn open(&self, rows_max: u64) {
        self.rows_planned.fetch_add(rows_max, Ordering::Relaxed);
    }

    pub(super) fn read(&self, rows: u64, bytes: u64) {
        self.rows.fetch_add(rows, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}
