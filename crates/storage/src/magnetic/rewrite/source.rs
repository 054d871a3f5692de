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
use crate::magnetic::data_file::rows::{FileColumn, FileRows};
use crate::memory::deleted::DeletedRows;
use crate::memory::run_data::{RunData, Versions};

/// Rows of one run or file, all in memory.
#[derive(Debug, Clone)]
pub struct Source {
    times_ns: ScalarBuffer<i64>,
    versions: Versions,
    columns: Vec<(ColumnId, ArrayRef)>,
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
        let measures = contents.measures();
        let wanted: Vec<FileColumn> = [FileColumn::Time, FileColumn::Version]
            .into_iter()
            .chain(measures.iter().map(|id| FileColumn::Measure(*id)))
            .collect();
        let width = wanted.len();
        let everything = vec![0..file.facts.rows];
        let batches = FileRows::new(file, Arc::clone(&contents), wanted, everything, READ_ROWS);
        let mut pieces: Vec<Vec<ArrayRef>> = vec![Vec::new(); width];
        for batch in batches {
            for (column, array) in pieces.iter_mut().zip(batch?.arrays) {
                column.push(array.ok_or_else(|| damaged("a column of the file is missing"))?);
            }
        }
        let mut joined = Vec::with_capacity(width);
        for column in &pieces {
            let borrowed: Vec<&dyn Array> = column.iter().map(AsRef::as_ref).collect();
            joined.push(concat(&borrowed).map_err(|_| damaged("a column of the file changes its type"))?);
        }
        let mut joined = joined.into_iter();
        let times = joined.next().and_then(|array| {
            array.as_primitive_opt::<TimestampNanosecondType>().map(|array| array.values().clone())
        });
        let versions = joined.next();
        let versions =
            versions.and_then(|array| array.as_primitive_opt::<Int64Type>().map(|a| a.values().clone()));
        let (Some(times_ns), Some(versions)) = (times, versions) else {
            return Err(damaged("the file has no times or versions"));
        };
        if times_ns.len() != file.facts.rows {
            return Err(damaged("rows are missing"));
        }
        let places = contents
            .index
            .series
            .iter()
            .enumerate()
            .filter_map(|(position, entry)| Some((entry.series, contents.place(position)?.rows)));
        Ok(Self {
            times_ns,
            versions: Versions::Each(versions),
            columns: measures.into_iter().zip(joined).collect(),
            places: places.collect(),
            deleted,
        })
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
        let column = |(id, array): &(ColumnId, ArrayRef)| Ok((*id, take(array.as_ref(), &indices, None)?));
        Ok(Self {
            times_ns: gathered(&|row| self.time_ns(row)),
            versions: match &self.versions {
                Versions::All(version) => Versions::All(*version),
                Versions::Each(_) => Versions::Each(gathered(&|row| self.version(row))),
            },
            columns: self.columns.iter().map(column).collect::<Result<_, ArrowError>>()?,
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

    pub fn columns(&self) -> &[(ColumnId, ArrayRef)] {
        &self.columns
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
