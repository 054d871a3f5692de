//! How many queries run, are planned and wait.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use model::limits;
use model::scan::ScanSource;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::control::Signals;
use super::parked::{Parked, ParkedQueries};
use super::settings::QuerySettings;
use crate::error::SqlError;

/// Two counts: queries that run, and queries that are being planned. Planning cannot be interrupted, so what has been
/// abandoned keeps its permit until it has ended and can never pile up.
#[derive(Debug)]
pub(super) struct Admission {
    running: Arc<Semaphore>,
    running_max: usize,
    planning: Arc<Semaphore>,
    unloading: Arc<Semaphore>,
    parked: Arc<ParkedQueries>,
    waiting: AtomicUsize,
    waiting_max: usize,
    wait_max: Duration,
}

impl Admission {
    pub fn new(settings: &QuerySettings, scan_source: Arc<dyn ScanSource>) -> Self {
        Self {
            running: Arc::new(Semaphore::new(settings.queries_running_max.max(1))),
            running_max: settings.queries_running_max.max(1),
            planning: Arc::new(Semaphore::new(settings.queries_planning_max.max(1))),
            unloading: Arc::new(Semaphore::new(limits::UNLOADS_RUNNING_MAX)),
            parked: Arc::new(ParkedQueries::new(scan_source, settings.queries_parked_max)),
            waiting: AtomicUsize::new(0),
            waiting_max: settings.queries_waiting_max,
            wait_max: settings.wait_max,
        }
    }

    /// Waits for a place among the running queries; refuses when too many wait already or the wait takes too long.
    pub async fn run(&self) -> Result<Arc<RunPermit>, SqlError> {
        let permit = match Arc::clone(&self.running).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => self.wait(&self.running).await?,
        };
        Ok(Arc::new(RunPermit {
            semaphore: Arc::clone(&self.running),
            held: Mutex::new(Some(permit)),
            parked: Arc::clone(&self.parked),
            reserved_bytes: Arc::default(),
        }))
    }

    /// Waits for a place among those that are planned.
    pub async fn plan(&self) -> Result<OwnedSemaphorePermit, SqlError> {
        match Arc::clone(&self.planning).try_acquire_owned() {
            Ok(permit) => Ok(permit),
            Err(_) => self.wait(&self.planning).await,
        }
    }

    /// Takes a place among the UNLOADs that run, which nobody waits for.
    pub fn unload(&self) -> Result<OwnedSemaphorePermit, SqlError> {
        Arc::clone(&self.unloading).try_acquire_owned().map_err(|_| SqlError::Overloaded)
    }

    /// The queries that wait for whoever takes their rows.
    pub fn parked(&self) -> Arc<ParkedQueries> {
        Arc::clone(&self.parked)
    }

    pub fn running(&self) -> usize {
        self.running_max.saturating_sub(self.running.available_permits())
    }

    async fn wait(&self, semaphore: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, SqlError> {
        let _waiting = Waiting::enter(&self.waiting, self.waiting_max)?;
        let permit = tokio::time::timeout(self.wait_max, Arc::clone(semaphore).acquire_owned()).await;
        match permit {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => Err(SqlError::Overloaded),
        }
    }
}

/// One of those that wait; leaves when dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn enter(count: &'a AtomicUsize, max: usize) -> Result<Self, SqlError> {
        let entered = count.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |waiting| {
            (waiting < max).then_some(waiting + 1)
        });
        entered.map(|_| Self(count)).map_err(|_| SqlError::Overloaded)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A place among the running queries. It is shared by everything that works for the query and free again when the last
/// of it is gone, or while the query waits for whoever takes its rows.
#[derive(Debug)]
pub(super) struct RunPermit {
    semaphore: Arc<Semaphore>,
    held: Mutex<Option<OwnedSemaphorePermit>>,
    parked: Arc<ParkedQueries>,
    /// Memory that the query has reserved.
    pub reserved_bytes: Arc<AtomicUsize>,
}

impl RunPermit {
    /// Gives the place back while the query waits for whoever takes its rows.
    pub fn park<'a>(&'a self, signals: &'a Arc<Signals>) -> Parked<'a> {
        drop(self.held().take());
        self.parked.enter(signals, &self.reserved_bytes)
    }

    /// Takes a place again, however long that needs.
    pub async fn resume(&self) {
        if let Ok(permit) = Arc::clone(&self.semaphore).acquire_owned().await {
            *self.held() = Some(permit);
        }
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Option<OwnedSemaphorePermit>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
