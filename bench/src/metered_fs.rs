//! The machine's file system with counters: what is written below which folder of the data directory.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use storage::fs::{Access, DirEntry, Fs, FsFile, FsLock, RealFs};

/// Bytes handed to write calls, by folder.
#[derive(Debug, Default)]
pub struct Written {
    wal: Arc<AtomicU64>,
    runs: Arc<AtomicU64>,
    series: Arc<AtomicU64>,
    magnetic: Arc<AtomicU64>,
    other: Arc<AtomicU64>,
}

/// A reading of [`Written`].
#[derive(Debug, Clone, Copy, Default)]
pub struct WrittenBytes {
    pub wal: u64,
    pub runs: u64,
    pub series: u64,
    pub magnetic: u64,
}

impl Written {
    pub fn read(&self) -> WrittenBytes {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        WrittenBytes {
            wal: read(&self.wal),
            runs: read(&self.runs),
            series: read(&self.series),
            magnetic: read(&self.magnetic),
        }
    }

    fn of(&self, path: &Path) -> &Arc<AtomicU64> {
        let has = |name: &str| path.components().any(|part| part.as_os_str() == name);
        let is_run = path.file_name().is_some_and(|name| name.to_string_lossy().contains("run"));
        match () {
            () if has("wal") => &self.wal,
            () if has("memory") && is_run => &self.runs,
            () if has("memory") => &self.series,
            () if has("magnetic") => &self.magnetic,
            () => &self.other,
        }
    }
}

#[derive(Debug)]
pub struct MeteredFs {
    inner: RealFs,
    written: Arc<Written>,
}

impl MeteredFs {
    pub fn new(written: &Arc<Written>) -> Self {
        Self { inner: RealFs, written: Arc::clone(written) }
    }

    fn metered(&self, path: &Path, file: Box<dyn FsFile>) -> Box<dyn FsFile> {
        Box::new(MeteredFile { inner: file, written: Arc::clone(self.written.of(path)) })
    }
}

impl Fs for MeteredFs {
    fn create_new(&self, path: &Path) -> io::Result<Box<dyn FsFile>> {
        self.inner.create_new(path).map(|file| self.metered(path, file))
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn FsFile>> {
        self.inner.open(path, access).map(|file| self.metered(path, file))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.inner.rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.inner.remove_file(path)
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.inner.create_dir(path)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        self.inner.remove_dir(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        self.inner.list(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.inner.sync_dir(path)
    }

    fn available_bytes(&self, path: &Path) -> io::Result<u64> {
        self.inner.available_bytes(path)
    }

    fn try_lock(&self, path: &Path) -> io::Result<Option<FsLock>> {
        self.inner.try_lock(path)
    }
}

#[derive(Debug)]
struct MeteredFile {
    inner: Box<dyn FsFile>,
    written: Arc<AtomicU64>,
}

impl FsFile for MeteredFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.inner.read_at(buffer, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.written.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        self.inner.write_at(bytes, offset)
    }

    fn len_bytes(&self) -> io::Result<u64> {
        self.inner.len_bytes()
    }

    fn set_len(&self, len_bytes: u64) -> io::Result<()> {
        self.inner.set_len(len_bytes)
    }

    fn preallocate(&self, len_bytes: u64) -> io::Result<()> {
        self.inner.preallocate(len_bytes)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.inner.sync_data()
    }

    fn sync_all(&self) -> io::Result<()> {
        self.inner.sync_all()
    }
}
