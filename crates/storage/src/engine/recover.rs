//! Start-up: metastore, then files, then the log from where the last checkpoint cut it.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use model::catalog::TableId;
use model::schema::TableSchema;
use model::series::SeriesId;

use super::EngineSettings;
use super::listing;
use super::saved::{EngineTable, Saved, SavedFile, SavedRun, SavedSeries};
use crate::error::{Result, StorageError};
use crate::format::wal_entry::{self, EntryError, SeriesKeys, TableWrite};
use crate::format::{deleted_rows, series_file};
use crate::fs::{self, Fs};
use crate::magnetic::order::SeriesOrder;
use crate::magnetic::store::MagneticStore;
use crate::memory::run::{Run, RunBounds, RunMemory, StoredFile};
use crate::memory::snapshot::{RunEntry, TableSnapshot};
use crate::memory::store::TableStore;
use crate::memory::writer::{Addition, Writer};
use crate::metastore::{DataFile, FileKind, Stored, StoredTable};
use crate::wal::{self, Lsn, Recovered};

pub(super) struct Recovery {
    pub(super) tables: HashMap<TableId, Arc<EngineTable>>,
    pub(super) log: Recovered,
    /// Whether the log has entries of tables that were deleted.
    pub(super) has_dead_entries: bool,
}

/// Rebuilds all tables. Blocks. Writes nothing but removes files that nothing refers to.
pub(super) fn recover(
    stored: &Stored,
    memory: &Arc<RunMemory>,
    magnetic: &Arc<MagneticStore>,
    wal_dir: &Path,
    settings: &EngineSettings,
) -> Result<Recovery> {
    let mut tables = HashMap::new();
    for table in stored.tables.values() {
        tables.insert(table.table.id, Arc::new(load_table(table, memory, magnetic)?));
    }
    let fs = Arc::clone(&memory.fs);
    let mut has_dead_entries = false;
    let mut apply = |lsn: Lsn, payload: &[u8]| {
        let is_live = apply_entry(&tables, memory, settings, wal_dir, lsn, payload)?;
        has_dead_entries |= !is_live;
        Ok(())
    };
    let log = wal::recover(&*fs, wal_dir, stored.log_start, &mut apply)?;
    for table in tables.values() {
        let time_max_ns = table.store.snapshot().time_max_ns();
        table.store.writer().set_time_max(time_max_ns);
    }
    remove_orphans(stored, memory)?;
    Ok(Recovery { tables, log, has_dead_entries })
}

fn load_table(
    stored: &StoredTable,
    memory: &Arc<RunMemory>,
    magnetic: &Arc<MagneticStore>,
) -> Result<EngineTable> {
    let mut writer = Writer::default();
    writer.set_schema(Arc::new(TableSchema::new()));
    let mut snapshot = TableSnapshot { applied_lsn: stored.applied_lsn, ..TableSnapshot::default() };
    let mut saved = Saved::default();
    let definitions = TableWrite {
        table: stored.table.id,
        columns: stored.columns.clone(),
        measures: stored.measures.iter().map(|(name, entry)| (Arc::clone(name), entry.clone())).collect(),
        first_series: SeriesId(0),
        series: SeriesKeys::default(),
        batches: Vec::new(),
        conflicts: Vec::new(),
    };
    let contradiction =
        |path: &Path| StorageError::corrupt(path, 0, 0, "stored columns or series contradict each other");
    writer.take_over(&definitions).ok_or_else(|| contradiction(&memory.dir))?;
    let mut series_files: Vec<&DataFile> =
        stored.files.values().filter(|file| file.kind == FileKind::Series).collect();
    series_files.sort_by_key(|file| file.series_min);
    for file in series_files {
        let handle = stored_file(file, memory);
        let bytes = fs::read(&*memory.fs, &handle.path())?;
        let content = series_file::decode(&handle.path(), &bytes, Some(file.crc32c))?;
        if content.table != stored.table.id {
            return Err(contradiction(&handle.path()));
        }
        let write = TableWrite {
            table: content.table,
            columns: Vec::new(),
            measures: Vec::new(),
            first_series: content.first_series,
            series: content.keys,
            batches: Vec::new(),
            conflicts: Vec::new(),
        };
        let texts = writer.take_over(&write).ok_or_else(|| contradiction(&handle.path()))?;
        for texts in texts.iter(&write.series) {
            snapshot.series.push(texts);
        }
        saved.series_files.push(SavedSeries { first_series: content.first_series.0 as usize, file: handle });
    }
    for file in stored.files.values().filter(|file| file.kind == FileKind::Run) {
        let handle = stored_file(file, memory);
        let (run, saved_run) = load_run(file, &handle, memory)?;
        saved.runs.insert(run.run.id, saved_run);
        snapshot.partition_mut(file.partition_start_ns).runs.push(run);
    }
    snapshot.schema = Arc::clone(writer.schema());
    load_files(stored, magnetic, &mut snapshot, &mut saved)?;
    saved.series = writer.series_count();
    saved.schema = Arc::clone(writer.schema());
    let store = TableStore::new(stored.table.id, Arc::clone(memory), writer, snapshot);
    Ok(EngineTable::new(store, saved))
}

/// Lists the data files of the magnetic store in each partition; none is read.
fn load_files(
    stored: &StoredTable,
    magnetic: &Arc<MagneticStore>,
    snapshot: &mut TableSnapshot,
    saved: &mut Saved,
) -> Result<()> {
    for file in stored.files.values().filter(|file| file.kind == FileKind::Data) {
        let entry = listing::file_entry(file, magnetic)?;
        let known = SavedFile { file: Arc::clone(&entry.file), deleted_count: entry.deleted.count() };
        saved.files.insert(entry.file.id, known);
        snapshot.partition_mut(file.partition_start_ns).files.push(entry);
    }
    let order = SeriesOrder::new(&stored.table, &snapshot.schema);
    let starts: Vec<i64> = snapshot.partitions.keys().copied().collect();
    for start_ns in starts {
        let mut files = std::mem::take(&mut snapshot.partition_mut(start_ns).files);
        files.sort_by(|one, other| {
            let (one, other) = (&one.file.facts, &other.file.facts);
            let by_series = order.compare(&snapshot.series, one.series_first, other.series_first);
            by_series
                .then_with(|| order.compare(&snapshot.series, one.series_last, other.series_last))
                .then(one.time_min_ns.cmp(&other.time_min_ns))
        });
        snapshot.partition_mut(start_ns).files = files;
    }
    Ok(())
}

fn stored_file(file: &DataFile, memory: &Arc<RunMemory>) -> Arc<StoredFile> {
    Arc::new(StoredFile::new(memory, file.file.clone(), file.file_bytes, file.crc32c))
}

fn load_run(
    file: &DataFile,
    handle: &Arc<StoredFile>,
    memory: &Arc<RunMemory>,
) -> Result<(RunEntry, SavedRun)> {
    let malformed =
        || StorageError::corrupt(&handle.path(), 0, 0, "the metastore's entry of a run is malformed");
    let bounds = RunBounds {
        rows: usize::try_from(file.rows).map_err(|_| malformed())?,
        time_min_ns: file.time_min_ns,
        time_max_ns: file.time_max_ns,
        series_min: SeriesId(file.series_min),
        series_max: SeriesId(file.series_max),
    };
    let deleted = deleted_rows::decode(&file.deleted_rows, bounds.rows).ok_or_else(malformed)?;
    let saved = SavedRun { file: Arc::clone(handle), deleted_count: deleted.count() };
    let run = Arc::new(Run::in_file(memory, bounds, Arc::clone(handle)));
    Ok((RunEntry { run, deleted }, saved))
}

/// Applies one entry of the log, unless a checkpoint holds it. Answers whether its table still exists.
fn apply_entry(
    tables: &HashMap<TableId, Arc<EngineTable>>,
    memory: &Arc<RunMemory>,
    settings: &EngineSettings,
    wal_dir: &Path,
    lsn: Lsn,
    payload: &[u8],
) -> Result<bool> {
    let write = wal_entry::decode(payload, &mut || memory.next_id()).map_err(|error| match error {
        EntryError::Damaged(reason) => StorageError::corrupt(wal_dir, 0, lsn.0, reason),
        EntryError::Newer { found } => StorageError::NewerVersion {
            path: wal_dir.to_path_buf(),
            artefact: wal_entry::ARTEFACT,
            found,
            supported: u64::from(wal_entry::VERSION_MAX),
        },
    })?;
    let Some(table) = tables.get(&write.table) else { return Ok(false) };
    let store = &table.store;
    if store.snapshot().applied_lsn.is_some_and(|applied| lsn <= applied) {
        return Ok(true);
    }
    let mut writer = store.writer();
    let contradiction =
        || StorageError::corrupt(wal_dir, 0, lsn.0, "a log entry contradicts what came before it");
    let texts = writer.take_over(&write).ok_or_else(contradiction)?;
    let series_count = writer.series_count();
    let is_known = |key: &crate::memory::batch::RowKey| (key.series.0 as usize) < series_count;
    if !write.batches.iter().all(|batch| batch.batch.keys().iter().all(is_known)) {
        return Err(contradiction());
    }
    let schema = Arc::clone(writer.schema());
    drop(writer);
    let replaced = write.batches.iter().map(|batch| vec![None; batch.replacing_rows.len()]).collect();
    let starts: Vec<i64> = write
        .batches
        .iter()
        .filter_map(|batch| batch.batch.keys().first())
        .map(|key| crate::memory::partition_start_ns(key.time_ns))
        .collect();
    store.publish(&Addition { write, schema, texts, replaced }, lsn, 0)?;
    for start_ns in starts {
        store.seal_if_long(start_ns, settings.tail_rows_max, settings.tail_batches_max);
    }
    Ok(true)
}

/// Removes files of checkpoints that were never committed, or whose removal a crash prevented.
fn remove_orphans(stored: &Stored, memory: &RunMemory) -> Result<()> {
    let live: HashSet<&str> =
        stored.tables.values().flat_map(|table| table.files.keys()).map(String::as_str).collect();
    let fs: &dyn Fs = &*memory.fs;
    let entries = fs.list(&memory.dir).map_err(|source| StorageError::io("list", &memory.dir, source))?;
    for entry in entries.iter().filter(|entry| !entry.is_dir && !live.contains(entry.name.as_str())) {
        tracing::info!(file = entry.name, bytes = entry.len_bytes, "orphan file removed");
        fs::remove_file_if_exists(fs, &memory.dir.join(&entry.name))?;
    }
    Ok(())
}
