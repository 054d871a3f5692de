//! The segment files of one log directory: their names, and the list of those that exist.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Lsn;
use crate::error::{Result, StorageError};
use crate::fs::{self, DirEntry, Fs};

/// `wal-` and the first lsn in 20 digits, so that the order of names is the order of the log.
pub(super) fn segment_name(first_lsn: Lsn) -> String {
    format!("wal-{:020}.log", first_lsn.0)
}

/// The first lsn of a segment's name; `None` for any other file.
pub(super) fn parse_segment_name(name: &str) -> Option<Lsn> {
    let digits = name.strip_prefix("wal-")?.strip_suffix(".log")?;
    let all_digits = digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits {
        return None;
    }
    digits.parse().ok().filter(|lsn| *lsn > 0).map(Lsn)
}

/// Whether a file of the log's directory is a segment.
pub fn is_segment_name(name: &str) -> bool {
    parse_segment_name(name).is_some()
}

/// A segment as its directory shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentFile {
    pub first_lsn: Lsn,
    pub len_bytes: u64,
}

/// The segments of a log directory, oldest first. A directory that does not exist is an empty log.
pub fn list(fs: &dyn Fs, dir: &Path) -> Result<Vec<SegmentFile>> {
    let segment = |entry: &DirEntry| {
        let first_lsn = parse_segment_name(&entry.name).filter(|_| !entry.is_dir)?;
        Some(SegmentFile { first_lsn, len_bytes: entry.len_bytes })
    };
    match fs.list(dir) {
        Ok(entries) => Ok(entries.iter().filter_map(segment).collect()),
        Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(StorageError::io("list", dir, source)),
    }
}

#[derive(Debug)]
pub(super) struct Segments {
    fs: Arc<dyn Fs>,
    dir: PathBuf,
    /// First positions, ascending. The last one may still be written to.
    first_lsns: Mutex<VecDeque<Lsn>>,
}

impl Segments {
    pub(super) fn new(fs: Arc<dyn Fs>, dir: &Path, first_lsns: &[Lsn]) -> Self {
        Self { fs, dir: dir.to_path_buf(), first_lsns: Mutex::new(first_lsns.iter().copied().collect()) }
    }

    pub(super) fn path(&self, first_lsn: Lsn) -> PathBuf {
        self.dir.join(segment_name(first_lsn))
    }

    /// Notes a new newest segment. It may take the place of one that held no record.
    pub(super) fn push(&self, first_lsn: Lsn) {
        let mut first_lsns = self.lock();
        if first_lsns.back() != Some(&first_lsn) {
            first_lsns.push_back(first_lsn);
        }
    }

    pub(super) fn count(&self) -> usize {
        self.lock().len()
    }

    /// Removes the oldest segments as long as the one behind them begins at or before `lsn`. A failure in between
    /// leaves the rest listed.
    pub(super) fn remove_before(&self, lsn: Lsn) -> Result<usize> {
        let mut removed = 0;
        // The lock is held over the removals: a new segment can wait for them, two cuts must not overlap.
        let mut first_lsns = self.lock();
        while first_lsns.get(1).is_some_and(|second| *second <= lsn)
            && let Some(first) = first_lsns.front().copied()
        {
            fs::remove_file_if_exists(&*self.fs, &self.path(first))?;
            first_lsns.pop_front();
            removed += 1;
        }
        if removed > 0 {
            let wrap = |source| StorageError::io("fsync of directory", &self.dir, source);
            self.fs.sync_dir(&self.dir).map_err(wrap)?;
        }
        Ok(removed)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Lsn>> {
        self.first_lsns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
