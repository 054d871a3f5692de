//! The only source of time. Everything that asks for the time is given a [`Clock`].

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// A point in time, in nanoseconds since the Unix epoch, UTC.
pub type TimestampNs = i64;

/// Wall time and a time that never goes back.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// Wall time in nanoseconds since the Unix epoch.
    fn now_ns(&self) -> TimestampNs;

    /// Nanoseconds since an arbitrary start; never decreases.
    fn monotonic_ns(&self) -> u64;
}

/// The machine's clock, optionally started at a chosen instant.
#[derive(Debug)]
pub struct SystemClock {
    started: Instant,
    offset_ns: i64,
}

impl SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the machine's clock")]
    pub fn new() -> Self {
        Self { started: Instant::now(), offset_ns: 0 }
    }

    /// A clock that reads `start_ns` now and runs on from there at the speed of the machine's clock.
    pub fn starting_at(start_ns: TimestampNs) -> Self {
        let clock = Self::new();
        let offset_ns = start_ns.saturating_sub(clock.now_ns());
        Self { offset_ns, ..clock }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the machine's clock")]
    fn now_ns(&self) -> TimestampNs {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let wall_ns = i64::try_from(since_epoch.as_nanos()).unwrap_or(i64::MAX);
        wall_ns.saturating_add(self.offset_ns)
    }

    fn monotonic_ns(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

/// A clock that moves only when told to.
#[derive(Debug)]
pub struct ManualClock {
    now_ns: AtomicI64,
    monotonic_ns: AtomicI64,
}

impl ManualClock {
    pub fn new(now_ns: TimestampNs) -> Self {
        Self { now_ns: AtomicI64::new(now_ns), monotonic_ns: AtomicI64::new(0) }
    }

    /// Lets both times pass by `duration_ns`.
    pub fn advance_ns(&self, duration_ns: i64) {
        self.now_ns.fetch_add(duration_ns, Ordering::SeqCst);
        self.monotonic_ns.fetch_add(duration_ns.max(0), Ordering::SeqCst);
    }

    /// Makes the wall time jump; the monotonic time stays.
    pub fn set_ns(&self, now_ns: TimestampNs) {
        self.now_ns.store(now_ns, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now_ns(&self) -> TimestampNs {
        self.now_ns.load(Ordering::SeqCst)
    }

    fn monotonic_ns(&self) -> u64 {
        u64::try_from(self.monotonic_ns.load(Ordering::SeqCst)).unwrap_or(0)
    }
}
