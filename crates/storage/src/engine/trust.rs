//! How far the wall clock is believed where an error can't be undone: when rows are removed by retention (G7).
//!
//! A clock that leaves the monotonic clock by more than an hour was set, or the machine slept, or was off. Until the new
//! time has held for a while, rows are removed by the old time, which runs on: too late, never too early. What queries
//! see follows the wall clock at once.

use model::clock::TimestampNs;
use model::limits;
use model::time::NS_PER_HOUR;

#[cfg(test)]
mod tests;

/// A reading of the wall clock and the monotonic clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockReading {
    pub wall_ns: TimestampNs,
    pub monotonic_ns: u64,
}

impl ClockReading {
    /// Whether the wall clock ran with the monotonic clock from one reading to the other.
    fn runs_with(self, later: Self) -> bool {
        let wall_ns = i128::from(later.wall_ns) - i128::from(self.wall_ns);
        let monotonic_ns = i128::from(later.monotonic_ns) - i128::from(self.monotonic_ns);
        (wall_ns - monotonic_ns).abs() <= i128::from(NS_PER_HOUR)
    }

    /// What the wall clock would show at a later reading if it had run with the monotonic clock.
    fn continued(self, later: Self) -> TimestampNs {
        let passed_ns = later.monotonic_ns.saturating_sub(self.monotonic_ns);
        self.wall_ns.saturating_add(i64::try_from(passed_ns).unwrap_or(i64::MAX))
    }
}

/// The believed time. Asked regularly, it follows the wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrustedClock {
    /// The last reading that was believed without a doubt.
    anchor: ClockReading,
    /// Since when the wall clock has run at another distance from the monotonic one.
    doubted: Option<ClockReading>,
}

impl TrustedClock {
    /// `last_ns`: what was believed in an earlier process, if anything was. A later start is doubted, whether the machine
    /// was off or its clock is wrong.
    pub fn new(start: ClockReading, last_ns: Option<TimestampNs>) -> Self {
        let wall_ns = last_ns.map_or(start.wall_ns, |last_ns| last_ns.min(start.wall_ns));
        Self { anchor: ClockReading { wall_ns, ..start }, doubted: None }
    }

    /// The time by which rows may be removed: never later than the wall clock.
    pub fn observe(&mut self, now: ClockReading) -> TimestampNs {
        if self.anchor.runs_with(now) {
            self.doubted = None;
            return now.wall_ns;
        }
        let since = match self.doubted {
            Some(since) if since.runs_with(now) => since,
            _ => *self.doubted.insert(now),
        };
        let confirm_ns = limits::CLOCK_CONFIRM_HOURS * NS_PER_HOUR.unsigned_abs();
        if now.monotonic_ns.saturating_sub(since.monotonic_ns) >= confirm_ns {
            *self = Self { anchor: now, doubted: None };
            return now.wall_ns;
        }
        now.wall_ns.min(self.anchor.continued(now))
    }

    /// Whether the wall clock is doubted.
    pub fn is_doubtful(&self) -> bool {
        self.doubted.is_some()
    }
}
