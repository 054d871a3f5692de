//! The data directory: its layout, its version, and the lock that keeps a second process out.
//!
//! ```text
//! DIR/LOCK               exclusive lock while a process has the directory open
//! DIR/VERSION            the version of this layout, written first
//! DIR/STORES             which stores beside this directory hold its data
//! DIR/DEMO               only where `headwater demo` made the directory, which it empties at its start
//! DIR/credentials        the root key pair, in AWS's shared-credentials format
//! DIR/metastore.sqlite   definitions and the list of live data files
//! DIR/metastore.digest   its checksum, while it is closed
//! DIR/wal/               segments of the write-ahead log
//! DIR/memory/            spilled runs and checkpoints of the memory store
//! DIR/spill/             what running queries put aside, emptied at the start
//! DIR/magnetic/          data files of the magnetic store, one folder for each table
//! DIR/buckets/           stands for S3 where no endpoint is configured
//! ```

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Result, StorageError};
use crate::fs::{self, Fs, FsLock};

pub mod digest;
pub mod stores;
#[cfg(test)]
mod tests;

/// The version of the layout that this release writes, and the newest it reads.
pub const VERSION: u64 = 1;

/// What there can't be without a `VERSION`.
const HOLDS_DATA: [&str; 4] = ["wal", "memory", "magnetic", "metastore.sqlite"];

const VERSION_PREFIX: &str = "headwater data directory, version ";

/// An open data directory. The lock is held until it is dropped.
#[derive(Debug)]
pub struct DataDir {
    fs: Arc<dyn Fs>,
    root: PathBuf,
    _lock: FsLock,
}

impl DataDir {
    /// Locks the directory, judges its version and creates what is missing.
    ///
    /// # Errors
    /// - `Locked`: another process has it open.
    /// - `NewerVersion`: a newer release wrote it; nothing was changed.
    /// - `DataDirectory`: there is data without a readable `VERSION`; nothing was changed.
    pub fn open(fs: Arc<dyn Fs>, root: &Path) -> Result<Self> {
        create_dir_all_durably(&*fs, root)?;
        let lock_path = root.join("LOCK");
        let lock = fs.try_lock(&lock_path).map_err(|source| StorageError::io("lock", &lock_path, source))?;
        let Some(lock) = lock else { return Err(StorageError::Locked { path: root.to_path_buf() }) };
        let data_dir = Self { fs, root: root.to_path_buf(), _lock: lock };
        data_dir.settle_version()?;
        for dir in [data_dir.wal(), data_dir.memory(), data_dir.magnetic(), data_dir.buckets()] {
            fs::create_dir_durably(&*data_dir.fs, &dir)?;
        }
        Ok(data_dir)
    }

    pub fn fs(&self) -> &Arc<dyn Fs> {
        &self.fs
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn wal(&self) -> PathBuf {
        self.root.join("wal")
    }

    pub fn memory(&self) -> PathBuf {
        self.root.join("memory")
    }

    pub fn magnetic(&self) -> PathBuf {
        self.root.join("magnetic")
    }

    pub fn buckets(&self) -> PathBuf {
        self.root.join("buckets")
    }

    pub fn metastore(&self) -> PathBuf {
        self.root.join("metastore.sqlite")
    }

    pub fn credentials(&self) -> PathBuf {
        self.root.join("credentials")
    }

    fn version_path(&self) -> PathBuf {
        self.root.join("VERSION")
    }

    /// Checks the version, or writes it into a directory that has no data yet. Because it is written before anything
    /// else, data without a version is damage.
    fn settle_version(&self) -> Result<()> {
        let path = self.version_path();
        if fs::find(&*self.fs, &path)?.is_some() {
            return check_version(&*self.fs, &path);
        }
        let entries =
            self.fs.list(&self.root).map_err(|source| StorageError::io("list", &self.root, source))?;
        if entries.iter().any(|entry| HOLDS_DATA.contains(&entry.name.as_str())) {
            return Err(refuse(&path, "there is data, but no VERSION file"));
        }
        fs::write_durably(&*self.fs, &path, format_version(VERSION).as_bytes())
    }
}

/// Checks the file that states the version.
///
/// # Errors
/// As [`DataDir::open`]; a missing file is damage.
pub(crate) fn check_version(fs: &dyn Fs, path: &Path) -> Result<()> {
    let Some(bytes) = fs::find(fs, path)? else { return Err(refuse(path, "there is no VERSION file")) };
    match parse_version(&bytes) {
        Some(found) if found > VERSION => Err(StorageError::NewerVersion {
            path: path.to_path_buf(),
            artefact: "data_dir",
            found,
            supported: VERSION,
        }),
        Some(VERSION) => Ok(()),
        _ => Err(refuse(path, "the VERSION file is not readable")),
    }
}

fn refuse(path: &Path, reason: &str) -> StorageError {
    StorageError::DataDirectory { path: path.to_path_buf(), reason: reason.into() }
}

fn format_version(version: u64) -> String {
    format!("{VERSION_PREFIX}{version}\n")
}

fn parse_version(bytes: &[u8]) -> Option<u64> {
    let number = std::str::from_utf8(bytes).ok()?.strip_prefix(VERSION_PREFIX)?.strip_suffix('\n')?;
    number.parse().ok().filter(|version| *version > 0 && format_version(*version).as_bytes() == bytes)
}

/// Creates a directory and its missing parents, each durable before the next.
pub fn create_dir_all_durably(fs: &dyn Fs, path: &Path) -> Result<()> {
    match fs.list(path) {
        Ok(_) => {
            // One that exists may have been created by a process that died before its sync, and so may the
            // directories above it. Those that can't be synced belong to somebody else.
            for above in path.ancestors().skip(1) {
                let above = if above.as_os_str().is_empty() { Path::new(".") } else { above };
                let _ = fs.sync_dir(above);
            }
            Ok(())
        }
        Err(source) if source.kind() == io::ErrorKind::NotFound => {
            if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
                create_dir_all_durably(fs, parent)?;
            }
            fs::create_dir_durably(fs, path)
        }
        Err(source) => Err(StorageError::io("list", path, source)),
    }
}
