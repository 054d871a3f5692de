//! What to merge, save and drop: pure functions of what is there. The loops that act on them are in `maintain`.

#[cfg(test)]
mod tests;

use model::catalog::TableId;
use model::clock::TimestampNs;
use model::limits;

use super::EngineSettings;

/// A run as the choice of merges sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunShape {
    pub id: u64,
    pub rows: usize,
    pub deleted_rows: usize,
    /// Memory of its rows, deleted ones included.
    pub decoded_bytes: usize,
}

impl RunShape {
    fn live_rows(&self) -> usize {
        self.rows - self.deleted_rows.min(self.rows)
    }

    fn live_bytes(&self) -> usize {
        let share = self.decoded_bytes as u128 * self.live_rows() as u128 / self.rows.max(1) as u128;
        usize::try_from(share).unwrap_or(usize::MAX)
    }
}

/// Which runs of a partition to merge into one; `None` when they are fine. `is_quiet`: no more rows are expected.
///
/// Runs of similar size (a factor of `merge_runs_min`) are merged when there are that many, so that a row is rewritten
/// a logarithmic number of times. A quiet partition is brought down to few runs, by merges in which no row's run does less
/// than double: late rows come to it a few at a time. A run of which a third is deleted is rewritten.
pub fn runs_to_merge(runs: &[RunShape], is_quiet: bool, settings: &EngineSettings) -> Option<Vec<u64>> {
    let fan_in = settings.merge_runs_min.max(2);
    let mut small: Vec<RunShape> =
        runs.iter().copied().filter(|run| !is_full(run.live_rows(), run.live_bytes(), settings)).collect();
    small.sort_by_key(|run| (run.live_rows(), run.id));
    let tier = |run: &RunShape| run.live_rows().max(1).ilog(fan_in);
    for group in small.chunk_by(|one, other| tier(one) == tier(other)) {
        if group.len() >= fan_in {
            return Some(up_to_full(group, settings));
        }
    }
    const QUIET_RUNS_MAX: usize = 4;
    if is_quiet && small.len() > QUIET_RUNS_MAX {
        let doubling = small.get(..doubling_runs(&small)).unwrap_or_default();
        if doubling.len() >= 2 {
            return Some(up_to_full(doubling, settings));
        }
    }
    let is_hollow = |run: &&RunShape| run.deleted_rows > 0 && run.deleted_rows * 3 >= run.rows;
    runs.iter().find(is_hollow).map(|run| vec![run.id])
}

/// How many of the runs, the smallest first, make one that is at least twice as large as each of them.
fn doubling_runs(runs: &[RunShape]) -> usize {
    let (mut sum, mut count) = (0, 0);
    for (position, run) in runs.iter().enumerate() {
        sum += run.live_rows();
        if run.live_rows() * 2 <= sum {
            count = position + 1;
        }
    }
    count
}

/// The first runs that together fill a run, at least two.
fn up_to_full(runs: &[RunShape], settings: &EngineSettings) -> Vec<u64> {
    let (mut rows, mut bytes) = (0, 0_usize);
    let mut ids = Vec::new();
    for run in runs {
        if ids.len() >= 2 && is_full(rows, bytes, settings) {
            break;
        }
        rows += run.live_rows();
        bytes = bytes.saturating_add(run.live_bytes());
        ids.push(run.id);
    }
    ids
}

fn is_full(rows: usize, bytes: usize, settings: &EngineSettings) -> bool {
    rows >= settings.run_rows_max || bytes >= settings.run_bytes_max
}

/// A table as the choice of checkpoints sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableShape {
    pub id: TableId,
    /// Monotonic time since which its last checkpoint is out of date.
    pub outdated_since_ns: Option<u64>,
}

/// Which tables to checkpoint: those whose last one is old, or all that need it when the log is long or what only the log
/// has takes half of the memory.
pub fn tables_to_save(
    tables: &[TableShape],
    monotonic_ns: u64,
    log_bytes: u64,
    unsaved_bytes: u64,
    settings: &EngineSettings,
) -> Vec<TableId> {
    let is_full = log_bytes >= settings.checkpoint_log_bytes || unsaved_bytes > settings.memory_bytes_max / 2;
    let age_max_ns = u64::try_from(settings.checkpoint_age_ns).unwrap_or(0);
    let is_due = |table: &&TableShape| {
        let since_ns = table.outdated_since_ns;
        since_ns.is_some_and(|since_ns| is_full || monotonic_ns.saturating_sub(since_ns) >= age_max_ns)
    };
    tables.iter().filter(is_due).map(|table| table.id).collect()
}

/// From which series on to write series files, so that all `count` are saved: the first that is in none, or the start of a
/// file that is written again. Files of up to `file_series_max` series grow like the digits of a binary number: one is
/// written again when what is behind it has become as large. `starts`: of the files there are, ascending; they hold the
/// first `saved` series.
pub fn series_to_save_from(starts: &[usize], saved: usize, count: usize, file_series_max: usize) -> usize {
    let mut first = saved;
    if count == saved {
        return first;
    }
    for start in starts.iter().rev() {
        let file_series = first.saturating_sub(*start);
        if file_series > count - first || file_series >= file_series_max {
            break;
        }
        first = *start;
    }
    first
}

/// Which partitions hold nothing that a query may still see.
pub fn partitions_to_drop(
    starts_ns: impl Iterator<Item = TimestampNs>,
    visible_start_ns: TimestampNs,
) -> Vec<TimestampNs> {
    starts_ns.filter(|start_ns| start_ns.saturating_add(limits::PARTITION_NS) <= visible_start_ns).collect()
}

/// Which runs to drop from memory, least recently used first, so that at most `keep_bytes` remain. Each candidate:
/// when it was last used, and its bytes; answers positions.
pub fn runs_to_evict(candidates: &[(u64, u64)], memory_bytes: u64, keep_bytes: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    order.sort_by_key(|position| candidates.get(*position).map(|(last_used, _)| *last_used));
    let mut excess_bytes = memory_bytes.saturating_sub(keep_bytes);
    order.retain(|position| {
        let bytes = candidates.get(*position).map_or(0, |(_, bytes)| *bytes);
        let is_needed = excess_bytes > 0;
        excess_bytes = excess_bytes.saturating_sub(bytes);
        is_needed
    });
    order
}
