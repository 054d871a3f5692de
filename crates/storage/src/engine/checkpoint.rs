//! Checkpoints: files for what is only in the log, one metastore transaction that lists them, then the log is cut.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use model::catalog::TableId;
use model::limits;
use model::series::SeriesId;

use super::listing;
use super::reports;
use super::saved::{EngineTable, SavedFile, SavedRun, SavedSeries};
use super::{Maintenance, Shared};
use crate::error::{Result, StorageError};
use crate::format::run_file::RunFileHeader;
use crate::format::series_file::SeriesFile;
use crate::format::{deleted_rows, run_file, series_file};
use crate::magnetic::data_file::MagneticFile;
use crate::memory::run::{Run, StoredFile};
use crate::memory::snapshot::RunEntry;
use crate::memory::store::Cut;
use crate::metastore::{Change, DataFile, FileKind, Report};
use crate::wal::Lsn;

/// Series files of a table are rewritten into one when there are more.
const SERIES_FILES_MAX: usize = 16;

/// A checkpoint of one table that is written but not committed. Its files are garbage until then.
struct Draft {
    table: Arc<EngineTable>,
    cut: Cut,
    changes: Vec<Change>,
    new_runs: Vec<(Arc<Run>, SavedRun)>,
    new_files: Vec<SavedFile>,
    new_series: Option<SavedSeries>,
    new_reports: Vec<Arc<Report>>,
}

/// Saves tables and cuts the log. Tables deleted meanwhile are left out.
pub(super) async fn checkpoint(shared: &Arc<Shared>, ids: &[TableId]) -> Result<Maintenance> {
    let visible = shared.definitions.visible();
    let tables: Vec<Arc<EngineTable>> = ids.iter().filter_map(|id| visible.tables.get(id).cloned()).collect();
    let writing = Arc::clone(shared);
    let drafts = blocking(move || write_all(&writing, tables)).await?;
    let mut done = Maintenance::default();
    let log_start = match commit(shared, &drafts, &mut done).await {
        Ok(log_start) => log_start,
        Err(error) => {
            drafts.iter().for_each(Draft::give_up);
            return Err(error);
        }
    };
    let cutting = Arc::clone(shared);
    done.segments_removed = blocking(move || cutting.truncate_log(log_start)).await?;
    Ok(done)
}

/// Runs what blocks away from the threads that serve requests.
pub(super) async fn blocking<T: Send + 'static>(
    action: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let outcome = tokio::task::spawn_blocking(action).await;
    outcome.unwrap_or_else(|failure| Err(StorageError::Background { reason: failure.to_string().into() }))
}

fn write_all(shared: &Shared, tables: Vec<Arc<EngineTable>>) -> Result<Vec<Draft>> {
    let mut drafts: Vec<Draft> = Vec::new();
    let mut written = Ok(());
    for table in tables {
        let cut = table.store.cut();
        let mut draft = Draft {
            table,
            cut,
            changes: Vec::new(),
            new_runs: Vec::new(),
            new_files: Vec::new(),
            new_series: None,
            new_reports: Vec::new(),
        };
        written = draft.write(shared);
        drafts.push(draft);
        if written.is_err() {
            break;
        }
    }
    let has_files = drafts.iter().any(|draft| draft.new_series.is_some() || !draft.new_runs.is_empty());
    let synced = written.and_then(|()| if has_files { shared.sync_memory_dir() } else { Ok(()) });
    match synced {
        Ok(()) => Ok(drafts),
        Err(error) => {
            drafts.iter().for_each(Draft::give_up);
            Err(error)
        }
    }
}

/// Commits the drafts of tables that still exist. Returns from where recovery has to read the log now.
async fn commit(shared: &Arc<Shared>, drafts: &[Draft], done: &mut Maintenance) -> Result<Lsn> {
    let mut committer = shared.definitions.committer().await;
    let visible = shared.definitions.visible();
    let is_live = |draft: &&Draft| visible.tables.contains_key(&draft.table.store.id);
    // The position first, the tables after: what becomes visible in between is found in its table.
    let published_lsn = shared.publisher.published_lsn();
    let first_unsaved =
        visible.tables.values().filter_map(|table| table.store.published().first_unsaved.map(|(lsn, _)| lsn));
    let log_start = first_unsaved.min().unwrap_or(Lsn(published_lsn + 1)).min(Lsn(published_lsn + 1));
    let mut changes: Vec<Change> =
        drafts.iter().filter(is_live).flat_map(|draft| draft.changes.iter().cloned()).collect();
    changes.push(Change::SetLogStart(log_start));
    let trusted_ns = shared.trusted_now_ns();
    changes.push(Change::SetTrustedClock(trusted_ns));
    if let Err(error) = committer.commit(&*shared.parts.metastore, &changes).await {
        if committer.is_in_doubt() {
            // The metastore may list the new files.
            drafts.iter().for_each(Draft::keep_files);
        }
        return Err(error);
    }
    shared.saved_clock_ns.store(trusted_ns, Ordering::Relaxed);
    for draft in drafts.iter().filter(is_live) {
        draft.settle(done);
        shared.reports.add(&draft.new_reports);
        done.tables_checkpointed += 1;
    }
    Ok(log_start)
}

impl Draft {
    /// Writes files for everything the last checkpoint does not list, and notes the changes.
    fn write(&mut self, shared: &Shared) -> Result<()> {
        self.write_series(shared)?;
        self.note_schema();
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
        drop(saved);
        self.note_files();
        self.write_report(shared);
        if let Some(applied_lsn) = self.cut.lsn {
            self.changes.push(Change::SetAppliedLsn { table: self.table.store.id, applied_lsn });
        }
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
                        let table = self.table.store.id;
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
        let conflicts = std::mem::take(&mut self.cut.conflicts);
        let id = self.table.store.id;
        let visible = shared.definitions.visible();
        let definition = visible.catalog.find_table_by_id(id).map(|entry| Arc::clone(&entry.table));
        let (now_ns, entropy) = (shared.parts.clock.now_ns(), &*shared.parts.entropy);
        if let Some(definition) = definition {
            self.new_reports = reports::write(&definition, &conflicts, now_ns, entropy);
            let add = |report: &Arc<Report>| Change::AddReport(Report::clone(report));
            self.changes.extend(self.new_reports.iter().map(add));
        }
        self.cut.conflicts = conflicts;
    }

    fn write_run(&mut self, shared: &Shared, start_ns: i64, entry: &RunEntry) -> Result<()> {
        let bounds = entry.run.bounds;
        let header = RunFileHeader {
            table: self.table.store.id,
            partition_start_ns: start_ns,
            partition_end_ns: start_ns.saturating_add(limits::PARTITION_NS),
        };
        let data = entry.run.load()?;
        let bytes = run_file::v2::encode(header, &data)
            .map_err(|error| StorageError::corrupt(&shared.memory.dir, 0, 0, error.to_string()))?;
        let file = shared.write_memory_file("run", &bytes)?;
        self.changes.push(Change::AddFile(DataFile {
            file: file.name.clone(),
            table: self.table.store.id,
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
        if count == saved_count {
            return Ok(());
        }
        let replaces_all = old_files.len() >= SERIES_FILES_MAX;
        let first = if replaces_all { 0 } else { saved_count };
        let table = self.table.store.id;
        let keys = self.table.store.writer().keys(first, count);
        let content = SeriesFile { table, first_series: SeriesId(first as u32), keys };
        let file = shared.write_memory_file("series", &series_file::v1::encode(&content))?;
        if replaces_all {
            let remove = |old: &SavedSeries| Change::RemoveFile { file: old.file.name.clone() };
            self.changes.extend(old_files.iter().map(remove));
        }
        self.changes.push(Change::AddFile(DataFile {
            file: file.name.clone(),
            table,
            kind: FileKind::Series,
            partition_start_ns: 0,
            partition_end_ns: 0,
            rows: (count - first) as u64,
            file_bytes: file.file_bytes,
            time_min_ns: 0,
            time_max_ns: 0,
            series_min: first as u32,
            series_max: (count - 1) as u32,
            crc32c: file.crc32c,
            deleted_rows: Vec::new(),
            object: None,
        }));
        self.new_series = Some(SavedSeries { file });
        Ok(())
    }

    fn note_schema(&mut self) {
        let table = self.table.store.id;
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
    fn settle(&self, done: &mut Maintenance) {
        let mut saved = self.table.saved();
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
        if let Some(series) = &self.new_series {
            series.file.mark_live();
            saved.series_files.push(series.clone());
            saved.series = self.cut.snapshot.series.count();
            done.files_written += 1;
        }
        saved.schema = Arc::clone(&self.cut.snapshot.schema);
        drop(saved);
        self.table.note_saved();
    }

    /// Says that the cut was not saved.
    fn give_up(&self) {
        self.table.store.restore_unsaved(&self.cut);
    }

    fn keep_files(&self) {
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

impl Shared {
    /// Writes a file under a new name and makes its contents durable; its name is durable after `sync_memory_dir`.
    fn write_memory_file(&self, extension: &str, bytes: &[u8]) -> Result<Arc<StoredFile>> {
        let name =
            format!("{:016x}-{:016x}.{extension}", self.parts.clock.now_ns(), self.parts.entropy.next_u64());
        let path: PathBuf = self.memory.dir.join(&name);
        self.leave_free_of_checkpoints(bytes.len() as u64)?;
        let wrap = |call: &'static str| {
            let path = path.clone();
            move |source| StorageError::io(call, &path, source)
        };
        let file = self.memory.fs.create_new(&path).map_err(wrap("create"))?;
        let stored = Arc::new(StoredFile::new(&self.memory, name, bytes.len() as u64, crc32c::crc32c(bytes)));
        stored.mark_removed();
        file.write_at(bytes, 0).map_err(wrap("write"))?;
        file.sync_all().map_err(wrap("fsync"))?;
        Ok(stored)
    }

    fn sync_memory_dir(&self) -> Result<()> {
        let dir = &self.memory.dir;
        self.memory.fs.sync_dir(dir).map_err(|source| StorageError::io("fsync of directory", dir, source))
    }

    fn truncate_log(&self, log_start: Lsn) -> Result<u64> {
        let wal = self.wal.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let removed = wal.as_ref().map(|wal| wal.truncate_before(log_start)).transpose()?;
        Ok(removed.unwrap_or(0) as u64)
    }
}
