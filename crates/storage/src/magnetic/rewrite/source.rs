//! Rows that go into new files: a run, or an older file.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, UInt32Array};
use arrow::buffer::ScalarBuffer;
use arrow::compute::{concat, take};
use arrow::datatypes::{Int64Type, TimestampNanosecondType};
use arrow::error::ArrowError;
use model::schema::ColumnId;
use model::series::SeriesId;

use crate::error::{Result, StorageError};
use crate::magnetic::data_file::MagneticFile;
use crate::magnetic::data_file::contents::FileContents;
use crate::magnetic::data_file::rows::{FileColumn, FileRows};
use crate::memory::column::{ColumnCursor, ColumnPieces, RunColumn};
use crate::memory::deleted::DeletedRows;
use crate::memory::run_data::{RunData, Versions};

/// Rows of one run or file, all in memory.
#[derive(Debug, Clone)]
pub struct Source {
    times_ns: ScalarBuffer<i64>,
    versions: Versions,
    columns: Vec<(ColumnId, RunColumn)>,
    places: HashMap<SeriesId, Range<usize>>,
    deleted: DeletedRows,
}

impl Source {
    pub fn of_run(data: &RunData, deleted: DeletedRows) -> Self {
        let place = |(position, segment): (usize, &crate::memory::run_data::Segment)| {
            (segment.series, data.segment_start(position)..segment.end as usize)
        };
        Self {
            times_ns: data.times_ns.clone(),
            versions: data.versions.clone(),
            columns: data.columns.clone(),
            places: data.segments.iter().enumerate().map(place).collect(),
            deleted,
        }
    }

    /// Reads a whole file. Blocks.
    pub fn of_file(file: &Arc<MagneticFile>, deleted: DeletedRows) -> Result<Self> {
        let damaged = |reason: &'static str| StorageError::corrupt(file.path(), 0, 0, reason);
        let contents = file.contents()?;
        let fixed = read_columns(file, &contents, vec![FileColumn::Time, FileColumn::Version], |pieces| {
            let borrowed: Vec<&dyn Array> = pieces.iter().map(AsRef::as_ref).collect();
            concat(&borrowed)
        })?;
        let mut fixed = fixed.into_iter();
        let times = fixed.next().and_then(|array| {
            array.as_primitive_opt::<TimestampNanosecondType>().map(|array| array.values().clone())
        });
        let versions = fixed.next();
        let versions =
            versions.and_then(|array| array.as_primitive_opt::<Int64Type>().map(|a| a.values().clone()));
        let (Some(times_ns), Some(versions)) = (times, versions) else {
            return Err(damaged("the file has no times or versions"));
        };
        if times_ns.len() != file.facts.rows {
            return Err(damaged("rows are missing"));
        }
        let measures = contents.measures();
        let mut columns = Vec::with_capacity(measures.len());
        for group in measures.chunks(COLUMNS_AT_ONCE) {
            let wanted = group.iter().map(|id| FileColumn::Measure(*id)).collect();
            let read = read_columns(file, &contents, wanted, |arrays| {
                let mut pieces = ColumnPieces::default();
                arrays.iter().try_for_each(|array| pieces.push(array))?;
                pieces.finish()
            })?;
            let present = group.iter().zip(read).filter_map(|(id, column)| Some((*id, column?)));
            columns.extend(present);
        }
        let places = contents
            .index
            .series
            .iter()
            .enumerate()
            .filter_map(|(position, entry)| Some((entry.series, contents.place(position)?.rows)));
        Ok(Self { times_ns, versions: Versions::Each(versions), columns, places: places.collect(), deleted })
    }

    /// The live rows of some series only; the others take no memory any more.
    pub fn only(&self, is_wanted: impl Fn(SeriesId) -> bool) -> Result<Self, ArrowError> {
        let mut rows: Vec<u32> = Vec::new();
        let mut places = HashMap::new();
        for series in self.series().filter(|series| is_wanted(*series)) {
            let start = rows.len();
            rows.extend(self.live_rows(series).map(|row| row as u32));
            places.insert(series, start..rows.len());
        }
        let indices = UInt32Array::from(rows);
        let gathered = |number: &dyn Fn(usize) -> i64| -> ScalarBuffer<i64> {
            indices.values().iter().map(|row| number(*row as usize)).collect::<Vec<i64>>().into()
        };
        let mut columns = Vec::with_capacity(self.columns.len());
        for (id, column) in &self.columns {
            let taken = match column {
                RunColumn::Dense(array) => RunColumn::of_array(take(array.as_ref(), &indices, None)?),
                RunColumn::Sparse(_) => take_sparse(column, indices.values())?,
            };
            columns.extend(taken.map(|column| (*id, column)));
        }
        Ok(Self {
            times_ns: gathered(&|row| self.time_ns(row)),
            versions: match &self.versions {
                Versions::All(version) => Versions::All(*version),
                Versions::Each(_) => Versions::Each(gathered(&|row| self.version(row))),
            },
            columns,
            places,
            deleted: DeletedRows::default(),
        })
    }

    pub fn rows(&self) -> usize {
        self.times_ns.len()
    }

    pub fn live_row_count(&self) -> usize {
        self.rows() - self.deleted.count()
    }

    pub fn series(&self) -> impl Iterator<Item = SeriesId> + '_ {
        self.places.keys().copied()
    }

    pub fn columns(&self) -> &[(ColumnId, RunColumn)] {
        &self.columns
    }

    pub fn column(&self, id: ColumnId) -> Option<&RunColumn> {
        self.columns.iter().find(|(other, _)| *other == id).map(|(_, column)| column)
    }

    pub fn time_ns(&self, row: usize) -> i64 {
        self.times_ns.get(row).copied().unwrap_or_default()
    }

    pub fn version(&self, row: usize) -> i64 {
        match &self.versions {
            Versions::All(version) => *version,
            Versions::Each(versions) => versions.get(row).copied().unwrap_or_default(),
        }
    }

    /// How many rows of a series are not deleted.
    pub fn live_row_count_of(&self, series: SeriesId) -> usize {
        let place = self.places.get(&series).cloned().unwrap_or(0..0);
        self.deleted.live_ranges(place.start, place.end).map(|(start, end)| end - start).sum()
    }

    /// The rows of a series that are not deleted, by time.
    pub fn live_rows(&self, series: SeriesId) -> impl Iterator<Item = usize> + '_ {
        let place = self.places.get(&series).cloned().unwrap_or(0..0);
        self.deleted.live_ranges(place.start, place.end).flat_map(|(start, end)| start..end)
    }
}

const READ_ROWS: usize = 64 * 1_024;
/// Columns of a file that are read together: each has an element for every row, however few values it has.
const COLUMNS_AT_ONCE: usize = 16;

/// Reads columns of all rows; `join` makes one of a column's pieces.
fn read_columns<T>(
    file: &Arc<MagneticFile>,
    contents: &Arc<FileContents>,
    wanted: Vec<FileColumn>,
    join: impl Fn(&[ArrayRef]) -> Result<T, ArrowError>,
) -> Result<Vec<T>> {
    let damaged = |reason: &'static str| StorageError::corrupt(file.path(), 0, 0, reason);
    let mut pieces: Vec<Vec<ArrayRef>> = vec![Vec::new(); wanted.len()];
    let everything = vec![0..file.facts.rows];
    for batch in FileRows::new(file, Arc::clone(contents), wanted, everything, READ_ROWS) {
        for (column, array) in pieces.iter_mut().zip(batch?.arrays) {
            column.push(array.ok_or_else(|| damaged("a column of the file is missing"))?);
        }
    }
    let join = |pieces: Vec<ArrayRef>| join(&pieces);
    let joined: Result<Vec<T>, ArrowError> = pieces.into_iter().map(join).collect();
    joined.map_err(|_| damaged("a column of the file changes its type"))
}

/// Some rows of a sparse column, in their order.
fn take_sparse(column: &RunColumn, rows: &[u32]) -> Result<Option<RunColumn>, ArrowError> {
    let mut cursor = ColumnCursor::new(column);
    let found = rows.iter().enumerate().filter_map(|(target, row)| {
        cursor.position(*row as usize).map(|position| (target as u32, position as u32))
    });
    let (targets, positions): (Vec<u32>, Vec<u32>) = found.unzip();
    let values = take(column.values().as_ref(), &UInt32Array::from(positions), None)?;
    Ok(RunColumn::of_values(rows.len(), targets, values))
}
