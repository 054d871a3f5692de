//! Which store takes a record of a given time (api.md 3.6).

use model::catalog::Table;
use model::clock::TimestampNs;
use model::rejection::Rejection;

/// How far the window reaches beyond the retention period and the present.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowSlack {
    pub past_ns: i64,
    pub future_ns: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Store {
    Memory,
    Magnetic,
}

/// The ingestion window of one request: one clock reading, half-open ranges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IngestionWindow {
    memory_start_ns: TimestampNs,
    /// `None` when magnetic store writes are disabled.
    magnetic_start_ns: Option<TimestampNs>,
    end_ns: TimestampNs,
}

impl IngestionWindow {
    pub fn new(table: &Table, slack: WindowSlack, now_ns: TimestampNs) -> Self {
        // While expired rows are stored that a longer retention must not show, a new one would not be seen among them.
        let floor_ns = table.expired.map_or(i64::MIN, |expired| expired.before_ns(now_ns));
        let start_of = |retention_ns: i64| {
            now_ns.saturating_sub(retention_ns).saturating_sub(slack.past_ns).max(floor_ns)
        };
        Self {
            memory_start_ns: start_of(table.retention.memory_ns()),
            magnetic_start_ns: table.magnetic_writes.enabled.then(|| start_of(table.retention.total_ns())),
            end_ns: now_ns.saturating_add(slack.future_ns),
        }
    }

    pub fn route(&self, time_ns: TimestampNs) -> Result<Store, Rejection> {
        let is_past_end = time_ns >= self.end_ns;
        if !is_past_end && time_ns >= self.memory_start_ns {
            return Ok(Store::Memory);
        }
        match self.magnetic_start_ns {
            None => {
                Err(Rejection::OutsideMemoryStore { start_ns: self.memory_start_ns, end_ns: self.end_ns })
            }
            Some(start_ns) if is_past_end || time_ns < start_ns => {
                Err(Rejection::OutsideIngestionWindow { start_ns, end_ns: self.end_ns })
            }
            Some(_) => Ok(Store::Magnetic),
        }
    }
}
