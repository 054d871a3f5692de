//! Reads rows of a data file: decides by the series index, the times and the statistics of pages which ones, then reads
//! only the pages that have them.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, RecordBatchOptions, new_null_array};
use arrow::datatypes::TimestampNanosecondType;
use model::clock::TimestampNs;
use model::limits;
use model::scan::{ReadControl, ReadCount, ScanError, TimeRange};
use model::series::SeriesId;

use super::part::{Piece, failure};
use super::{ScanColumn, ScanShape, meets};
use crate::error::{Result, StorageError};
use crate::magnetic::data_file::MagneticFile;
use crate::magnetic::data_file::contents::{FileContents, SeriesPlace};
use crate::magnetic::data_file::rows::{FileBatch, FileColumn, FileRows};
use crate::magnetic::data_file::statistics;
use crate::memory::snapshot::FileEntry;
use crate::memory::views::series_texts;

/// Rows that are decided on and fetched together: few at first, because the reader may stop there or hear that little more
/// is wanted.
const REFINED_ROWS_MIN: usize = 64 * 1_024;
const REFINED_ROWS_MAX: usize = limits::DATA_FILE_GROUP_ROWS;

/// Rows of one series, and the times between which all of them lie.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) series: SeriesId,
    pub(super) rows: Range<usize>,
    /// Inclusive.
    pub(super) time_min_ns: TimestampNs,
    pub(super) time_max_ns: TimestampNs,
}

impl Wanted {
    /// The wanted series that have some of these rows of a file, in the order of the file.
    pub(super) fn of_rows(
        file: &MagneticFile,
        contents: &FileContents,
        rows: &Range<usize>,
        shape: &ScanShape,
        range: &TimeRange,
    ) -> VecDeque<Self> {
        let wanted = |series: SeriesId, place: SeriesPlace| {
            let rows = place.rows.start.max(rows.start)..place.rows.end.min(rows.end);
            let (time_min_ns, time_max_ns) = (place.time_min_ns, place.time_max_ns);
            let is_wanted = !rows.is_empty() && meets(time_min_ns, time_max_ns, range);
            is_wanted.then_some(Self { series, rows, time_min_ns, time_max_ns })
        };
        match &shape.selection {
            Some(selection) => {
                let found = |series: &SeriesId| wanted(*series, contents.series(*series)?);
                let selected = selection.between(file.facts.series_min, file.facts.series_max);
                let mut of_series: Vec<Self> = selected.iter().filter_map(found).collect();
                of_series.sort_by_key(|wanted| wanted.rows.start);
                of_series.into()
            }
            None => {
                let found = |position: usize| {
                    wanted(contents.index.series.get(position)?.series, contents.place(position)?)
                };
                contents.positions(rows).filter_map(found).collect()
            }
        }
    }

    fn is_within(&self, range: &TimeRange) -> bool {
        range.contains(self.time_min_ns) && range.contains(self.time_max_ns)
    }
}

/// An iterator over batches of one file.
pub(super) struct FileReader {
    entry: FileEntry,
    shape: Arc<ScanShape>,
    contents: Arc<FileContents>,
    control: Arc<ReadControl>,
    /// Series whose exact rows are not decided yet.
    wanted: VecDeque<Wanted>,
    refined_rows: usize,
    /// Rows that the statistics of pages do not rule out; `None` where nothing is asked of them.
    possible: Option<Vec<Range<usize>>>,
    batch_rows_max: usize,
    /// Pieces that `rows` has not handed out yet.
    pieces: VecDeque<Piece>,
    rows: Option<FileRows>,
    /// Of the part, for the counts of what was skipped.
    part_rows: usize,
    part_bytes: u64,
    rows_read: usize,
    bytes_read: u64,
    is_finished: bool,
}

impl FileReader {
    pub(super) fn new(
        entry: &FileEntry,
        shape: &Arc<ScanShape>,
        contents: Arc<FileContents>,
        batch_rows_max: usize,
        control: &Arc<ReadControl>,
    ) -> Self {
        Self {
            entry: entry.clone(),
            shape: Arc::clone(shape),
            contents,
            control: Arc::clone(control),
            wanted: VecDeque::new(),
            refined_rows: REFINED_ROWS_MIN,
            possible: None,
            batch_rows_max: batch_rows_max.max(1),
            pieces: VecDeque::new(),
            rows: None,
            part_rows: 0,
            part_bytes: 0,
            rows_read: 0,
            bytes_read: 0,
            is_finished: false,
        }
    }

    /// Reads the wanted series of some rows of the file, in their order.
    pub(super) fn of_part(mut self, rows: Range<usize>, wanted: VecDeque<Wanted>) -> Self {
        self.part_rows = rows.len();
        self.part_bytes = self.contents.group_bytes(&rows);
        if !self.shape.value_ranges.is_empty() && !wanted.is_empty() {
            let (contents, values) = (&self.contents, &self.shape.value_ranges);
            self.possible = Some(statistics::possible_rows(contents, values, rows, &self.control));
        }
        self.wanted = wanted;
        self
    }

    /// Reads exactly these rows, in the order of the file.
    pub(super) fn of_pieces(mut self, pieces: VecDeque<Piece>) -> Self {
        self.part_rows = pieces.iter().map(|piece| piece.end - piece.start).sum();
        self.pieces = pieces;
        self.open();
        self
    }

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
        let range = self.shape.time_range.intersect(&self.control.time_range());
        let mut group = Vec::new();
        let mut rows = 0;
        while rows < self.refined_rows
            && let Some(wanted) = self.wanted.pop_front()
        {
            if meets(wanted.time_min_ns, wanted.time_max_ns, &range) {
                rows += wanted.rows.len();
                group.push(wanted);
            }
        }
        let growth = if self.control.may_narrow { 2 } else { REFINED_ROWS_MAX };
        self.refined_rows = self.refined_rows.saturating_mul(growth).min(REFINED_ROWS_MAX);
        for wanted in self.in_time_range(group, &range)? {
            let live = self.entry.deleted.live_ranges(wanted.rows.start, wanted.rows.end);
            for (start, end) in live {
                let whole = std::slice::from_ref(&(start..end)).to_vec();
                let possible = match &self.possible {
                    Some(possible) => statistics::intersect(possible, &whole),
                    None => whole,
                };
                let series = wanted.series;
                self.pieces.extend(possible.iter().map(|rows| Piece {
                    series,
                    start: rows.start,
                    end: rows.end,
                }));
            }
        }
        self.open();
        Ok(())
    }

    /// Opens a reader for `pieces`.
    fn open(&mut self) {
        let file_column = |column: &ScanColumn| match column {
            ScanColumn::Time => Some(FileColumn::Time),
            ScanColumn::Measure(id) => Some(FileColumn::Measure(*id)),
            ScanColumn::Series(_) => None,
        };
        let columns = self.shape.columns.iter().filter_map(file_column).collect();
        // Rows without columns take no memory.
        let rows_max = if self.shape.columns.is_empty() { usize::MAX } else { self.batch_rows_max };
        let (contents, ranges) = (Arc::clone(&self.contents), joined(&self.pieces));
        let rows = FileRows::new(&self.entry.file, contents, columns, ranges, rows_max);
        let before = self.rows.replace(rows.with_control(&self.control));
        self.bytes_read += before.map_or(0, |rows| rows.bytes_wanted());
    }

    /// Cuts rows to a time range; reads the times of those that the index does not settle.
    pub(super) fn in_time_range(&mut self, group: Vec<Wanted>, range: &TimeRange) -> Result<Vec<Wanted>> {
        if group.iter().all(|wanted| wanted.is_within(range)) {
            return Ok(group);
        }
        let unsettled = group.iter().filter(|wanted| !wanted.is_within(range));
        let ranges = unsettled.map(|wanted| wanted.rows.clone()).collect();
        let contents = Arc::clone(&self.contents);
        let columns = vec![FileColumn::Time];
        let batches = FileRows::new(&self.entry.file, contents, columns, ranges, REFINED_ROWS_MAX);
        let mut batches = batches.with_control(&self.control);
        let mut times: Vec<i64> = Vec::new();
        for batch in batches.by_ref() {
            let arrays = batch?.arrays;
            let array = arrays.first().and_then(Option::as_ref);
            let array = array.and_then(|array| array.as_primitive_opt::<TimestampNanosecondType>());
            times.extend_from_slice(array.ok_or_else(|| self.damaged("the file has no times"))?.values());
        }
        self.bytes_read += batches.bytes_wanted();
        let mut exact = Vec::with_capacity(group.len());
        let mut start = 0;
        for mut wanted in group {
            if !wanted.is_within(range) {
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
        self.rows_read += batch.rows;
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
        if self.is_finished {
            return None;
        }
        let next = match self.control.is_cancelled() {
            true => Err(ScanError::Cancelled),
            false => self.next_batch().map_err(|error| failure(&error, &self.control)),
        };
        self.is_finished = !matches!(next, Ok(Some(_)));
        next.transpose()
    }
}

impl Drop for FileReader {
    fn drop(&mut self) {
        self.control.count(ReadCount::RowsKept, self.rows_read);
        self.control.count(ReadCount::RowsSkipped, self.part_rows.saturating_sub(self.rows_read));
        let bytes_read = self.bytes_read + self.rows.as_ref().map_or(0, FileRows::bytes_wanted);
        self.control.counts.add(ReadCount::BytesSkipped, self.part_bytes.saturating_sub(bytes_read));
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
