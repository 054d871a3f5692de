//! Marking the rows of a partition before an instant as deleted.

use std::sync::{Arc, PoisonError};

use model::clock::TimestampNs;

use super::TableStore;
use crate::error::Result;
use crate::memory::deleted::DeletedRows;
use crate::memory::run_data::RunData;
use crate::memory::snapshot::Partition;

/// Rows to delete, by the id of their run or file.
#[derive(Debug, Default)]
pub struct Removal {
    runs: Vec<(u64, DeletedRows)>,
    files: Vec<(u64, DeletedRows)>,
}

impl TableStore {
    /// Seals a partition and finds its rows before an instant. Blocks. Only for the holder of the maintenance lock: no
    /// run or file of the partition may be replaced until the rows are deleted.
    pub fn find_before(&self, partition_start_ns: TimestampNs, before_ns: TimestampNs) -> Result<Removal> {
        let _turn = self.reshaping.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(partition) = self.snapshot().partitions.get(&partition_start_ns)
            && !partition.tail.is_empty()
        {
            self.seal(partition);
        }
        let snapshot = self.snapshot();
        let mut removal = Removal::default();
        let Some(partition) = snapshot.partitions.get(&partition_start_ns) else { return Ok(removal) };
        for entry in partition.runs.iter().filter(|entry| entry.run.bounds.time_min_ns < before_ns) {
            removal.runs.push((entry.run.id, rows_before(&*entry.run.load()?, before_ns)));
        }
        for entry in partition.files.iter().filter(|entry| entry.file.facts.time_min_ns < before_ns) {
            removal.files.push((entry.file.id, entry.file.rows_before(before_ns)?));
        }
        Ok(removal)
    }

    /// Deletes what was found.
    pub fn delete_found(&self, partition_start_ns: TimestampNs, removal: &Removal) {
        let mut published = self.published();
        let snapshot = Arc::make_mut(&mut published.snapshot);
        if snapshot.partitions.contains_key(&partition_start_ns) {
            snapshot.partition_mut(partition_start_ns).delete_rows(removal);
        }
    }
}

impl Partition {
    fn delete_rows(&mut self, removal: &Removal) {
        for (id, rows) in &removal.runs {
            if let Some(entry) = self.runs.iter_mut().find(|entry| entry.run.id == *id) {
                entry.deleted.extend(rows.iter());
            }
        }
        for (id, rows) in &removal.files {
            if let Some(entry) = self.files.iter_mut().find(|entry| entry.file.id == *id) {
                entry.deleted.extend(rows.iter());
            }
        }
    }
}

fn rows_before(data: &RunData, before_ns: TimestampNs) -> DeletedRows {
    let first_rows = data.segments.iter().enumerate().flat_map(|(position, segment)| {
        let start = data.segment_start(position);
        let times = data.times_ns.get(start..segment.end as usize).unwrap_or_default();
        start..start + times.partition_point(|time_ns| *time_ns < before_ns)
    });
    first_rows.collect()
}
