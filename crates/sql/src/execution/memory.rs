//! Memory: a share for each query within a total for all.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use datafusion::common::{Result, resources_datafusion_err};
use datafusion::execution::memory_pool::{
    FairSpillPool, MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation,
};

use super::admission::RunPermit;

/// What all queries have reserved together.
#[derive(Debug)]
pub(super) struct TotalMemory {
    reserved: AtomicUsize,
    bytes_max: usize,
}

impl TotalMemory {
    pub fn new(bytes_max: usize) -> Self {
        Self { reserved: AtomicUsize::new(0), bytes_max }
    }

    pub fn reserved(&self) -> usize {
        self.reserved.load(Ordering::Relaxed)
    }

    fn try_grow(&self, bytes: usize) -> Result<()> {
        let grown = self.reserved.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |reserved| {
            reserved.checked_add(bytes).filter(|reserved| *reserved <= self.bytes_max)
        });
        match grown {
            Ok(_) => Ok(()),
            Err(_) => Err(resources_datafusion_err!("the memory of all queries is used up")),
        }
    }
}

/// One query's pool. Operators that can spill share it fairly. Every reservation keeps the query's permit, so that the
/// permit outlives the last operator.
#[derive(Debug)]
pub(super) struct QueryMemory {
    share: FairSpillPool,
    total: Arc<TotalMemory>,
    _permit: Arc<RunPermit>,
}

impl QueryMemory {
    pub fn new(bytes_max: usize, total: Arc<TotalMemory>, permit: Arc<RunPermit>) -> Self {
        Self { share: FairSpillPool::new(bytes_max), total, _permit: permit }
    }
}

impl fmt::Display for QueryMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "query memory, {} of all queries reserved", self.total.reserved())
    }
}

impl MemoryPool for QueryMemory {
    fn name(&self) -> &str {
        "query"
    }

    fn register(&self, consumer: &MemoryConsumer) {
        self.share.register(consumer);
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        self.share.unregister(consumer);
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        self.share.grow(reservation, additional);
        self.total.reserved.fetch_add(additional, Ordering::Relaxed);
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        self.share.shrink(reservation, shrink);
        self.total.reserved.fetch_sub(shrink, Ordering::Relaxed);
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
        self.total.try_grow(additional)?;
        let grown = self.share.try_grow(reservation, additional);
        if grown.is_err() {
            self.total.reserved.fetch_sub(additional, Ordering::Relaxed);
        }
        grown
    }

    fn reserved(&self) -> usize {
        self.share.reserved()
    }

    fn memory_limit(&self) -> MemoryLimit {
        self.share.memory_limit()
    }
}
