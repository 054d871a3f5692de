//! Finding a row by its identity: what is in memory answers at once, the rest must be read first.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use model::clock::TimestampNs;
use model::series::SeriesId;

use super::run::Run;
use super::run_data::RunData;
use crate::error::{Result, StorageError};
use crate::magnetic::data_file::{MagneticFile, StoredRow};

/// What must be read before the search can go on.
#[derive(Debug, Clone)]
pub enum NeedsRows {
    Run(Arc<Run>),
    File(FileSearch),
}

/// A question to a data file.
#[derive(Debug, Clone)]
pub struct FileSearch {
    pub file: Arc<MagneticFile>,
    pub series: SeriesId,
    pub time_ns: TimestampNs,
}

/// Where a search gets rows from. `None`: they must be read first.
pub trait RowAccess {
    fn run(&self, run: &Arc<Run>) -> Option<Arc<RunData>>;

    /// The row that a data file has, if it has one.
    fn file(&self, search: &FileSearch) -> Option<Option<Arc<StoredRow>>>;
}

/// What is in memory, and what was read for one request.
#[derive(Debug, Default)]
pub struct LoadedRows {
    runs: HashMap<u64, Arc<RunData>>,
    answers: HashMap<(u64, SeriesId, TimestampNs), Option<Arc<StoredRow>>>,
}

impl LoadedRows {
    pub fn has_answer(&self, search: &FileSearch) -> bool {
        self.answers.contains_key(&(search.file.id, search.series, search.time_ns))
    }

    /// Reads what searches need. Blocks.
    pub fn read(&mut self, needs: Vec<NeedsRows>) -> Result<()> {
        for need in needs {
            match need {
                NeedsRows::Run(run) => drop(self.runs.insert(run.id, run.load()?)),
                NeedsRows::File(search) => {
                    let found = search.file.find(search.series, search.time_ns)?.map(Arc::new);
                    self.answers.insert((search.file.id, search.series, search.time_ns), found);
                }
            }
        }
        Ok(())
    }
}

impl RowAccess for LoadedRows {
    fn run(&self, run: &Arc<Run>) -> Option<Arc<RunData>> {
        // Rows over the memory limit are not kept by the run.
        self.runs.get(&run.id).cloned().or_else(|| run.resident())
    }

    fn file(&self, search: &FileSearch) -> Option<Option<Arc<StoredRow>>> {
        self.answers.get(&(search.file.id, search.series, search.time_ns)).cloned()
    }
}

/// Reads what is needed as soon as it is needed; of a data file's row only where it is. Blocks.
#[derive(Debug, Default)]
pub struct BlockingRows {
    error: RefCell<Option<StorageError>>,
}

impl BlockingRows {
    /// Why a search ended with a need.
    pub fn into_error(self) -> StorageError {
        let error = self.error.into_inner();
        error.unwrap_or_else(|| StorageError::Background { reason: "a search ended without a reason".into() })
    }

    fn note<T>(&self, outcome: Result<T>) -> Option<T> {
        outcome.map_err(|error| *self.error.borrow_mut() = Some(error)).ok()
    }
}

impl RowAccess for BlockingRows {
    fn run(&self, run: &Arc<Run>) -> Option<Arc<RunData>> {
        self.note(run.load())
    }

    fn file(&self, search: &FileSearch) -> Option<Option<Arc<StoredRow>>> {
        let row = self.note(search.file.find_row(search.series, search.time_ns))?;
        Some(row.map(|row| Arc::new(StoredRow { row, version: 0, values: Vec::new() })))
    }
}
