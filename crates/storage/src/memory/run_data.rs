//! The rows of a sealed run: sorted by (series, time), in Arrow arrays.

use std::sync::{Arc, OnceLock};

use arrow::array::{Array, AsArray};
use arrow::buffer::ScalarBuffer;
use arrow::datatypes::{Float64Type, Int64Type, TimestampNanosecondType};
use model::clock::TimestampNs;
use model::schema::{ColumnId, ColumnType};
use model::series::SeriesId;
use model::value::MeasureValue;

use super::batch::RowKey;
use super::column::RunColumn;
use super::run::{RowBytes, RunMemory};

/// The rows of one series in a run: from the end of the segment before to `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    pub series: SeriesId,
    pub end: u32,
}

/// Record versions of a run's rows; most runs have a single one.
#[derive(Debug, Clone, PartialEq)]
pub enum Versions {
    All(i64),
    Each(ScalarBuffer<i64>),
}

/// Immutable rows. Identities are unique, times ascend within a segment, series ascend over the segments.
#[derive(Debug, Clone, PartialEq)]
pub struct RunData {
    pub segments: Vec<Segment>,
    pub times_ns: ScalarBuffer<i64>,
    pub versions: Versions,
    /// By column id. A column that is not here is NULL in every row.
    pub columns: Vec<(ColumnId, RunColumn)>,
    pub counted: Counted,
}

/// Whether rows count as memory of an engine. Says nothing of the rows themselves: it is equal to any other, and a copy
/// is not counted.
#[derive(Debug, Default)]
pub struct Counted(OnceLock<RowBytes>);

impl Clone for Counted {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Counted {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl RunData {
    /// Counts the rows as memory of `memory` for as long as anybody has them; returns their bytes.
    pub fn count_in(&self, memory: &Arc<RunMemory>) -> u64 {
        let bytes = self.memory_bytes() as u64;
        self.counted.0.get_or_init(|| RowBytes::new(memory, bytes));
        bytes
    }

    pub fn rows(&self) -> usize {
        self.times_ns.len()
    }

    pub fn segment_start(&self, segment: usize) -> usize {
        segment
            .checked_sub(1)
            .and_then(|before| self.segments.get(before))
            .map_or(0, |before| before.end as usize)
    }

    /// The rows of one series.
    pub fn series_rows(&self, series: SeriesId) -> std::ops::Range<usize> {
        match self.segments.binary_search_by_key(&series, |segment| segment.series) {
            Ok(segment) => self.segment_start(segment)..self.segments[segment].end as usize,
            Err(_) => 0..0,
        }
    }

    /// The row with this identity, deleted or not.
    pub fn find(&self, series: SeriesId, time_ns: TimestampNs) -> Option<usize> {
        let rows = self.series_rows(series);
        let times = self.times_ns.get(rows.clone())?;
        times.binary_search(&time_ns).ok().map(|position| rows.start + position)
    }

    pub fn version(&self, row: usize) -> i64 {
        match &self.versions {
            Versions::All(version) => *version,
            Versions::Each(versions) => versions.get(row).copied().unwrap_or_default(),
        }
    }

    /// The identity and version of a row.
    pub fn key(&self, row: usize) -> Option<RowKey> {
        let segment = self.segments.partition_point(|segment| segment.end as usize <= row);
        Some(RowKey {
            series: self.segments.get(segment)?.series,
            time_ns: *self.times_ns.get(row)?,
            version: self.version(row),
        })
    }

    pub fn column(&self, id: ColumnId) -> Option<&RunColumn> {
        let position = self.columns.binary_search_by_key(&id, |(column, _)| *column).ok()?;
        self.columns.get(position).map(|(_, column)| column)
    }

    /// The values of a row that are not NULL, by column.
    pub fn values(&self, row: usize) -> impl Iterator<Item = (ColumnId, MeasureValue<'_>)> {
        self.columns.iter().filter_map(move |(id, column)| Some((*id, column.value(row)?)))
    }

    /// Inclusive; `None` for no rows.
    pub fn time_bounds_ns(&self) -> Option<(TimestampNs, TimestampNs)> {
        Some((*self.times_ns.iter().min()?, *self.times_ns.iter().max()?))
    }

    pub fn memory_bytes(&self) -> usize {
        let versions = match &self.versions {
            Versions::All(_) => 0,
            Versions::Each(versions) => versions.len() * size_of::<i64>(),
        };
        let columns: usize = self.columns.iter().map(|(_, column)| column.memory_bytes()).sum();
        self.segments.len() * size_of::<Segment>()
            + self.times_ns.len() * size_of::<i64>()
            + versions
            + columns
    }
}

/// The value of an array of one of the contract's types; `None` when it is NULL.
pub fn value_at(array: &dyn Array, row: usize) -> Option<MeasureValue<'_>> {
    if row >= array.len() || array.is_null(row) {
        return None;
    }
    let column_type = column_type_of(array)?;
    Some(match column_type {
        ColumnType::Double => MeasureValue::Double(array.as_primitive::<Float64Type>().value(row)),
        ColumnType::Bigint => MeasureValue::Bigint(array.as_primitive::<Int64Type>().value(row)),
        ColumnType::Varchar => MeasureValue::Varchar(array.as_string_view().value(row).into()),
        ColumnType::Boolean => MeasureValue::Boolean(array.as_boolean().value(row)),
        ColumnType::Timestamp => {
            MeasureValue::Timestamp(array.as_primitive::<TimestampNanosecondType>().value(row))
        }
    })
}

/// The column type of an array; `None` for types that are not the contract's.
pub fn column_type_of(array: &dyn Array) -> Option<ColumnType> {
    const TYPES: [ColumnType; 5] = [
        ColumnType::Double,
        ColumnType::Bigint,
        ColumnType::Varchar,
        ColumnType::Boolean,
        ColumnType::Timestamp,
    ];
    TYPES.into_iter().find(|column_type| column_type.data_type() == *array.data_type())
}

/// Bytes of an array's own values. Arrow counts a shared buffer once for every array that uses a part of it.
pub(super) fn array_bytes(array: &dyn Array) -> usize {
    let nulls = array.nulls().map_or(0, |nulls| nulls.len().div_ceil(8));
    let values = match array.as_string_view_opt() {
        Some(views) => {
            let texts: usize = views.data_buffers().iter().map(|buffer| buffer.len()).sum();
            views.len() * size_of::<u128>() + texts
        }
        None => match array.data_type().primitive_width() {
            Some(width) => array.len() * width,
            None => array.len().div_ceil(8),
        },
    };
    nulls + values
}
