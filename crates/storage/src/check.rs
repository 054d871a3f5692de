//! `headwater check`: reads everything that a data directory holds and says what is wrong with it. Changes nothing.
//!
//! [`directory`] checks a stopped directory, [`files`] what a metastore lists. What is not as it was written is
//! *damage*; what nothing refers to is an *orphan*, which a crash leaves behind and the server removes; a *note* is
//! worth knowing and no fault. One table's dictionary, one file and a bounded number of identities are in memory.

mod data_file;
mod definitions;
mod directory;
mod journal;
mod layout;
mod log;
mod partition;
mod report;
mod run_file;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::clock::TimestampNs;
use model::entropy::Entropy;

pub use directory::{DirectoryParts, directory};
pub use journal::describe_journal;
pub use report::{Artefact, Finding, Report, Severity, Totals};

use crate::error::StorageError;
use crate::fs::Fs;
use crate::magnetic::bridge::Bridge;
use crate::metastore::{DataFile, FileKind, Stored, StoredTable};
use crate::object::DataObjects;

/// Where the files are that a metastore lists.
#[derive(Debug, Clone)]
pub struct FileParts {
    pub fs: Arc<dyn Fs>,
    /// The data directory.
    pub root: PathBuf,
    pub objects: DataObjects,
    pub bridge: Bridge,
    pub entropy: Arc<dyn Entropy>,
}

/// Checks every file and log segment against what the metastore says. Blocks.
pub fn files(parts: &FileParts, stored: &Stored) -> Report {
    let mut checker = Checker { parts: parts.clone(), report: Report::default() };
    checker.check_stored(stored);
    checker.report
}

/// The findings so far, and the way to what is checked.
struct Checker {
    parts: FileParts,
    report: Report,
}

impl Checker {
    fn check_stored(&mut self, stored: &Stored) {
        self.check_layout(stored);
        let mut log_tables = BTreeMap::new();
        for table in stored.tables.values() {
            let definitions = self.load_definitions(stored, table);
            self.check_partitions(table, &definitions);
            log_tables.insert(table.table.id, log::LogTable::new(table, &definitions));
        }
        self.check_log(stored, log_tables);
    }

    /// Files of the memory store and of the magnetic store, partition by partition.
    fn check_partitions(&mut self, table: &StoredTable, definitions: &definitions::Definitions) {
        let mut partitions: BTreeMap<TimestampNs, Vec<&DataFile>> = BTreeMap::new();
        for file in table.files.values().filter(|file| file.kind != FileKind::Series) {
            partitions.entry(file.partition_start_ns).or_default().push(file);
        }
        for files in partitions.values() {
            let mut sources = Vec::new();
            for file in files {
                let source = match file.kind {
                    FileKind::Run => self.check_run(definitions, file),
                    FileKind::Data => self.check_data_file(definitions, file),
                    FileKind::Series => None,
                };
                sources.extend(source);
            }
            self.check_order(definitions, &sources);
            self.check_unique(&sources);
        }
    }

    fn damage(&mut self, artefact: Artefact, path: &str, what: impl Into<String>) {
        self.report.add(Severity::Damage, artefact, path, what.into());
    }

    fn orphan(&mut self, artefact: Artefact, path: &str, what: impl Into<String>) {
        self.report.add(Severity::Orphan, artefact, path, what.into());
    }

    fn note(&mut self, artefact: Artefact, path: &str, what: impl Into<String>) {
        self.report.add(Severity::Note, artefact, path, what.into());
    }

    fn memory_dir(&self) -> PathBuf {
        self.parts.root.join("memory")
    }

    /// A path as findings name it.
    fn name_of(&self, path: &Path) -> String {
        path.strip_prefix(&self.parts.root).unwrap_or(path).display().to_string()
    }
}

/// What an error says beyond the path, which the finding has.
fn words_of(error: &StorageError) -> String {
    match error {
        StorageError::Corrupt { offset: 0, lsn: 0, reason, .. } => reason.to_string(),
        StorageError::Corrupt { offset, lsn: 0, reason, .. } => format!("{reason} offset={offset}"),
        StorageError::Corrupt { offset, lsn, reason, .. } => format!("{reason} offset={offset} lsn={lsn}"),
        StorageError::NewerVersion { found, supported, .. } => {
            format!("written by a newer release version={found} supported={supported}")
        }
        StorageError::Io { call, source, .. } => format!("{call} failed: {source}"),
        other => other.to_string(),
    }
}
