//! A whole stopped directory: lock, version, metastore, then everything that the metastore lists.

use std::path::{Path, PathBuf};

use super::{Artefact, Checker, FileParts, Report, journal, words_of};
use crate::data_dir;
use crate::data_dir::digest::{self, Digest};
use crate::error::{Result, StorageError};
use crate::fs::{self, Access, Fs};
use crate::metastore::{Metastore, SqliteMetastore, Stored};

/// What a check of a directory needs.
#[derive(Debug, Clone)]
pub struct DirectoryParts {
    pub files: FileParts,
    /// Where the metastore is copied to: opening it where it is would change it.
    pub scratch_dir: PathBuf,
}

/// Checks a directory that no server has open.
///
/// # Errors
/// - `DataDirectory`: this is no data directory.
/// - `Locked`: a server has it open.
/// - `NewerVersion`: a newer release wrote it.
pub async fn directory(parts: DirectoryParts) -> Result<Report> {
    let DirectoryParts { files: parts, scratch_dir } = parts;
    let metastore_path = parts.root.join("metastore.sqlite");
    let mut checker = Checker { parts, report: Report::default() };
    if !is_file(&*checker.parts.fs, &metastore_path) && !checker.looks_like_data() {
        let reason = "there is no metastore.sqlite".into();
        return Err(StorageError::DataDirectory { path: checker.parts.root.clone(), reason });
    }
    let lock_path = checker.parts.root.join("LOCK");
    let lock = if is_file(&*checker.parts.fs, &lock_path) {
        match checker.parts.fs.try_lock(&lock_path) {
            Ok(Some(lock)) => Some(lock),
            Ok(None) => return Err(StorageError::Locked { path: checker.parts.root.clone() }),
            // A read-only copy can't be locked, and need not be.
            Err(_) => None,
        }
    } else {
        None
    };
    checker.check_version()?;
    let scratch = scratch_dir.join(format!("headwater-check-{:016x}", checker.parts.entropy.next_u64()));
    let stored = checker.check_metastore(&metastore_path, &scratch).await;
    let removed = fs::remove_tree(&*checker.parts.fs, &scratch);
    if let Some(stored) = stored {
        // What follows blocks for long: it must not hold up the runtime that a remote object store needs.
        checker = tokio::task::spawn_blocking(move || {
            checker.check_stored(&stored);
            checker
        })
        .await
        .map_err(|failure| StorageError::Background { reason: failure.to_string().into() })?;
    }
    drop(lock);
    removed.map(|()| checker.report)
}

impl Checker {
    fn looks_like_data(&self) -> bool {
        ["VERSION", "wal", "memory"].iter().all(|name| {
            let path = self.parts.root.join(name);
            self.parts.fs.list(&path).is_ok() || is_file(&*self.parts.fs, &path)
        })
    }

    fn check_version(&mut self) -> Result<()> {
        let path = self.parts.root.join("VERSION");
        self.report.count_file(Artefact::DataDirectory, 0, 0);
        match data_dir::check_version(&*self.parts.fs, &path) {
            Ok(()) => Ok(()),
            Err(error @ StorageError::NewerVersion { .. }) => Err(error),
            Err(StorageError::DataDirectory { reason, .. }) => {
                self.damage(Artefact::DataDirectory, "VERSION", &*reason);
                Ok(())
            }
            Err(error) => {
                self.damage(Artefact::DataDirectory, "VERSION", words_of(&error));
                Ok(())
            }
        }
    }

    /// Checks a copy of the metastore by SQLite's means and loads it.
    async fn check_metastore(&mut self, path: &Path, scratch: &Path) -> Option<Stored> {
        let copied = self.copy_metastore(path, scratch);
        let copy = match copied {
            Ok(copy) => copy,
            Err(error) => {
                self.damage(Artefact::Metastore, "metastore.sqlite", words_of(&error));
                return None;
            }
        };
        let metastore = match SqliteMetastore::open_copy(&copy).await {
            Ok(metastore) => metastore,
            Err(error) => {
                self.damage(Artefact::Metastore, "metastore.sqlite", words_of(&error));
                return None;
            }
        };
        let complaints = metastore.complaints().await.unwrap_or_else(|error| vec![words_of(&error)]);
        for what in complaints {
            self.damage(Artefact::Metastore, "metastore.sqlite", what);
        }
        let loaded = metastore.load().await;
        metastore.close().await;
        match loaded {
            Ok(stored) => {
                let totals = self.report.totals.entry(Artefact::Metastore).or_default();
                totals.rows += stored.tables.len() as u64;
                Some(stored)
            }
            Err(error) => {
                self.damage(Artefact::Metastore, "metastore.sqlite", words_of(&error));
                None
            }
        }
    }

    /// Copies the database and its journal. Answers the path of the copy.
    fn copy_metastore(&mut self, path: &Path, scratch: &Path) -> Result<PathBuf> {
        let fs = std::sync::Arc::clone(&self.parts.fs);
        fs.create_dir(scratch).map_err(|source| StorageError::io("create directory", scratch, source))?;
        let copy = scratch.join("metastore.sqlite");
        let digest = copy_file(&*fs, path, &copy)?;
        self.report.count_file(Artefact::Metastore, digest.file_bytes, 0);
        match Digest::find(&*fs, &self.parts.root) {
            Ok(Some(stated)) if stated != digest => {
                let what = "it is not what it was when the server stopped";
                self.damage(Artefact::Metastore, "metastore.sqlite", what);
            }
            Ok(_) => {}
            Err(error) => self.damage(Artefact::Metastore, digest::NAME, words_of(&error)),
        }
        let journal = path.with_file_name("metastore.sqlite-wal");
        if is_file(&*fs, &journal) {
            let copied = copy_file(&*fs, &journal, &copy.with_file_name("metastore.sqlite-wal"))?;
            self.report.count_file(Artefact::Metastore, copied.file_bytes, 0);
            match journal::judge(&*fs, &journal)? {
                journal::Judgement::Whole => {}
                journal::Judgement::Torn(what) => {
                    self.note(Artefact::Metastore, "metastore.sqlite-wal", what)
                }
                journal::Judgement::Damaged(what) => {
                    self.damage(Artefact::Metastore, "metastore.sqlite-wal", what);
                }
            }
        }
        Ok(copy)
    }
}

fn is_file(fs: &dyn Fs, path: &Path) -> bool {
    fs.open(path, Access::Read).is_ok_and(|file| file.len_bytes().is_ok())
}

fn copy_file(fs: &dyn Fs, from: &Path, to: &Path) -> Result<Digest> {
    let target = fs.create_new(to).map_err(|source| StorageError::io("create", to, source))?;
    Digest::of(fs, from, &mut |piece, offset| target.write_at(piece, offset))
}
