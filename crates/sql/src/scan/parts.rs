//! Shares parts out to partitions.

use std::cmp::Reverse;
use std::sync::Arc;

use model::scan::ScanPart;

/// The parts that one partition reads, one after the other.
pub(super) type Partition = Vec<Arc<dyn ScanPart>>;

/// How the rows of partitions stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// In none: the largest parts come first.
    None,
    /// The times of each partition ascend.
    Ascending,
    /// In no order, but later parts come first, so that those who want the latest rows find them soon.
    LatestFirst,
    /// In no order, but earlier parts come first.
    EarliestFirst,
}

/// Groups parts into at most `partitions_max` partitions of about equal rows, but for one series into ones whose times
/// ascend if that is possible.
pub(super) fn group(
    parts: Vec<Arc<dyn ScanPart>>,
    partitions_max: usize,
    batch_rows: usize,
) -> (Vec<Partition>, Order) {
    if !parts.is_empty()
        && parts.iter().all(|part| part.is_one_series())
        && let Some(partitions) = ascending(&parts, partitions_max)
    {
        return (partitions, Order::Ascending);
    }
    (balanced(parts, partitions_max, batch_rows), Order::None)
}

/// Puts the parts of each partition into an order that promises nothing.
pub(super) fn arrange(partitions: &mut [Partition], order: Order) {
    for partition in partitions {
        match order {
            Order::LatestFirst => partition.sort_by_key(|part| Reverse(part.time_range().end_ns)),
            Order::EarliestFirst | Order::Ascending => {
                partition.sort_by_key(|part| part.time_range().start_ns);
            }
            Order::None => {}
        }
    }
}

/// The largest part first, each to the partition with the fewest rows. There are no more partitions than full batches,
/// and at least one.
fn balanced(mut parts: Vec<Arc<dyn ScanPart>>, partitions_max: usize, batch_rows: usize) -> Vec<Partition> {
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

/// As few partitions as it takes to have only parts behind each other in each; `None` if that is too many.
fn ascending(parts: &[Arc<dyn ScanPart>], partitions_max: usize) -> Option<Vec<Partition>> {
    let mut parts = parts.to_vec();
    parts.sort_by_key(|part| part.time_range().start_ns);
    let mut partitions: Vec<Partition> = Vec::new();
    for part in parts {
        let start_ns = part.time_range().start_ns;
        let is_before =
            |partition: &Partition| partition.last().is_some_and(|last| last.time_range().end_ns <= start_ns);
        match partitions.iter().position(is_before) {
            Some(position) => partitions.get_mut(position)?.push(part),
            None if partitions.len() < partitions_max.max(1) => partitions.push(vec![part]),
            None => return None,
        }
    }
    Some(partitions)
}
