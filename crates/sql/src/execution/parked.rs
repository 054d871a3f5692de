//! Queries that wait for whoever takes their rows. They keep their memory and their view, and a reader may never come
//! back: when the memory of all queries is used up, views hold too much, or too many wait, the one that has waited
//! longest ends.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::scan::ScanSource;

use super::control::Signals;
use crate::error::SqlError;

#[derive(Debug)]
pub(super) struct ParkedQueries {
    scan_source: Arc<dyn ScanSource>,
    waiting_max: usize,
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
    pub fn new(scan_source: Arc<dyn ScanSource>, waiting_max: usize) -> Self {
        Self { scan_source, waiting_max, waiting: Mutex::default() }
    }

    pub fn enter<'a>(&'a self, signals: &'a Arc<Signals>, reserved_bytes: &Arc<AtomicUsize>) -> Parked<'a> {
        let reserved_bytes = Arc::clone(reserved_bytes);
        self.lock().push(Waiting { signals: Arc::clone(signals), reserved_bytes });
        self.end_first(|waiting| waiting.first().filter(|_| waiting.len() > self.waiting_max));
        self.release_view();
        Parked { queries: self, signals }
    }

    /// For a query that found no memory: ends the one that has waited longest of those that have reserved some. It is
    /// free a little later.
    pub fn release_memory(&self) {
        self.end_first(|waiting| {
            waiting.iter().find(|query| query.reserved_bytes.load(Ordering::Relaxed) > 0)
        });
    }

    /// While views hold too much: ends the query that has waited longest. The last one stays: views cost what they keep
    /// of the past, and its is the newest.
    pub fn release_view(&self) {
        if self.scan_source.views_hold_too_much() {
            self.end_first(|waiting| waiting.split_last().and_then(|(_, others)| others.first()));
        }
    }

    /// Ends the chosen one, unless another is just ending.
    fn end_first(&self, choose: impl FnOnce(&[Waiting]) -> Option<&Waiting>) {
        let chosen = {
            let waiting = self.lock();
            if waiting.iter().any(|query| query.signals.is_stopped()) {
                return;
            }
            choose(&waiting).map(|query| Arc::clone(&query.signals))
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
