//! The demonstration starts with an empty data directory of its own. Only a directory that a demonstration made is emptied.

use std::io;
use std::path::Path;

use storage::data_dir::create_dir_all_durably;
use storage::error::StorageError;
use storage::fs::{Fs, remove_tree, write_durably};

/// What a demonstration leaves in its directory, to know it again.
const MARK: &str = "DEMO";
const MARK_TEXT: &[u8] = b"made by headwater demo, which empties this directory at its start\n";

/// Why a directory can't be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("{0} holds something that no demonstration made: choose another directory with --data-dir")]
    Foreign(String),
    #[error("{0} is in use by another process: choose another with --data-dir")]
    InUse(String),
    #[error("can't empty {path}: {source}")]
    Io { path: String, source: io::Error },
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Makes an empty directory, marked as the demonstration's; an earlier demonstration's is emptied unless it is in use.
pub fn prepare(fs: &dyn Fs, path: &Path) -> Result<(), FolderError> {
    let shown = || path.display().to_string();
    let wrap = |source| FolderError::Io { path: shown(), source };
    let entries = match fs.list(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(wrap(error)),
    };
    if entries.is_empty() {
        create_dir_all_durably(fs, path)?;
        return Ok(write_durably(fs, &path.join(MARK), MARK_TEXT)?);
    }
    if !entries.iter().any(|entry| entry.name == MARK) {
        return Err(FolderError::Foreign(shown()));
    }
    let lock = fs.try_lock(&path.join("LOCK")).map_err(wrap)?;
    let Some(_lock) = lock else { return Err(FolderError::InUse(shown())) };
    // The mark stays, so that what is left of an interrupted removal is still known; the version goes last.
    let is_last = |name: &str| matches!(name, MARK | "VERSION" | "LOCK");
    for entry in entries.iter().filter(|entry| !is_last(&entry.name)) {
        remove_tree(fs, &path.join(&entry.name))?;
    }
    match fs.remove_file(&path.join("VERSION")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(wrap(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use storage::data_dir::DataDir;
    use storage::fs::sim::SimFs;

    fn names(fs: &SimFs, path: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs.list(path).unwrap().into_iter().map(|entry| entry.name).collect();
        names.sort();
        names
    }

    #[test]
    fn only_what_a_demonstration_made_is_emptied() {
        let fs = SimFs::new();
        let open = |path: &Path| DataDir::open(std::sync::Arc::new(fs.clone()), path).unwrap();
        let demo = Path::new("/a/demo");
        prepare(&fs, demo).unwrap();
        let running = open(demo);
        assert!(names(&fs, demo).contains(&"wal".to_owned()));
        assert!(matches!(prepare(&fs, demo), Err(FolderError::InUse(_))));
        drop(running);
        for _ in 0..2 {
            prepare(&fs, demo).unwrap();
            assert_eq!(names(&fs, demo), ["DEMO", "LOCK"]);
        }

        let server = Path::new("/a/server");
        drop(open(server));
        let before = names(&fs, server);
        assert!(matches!(prepare(&fs, server), Err(FolderError::Foreign(_))));
        assert_eq!(names(&fs, server), before);
    }
}
