//! The demonstration starts with an empty data directory of its own. Only a directory that a server made is emptied.

use std::io;
use std::path::Path;

use storage::error::StorageError;
use storage::fs::{Fs, remove_tree};

/// Why a directory can't be emptied.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("{0} is not a data directory: choose another with --data-dir")]
    Foreign(String),
    #[error("{0} is in use by another process: choose another with --data-dir")]
    InUse(String),
    #[error("can't empty {path}: {source}")]
    Io { path: String, source: io::Error },
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Empties a data directory that nobody uses; a missing one is fine.
pub fn empty(fs: &dyn Fs, path: &Path) -> Result<(), FolderError> {
    let shown = || path.display().to_string();
    let wrap = |source| FolderError::Io { path: shown(), source };
    let entries = match fs.list(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(wrap(error)),
    };
    if entries.is_empty() {
        return Ok(());
    }
    if !entries.iter().any(|entry| entry.name == "VERSION")
        || !entries.iter().any(|entry| entry.name == "LOCK")
    {
        return Err(FolderError::Foreign(shown()));
    }
    let lock = fs.try_lock(&path.join("LOCK")).map_err(wrap)?;
    let Some(_lock) = lock else { return Err(FolderError::InUse(shown())) };
    // The version goes last: what is left of an interrupted removal is still known as ours.
    for entry in entries.iter().filter(|entry| entry.name != "VERSION" && entry.name != "LOCK") {
        remove_tree(fs, &path.join(&entry.name))?;
    }
    fs.remove_file(&path.join("VERSION")).map_err(wrap)
}
