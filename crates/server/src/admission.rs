//! Who may work now: turns per class of operation, bytes of bodies in flight, and the original's rates.
//!
//! Over a limit a call waits for a bounded time and is then throttled; nothing queues without end.

mod rates;

use std::sync::Arc;
use std::time::Duration;

use model::clock::Clock;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wire::{ApiError, ErrorCode, Operation};

use crate::settings::Settings;
pub use rates::Rate;
use rates::Rates;

/// Limits and their current use.
#[derive(Debug)]
pub struct Admission {
    writes: Arc<Semaphore>,
    queries: Arc<Semaphore>,
    others: Arc<Semaphore>,
    body_bytes: Arc<Semaphore>,
    wait: Duration,
    rates: Option<Rates>,
    clock: Arc<dyn Clock>,
}

/// Bytes of a body that count until this is dropped.
#[derive(Debug, Default)]
pub struct HeldBytes(Option<OwnedSemaphorePermit>);

impl Admission {
    /// `clock` is the machine's: waiting and rates are about real time.
    pub fn new(settings: &Settings, clock: Arc<dyn Clock>) -> Self {
        Self {
            writes: semaphore(settings.writes_concurrent_max),
            queries: semaphore(settings.queries_concurrent_max),
            others: semaphore(settings.others_concurrent_max),
            body_bytes: semaphore(settings.body_bytes_in_flight_max),
            wait: Duration::from_millis(settings.queue_wait_ms),
            rates: settings.rate_limits.then(Rates::default),
            clock,
        }
    }

    /// Waits for the turn of a call; the turn ends when the permit is dropped.
    ///
    /// # Errors
    /// `ThrottlingException` when the wait was too long or the rate is exceeded.
    pub async fn turn(&self, operation: Operation) -> Result<OwnedSemaphorePermit, ApiError> {
        if let Some(rates) = &self.rates
            && !rates.allow(operation, self.clock.monotonic_ns())
        {
            return Err(rate_exceeded());
        }
        let class = match operation {
            Operation::WriteRecords => &self.writes,
            Operation::Query => &self.queries,
            _ => &self.others,
        };
        acquire(class, 1, self.wait)
            .await
            .ok_or_else(|| throttled("Too many requests are being processed. Try again later."))
    }

    /// Adds bytes of a body that arrived to those a request holds.
    ///
    /// # Errors
    /// `ThrottlingException` when too many bytes are in flight for too long.
    pub async fn hold(&self, held: &mut HeldBytes, bytes: usize) -> Result<(), ApiError> {
        let Ok(count) = u32::try_from(bytes) else { return Err(throttled("Too much data is in flight.")) };
        if count == 0 {
            return Ok(());
        }
        let permit = acquire(&self.body_bytes, count, self.wait)
            .await
            .ok_or_else(|| throttled("Too much data is in flight. Try again later."))?;
        match &mut held.0 {
            Some(held) => held.merge(permit),
            none => *none = Some(permit),
        }
        Ok(())
    }
}

/// The answer to a call beyond a rate.
pub fn rate_exceeded() -> ApiError {
    throttled("Rate exceeded")
}

fn throttled(message: &str) -> ApiError {
    ApiError::new(ErrorCode::Throttling, message)
}

fn semaphore(permits: u64) -> Arc<Semaphore> {
    let permits = usize::try_from(permits).unwrap_or(Semaphore::MAX_PERMITS).min(Semaphore::MAX_PERMITS);
    Arc::new(Semaphore::new(permits))
}

async fn acquire(semaphore: &Arc<Semaphore>, count: u32, wait: Duration) -> Option<OwnedSemaphorePermit> {
    if let Ok(permit) = Arc::clone(semaphore).try_acquire_many_owned(count) {
        return Some(permit);
    }
    let waiting = Arc::clone(semaphore).acquire_many_owned(count);
    tokio::time::timeout(wait, waiting).await.ok()?.ok()
}
