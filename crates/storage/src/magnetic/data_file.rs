//! One data file: what is known of it without reading it, its handle, and finding a row in it.
//!
//! The file is Parquet, described in `docs/formats/data_file.md`. Everything read from it is checked against the
//! checksums that were taken when it was written.

pub mod blocks;
pub mod contents;
pub mod encoding;
mod group;
pub mod inspect;
mod packed;
pub mod rows;
pub mod statistics;
pub mod writer;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::array::AsArray;
use arrow::datatypes::{Int64Type, TimestampNanosecondType};
use model::clock::TimestampNs;
use model::scan::{ReadControl, ReadCount};
use model::schema::ColumnId;
use model::series::SeriesId;
use model::value::MeasureValue;

use super::cache::{CacheKey, Cached, FilePart};
use super::store::MagneticStore;
use crate::error::{Result, StorageError};
use crate::format::data_file::block_checksums;
use crate::format::data_file::v1::SeriesIndex;
use crate::memory::deleted::DeletedRows;
use crate::memory::run_data::value_at;
use crate::object::ObjectName;
use blocks::BlockReader;
use contents::FileContents;
use rows::{FileColumn, FileRows};

/// What the metastore keeps of a data file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFacts {
    pub rows: usize,
    pub file_bytes: u64,
    /// Where the series index begins; the footer is the end of the file.
    pub tail_offset: u64,
    /// Inclusive.
    pub time_min_ns: TimestampNs,
    pub time_max_ns: TimestampNs,
    pub series_min: SeriesId,
    pub series_max: SeriesId,
    /// The first and last series in the order of the file.
    pub series_first: SeriesId,
    pub series_last: SeriesId,
    pub series_count: usize,
    /// The highest record version.
    pub version_max: i64,
    /// CRC-32C of the whole file.
    pub crc32c: u32,
    /// CRC-32C of each block of `format::data_file::BLOCK_BYTES`.
    pub block_checksums: Vec<u32>,
}

impl FileFacts {
    /// What follows from the bytes of a file and its series index; `None` when that has no series.
    pub fn of(bytes: &[u8], tail_offset: u64, index: &SeriesIndex, version_max: i64) -> Option<Self> {
        let series = || index.series.iter();
        Some(Self {
            rows: usize::try_from(index.rows).unwrap_or(usize::MAX),
            file_bytes: bytes.len() as u64,
            tail_offset,
            time_min_ns: series().map(|entry| entry.time_min_ns).min()?,
            time_max_ns: series().map(|entry| entry.time_max_ns).max()?,
            series_min: series().map(|entry| entry.series).min()?,
            series_max: series().map(|entry| entry.series).max()?,
            series_first: index.series.first()?.series,
            series_last: index.series.last()?.series,
            series_count: index.series.len(),
            version_max,
            crc32c: crc32c::crc32c(bytes),
            block_checksums: block_checksums(bytes),
        })
    }
}

/// A handle to a data file. When it has been marked as removed, the object becomes garbage with the last reader.
#[derive(Debug)]
pub struct MagneticFile {
    /// Unique within the process.
    pub id: u64,
    pub name: ObjectName,
    pub facts: FileFacts,
    store: Arc<MagneticStore>,
    is_removed: AtomicBool,
}

/// One row of a data file, without its identity.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredRow {
    pub row: usize,
    pub version: i64,
    /// The values that are not NULL, by column.
    pub values: Vec<(ColumnId, MeasureValue<'static>)>,
}

impl MagneticFile {
    /// A file that the metastore lists.
    pub fn live(store: &Arc<MagneticStore>, name: ObjectName, facts: FileFacts) -> Self {
        store.note_open(&name);
        Self {
            id: store.next_id(),
            name,
            facts,
            store: Arc::clone(store),
            is_removed: AtomicBool::new(false),
        }
    }

    /// A file that the metastore does not list yet: garbage unless it is marked as live.
    pub fn draft(store: &Arc<MagneticStore>, name: ObjectName, facts: FileFacts) -> Self {
        let file = Self::live(store, name, facts);
        file.mark_removed();
        file
    }

    /// Says that the metastore lists the file.
    pub fn mark_live(&self) {
        self.is_removed.store(false, Ordering::Release);
    }

    /// Says that the metastore does not list the file, or not any more.
    pub fn mark_removed(&self) {
        self.is_removed.store(true, Ordering::Release);
    }

    pub fn may_hold(&self, series: SeriesId, time_ns: TimestampNs) -> bool {
        let facts = &self.facts;
        (facts.time_min_ns..=facts.time_max_ns).contains(&time_ns)
            && (facts.series_min..=facts.series_max).contains(&series)
    }

    /// The footer and the series index. Blocks when they are not cached.
    pub fn contents(self: &Arc<Self>) -> Result<Arc<FileContents>> {
        self.contents_for(&Arc::default())
    }

    /// As [`Self::contents`], for a scan.
    pub fn contents_for(self: &Arc<Self>, control: &Arc<ReadControl>) -> Result<Arc<FileContents>> {
        let key = CacheKey { file: self.id, part: FilePart::Contents };
        if let Some(Cached::Contents(contents)) = self.store.cache.find(key) {
            control.count(ReadCount::CacheHits, 1);
            return Ok(contents);
        }
        let blocks = BlockReader::new(self).with_control(control);
        let tail = blocks.read(self.facts.tail_offset, self.facts.file_bytes)?;
        let contents = Arc::new(FileContents::decode(self.path(), tail, &self.facts)?);
        self.store.cache.insert(key, Cached::Contents(Arc::clone(&contents)));
        Ok(contents)
    }

    /// The row with this identity, deleted or not. Blocks.
    pub fn find(self: &Arc<Self>, series: SeriesId, time_ns: TimestampNs) -> Result<Option<StoredRow>> {
        let Some(row) = self.find_row(series, time_ns)? else { return Ok(None) };
        let contents = self.contents()?;
        let columns = contents.measures();
        let wanted =
            [FileColumn::Version].into_iter().chain(columns.iter().map(|id| FileColumn::Measure(*id)));
        let mut rows = FileRows::new(self, contents, wanted.collect(), vec![row..row + 1], 1);
        let batch = rows.next().ok_or_else(|| self.damaged("a row is missing"))??;
        let mut arrays = batch.arrays.iter();
        let version = arrays.next().and_then(Option::as_ref).and_then(|array| {
            array.as_primitive_opt::<Int64Type>().and_then(|versions| versions.values().first().copied())
        });
        let version = version.ok_or_else(|| self.damaged("a row has no version"))?;
        let values = columns
            .iter()
            .zip(arrays)
            .filter_map(|(id, array)| Some((*id, value_at(array.as_ref()?.as_ref(), 0)?.into_owned())));
        Ok(Some(StoredRow { row, version, values: values.collect() }))
    }

    /// The number of the row with this identity, deleted or not. Blocks.
    pub fn find_row(self: &Arc<Self>, series: SeriesId, time_ns: TimestampNs) -> Result<Option<usize>> {
        if !self.may_hold(series, time_ns) {
            return Ok(None);
        }
        let contents = self.contents()?;
        let Some(indexed) = contents.series(series) else { return Ok(None) };
        if time_ns < indexed.time_min_ns || time_ns > indexed.time_max_ns {
            return Ok(None);
        }
        let start = indexed.rows.start;
        let times = self.times(&contents, indexed.rows)?;
        Ok(times.binary_search(&time_ns).ok().map(|position| start + position))
    }

    /// The identity of a row. Blocks.
    pub fn identity(self: &Arc<Self>, row: usize) -> Result<(SeriesId, TimestampNs)> {
        let contents = self.contents()?;
        let series = contents.series_at(row).ok_or_else(|| self.damaged("a row has no series"))?;
        let times = self.times(&contents, row..row + 1)?;
        Ok((series, times.first().copied().ok_or_else(|| self.damaged("a row is missing"))?))
    }

    /// The rows before an instant. Blocks.
    pub fn rows_before(self: &Arc<Self>, before_ns: TimestampNs) -> Result<DeletedRows> {
        let contents = self.contents()?;
        let mut rows = DeletedRows::default();
        for place in (0..contents.index.series.len()).filter_map(|position| contents.place(position)) {
            if place.time_min_ns >= before_ns {
                continue;
            }
            let first = place.rows.start;
            let count = if place.time_max_ns < before_ns {
                place.rows.len()
            } else {
                self.times(&contents, place.rows)?.partition_point(|time_ns| *time_ns < before_ns)
            };
            rows.extend(first..first + count);
        }
        Ok(rows)
    }

    /// The times of some rows. Blocks.
    fn times(self: &Arc<Self>, contents: &Arc<FileContents>, rows: Range<usize>) -> Result<Vec<TimestampNs>> {
        let mut times = Vec::with_capacity(rows.len());
        let wanted = vec![FileColumn::Time];
        let batches = FileRows::new(self, Arc::clone(contents), wanted, vec![rows.clone()], rows.len());
        for batch in batches {
            let arrays = batch?.arrays;
            let array = arrays.first().and_then(Option::as_ref);
            let array = array.and_then(|array| array.as_primitive_opt::<TimestampNanosecondType>());
            times.extend_from_slice(array.ok_or_else(|| self.damaged("the file has no times"))?.values());
        }
        if times.len() == rows.len() { Ok(times) } else { Err(self.damaged("rows are missing")) }
    }

    pub(super) fn path(&self) -> &Path {
        Path::new(self.name.as_str())
    }

    fn damaged(&self, reason: impl Into<Arc<str>>) -> StorageError {
        StorageError::corrupt(self.path(), 0, 0, reason)
    }
}

impl Drop for MagneticFile {
    fn drop(&mut self) {
        self.store.note_closed(&self.name, self.is_removed.load(Ordering::Acquire));
    }
}
