//! Queries that wait for whoever takes their rows. They keep their memory, and a reader may never come back: when the
//! memory of all queries is used up, the one that has waited longest ends.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::control::Signals;
use crate::error::SqlError;

#[derive(Debug, Default)]
pub(super) struct ParkedQueries {
    /// In the order in which they began to wait.
    waiting: Mutex<Vec<Waiting>>,
}

#[derive(Debug)]
struct Waiting {
    signals: Arc<Signals>,
    reserved_bytes: Arc<AtomicUsize>,
}

/// One of those that wait; leaves when dropped.
pub(super) struct Parked<'a> {
    queries: &'a ParkedQueries,
    signals: &'a Arc<Signals>,
}

impl ParkedQueries {
    pub fn enter<'a>(&'a self, signals: &'a Arc<Signals>, reserved_bytes: &Arc<AtomicUsize>) -> Parked<'a> {
        let reserved_bytes = Arc::clone(reserved_bytes);
        self.lock().push(Waiting { signals: Arc::clone(signals), reserved_bytes });
        Parked { queries: self, signals }
    }

    /// Ends the query that has waited longest of those that hold memory, unless one is just ending. Its memory is free
    /// a little later.
    pub fn end_longest(&self) {
        let chosen = {
            let waiting = self.lock();
            if waiting.iter().any(|query| query.signals.is_stopped()) {
                return;
            }
            let holds_memory = |query: &&Waiting| query.reserved_bytes.load(Ordering::Relaxed) > 0;
            waiting.iter().find(holds_memory).map(|query| Arc::clone(&query.signals))
        };
        if let Some(signals) = chosen {
            tracing::info!("a query whose rows nobody takes ends, because others need its memory");
            signals.end(SqlError::execution("The rows were not taken while other queries needed the memory"));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Parked<'_> {
    fn drop(&mut self) {
        self.queries.lock().retain(|query| !Arc::ptr_eq(&query.signals, self.signals));
    }
}
