//! When a partition's rows are written into data files: pure functions of what there is.
//!
//! A partition is moved when it has left the memory store's window and nothing was written to it for a while. Rows that
//! come later stay where they are, visible, until they are worth a rewrite of the files they belong to. So a rewrite
//! writes at most `1 + 1/share` rows for each late row, and no row of the memory store is moved twice.

use std::cmp::Ordering;
use std::ops::Range;

use model::catalog::Retention;
use model::clock::TimestampNs;
use model::limits;
use model::time::NS_PER_SECOND;

/// When late rows are worth a rewrite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RewriteLimits {
    /// Late rows are merged when they are this share of the rows of the files to rewrite, in percent.
    pub late_percent_min: usize,
    /// A partition that so many rows wait for is not quiet in this sense: it is written without waiting.
    pub rows_max: usize,
    /// How long nothing must have been written to a partition with fewer rows, in monotonic time.
    pub quiet_ns: u64,
}

impl Default for RewriteLimits {
    fn default() -> Self {
        Self {
            late_percent_min: limits::LATE_PERCENT_MIN,
            rows_max: limits::DATA_FILE_ROWS_MAX,
            quiet_ns: limits::MOVE_QUIET_SECONDS * NS_PER_SECOND as u64,
        }
    }
}

/// Whether the memory store's window, with the slack of the ingestion window, has left a partition.
pub fn has_left_memory(
    start_ns: TimestampNs,
    retention: Retention,
    past_slack_ns: i64,
    now_ns: TimestampNs,
) -> bool {
    let window_start_ns = now_ns.saturating_sub(retention.memory_ns()).saturating_sub(past_slack_ns);
    start_ns.saturating_add(limits::PARTITION_NS) <= window_start_ns
}

/// A partition that has left the memory store's window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartitionShape {
    /// Live rows that are in no data file.
    pub waiting_rows: usize,
    /// Rows of the smallest data file; `None` without files.
    pub file_rows_min: Option<usize>,
    /// How long nothing was written to it.
    pub quiet_ns: u64,
}

/// Whether to look closer at a partition: rows wait, and there are enough of them for some file.
pub fn may_be_due(shape: &PartitionShape, limits: &RewriteLimits) -> bool {
    let is_ready = shape.quiet_ns >= limits.quiet_ns || shape.waiting_rows >= limits.rows_max;
    shape.waiting_rows > 0
        && is_ready
        && is_worth(shape.waiting_rows, shape.file_rows_min.unwrap_or(0), limits)
}

/// Whether so many late rows are worth writing so many rows anew.
pub fn is_worth(late_rows: usize, rewritten_rows: usize, limits: &RewriteLimits) -> bool {
    late_rows.saturating_mul(100) >= rewritten_rows.saturating_mul(limits.late_percent_min)
}

/// Which files of a partition rows of some series belong to: the smallest range of neighbours that has them all.
///
/// `files` are the first and last series of each file, in order. A series that lies between two files belongs to the one
/// before it.
pub fn files_of<S: Copy>(files: &[(S, S)], series: &[S], compare: impl Fn(S, S) -> Ordering) -> Range<usize> {
    let mut touched: Option<Range<usize>> = None;
    for series in series {
        let behind = files.partition_point(|(first, _)| compare(*first, *series).is_le());
        let last = behind.saturating_sub(1);
        // The rows of one series may be in several files.
        let first = files.partition_point(|(_, file_last)| compare(*file_last, *series).is_lt()).min(last);
        touched = Some(match touched {
            None => first..last + 1,
            Some(before) => before.start.min(first)..before.end.max(last + 1),
        });
    }
    let touched = touched.unwrap_or(0..0);
    touched.start.min(files.len())..touched.end.min(files.len())
}

/// How much a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FileWeight {
    pub rows: usize,
    pub file_bytes: usize,
}

/// Neighbouring files to write into one: together they are at most `most`, and none has more than half of their rows, so
/// that a row is written again only when its file at least doubles. Answers the range that makes the most files fewer.
pub fn files_to_compact(files: &[FileWeight], most: FileWeight) -> Option<Range<usize>> {
    let mut best: Option<Range<usize>> = None;
    for start in 0..files.len() {
        let (mut sum, mut largest) = (FileWeight::default(), 0);
        for (position, file) in files.iter().enumerate().skip(start) {
            sum.rows += file.rows;
            sum.file_bytes = sum.file_bytes.saturating_add(file.file_bytes);
            largest = largest.max(file.rows);
            if sum.rows > most.rows || sum.file_bytes > most.file_bytes {
                break;
            }
            let range = start..position + 1;
            let is_better = best.as_ref().is_none_or(|best| range.len() > best.len());
            if range.len() >= 2 && largest * 2 <= sum.rows && is_better {
                best = Some(range);
            }
        }
    }
    best
}

#[cfg(test)]
mod tests;
