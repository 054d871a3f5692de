//! Finding a row by its identity: what is in memory answers at once, the rest must be read first. Only answers are kept of
//! what is read, so a request over many runs takes the memory of one.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use model::clock::TimestampNs;
use model::schema::ColumnId;
use model::series::SeriesId;
use model::value::MeasureValue;

use super::batch::RowBatch;
use super::run::Run;
use super::run_data::RunData;
use crate::error::{Result, StorageError};
use crate::magnetic::data_file::{MagneticFile, StoredRow};

/// What must be read before the search can go on.
#[derive(Debug, Clone)]
pub enum NeedsRows {
    Run(RunSearch),
    File(FileSearch),
}

/// A question to a run.
#[derive(Debug, Clone)]
pub struct RunSearch {
    pub run: Arc<Run>,
    pub series: SeriesId,
    pub time_ns: TimestampNs,
}

/// A question to a data file.
#[derive(Debug, Clone)]
pub struct FileSearch {
    pub file: Arc<MagneticFile>,
    pub series: SeriesId,
    pub time_ns: TimestampNs,
}

/// A row of a run.
#[derive(Debug, Clone)]
pub enum RunRow {
    InMemory { data: Arc<RunData>, row: usize },
    Read(Arc<StoredRow>),
}

impl RunRow {
    pub fn row(&self) -> usize {
        match self {
            Self::InMemory { row, .. } => *row,
            Self::Read(stored) => stored.row,
        }
    }

    fn find(data: Arc<RunData>, search: &RunSearch) -> Option<Self> {
        data.find(search.series, search.time_ns).map(|row| Self::InMemory { data, row })
    }
}

/// Where a row was when it was found. Sealing and merging move rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    Batch { id: u64, row: usize },
    Run { id: u64, row: usize },
    File { id: u64, row: usize },
}

/// A live row.
#[derive(Debug, Clone)]
pub enum Found {
    Batch {
        batch: Arc<RowBatch>,
        row: usize,
    },
    Run {
        id: u64,
        data: Arc<RunData>,
        row: usize,
    },
    /// Read from the file of a run or of the magnetic store.
    Stored {
        location: Location,
        stored: Arc<StoredRow>,
    },
}

impl Found {
    pub fn version(&self) -> i64 {
        match self {
            Self::Batch { batch, row } => batch.key(*row).map_or(0, |key| key.version),
            Self::Run { data, row, .. } => data.version(*row),
            Self::Stored { stored, .. } => stored.version,
        }
    }

    pub fn location(&self) -> Location {
        match self {
            Self::Batch { batch, row } => Location::Batch { id: batch.id, row: *row },
            Self::Run { id, row, .. } => Location::Run { id: *id, row: *row },
            Self::Stored { location, .. } => *location,
        }
    }

    /// Whether the row has exactly these values, sorted by column.
    pub fn has_values(&self, values: &[(ColumnId, &MeasureValue<'_>)]) -> bool {
        let same = |((column, value), (other_column, other)): (
            (ColumnId, MeasureValue<'_>),
            &(ColumnId, &MeasureValue<'_>),
        )| { column == *other_column && value == **other };
        match self {
            Self::Batch { batch, row } => {
                let cells = batch.cells(*row);
                let stored = cells.iter().map(|cell| (cell.column, batch.value(cell)));
                cells.len() == values.len() && stored.zip(values).all(same)
            }
            Self::Run { data, row, .. } => {
                let mut stored = data.values(*row);
                let mut wanted = values.iter();
                loop {
                    match (stored.next(), wanted.next()) {
                        (None, None) => return true,
                        (Some(one), Some(other)) if same((one.clone(), other)) => {}
                        _ => return false,
                    }
                }
            }
            Self::Stored { stored, .. } => {
                let cells = stored.values.iter().map(|(column, value)| (*column, value.clone()));
                stored.values.len() == values.len() && cells.zip(values).all(same)
            }
        }
    }
}

/// Where a search gets rows from. `None`: they must be read first.
pub trait RowAccess {
    /// The row that a run has, if it has one.
    fn run(&self, search: &RunSearch) -> Option<Option<RunRow>>;

    /// The row that a data file has, if it has one.
    fn file(&self, search: &FileSearch) -> Option<Option<Arc<StoredRow>>>;
}

/// What is in memory, and answers to what was read for one request.
#[derive(Debug, Default)]
pub struct LoadedRows {
    of_runs: HashMap<Asked, Option<Arc<StoredRow>>>,
    of_files: HashMap<Asked, Option<Arc<StoredRow>>>,
}

/// The id of a run or file, and the identity that was looked for.
type Asked = (u64, SeriesId, TimestampNs);

impl LoadedRows {
    /// Reads what searches need. Blocks.
    pub fn read(&mut self, needs: Vec<NeedsRows>) -> Result<()> {
        let mut of_runs: BTreeMap<u64, Vec<RunSearch>> = BTreeMap::new();
        for need in needs {
            match need {
                NeedsRows::Run(search) => of_runs.entry(search.run.id).or_default().push(search),
                NeedsRows::File(search) => {
                    let found = search.file.find(search.series, search.time_ns)?.map(Arc::new);
                    self.of_files.insert((search.file.id, search.series, search.time_ns), found);
                }
            }
        }
        for searches in of_runs.into_values() {
            self.read_run(&searches)?;
        }
        Ok(())
    }

    /// All searches are of one run.
    fn read_run(&mut self, searches: &[RunSearch]) -> Result<()> {
        let Some(first) = searches.first() else { return Ok(()) };
        // Rows over the memory limit are not kept by the run, and nobody counts them.
        let _turn = first.run.reading_turn();
        let data = first.run.load()?;
        for search in searches {
            let found = data.find(search.series, search.time_ns).map(|row| Arc::new(stored_row(&data, row)));
            self.of_runs.insert((search.run.id, search.series, search.time_ns), found);
        }
        Ok(())
    }
}

fn stored_row(data: &RunData, row: usize) -> StoredRow {
    let values = data.values(row).map(|(column, value)| (column, value.into_owned()));
    StoredRow { row, version: data.version(row), values: values.collect() }
}

impl RowAccess for LoadedRows {
    fn run(&self, search: &RunSearch) -> Option<Option<RunRow>> {
        if let Some(answer) = self.of_runs.get(&(search.run.id, search.series, search.time_ns)) {
            return Some(answer.clone().map(RunRow::Read));
        }
        search.run.resident().map(|data| RunRow::find(data, search))
    }

    fn file(&self, search: &FileSearch) -> Option<Option<Arc<StoredRow>>> {
        self.of_files.get(&(search.file.id, search.series, search.time_ns)).cloned()
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
    fn run(&self, search: &RunSearch) -> Option<Option<RunRow>> {
        self.note(search.run.load()).map(|data| RunRow::find(data, search))
    }

    fn file(&self, search: &FileSearch) -> Option<Option<Arc<StoredRow>>> {
        let row = self.note(search.file.find_row(search.series, search.time_ns))?;
        Some(row.map(|row| Arc::new(StoredRow { row, version: 0, values: Vec::new() })))
    }
}
