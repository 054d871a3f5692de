//! A sealed run: what is known of it without its rows, its rows while they are in memory, its file once it has one.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use model::clock::TimestampNs;
use model::series::SeriesId;

use super::run_data::RunData;
use crate::error::{Result, StorageError};
use crate::format::run_file;
use crate::fs::{self, Fs};

/// The memory that runs take, and the way to their files. One per engine.
#[derive(Debug)]
pub struct RunMemory {
    pub fs: Arc<dyn Fs>,
    /// The directory of run and series files.
    pub dir: PathBuf,
    /// Rows read back from files are kept only under this.
    pub memory_bytes_max: u64,
    /// Of all rows that anybody has: later readers too, or only those who began before the rows were replaced or evicted.
    row_bytes: AtomicU64,
    /// Of rows that later readers find, without file and with one.
    unsaved_bytes: AtomicU64,
    evictable_bytes: AtomicU64,
    loads: AtomicU64,
    uses: AtomicU64,
    next_id: AtomicU64,
    /// Files that nobody needs any more.
    garbage: Mutex<Vec<String>>,
    reading: Mutex<()>,
}

impl RunMemory {
    pub fn new(fs: Arc<dyn Fs>, dir: PathBuf, memory_bytes_max: u64) -> Self {
        Self {
            fs,
            dir,
            memory_bytes_max,
            row_bytes: AtomicU64::new(0),
            unsaved_bytes: AtomicU64::new(0),
            evictable_bytes: AtomicU64::new(0),
            loads: AtomicU64::new(0),
            uses: AtomicU64::new(0),
            next_id: AtomicU64::new(1),
            garbage: Mutex::default(),
            reading: Mutex::default(),
        }
    }

    /// A number for a run or a batch, unique within the process, ascending.
    pub fn next_id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    /// Memory of all rows.
    pub fn memory_bytes(&self) -> u64 {
        self.row_bytes.load(Ordering::Relaxed)
    }

    /// Memory of rows that have a file as well.
    pub fn evictable_bytes(&self) -> u64 {
        self.evictable_bytes.load(Ordering::Relaxed)
    }

    /// Memory of rows that only the log has: it can't be freed before a checkpoint.
    pub fn unsaved_bytes(&self) -> u64 {
        self.unsaved_bytes.load(Ordering::Relaxed)
    }

    /// Memory of rows that only those have who began to read before: it is free when they end.
    pub fn readers_bytes(&self) -> u64 {
        self.memory_bytes().saturating_sub(self.unsaved_bytes() + self.evictable_bytes())
    }

    /// Runs read back from their files so far.
    pub fn loads(&self) -> u64 {
        self.loads.load(Ordering::Relaxed)
    }

    /// Names of files that nobody reads any more, to be removed from the directory.
    pub fn take_garbage(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.garbage))
    }
}

/// Memory of rows, counted until this is dropped.
#[derive(Debug)]
pub struct RowBytes {
    memory: Arc<RunMemory>,
    bytes: u64,
}

impl RowBytes {
    pub fn new(memory: &Arc<RunMemory>, bytes: u64) -> Self {
        memory.row_bytes.fetch_add(bytes, Ordering::Relaxed);
        Self { memory: Arc::clone(memory), bytes }
    }
}

impl Drop for RowBytes {
    fn drop(&mut self) {
        self.memory.row_bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Memory of a tail's rows, counted until this is dropped; what only the log has until a run replaces them.
#[derive(Debug)]
pub struct TailBytes {
    rows: RowBytes,
    is_replaced: AtomicBool,
}

impl TailBytes {
    pub fn new(memory: &Arc<RunMemory>, bytes: u64) -> Self {
        memory.unsaved_bytes.fetch_add(bytes, Ordering::Relaxed);
        Self { rows: RowBytes::new(memory, bytes), is_replaced: AtomicBool::new(false) }
    }

    /// Says that later readers find the rows elsewhere.
    pub fn replace(&self) {
        if !self.is_replaced.swap(true, Ordering::Relaxed) {
            self.rows.memory.unsaved_bytes.fetch_sub(self.rows.bytes, Ordering::Relaxed);
        }
    }
}

impl Drop for TailBytes {
    fn drop(&mut self) {
        self.replace();
    }
}

/// A file of the memory store. When it has been marked as removed, its name becomes garbage with the last reader.
#[derive(Debug)]
pub struct StoredFile {
    pub name: String,
    pub file_bytes: u64,
    pub crc32c: u32,
    memory: Arc<RunMemory>,
    is_removed: AtomicBool,
}

impl StoredFile {
    pub fn new(memory: &Arc<RunMemory>, name: String, file_bytes: u64, crc32c: u32) -> Self {
        Self { name, file_bytes, crc32c, memory: Arc::clone(memory), is_removed: AtomicBool::new(false) }
    }

    pub fn path(&self) -> PathBuf {
        self.memory.dir.join(&self.name)
    }

    /// Says that the metastore lists the file.
    pub fn mark_live(&self) {
        self.is_removed.store(false, Ordering::Release);
    }

    /// Says that the metastore does not list the file, or not any more.
    pub fn mark_removed(&self) {
        self.is_removed.store(true, Ordering::Release);
    }
}

impl Drop for StoredFile {
    fn drop(&mut self) {
        if self.is_removed.load(Ordering::Acquire) {
            lock(&self.memory.garbage).push(std::mem::take(&mut self.name));
        }
    }
}

/// What is known of a run without its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunBounds {
    pub rows: usize,
    /// Inclusive.
    pub time_min_ns: TimestampNs,
    pub time_max_ns: TimestampNs,
    pub series_min: SeriesId,
    pub series_max: SeriesId,
}

impl RunBounds {
    /// `None` for a run without rows.
    pub fn of(data: &RunData) -> Option<Self> {
        let (time_min_ns, time_max_ns) = data.time_bounds_ns()?;
        Some(Self {
            rows: data.rows(),
            time_min_ns,
            time_max_ns,
            series_min: data.segments.first()?.series,
            series_max: data.segments.last()?.series,
        })
    }

    pub fn may_hold(&self, series: SeriesId, time_ns: TimestampNs) -> bool {
        time_ns >= self.time_min_ns
            && time_ns <= self.time_max_ns
            && series >= self.series_min
            && series <= self.series_max
    }
}

/// An immutable run. At any time it has its rows in memory, or a file, or both.
#[derive(Debug)]
pub struct Run {
    pub id: u64,
    pub bounds: RunBounds,
    memory: Arc<RunMemory>,
    state: Mutex<RunState>,
    last_used: AtomicU64,
}

#[derive(Debug)]
struct RunState {
    data: Option<Arc<RunData>>,
    /// Rows that are not kept, but that readers still have.
    lent: Weak<RunData>,
    data_bytes: u64,
    file: Option<Arc<StoredFile>>,
    is_replaced: bool,
}

impl Run {
    /// A run with rows and no file; `None` when there are no rows.
    pub fn in_memory(memory: &Arc<RunMemory>, data: Arc<RunData>) -> Option<Self> {
        let bounds = RunBounds::of(&data)?;
        let data_bytes = data.count_in(memory);
        memory.unsaved_bytes.fetch_add(data_bytes, Ordering::Relaxed);
        Some(Self::new(memory, bounds, Some(data), data_bytes, None))
    }

    /// A run whose rows stay in its file until somebody needs them.
    pub fn in_file(memory: &Arc<RunMemory>, bounds: RunBounds, file: Arc<StoredFile>) -> Self {
        Self::new(memory, bounds, None, 0, Some(file))
    }

    fn new(
        memory: &Arc<RunMemory>,
        bounds: RunBounds,
        data: Option<Arc<RunData>>,
        data_bytes: u64,
        file: Option<Arc<StoredFile>>,
    ) -> Self {
        let state = RunState { data, lent: Weak::new(), data_bytes, file, is_replaced: false };
        let memory = Arc::clone(memory);
        Self { id: memory.next_id(), bounds, memory, state: Mutex::new(state), last_used: AtomicU64::new(0) }
    }

    /// The rows, if they are in memory.
    pub fn resident(&self) -> Option<Arc<RunData>> {
        let data = {
            let state = lock(&self.state);
            state.data.clone().or_else(|| state.lent.upgrade())
        };
        if data.is_some() {
            self.last_used.store(self.memory.uses.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        }
        data
    }

    pub fn is_resident(&self) -> bool {
        lock(&self.state).data.is_some()
    }

    /// To be held while rows are read for a write: such rows are in memory once at a time, however many writes want some.
    pub fn reading_turn(&self) -> MutexGuard<'_, ()> {
        lock(&self.memory.reading)
    }

    /// The rows; reads them from the file when they are not in memory. Blocks then.
    pub fn load(&self) -> Result<Arc<RunData>> {
        if let Some(data) = self.resident() {
            return Ok(data);
        }
        let file = lock(&self.state).file.clone();
        let Some(file) = file else {
            return Err(StorageError::corrupt(&self.memory.dir, 0, 0, "a run has neither rows nor a file"));
        };
        let path = file.path();
        let bytes = fs::read(&*self.memory.fs, &path)?;
        let data = Arc::new(run_file::decode(&path, bytes, Some(file.crc32c))?.1);
        if RunBounds::of(&data) != Some(self.bounds) {
            return Err(StorageError::corrupt(&path, 0, 0, "the metastore describes other rows"));
        }
        self.memory.loads.fetch_add(1, Ordering::Relaxed);
        let data_bytes = data.count_in(&self.memory);
        let mut state = lock(&self.state);
        let has_room = self.memory.memory_bytes() <= self.memory.memory_bytes_max;
        if state.data.is_none() && has_room && !state.is_replaced {
            state.data = Some(Arc::clone(&data));
            state.data_bytes = data_bytes;
            self.memory.evictable_bytes.fetch_add(data_bytes, Ordering::Relaxed);
        } else {
            state.lent = Arc::downgrade(&data);
        }
        Ok(data)
    }

    pub fn file(&self) -> Option<Arc<StoredFile>> {
        lock(&self.state).file.clone()
    }

    pub fn set_file(&self, file: Arc<StoredFile>) {
        let mut state = lock(&self.state);
        if state.file.replace(file).is_none() && !state.is_replaced {
            self.memory.unsaved_bytes.fetch_sub(state.data_bytes, Ordering::Relaxed);
            self.memory.evictable_bytes.fetch_add(state.data_bytes, Ordering::Relaxed);
        }
    }

    /// Says that later readers find the rows elsewhere. Those who began before may still read them.
    pub fn replace(&self) {
        let mut state = lock(&self.state);
        self.forget(&mut state);
        state.is_replaced = true;
        if state.file.is_some() {
            let data = state.data.take();
            state.lent = data.map_or_else(Weak::new, |data| Arc::downgrade(&data));
        }
    }

    /// Drops the rows from memory if the file has them; returns the bytes that are free once their last reader ends.
    pub fn evict(&self) -> u64 {
        let mut state = lock(&self.state);
        if state.file.is_none() || state.is_replaced {
            return 0;
        }
        let Some(data) = state.data.take() else { return 0 };
        state.lent = Arc::downgrade(&data);
        let freed_bytes = std::mem::take(&mut state.data_bytes);
        self.memory.evictable_bytes.fetch_sub(freed_bytes, Ordering::Relaxed);
        freed_bytes
    }

    /// Counts the rows as nobody's but their readers'.
    fn forget(&self, state: &mut RunState) {
        if state.is_replaced {
            return;
        }
        let counter = match state.file {
            Some(_) => &self.memory.evictable_bytes,
            None => &self.memory.unsaved_bytes,
        };
        counter.fetch_sub(std::mem::take(&mut state.data_bytes), Ordering::Relaxed);
    }

    /// What [`Run::evict`] would free.
    pub fn evictable_bytes(&self) -> u64 {
        let state = lock(&self.state);
        if state.file.is_some() && !state.is_replaced { state.data_bytes } else { 0 }
    }

    /// About the memory that its rows take, whether they are in memory or not.
    pub fn decoded_bytes(&self) -> u64 {
        let state = lock(&self.state);
        match (&state.data, &state.file) {
            (None, Some(file)) => file.file_bytes,
            _ => state.data_bytes,
        }
    }

    /// Grows with every use of any run.
    pub fn last_used(&self) -> u64 {
        self.last_used.load(Ordering::Relaxed)
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.forget(&mut lock(&self.state));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
