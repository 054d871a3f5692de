mod faults;
mod local;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use model::clock::ManualClock;
use model::entropy::SeededEntropy;
use object_store::ObjectStore;

use super::{DataObjects, Pacing, RetryPolicy};

/// Does not wait: moves the clock and writes down for how long.
#[derive(Debug)]
pub(super) struct InstantPacing {
    clock: Arc<ManualClock>,
    pub(super) pauses: Mutex<Vec<Duration>>,
}

#[async_trait]
impl Pacing for InstantPacing {
    async fn pause(&self, duration: Duration) {
        self.clock.advance_ns(duration.as_nanos() as i64);
        self.pauses.lock().unwrap().push(duration);
    }
}

pub(super) fn objects_on(store: Arc<dyn ObjectStore>) -> (DataObjects, Arc<InstantPacing>) {
    let clock = Arc::new(ManualClock::new(1_000));
    let pacing = Arc::new(InstantPacing { clock: Arc::clone(&clock), pauses: Mutex::default() });
    let waiting: Arc<dyn Pacing> = pacing.clone();
    let objects =
        DataObjects::new(store, clock, Arc::new(SeededEntropy::new(1)), waiting, RetryPolicy::default());
    (objects, pacing)
}
