//! A table of the engine: its data in memory, and what the last checkpoint saved of it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::catalog::TableId;
use model::schema::TableSchema;

use crate::magnetic::data_file::MagneticFile;
use crate::memory::run::{RunMemory, StoredFile};
use crate::memory::snapshot::TableSnapshot;
use crate::memory::store::TableStore;
use crate::memory::writer::Writer;

const NEVER: u64 = u64::MAX;

#[derive(Debug)]
pub(super) struct EngineTable {
    pub(super) store: TableStore,
    saved: Mutex<Saved>,
    /// Monotonic time since which runs were merged or dropped that a checkpoint still lists.
    reshaped_ns: AtomicU64,
}

/// What the metastore lists for a table. Changed only while the committer is held.
#[derive(Debug, Default)]
pub(super) struct Saved {
    /// By id of the run.
    pub(super) runs: BTreeMap<u64, SavedRun>,
    /// Ascending.
    pub(super) series_files: Vec<SavedSeries>,
    /// Data files of the magnetic store, by id.
    pub(super) files: BTreeMap<u64, SavedFile>,
    /// Series in those files.
    pub(super) series: usize,
    pub(super) schema: Arc<TableSchema>,
}

#[derive(Debug, Clone)]
pub(super) struct SavedRun {
    pub(super) file: Arc<StoredFile>,
    pub(super) deleted_count: usize,
}

#[derive(Debug, Clone)]
pub(super) struct SavedFile {
    pub(super) file: Arc<MagneticFile>,
    pub(super) deleted_count: usize,
}

#[derive(Debug, Clone)]
pub(super) struct SavedSeries {
    pub(super) first_series: usize,
    pub(super) file: Arc<StoredFile>,
}

impl Saved {
    /// Says that the metastore lists none of the files any more.
    pub(super) fn mark_removed(&self) {
        self.runs.values().for_each(|run| run.file.mark_removed());
        self.series_files.iter().for_each(|series| series.file.mark_removed());
        self.files.values().for_each(|known| known.file.mark_removed());
    }
}

impl EngineTable {
    pub(super) fn new(store: TableStore, saved: Saved) -> Self {
        Self { store, saved: Mutex::new(saved), reshaped_ns: AtomicU64::new(NEVER) }
    }

    /// The data of a table that was just created.
    pub(super) fn empty(id: TableId, memory: &Arc<RunMemory>) -> Self {
        let mut writer = Writer::default();
        let snapshot = TableSnapshot::default();
        writer.set_schema(Arc::clone(&snapshot.schema));
        Self::new(TableStore::new(id, Arc::clone(memory), writer, snapshot), Saved::default())
    }

    pub(super) fn saved(&self) -> MutexGuard<'_, Saved> {
        self.saved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that the list of saved files is out of date.
    pub(super) fn note_reshaped(&self, monotonic_ns: u64) {
        let _ = self.reshaped_ns.compare_exchange(NEVER, monotonic_ns, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Notes that the list of saved files is right.
    pub(super) fn note_saved(&self) {
        self.reshaped_ns.store(NEVER, Ordering::Relaxed);
    }

    /// The monotonic time since which the last checkpoint is out of date.
    pub(super) fn outdated_since_ns(&self) -> Option<u64> {
        let unsaved = self.store.published().first_unsaved.map(|(_, since_ns)| since_ns);
        let reshaped = Some(self.reshaped_ns.load(Ordering::Relaxed)).filter(|since_ns| *since_ns != NEVER);
        unsaved.into_iter().chain(reshaped).min()
    }
}
