//! What a step of maintenance did, and what it passes over because it is damaged: a damaged file harms the upkeep of its
//! own partition only (G20).

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use model::catalog::TableId;
use model::clock::TimestampNs;
use model::limits;
use model::time::NS_PER_MINUTE;

use super::Maintenance;
use crate::error::{Result, StorageError};

/// What the stages of a step did, and the first failure.
#[derive(Debug, Default)]
pub(super) struct Progress {
    pub(super) done: Maintenance,
    failure: Option<StorageError>,
}

impl Progress {
    /// Passes over a partition whose files are damaged or can't be read.
    ///
    /// # Errors
    /// What would meet the others too.
    pub(super) fn pass_over(&mut self, error: StorageError) -> Result<()> {
        if !matches!(error, StorageError::Corrupt { .. } | StorageError::Io { .. }) {
            return Err(error);
        }
        tracing::error!(%error, "a partition stays as it is");
        self.failure.get_or_insert(error);
        Ok(())
    }

    pub(super) fn note(&mut self, stage: Result<Maintenance>) {
        match stage {
            Ok(done) => self.done.add(&done),
            Err(error) => drop(self.failure.get_or_insert(error)),
        }
    }

    pub(super) fn finish(self) -> Result<Maintenance> {
        self.failure.map_or(Ok(self.done), Err)
    }
}

/// Partitions that were passed over, and until when they are not tried again, in monotonic time. A failure makes all of
/// maintenance slower, so one that lasts must not come with every step.
#[derive(Debug, Default)]
pub(super) struct Damaged(Mutex<HashMap<(TableId, TimestampNs), u64>>);

impl Damaged {
    pub(super) fn rests(&self, table: TableId, start_ns: TimestampNs, monotonic_ns: u64) -> bool {
        self.lock().get(&(table, start_ns)).is_some_and(|until_ns| monotonic_ns < *until_ns)
    }

    pub(super) fn rest(&self, table: TableId, start_ns: TimestampNs, monotonic_ns: u64) {
        let rest_ns = limits::DAMAGE_REST_MINUTES * NS_PER_MINUTE.unsigned_abs();
        let mut resting = self.lock();
        resting.retain(|_, until_ns| monotonic_ns < *until_ns);
        resting.insert((table, start_ns), monotonic_ns.saturating_add(rest_ns));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(TableId, TimestampNs), u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
