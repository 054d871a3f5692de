//! Shares parts out to partitions.

use std::cmp::Reverse;
use std::sync::Arc;

use model::scan::ScanPart;

/// The parts that one partition reads, one after the other.
pub(super) type Partition = Vec<Arc<dyn ScanPart>>;

/// Groups parts into at most `partitions_max` partitions of about equal rows: the largest part first, each to the
/// partition with the fewest rows. There are no more partitions than full batches, and at least one.
pub(super) fn group(
    mut parts: Vec<Arc<dyn ScanPart>>,
    partitions_max: usize,
    batch_rows: usize,
) -> Vec<Partition> {
    let rows: usize = parts.iter().map(|part| part.rows_max()).fold(0, usize::saturating_add);
    let batches = rows.div_ceil(batch_rows.max(1));
    let count = partitions_max.min(parts.len()).min(batches).max(1);
    parts.sort_by_key(|part| Reverse(part.rows_max()));
    let mut partitions: Vec<(usize, Partition)> = vec![(0, Vec::new()); count];
    for part in parts {
        if let Some((rows, partition)) = partitions.iter_mut().min_by_key(|(rows, _)| *rows) {
            *rows = rows.saturating_add(part.rows_max());
            partition.push(part);
        }
    }
    partitions.into_iter().map(|(_, partition)| partition).collect()
}
