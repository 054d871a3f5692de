//! The parts of a scan, and how rows become batches.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, RecordBatch, RecordBatchOptions, TimestampNanosecondArray, UInt32Array, new_null_array,
};
use arrow::compute::take;
use model::error::ErrorKind;
use model::scan::{Batches, Exactness, ReadControl, ReadCount, ScanError, ScanPart, TimeRange};
use model::series::SeriesId;

use super::{ScanColumn, ScanShape, meets};
use crate::error::StorageError;
use crate::memory::batch::RowKey;
use crate::memory::build::RunBuilder;
use crate::memory::column::RunColumn;
use crate::memory::deleted::DeletedRows;
use crate::memory::run_data::RunData;
use crate::memory::snapshot::{Partition, RunEntry};
use crate::memory::store::push_tail_rows;
use crate::memory::views::series_texts;

/// The wanted rows of a sealed run.
#[derive(Debug)]
pub(super) struct RunPart {
    entry: RunEntry,
    shape: Arc<ScanShape>,
    rows_max: usize,
}

impl RunPart {
    /// `None` when it is known that no row is wanted.
    pub(super) fn new(entry: &RunEntry, shape: &Arc<ScanShape>) -> Option<Self> {
        let bounds = entry.run.bounds;
        let mut rows_max = bounds.rows - entry.deleted.count();
        if rows_max == 0 || !meets(bounds.time_min_ns, bounds.time_max_ns, &shape.time_range) {
            return None;
        }
        if let Some(selection) = &shape.selection {
            let wanted = selection.between(bounds.series_min, bounds.series_max);
            if wanted.is_empty() {
                return None;
            }
            if let Some(data) = entry.run.resident() {
                let rows: usize = wanted.iter().map(|series| data.series_rows(*series).len()).sum();
                rows_max = rows_max.min(rows);
            }
        }
        (rows_max > 0).then(|| Self { entry: entry.clone(), shape: Arc::clone(shape), rows_max })
    }
}

impl ScanPart for RunPart {
    fn rows_max(&self) -> usize {
        self.rows_max
    }

    fn time_range(&self) -> TimeRange {
        let bounds = self.entry.run.bounds;
        covering(bounds.time_min_ns, bounds.time_max_ns).intersect(&self.shape.time_range)
    }

    fn exactness(&self) -> Exactness {
        let bounds = self.entry.run.bounds;
        let may_lack_first = !self.entry.deleted.is_empty();
        self.shape.exactness((bounds.time_min_ns, bounds.time_max_ns), may_lack_first, true)
    }

    fn is_one_series(&self) -> bool {
        self.shape.series_count() == 1
    }

    fn may_wait(&self) -> bool {
        self.entry.run.resident().is_none()
    }

    fn read(&self, batch_rows_max: usize, control: &Arc<ReadControl>) -> Batches {
        control.count(ReadCount::PartsRead, 1);
        match self.entry.run.load() {
            Ok(data) => {
                let pieces = wanted_pieces(&data, &self.entry.deleted, &self.shape, control);
                Box::new(Emitter::new(data, pieces, &self.shape, batch_rows_max))
            }
            Err(error) => Box::new(std::iter::once(Err(failure(&error, control)))),
        }
    }
}

/// The wanted rows of a tail.
#[derive(Debug)]
pub(super) struct TailPart {
    partition: Arc<Partition>,
    shape: Arc<ScanShape>,
    time_range: TimeRange,
    rows_max: usize,
}

impl TailPart {
    pub(super) fn new(partition: &Arc<Partition>, shape: &Arc<ScanShape>) -> Option<Self> {
        let (first_ns, last_ns) = partition.tail_bounds_ns()?;
        if !meets(first_ns, last_ns, &shape.time_range) {
            return None;
        }
        let rows_max = partition.tail.iter().map(|entry| entry.batch.rows() - entry.deleted.count()).sum();
        let time_range = covering(first_ns, last_ns).intersect(&shape.time_range);
        let part = Self { partition: Arc::clone(partition), shape: Arc::clone(shape), time_range, rows_max };
        (rows_max > 0).then_some(part)
    }
}

impl ScanPart for TailPart {
    fn rows_max(&self) -> usize {
        self.rows_max
    }

    fn time_range(&self) -> TimeRange {
        self.time_range
    }

    fn exactness(&self) -> Exactness {
        // What has expired is removed from runs and files only.
        self.shape.exactness(self.partition.tail_bounds_ns().unwrap_or((i64::MAX, i64::MIN)), false, true)
    }

    fn is_one_series(&self) -> bool {
        self.shape.series_count() == 1
    }

    fn read(&self, batch_rows_max: usize, control: &Arc<ReadControl>) -> Batches {
        control.count(ReadCount::PartsRead, 1);
        let shape = &self.shape;
        let range = shape.time_range.intersect(&control.time_range());
        let data = tail_rows(&self.partition, shape, |key| range.contains(key.time_ns));
        let pieces = wanted_pieces(&data, &DeletedRows::default(), shape, control);
        Box::new(Emitter::new(data, pieces, shape, batch_rows_max))
    }
}

/// The rows of a tail that are of a wanted series and wanted otherwise.
pub(super) fn tail_rows(
    partition: &Partition,
    shape: &ScanShape,
    is_wanted: impl Fn(&RowKey) -> bool,
) -> Arc<RunData> {
    let mut builder = RunBuilder::with_columns(shape.measures());
    push_tail_rows(partition, &mut builder, |key| is_wanted(key) && shape.is_wanted(key.series));
    Arc::new(builder.finish())
}

/// Consecutive rows of one series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) series: SeriesId,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The rows of a run that are live, in the time range and of a wanted series.
fn wanted_pieces(
    data: &RunData,
    deleted: &DeletedRows,
    shape: &ScanShape,
    control: &ReadControl,
) -> Vec<Piece> {
    let range = shape.time_range.intersect(&control.time_range());
    let mut pieces = Vec::new();
    let mut ranges_kept = 0;
    for_each_series(data, shape, |series, rows| {
        let rows = in_range(data, rows, &range);
        ranges_kept += usize::from(!rows.is_empty());
        let live = deleted.live_ranges(rows.start, rows.end);
        pieces.extend(live.map(|(start, end)| Piece { series, start, end }));
    });
    let rows_kept = pieces.iter().map(|piece: &Piece| piece.end - piece.start).sum();
    control.count(ReadCount::RangesKept, ranges_kept);
    control.count(ReadCount::RangesSkipped, data.segments.len().saturating_sub(ranges_kept));
    control.count(ReadCount::RowsKept, rows_kept);
    control.count(ReadCount::RowsSkipped, data.rows().saturating_sub(rows_kept));
    pieces
}

/// The rows of one series that lie in a time range.
pub(super) fn in_range(data: &RunData, rows: Range<usize>, range: &TimeRange) -> Range<usize> {
    let (start, end) = (rows.start, rows.end);
    let times = data.times_ns.get(rows).unwrap_or_default();
    let first = start + times.partition_point(|time_ns| *time_ns < range.start_ns);
    let is_open = range.end_ns == i64::MAX;
    let last = if is_open { end } else { start + times.partition_point(|time_ns| *time_ns < range.end_ns) };
    first..last.max(first)
}

/// Calls `found` with each wanted series and its rows.
pub(super) fn for_each_series(
    data: &RunData,
    shape: &ScanShape,
    mut found: impl FnMut(SeriesId, Range<usize>),
) {
    match &shape.selection {
        Some(selection) => {
            let (Some(first), Some(last)) = (data.segments.first(), data.segments.last()) else {
                return;
            };
            for series in selection.between(first.series, last.series) {
                let rows = data.series_rows(*series);
                if !rows.is_empty() {
                    found(*series, rows);
                }
            }
        }
        None => {
            let mut start = 0;
            for segment in &data.segments {
                found(segment.series, start..segment.end as usize);
                start = segment.end as usize;
            }
        }
    }
}

/// Cuts pieces into batches.
pub(super) struct Emitter {
    data: Arc<RunData>,
    pieces: VecDeque<Piece>,
    shape: Arc<ScanShape>,
    batch_rows_max: usize,
}

impl Emitter {
    pub(super) fn new(
        data: Arc<RunData>,
        pieces: Vec<Piece>,
        shape: &Arc<ScanShape>,
        batch_rows_max: usize,
    ) -> Self {
        Self { data, pieces: pieces.into(), shape: Arc::clone(shape), batch_rows_max: batch_rows_max.max(1) }
    }

    /// The pieces of the next batch.
    fn take_pieces(&mut self) -> (Vec<Piece>, usize) {
        let mut taken = Vec::new();
        let mut rows = 0;
        while rows < self.batch_rows_max
            && let Some(mut piece) = self.pieces.pop_front()
        {
            let room = self.batch_rows_max - rows;
            if piece.end - piece.start > room {
                self.pieces.push_front(Piece { start: piece.start + room, ..piece });
                piece.end = piece.start + room;
            }
            rows += piece.end - piece.start;
            taken.push(piece);
        }
        (taken, rows)
    }

    fn batch(&self, pieces: &[Piece], rows: usize) -> Result<RecordBatch, ScanError> {
        let start = pieces.first().map_or(0, |piece| piece.start);
        let is_contiguous = pieces.last().is_some_and(|piece| piece.end - start == rows);
        let indices = (!is_contiguous).then(|| {
            let rows = pieces.iter().flat_map(|piece| piece.start as u32..piece.end as u32);
            UInt32Array::from_iter_values(rows)
        });
        let gather = |array: &dyn Array| match &indices {
            None => Ok(array.slice(start, rows)),
            Some(indices) => {
                take(array, indices, None).map_err(|error| ScanError::Corrupt(error.to_string()))
            }
        };
        let column = |(position, column): (usize, &ScanColumn)| -> Result<ArrayRef, ScanError> {
            match column {
                ScanColumn::Time => gather(&TimestampNanosecondArray::new(self.data.times_ns.clone(), None)),
                ScanColumn::Series(id) => {
                    let series = pieces.iter().map(|piece| (piece.series, piece.end - piece.start));
                    Ok(Arc::new(series_texts(&self.shape.snapshot.series, *id, series, rows)))
                }
                ScanColumn::Measure(id) => match self.data.column(*id) {
                    Some(RunColumn::Dense(array)) => gather(array.as_ref()),
                    Some(sparse) => sparse
                        .gather(pieces.iter().map(|piece| (piece.start, piece.end)))
                        .map_err(|error| ScanError::Corrupt(error.to_string())),
                    None => Ok(new_null_array(self.shape.schema.field(position).data_type(), rows)),
                },
            }
        };
        let arrays = self.shape.columns.iter().enumerate().map(column).collect::<Result<Vec<_>, _>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(Arc::clone(&self.shape.schema), arrays, &options)
            .map_err(|error| ScanError::Corrupt(error.to_string()))
    }
}

impl Iterator for Emitter {
    type Item = Result<RecordBatch, ScanError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (pieces, rows) = self.take_pieces();
        (rows > 0).then(|| self.batch(&pieces, rows))
    }
}

pub(super) fn covering(first_ns: i64, last_ns: i64) -> TimeRange {
    TimeRange { start_ns: first_ns, end_ns: last_ns.saturating_add(1) }
}

/// What a scan says of a failure to read.
pub(super) fn failure(error: &StorageError, control: &ReadControl) -> ScanError {
    if control.is_cancelled() {
        return ScanError::Cancelled;
    }
    tracing::error!(%error, "stored rows can't be read");
    match error.kind() {
        ErrorKind::Corrupt => ScanError::Corrupt(error.to_string()),
        _ => ScanError::Io(error.to_string()),
    }
}
