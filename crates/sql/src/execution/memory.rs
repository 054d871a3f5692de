//! Memory: a share for each query within a total for all.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use datafusion::common::{Result, resources_datafusion_err};
use datafusion::execution::memory_pool::{
    FairSpillPool, MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation,
};

use super::admission::RunPermit;
use super::parked::ParkedQueries;

/// What all queries have reserved together.
#[derive(Debug)]
pub(super) struct TotalMemory {
    reserved: AtomicUsize,
    bytes_max: usize,
    /// Those that may have to give their memory back.
    parked: Arc<ParkedQueries>,
}

/// What the error of a reservation says that only the others' use has refused.
pub(super) const ALL_USED_UP: &str = "the memory of all queries is used up";

impl TotalMemory {
    pub fn new(bytes_max: usize, parked: Arc<ParkedQueries>) -> Self {
        Self { reserved: AtomicUsize::new(0), bytes_max, parked }
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
            Err(_) => {
                self.parked.release_memory();
                Err(resources_datafusion_err!("{ALL_USED_UP}"))
            }
        }
    }
}

/// One query's pool. Operators that can spill share it fairly. Every reservation keeps the query's permit, so that the
/// permit outlives the last operator.
#[derive(Debug)]
pub(super) struct QueryMemory {
    share: FairSpillPool,
    total: Arc<TotalMemory>,
    permit: Arc<RunPermit>,
}

impl QueryMemory {
    pub fn new(bytes_max: usize, total: Arc<TotalMemory>, permit: Arc<RunPermit>) -> Self {
        Self { share: FairSpillPool::new(bytes_max), total, permit }
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
        self.permit.reserved_bytes.fetch_add(additional, Ordering::Relaxed);
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        self.share.shrink(reservation, shrink);
        self.total.reserved.fetch_sub(shrink, Ordering::Relaxed);
        self.permit.reserved_bytes.fetch_sub(shrink, Ordering::Relaxed);
    }

    /// The query's own share comes first: what exceeds it is never the others' fault.
    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
        self.share.try_grow(reservation, additional)?;
        if let Err(used_up) = self.total.try_grow(additional) {
            self.share.shrink(reservation, additional);
            return Err(used_up);
        }
        self.permit.reserved_bytes.fetch_add(additional, Ordering::Relaxed);
        Ok(())
    }

    fn reserved(&self) -> usize {
        self.share.reserved()
    }

    fn memory_limit(&self) -> MemoryLimit {
        self.share.memory_limit()
    }
}
