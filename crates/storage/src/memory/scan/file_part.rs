//! The wanted rows of a data file, or of a part of it.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, RecordBatchOptions, new_null_array};
use arrow::datatypes::TimestampNanosecondType;
use model::limits;
use model::scan::{ScanError, ScanPart, TimeRange};
use model::series::SeriesId;

use super::part::{Batches, Piece, covering, scan_error};
use super::{ScanColumn, ScanShape, meets};
use crate::error::{Result, StorageError};
use crate::magnetic::data_file::contents::FileContents;
use crate::magnetic::data_file::rows::{FileBatch, FileColumn, FileRows};
use crate::memory::snapshot::FileEntry;
use crate::memory::views::series_texts;

/// Rows whose times are looked at together.
const REFINED_ROWS: usize = 256 * 1_024;

#[derive(Debug)]
pub(super) struct FilePart {
    entry: FileEntry,
    shape: Arc<ScanShape>,
    /// The rows of the file that are this part's.
    rows: Range<usize>,
    rows_max: usize,
}

impl FilePart {
    /// The parts of a file, each with about a row group; none when it is known that no row is wanted. Reads nothing.
    pub(super) fn of_file<'a>(
        entry: &'a FileEntry,
        shape: &'a Arc<ScanShape>,
    ) -> impl Iterator<Item = Self> + 'a {
        let facts = &entry.file.facts;
        let is_wanted = meets(facts.time_min_ns, facts.time_max_ns, &shape.time_range)
            && entry.deleted.count() < facts.rows
            && shape
                .selection
                .as_ref()
                .is_none_or(|selection| !selection.between(facts.series_min, facts.series_max).is_empty());
        let rows = if is_wanted { facts.rows } else { 0 };
        (0..rows).step_by(limits::DATA_FILE_GROUP_ROWS).map(move |start| {
            let end = rows.min(start + limits::DATA_FILE_GROUP_ROWS);
            let (entry, shape) = (entry.clone(), Arc::clone(shape));
            Self { entry, shape, rows: start..end, rows_max: end - start }
        })
    }

    /// The rows of wanted series in this part, in the order of the file.
    fn wanted(&self, contents: &FileContents) -> VecDeque<Wanted> {
        let mut wanted = VecDeque::new();
        let mut add = |series: SeriesId, place: crate::magnetic::data_file::contents::SeriesPlace| {
            let rows = place.rows.start.max(self.rows.start)..place.rows.end.min(self.rows.end);
            let range = &self.shape.time_range;
            if rows.is_empty() || !meets(place.time_min_ns, place.time_max_ns, range) {
                return;
            }
            let is_whole = range.contains(place.time_min_ns) && range.contains(place.time_max_ns);
            wanted.push_back(Wanted { series, rows, is_whole });
        };
        match &self.shape.selection {
            Some(selection) => {
                let facts = &self.entry.file.facts;
                let selected = selection.between(facts.series_min, facts.series_max);
                let mut places: Vec<_> =
                    selected.iter().filter_map(|series| Some((*series, contents.series(*series)?))).collect();
                places.sort_by_key(|(_, place)| place.rows.start);
                places.into_iter().for_each(|(series, place)| add(series, place));
            }
            None => {
                for (position, entry) in contents.index.series.iter().enumerate() {
                    if let Some(place) = contents.place(position) {
                        add(entry.series, place);
                    }
                }
            }
        }
        wanted
    }
}

/// Rows of one series. `is_whole`: all their times are in the range.
#[derive(Debug, Clone)]
struct Wanted {
    series: SeriesId,
    rows: Range<usize>,
    is_whole: bool,
}

impl ScanPart for FilePart {
    fn rows_max(&self) -> usize {
        self.rows_max
    }

    fn time_range(&self) -> TimeRange {
        let facts = &self.entry.file.facts;
        covering(facts.time_min_ns, facts.time_max_ns).intersect(&self.shape.time_range)
    }

    fn read(&self, batch_rows_max: usize) -> Batches {
        match self.entry.file.contents() {
            Ok(contents) => Box::new(FileReader {
                entry: self.entry.clone(),
                shape: Arc::clone(&self.shape),
                wanted: self.wanted(&contents),
                contents,
                batch_rows_max: batch_rows_max.max(1),
                pieces: VecDeque::new(),
                rows: None,
                has_failed: false,
            }),
            Err(error) => Box::new(std::iter::once(Err(scan_error(&error)))),
        }
    }
}

struct FileReader {
    entry: FileEntry,
    shape: Arc<ScanShape>,
    contents: Arc<FileContents>,
    wanted: VecDeque<Wanted>,
    batch_rows_max: usize,
    /// Pieces that `rows` has not handed out yet.
    pieces: VecDeque<Piece>,
    rows: Option<FileRows>,
    has_failed: bool,
}

impl FileReader {
    fn next_batch(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            if let Some(batch) = self.rows.as_mut().and_then(Iterator::next) {
                return self.assemble(batch?).map(Some);
            }
            if self.wanted.is_empty() {
                return Ok(None);
            }
            self.open_next()?;
        }
    }

    /// Decides on the exact rows of the next wanted series and opens a reader for them.
    fn open_next(&mut self) -> Result<()> {
        let mut group = Vec::new();
        let mut rows = 0;
        while rows < REFINED_ROWS
            && let Some(wanted) = self.wanted.pop_front()
        {
            rows += wanted.rows.len();
            group.push(wanted);
        }
        let exact = self.in_time_range(group)?;
        for wanted in exact {
            let live = self.entry.deleted.live_ranges(wanted.rows.start, wanted.rows.end);
            self.pieces.extend(live.map(|(start, end)| Piece { series: wanted.series, start, end }));
        }
        let ranges = joined(&self.pieces);
        let file_column = |column: &ScanColumn| match column {
            ScanColumn::Time => Some(FileColumn::Time),
            ScanColumn::Measure(id) => Some(FileColumn::Measure(*id)),
            ScanColumn::Series(_) => None,
        };
        let columns = self.shape.columns.iter().filter_map(file_column).collect();
        let contents = Arc::clone(&self.contents);
        self.rows = Some(FileRows::new(&self.entry.file, contents, columns, ranges, self.batch_rows_max));
        Ok(())
    }

    /// Cuts rows to the time range; reads the times of those that the index does not settle.
    fn in_time_range(&self, group: Vec<Wanted>) -> Result<Vec<Wanted>> {
        if group.iter().all(|wanted| wanted.is_whole) {
            return Ok(group);
        }
        let ranges =
            group.iter().filter(|wanted| !wanted.is_whole).map(|wanted| wanted.rows.clone()).collect();
        let wanted_column = vec![FileColumn::Time];
        let contents = Arc::clone(&self.contents);
        let mut times: Vec<i64> = Vec::new();
        for batch in FileRows::new(&self.entry.file, contents, wanted_column, ranges, REFINED_ROWS) {
            let arrays = batch?.arrays;
            let array = arrays.first().and_then(Option::as_ref);
            let array = array.and_then(|array| array.as_primitive_opt::<TimestampNanosecondType>());
            times.extend_from_slice(array.ok_or_else(|| self.damaged("the file has no times"))?.values());
        }
        let range = &self.shape.time_range;
        let mut exact = Vec::with_capacity(group.len());
        let mut start = 0;
        for mut wanted in group {
            if !wanted.is_whole {
                let end = start + wanted.rows.len();
                let of_series = times.get(start..end).ok_or_else(|| self.damaged("rows are missing"))?;
                let first = of_series.partition_point(|time_ns| *time_ns < range.start_ns);
                let is_open = range.end_ns == i64::MAX;
                let last = if is_open {
                    of_series.len()
                } else {
                    of_series.partition_point(|time_ns| *time_ns < range.end_ns)
                };
                let first_row = wanted.rows.start;
                wanted.rows = first_row + first..first_row + last.max(first);
                start = end;
            }
            exact.push(wanted);
        }
        Ok(exact)
    }

    fn assemble(&mut self, batch: FileBatch) -> Result<RecordBatch> {
        let mut pieces: Vec<(SeriesId, usize)> = Vec::new();
        let mut missing = batch.rows;
        while missing > 0 {
            let mut piece =
                self.pieces.pop_front().ok_or_else(|| self.damaged("more rows than were asked for"))?;
            let count = missing.min(piece.end - piece.start);
            pieces.push((piece.series, count));
            piece.start += count;
            missing -= count;
            if piece.start < piece.end {
                self.pieces.push_front(piece);
            }
        }
        let mut read = batch.arrays.into_iter();
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.shape.columns.len());
        for (column, field) in self.shape.columns.iter().zip(self.shape.schema.fields()) {
            arrays.push(match column {
                ScanColumn::Series(id) => {
                    let texts = &self.shape.snapshot.series;
                    Arc::new(series_texts(texts, *id, pieces.iter().copied(), batch.rows))
                }
                ScanColumn::Time | ScanColumn::Measure(_) => match read.next().flatten() {
                    Some(array) if array.data_type() == field.data_type() => array,
                    Some(_) => return Err(self.damaged("a column has another type than the table's")),
                    None => new_null_array(field.data_type(), batch.rows),
                },
            });
        }
        let options = RecordBatchOptions::new().with_row_count(Some(batch.rows));
        RecordBatch::try_new_with_options(Arc::clone(&self.shape.schema), arrays, &options)
            .map_err(|error| self.damaged(&error.to_string()))
    }

    fn damaged(&self, reason: &str) -> StorageError {
        StorageError::corrupt(std::path::Path::new(self.entry.file.name.as_str()), 0, 0, reason)
    }
}

impl Iterator for FileReader {
    type Item = Result<RecordBatch, ScanError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.has_failed {
            return None;
        }
        let next = self.next_batch();
        self.has_failed = next.is_err();
        next.map_err(|error| scan_error(&error)).transpose()
    }
}

/// Row ranges, neighbours joined.
fn joined(pieces: &VecDeque<Piece>) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for piece in pieces {
        match ranges.last_mut() {
            Some(last) if last.end == piece.start => last.end = piece.end,
            _ => ranges.push(piece.start..piece.end),
        }
    }
    ranges
}
