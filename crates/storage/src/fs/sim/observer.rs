//! Looking at a simulated disk at every change: all places of a run where the power can go off, from one run.

use std::fmt;
use std::sync::{Arc, Mutex};

use super::SimFs;
use super::disk::Disk;

/// Called before each change with the number of the call and a disk as it would be if the power went off during the
/// call, to be crashed. Runs under the lock of the observed disk.
type Look = dyn Fn(u64, SimFs) + Send + Sync;

#[derive(Clone)]
pub(super) struct Observer(Arc<Look>);

impl Observer {
    pub(super) fn show(&self, call: u64, dying: Disk) {
        (self.0)(call, SimFs { disk: Arc::new(Mutex::new(dying)) });
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Observer")
    }
}

impl SimFs {
    /// Shows every later change to `look`.
    pub fn observe(&self, look: impl Fn(u64, SimFs) + Send + Sync + 'static) {
        self.lock().observer = Some(Observer(Arc::new(look)));
    }

    /// Another machine's disk with the same contents, durable and not.
    pub fn copy(&self) -> Self {
        Self { disk: Arc::new(Mutex::new(self.lock().copy())) }
    }
}
