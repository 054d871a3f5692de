//! The checkpoint of one table: its files are written, what is to be committed is noted.

use std::collections::HashSet;
use std::sync::Arc;

use model::catalog::TableId;
use model::limits;
use model::series::SeriesId;

use super::super::saved::{EngineTable, SavedFile, SavedRun, SavedSeries};
use super::super::{Maintenance, Shared, decide, listing, reports};
use crate::error::{Result, StorageError};
use crate::format::run_file::RunFileHeader;
use crate::format::series_file::SeriesFile;
use crate::format::{deleted_rows, run_file, series_file};
use crate::magnetic::data_file::MagneticFile;
use crate::memory::run::{Run, StoredFile};
use crate::memory::snapshot::RunEntry;
use crate::memory::store::Cut;
use crate::metastore::{Change, DataFile, FileKind, Report};

/// A checkpoint of one table that is written but not committed. Its files are garbage until then, and what it holds counts
/// as unsaved: a draft may be dropped at any time.
pub(super) struct Draft {
    table: Arc<EngineTable>,
    cut: Cut,
    changes: Vec<Change>,
    new_runs: Vec<(Arc<Run>, SavedRun)>,
    new_files: Vec<SavedFile>,
    new_series: Vec<SavedSeries>,
    new_reports: Vec<Arc<Report>>,
}

impl Draft {
    /// Writes files for everything the last checkpoint does not list. Their names are not durable yet.
    pub(super) fn write(shared: &Shared, table: Arc<EngineTable>) -> Result<Self> {
        let cut = table.store.cut()?;
        let mut draft = Self {
            table,
            cut,
            changes: Vec::new(),
            new_runs: Vec::new(),
            new_files: Vec::new(),
            new_series: Vec::new(),
            new_reports: Vec::new(),
        };
        draft.write_series(shared)?;
        draft.note_schema();
        draft.write_runs(shared)?;
        draft.note_files();
        draft.write_report(shared);
        if let Some(applied_lsn) = draft.cut.lsn {
            draft.changes.push(Change::SetAppliedLsn { table: draft.id(), applied_lsn });
        }
        Ok(draft)
    }

    pub(super) fn id(&self) -> TableId {
        self.table.store.id
    }

    pub(super) fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Whether it has files whose names are to be made durable.
    pub(super) fn has_new_names(&self) -> bool {
        !self.new_series.is_empty() || !self.new_runs.is_empty()
    }

    fn write_runs(&mut self, shared: &Shared) -> Result<()> {
        let entries: Vec<(i64, RunEntry)> = self
            .cut
            .snapshot
            .partitions
            .values()
            .flat_map(|partition| partition.runs.iter().map(|entry| (partition.start_ns, entry.clone())))
            .collect();
        for (start_ns, entry) in &entries {
            let known = self.table.saved().runs.get(&entry.run.id).cloned();
            match known {
                None => self.write_run(shared, *start_ns, entry)?,
                Some(saved) if saved.deleted_count != entry.deleted.count() => {
                    self.changes.push(Change::SetDeletedRows {
                        file: saved.file.name.clone(),
                        deleted_rows: deleted_rows::encode(&entry.deleted),
                    });
                }
                Some(_) => {}
            }
        }
        let live: HashSet<u64> = entries.iter().map(|(_, entry)| entry.run.id).collect();
        let saved = self.table.saved();
        let gone = saved.runs.iter().filter(|(id, _)| !live.contains(id));
        self.changes.extend(gone.map(|(_, run)| Change::RemoveFile { file: run.file.name.clone() }));
        Ok(())
    }

    /// Notes the data files of the magnetic store: they are durable already.
    fn note_files(&mut self) {
        let saved = self.table.saved();
        let mut listed = HashSet::new();
        for partition in self.cut.snapshot.partitions.values() {
            for entry in &partition.files {
                listed.insert(entry.file.id);
                let deleted_count = entry.deleted.count();
                match saved.files.get(&entry.file.id) {
                    None => {
                        let table = self.id();
                        self.changes.push(Change::AddFile(listing::data_file(
                            table,
                            partition.start_ns,
                            entry,
                        )));
                        self.new_files.push(SavedFile { file: Arc::clone(&entry.file), deleted_count });
                    }
                    Some(known) if known.deleted_count != deleted_count => {
                        self.changes.push(Change::SetDeletedRows {
                            file: entry.file.name.to_string(),
                            deleted_rows: deleted_rows::encode(&entry.deleted),
                        });
                    }
                    Some(_) => {}
                }
            }
        }
        for (id, known) in &saved.files {
            if !listed.contains(id) {
                self.changes.push(Change::RemoveFile { file: known.file.name.to_string() });
            }
        }
    }

    /// Puts the rejected late records into reports, which leave with the same transaction that says that the log is not
    /// needed for them any more.
    fn write_report(&mut self, shared: &Shared) {
        let id = self.id();
        let visible = shared.definitions.visible();
        let definition = visible.catalog.find_table_by_id(id).map(|entry| Arc::clone(&entry.table));
        let (now_ns, entropy) = (shared.parts.clock.now_ns(), &*shared.parts.entropy);
        if let Some(definition) = definition {
            self.new_reports = reports::write(&definition, &self.cut.conflicts, now_ns, entropy);
            let add = |report: &Arc<Report>| Change::AddReport(Report::clone(report));
            self.changes.extend(self.new_reports.iter().map(add));
        }
    }

    fn write_run(&mut self, shared: &Shared, start_ns: i64, entry: &RunEntry) -> Result<()> {
        let bounds = entry.run.bounds;
        let header = RunFileHeader {
            table: self.id(),
            partition_start_ns: start_ns,
            partition_end_ns: start_ns.saturating_add(limits::PARTITION_NS),
        };
        let data = entry.run.load()?;
        let bytes = run_file::v2::encode(header, &data)
            .map_err(|error| StorageError::corrupt(&shared.memory.dir, 0, 0, error.to_string()))?;
        let file = shared.write_memory_file("run", &bytes)?;
        self.changes.push(Change::AddFile(DataFile {
            file: file.name.clone(),
            table: self.id(),
            kind: FileKind::Run,
            partition_start_ns: header.partition_start_ns,
            partition_end_ns: header.partition_end_ns,
            rows: bounds.rows as u64,
            file_bytes: file.file_bytes,
            time_min_ns: bounds.time_min_ns,
            time_max_ns: bounds.time_max_ns,
            series_min: bounds.series_min.0,
            series_max: bounds.series_max.0,
            crc32c: file.crc32c,
            deleted_rows: deleted_rows::encode(&entry.deleted),
            object: None,
        }));
        let saved = SavedRun { file, deleted_count: entry.deleted.count() };
        self.new_runs.push((Arc::clone(&entry.run), saved));
        Ok(())
    }

    fn write_series(&mut self, shared: &Shared) -> Result<()> {
        let (saved_count, old_files) = {
            let saved = self.table.saved();
            (saved.series, saved.series_files.clone())
        };
        let count = self.cut.snapshot.series.count();
        let file_series_max = shared.parts.settings.series_file_series_max;
        let starts: Vec<usize> = old_files.iter().map(|old| old.first_series).collect();
        let start = decide::series_to_save_from(&starts, saved_count, count, file_series_max);
        let mut first = start;
        while first < count {
            let end = count.min(first.saturating_add(file_series_max));
            self.write_series_file(shared, first, end)?;
            first = end;
        }
        let replaced = old_files.iter().filter(|old| old.first_series >= start);
        self.changes.extend(replaced.map(|old| Change::RemoveFile { file: old.file.name.clone() }));
        Ok(())
    }

    fn write_series_file(&mut self, shared: &Shared, first: usize, end: usize) -> Result<()> {
        let table = self.id();
        let keys = self.table.store.writer().keys(first, end);
        let content = SeriesFile { table, first_series: SeriesId(first as u32), keys };
        let file = shared.write_memory_file("series", &series_file::v1::encode(&content))?;
        self.changes.push(Change::AddFile(DataFile {
            file: file.name.clone(),
            table,
            kind: FileKind::Series,
            partition_start_ns: 0,
            partition_end_ns: 0,
            rows: (end - first) as u64,
            file_bytes: file.file_bytes,
            time_min_ns: 0,
            time_max_ns: 0,
            series_min: first as u32,
            series_max: (end - 1) as u32,
            crc32c: file.crc32c,
            deleted_rows: Vec::new(),
            object: None,
        }));
        self.new_series.push(SavedSeries { first_series: first, file });
        Ok(())
    }

    fn note_schema(&mut self) {
        let table = self.id();
        let schema = &self.cut.snapshot.schema;
        let saved = Arc::clone(&self.table.saved().schema);
        if Arc::ptr_eq(schema, &saved) {
            return;
        }
        let columns = schema.columns().get(saved.columns().len()..).unwrap_or_default();
        if !columns.is_empty() {
            self.changes.push(Change::PutColumns { table, columns: columns.to_vec() });
        }
        let is_new = |(name, entry): &(&Arc<str>, &model::schema::MeasureEntry)| {
            saved.measures.get(*name) != Some(*entry)
        };
        let measures = schema.measures.iter().filter(is_new);
        let measures: Vec<_> = measures.map(|(name, entry)| (Arc::clone(name), entry.clone())).collect();
        if !measures.is_empty() {
            self.changes.push(Change::PutMeasures { table, measures });
        }
    }

    /// Notes what the metastore lists now. Only for the holder of the committer.
    pub(super) fn settle(&self, shared: &Shared, done: &mut Maintenance) {
        let mut saved = self.table.saved();
        done.tables_checkpointed += 1;
        done.tails_sealed += self.cut.tails_sealed;
        for partition in self.cut.snapshot.partitions.values() {
            for entry in &partition.runs {
                if let Some(run) = saved.runs.get_mut(&entry.run.id) {
                    run.deleted_count = entry.deleted.count();
                }
            }
            for entry in &partition.files {
                if let Some(known) = saved.files.get_mut(&entry.file.id) {
                    known.deleted_count = entry.deleted.count();
                }
            }
        }
        let removed: HashSet<&str> = self.changes.iter().filter_map(removed_file).collect();
        saved.runs.retain(|_, run| keep(&run.file, &removed));
        saved.series_files.retain(|series| keep(&series.file, &removed));
        saved.files.retain(|_, known| keep_object(&known.file, &removed));
        done.files_removed += removed.len() as u64;
        for (run, saved_run) in &self.new_runs {
            saved_run.file.mark_live();
            run.set_file(Arc::clone(&saved_run.file));
            saved.runs.insert(run.id, saved_run.clone());
            done.files_written += 1;
        }
        for new in &self.new_files {
            new.file.mark_live();
            saved.files.insert(new.file.id, new.clone());
            done.files_written += 1;
        }
        for series in &self.new_series {
            series.file.mark_live();
            saved.series_files.push(series.clone());
            done.files_written += 1;
        }
        saved.series = self.cut.snapshot.series.count();
        saved.schema = Arc::clone(&self.cut.snapshot.schema);
        drop(saved);
        self.table.store.note_saved(&self.cut);
        self.table.note_saved();
        shared.reports.add(&self.new_reports);
    }

    /// Says that the metastore may list the files.
    pub(super) fn keep_files(&self) {
        self.new_runs.iter().for_each(|(_, saved)| saved.file.mark_live());
        self.new_series.iter().for_each(|series| series.file.mark_live());
        self.new_files.iter().for_each(|new| new.file.mark_live());
    }
}

fn removed_file(change: &Change) -> Option<&str> {
    match change {
        Change::RemoveFile { file } => Some(file),
        _ => None,
    }
}

/// Whether a saved file stays; one that goes is marked.
fn keep(file: &StoredFile, removed: &HashSet<&str>) -> bool {
    let is_removed = removed.contains(file.name.as_str());
    if is_removed {
        file.mark_removed();
    }
    !is_removed
}

/// As [`keep`], of an object of the magnetic store.
fn keep_object(file: &MagneticFile, removed: &HashSet<&str>) -> bool {
    let is_removed = removed.contains(file.name.as_str());
    if is_removed {
        file.mark_removed();
    }
    !is_removed
}
