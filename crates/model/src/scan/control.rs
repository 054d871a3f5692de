//! What a query tells those who read for it while they read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use super::count::ReadCounts;
use super::{ReadCount, TimeRange};

/// For one reader, or several that end together.
#[derive(Debug)]
pub struct ReadControl {
    start_ns: AtomicI64,
    end_ns: AtomicI64,
    is_cancelled: AtomicBool,
    /// Whether the first rows may show that others are of no use, so that it does not pay to fetch many at once.
    pub may_narrow: bool,
    pub counts: Arc<ReadCounts>,
}

impl Default for ReadControl {
    fn default() -> Self {
        Self::new(Arc::default(), false)
    }
}

impl ReadControl {
    pub fn new(counts: Arc<ReadCounts>, may_narrow: bool) -> Self {
        let TimeRange { start_ns, end_ns } = TimeRange::ALL;
        Self {
            start_ns: start_ns.into(),
            end_ns: end_ns.into(),
            is_cancelled: false.into(),
            may_narrow,
            counts,
        }
    }

    /// The times that are still of use. It only gets narrower.
    pub fn time_range(&self) -> TimeRange {
        TimeRange {
            start_ns: self.start_ns.load(Ordering::Relaxed),
            end_ns: self.end_ns.load(Ordering::Relaxed),
        }
    }

    /// Says that rows outside of `range` are of no use any more.
    pub fn narrow(&self, range: TimeRange) {
        self.start_ns.fetch_max(range.start_ns, Ordering::Relaxed);
        self.end_ns.fetch_min(range.end_ns, Ordering::Relaxed);
    }

    /// Says that nobody takes what is read any more.
    pub fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::Release);
    }

    pub fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Ordering::Acquire)
    }

    pub fn count(&self, what: ReadCount, number: usize) {
        self.counts.add(what, number as u64);
    }
}
