//! The write-ahead log: every segment, and every entry against what the checkpoints and the entries before it say.

use std::collections::{BTreeMap, HashMap, HashSet};

use model::catalog::TableId;
use model::schema::{ColumnId, ColumnType};
use model::series::decode_series_key;

use super::definitions::{Definitions, column_types, empty_write};
use super::{Artefact, Checker, words_of};
use crate::format::wal_entry::{self, BatchWrite, EntryError, TableWrite};
use crate::memory::partition_start_ns;
use crate::memory::writer::Writer;
use crate::metastore::{Stored, StoredTable};
use crate::wal::{self, Lsn};

/// What an entry of a table must fit to.
pub(super) struct LogTable {
    applied_lsn: Option<Lsn>,
    /// Without series.
    writer: Writer,
    columns: HashMap<ColumnId, ColumnType>,
    series_count: usize,
}

impl LogTable {
    pub(super) fn new(stored: &StoredTable, definitions: &Definitions) -> Self {
        let mut writer = Writer::default();
        writer.set_schema(std::sync::Arc::clone(&definitions.schema));
        Self {
            applied_lsn: stored.applied_lsn,
            writer,
            columns: column_types(&definitions.schema),
            series_count: definitions.series_count(),
        }
    }

    /// Takes an entry over; what is wrong with it.
    fn take(&mut self, write: TableWrite) -> Option<String> {
        let first = write.first_series.0 as usize;
        if !write.series.is_empty() && first > self.series_count {
            return Some(format!("series before series {first} are missing"));
        }
        if write.series.iter().any(|key| decode_series_key(key).is_none()) {
            return Some("a key is not that of a series".to_owned());
        }
        self.series_count = self.series_count.max(first + write.series.len());
        if !write.columns.is_empty() {
            let columns =
                TableWrite { columns: write.columns, measures: write.measures, ..empty_write(write.table) };
            if self.writer.take_over(&columns).is_none() {
                return Some("its columns contradict those of the table".to_owned());
            }
            self.columns = column_types(self.writer.schema());
        }
        write.batches.iter().find_map(|batch| self.wrong_batch(batch))
    }

    fn wrong_batch(&self, write: &BatchWrite) -> Option<String> {
        let batch = &write.batch;
        let mut seen = HashSet::new();
        let start_ns = batch.keys().first().map(|key| partition_start_ns(key.time_ns));
        for (row, key) in batch.keys().iter().enumerate() {
            if key.series.0 as usize >= self.series_count {
                return Some(format!("it has rows of series {}, which is unknown", key.series.0));
            }
            if Some(partition_start_ns(key.time_ns)) != start_ns {
                return Some("rows of two partitions are in one batch".to_owned());
            }
            if key.version < 1 || !seen.insert((key.series, key.time_ns)) {
                return Some(format!("row {row} has no version or is there twice"));
            }
            let is_known =
                |cell: &crate::memory::batch::Cell| self.columns.get(&cell.column) == Some(&cell.column_type);
            if !batch.cells(row).iter().all(is_known) {
                return Some(format!("row {row} has a column that the table has not"));
            }
        }
        None
    }
}

impl Checker {
    pub(super) fn check_log(&mut self, stored: &Stored, mut tables: BTreeMap<TableId, LogTable>) {
        let dir = self.parts.root.join("wal");
        let fs = std::sync::Arc::clone(&self.parts.fs);
        let segments = match wal::list(&*fs, &dir) {
            Ok(segments) => segments,
            Err(error) => return self.damage(Artefact::LogSegment, "wal", words_of(&error)),
        };
        for segment in &segments {
            self.report.count_file(Artefact::LogSegment, segment.len_bytes, 0);
        }
        // From the oldest segment, also where recovery would not read it.
        let oldest = segments.first().map(|segment| segment.first_lsn);
        let from_lsn = oldest.filter(|oldest| *oldest <= stored.log_start).unwrap_or(stored.log_start);
        let mut wrong: Vec<(Lsn, String)> = Vec::new();
        let mut entries = 0;
        let recovered = wal::recover(&*fs, &dir, from_lsn, &mut |lsn, payload| {
            entries += 1;
            wrong.extend(check_entry(stored, &mut tables, lsn, payload).map(|what| (lsn, what)));
            Ok(())
        });
        self.report.totals.entry(Artefact::LogSegment).or_default().rows += entries;
        for (lsn, what) in wrong {
            self.damage(Artefact::LogSegment, "wal", format!("entry lsn={lsn}: {what}"));
        }
        match recovered {
            Err(error) => {
                let path = path_of(&error).map_or("wal".to_owned(), |path| self.name_of(path));
                self.damage(Artefact::LogSegment, &path, words_of(&error));
            }
            Ok(recovered) => {
                if let Some(torn) = recovered.torn {
                    let what = format!(
                        "the last write was not finished and will be cut offset={} bytes={}",
                        torn.offset, torn.torn_bytes
                    );
                    let path = self.name_of(&torn.path);
                    self.note(Artefact::LogSegment, &path, what);
                }
                self.check_positions(stored, recovered.next_lsn);
            }
        }
    }

    /// What the metastore says about the log fits to where it ends.
    fn check_positions(&mut self, stored: &Stored, next_lsn: Lsn) {
        if stored.log_start > next_lsn {
            let what = format!("the log ends at {next_lsn}, recovery starts from {}", stored.log_start);
            self.damage(Artefact::LogSegment, "wal", what);
        }
        for table in stored.tables.values() {
            if let Some(applied_lsn) = table.applied_lsn.filter(|applied| *applied >= next_lsn) {
                let what = format!("its checkpoint is at {applied_lsn}, the log ends at {next_lsn}");
                self.damage_of_table(table.table.id, what);
            }
        }
    }
}

fn check_entry(
    stored: &Stored,
    tables: &mut BTreeMap<TableId, LogTable>,
    lsn: Lsn,
    payload: &[u8],
) -> Option<String> {
    let mut next_batch_id = 0;
    let decoded = wal_entry::decode(payload, &mut || {
        next_batch_id += 1;
        next_batch_id
    });
    let write = match decoded {
        Ok(write) => write,
        Err(EntryError::Damaged(reason)) => return Some(reason.to_owned()),
        Err(EntryError::Newer { found }) => {
            return Some(format!("written by a newer release version={found}"));
        }
    };
    let Some(table) = tables.get_mut(&write.table) else {
        let was_deleted = write.table.0 < stored.next_table_id;
        return (!was_deleted).then(|| format!("table {} never existed", write.table.0));
    };
    if table.applied_lsn.is_some_and(|applied| lsn <= applied) {
        return None;
    }
    if lsn < stored.log_start {
        return Some("its rows are in no file, and recovery starts behind it".to_owned());
    }
    table.take(write)
}

fn path_of(error: &crate::error::StorageError) -> Option<&std::path::Path> {
    match error {
        crate::error::StorageError::Corrupt { path, .. }
        | crate::error::StorageError::NewerVersion { path, .. }
        | crate::error::StorageError::Io { path, .. } => Some(path),
        _ => None,
    }
}
