//! The latest row of each series: from the latest partition back, until every series has one.
//!
//! Partitions do not overlap in time, so a series that has a row in one is not looked for in earlier ones. Within a
//! partition each file, run and tail gives its own latest row.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, TimestampNanosecondArray};
use model::scan::{Batches, ReadControl, ReadCount, ScanError, ScanPart, TimeRange};
use model::series::SeriesId;

use super::file_reader::{FileReader, Wanted};
use super::part::{Emitter, Piece, failure, for_each_series, in_range, tail_rows};
use super::{ScanColumn, ScanShape, meets};
use crate::error::Result;
use crate::memory::deleted::DeletedRows;
use crate::memory::run_data::RunData;
use crate::memory::snapshot::{FileEntry, Partition, RunEntry};
use crate::memory::views::series_texts;

#[derive(Debug)]
pub(super) struct LatestPart {
    /// The latest first.
    partitions: Vec<Arc<Partition>>,
    shape: Arc<ScanShape>,
    time_range: TimeRange,
}

impl LatestPart {
    /// `None` without partitions.
    pub(super) fn new(partitions: Vec<Arc<Partition>>, shape: &Arc<ScanShape>) -> Option<Self> {
        let start_ns = partitions.last()?.start_ns;
        let end_ns = partitions.iter().map(|partition| partition.time_max_ns()).max()?.saturating_add(1);
        let time_range = TimeRange { start_ns, end_ns }.intersect(&shape.time_range);
        Some(Self { partitions, shape: Arc::clone(shape), time_range })
    }
}

impl ScanPart for LatestPart {
    fn rows_max(&self) -> usize {
        let sources = |partition: &Arc<Partition>| partition.files.len() + partition.runs.len() + 1;
        let sources: usize = self.partitions.iter().map(sources).sum();
        let rows: usize = self.partitions.iter().map(|partition| partition.rows()).sum();
        self.shape.series_count().saturating_mul(sources).min(rows)
    }

    fn time_range(&self) -> TimeRange {
        self.time_range
    }

    fn may_wait(&self) -> bool {
        let runs = || self.partitions.iter().flat_map(|partition| &partition.runs);
        let has_files = self.partitions.iter().any(|partition| !partition.files.is_empty());
        has_files || runs().any(|entry| entry.run.resident().is_none())
    }

    fn read(&self, batch_rows_max: usize, control: &Arc<ReadControl>) -> Batches {
        control.count(ReadCount::PartsRead, 1);
        Box::new(LatestReader {
            partitions: self.partitions.clone().into(),
            shape: Arc::clone(&self.shape),
            seen: SeenSeries::new(&self.shape),
            sources: VecDeque::new(),
            found: Vec::new(),
            batches: None,
            batch_rows_max: batch_rows_max.max(1),
            control: Arc::clone(control),
            is_finished: false,
        })
    }
}

/// Series of which a row was found in a later partition.
struct SeenSeries {
    is_seen: Vec<bool>,
    missing: usize,
}

impl SeenSeries {
    fn new(shape: &ScanShape) -> Self {
        Self { is_seen: vec![false; shape.snapshot.series.count()], missing: shape.series_count() }
    }

    fn contains(&self, series: SeriesId) -> bool {
        self.is_seen.get(series.0 as usize).copied().unwrap_or(false)
    }

    fn insert(&mut self, series: SeriesId) {
        if let Some(seen) = self.is_seen.get_mut(series.0 as usize)
            && !std::mem::replace(seen, true)
        {
            self.missing = self.missing.saturating_sub(1);
        }
    }
}

enum Source {
    File(FileEntry),
    Run(RunEntry),
    Tail(Arc<Partition>),
}

struct LatestReader {
    partitions: VecDeque<Arc<Partition>>,
    shape: Arc<ScanShape>,
    seen: SeenSeries,
    /// Of the current partition, those that are not read yet.
    sources: VecDeque<Source>,
    /// Series found in the current partition.
    found: Vec<SeriesId>,
    batches: Option<Batches>,
    batch_rows_max: usize,
    control: Arc<ReadControl>,
    is_finished: bool,
}

impl LatestReader {
    fn next_batch(&mut self) -> Result<Option<RecordBatch>, ScanError> {
        loop {
            if self.control.is_cancelled() {
                return Err(ScanError::Cancelled);
            }
            if let Some(batch) = self.batches.as_mut().and_then(Iterator::next) {
                return batch.map(Some);
            }
            self.batches = None;
            if let Some(source) = self.sources.pop_front() {
                let opened = self.open(&source);
                self.batches = Some(opened.map_err(|error| failure(&error, &self.control))?);
            } else if !self.open_partition() {
                return Ok(None);
            }
        }
    }

    /// Goes on to the partition before; `false` when nothing is missing.
    fn open_partition(&mut self) -> bool {
        for series in self.found.drain(..) {
            self.seen.insert(series);
        }
        if self.seen.missing == 0 {
            return false;
        }
        let Some(partition) = self.partitions.pop_front() else { return false };
        self.sources.push_back(Source::Tail(Arc::clone(&partition)));
        self.sources.extend(partition.runs.iter().cloned().map(Source::Run));
        self.sources.extend(partition.files.iter().cloned().map(Source::File));
        true
    }

    fn open(&mut self, source: &Source) -> Result<Batches> {
        match source {
            Source::Tail(partition) => {
                let data = tail_rows(partition, &self.shape, |key| !self.seen.contains(key.series));
                Ok(self.of_run(data, &DeletedRows::default()))
            }
            Source::Run(entry) => {
                let bounds = entry.run.bounds;
                let is_wanted = meets(bounds.time_min_ns, bounds.time_max_ns, &self.shape.time_range)
                    && self.shape.wants_between(bounds.series_min, bounds.series_max);
                if !is_wanted {
                    return Ok(Box::new(std::iter::empty()));
                }
                Ok(self.of_run(entry.run.load()?, &entry.deleted))
            }
            Source::File(entry) => self.of_file(entry),
        }
    }

    fn of_run(&mut self, data: Arc<RunData>, deleted: &DeletedRows) -> Batches {
        let mut pieces = Vec::new();
        for_each_series(&data, &self.shape, |series, rows| {
            let mut rows = in_range(&data, rows, &self.shape.time_range);
            if self.seen.contains(series) {
                return;
            }
            if let Some(row) = rows.rfind(|row| !deleted.contains(*row)) {
                pieces.push(Piece { series, start: row, end: row + 1 });
            }
        });
        self.count_kept(pieces.len(), data.segments.len(), data.rows());
        self.control.count(ReadCount::RowsKept, pieces.len());
        self.found.extend(pieces.iter().map(|piece| piece.series));
        Box::new(Emitter::new(data, pieces, &self.shape, self.batch_rows_max))
    }

    fn of_file(&mut self, entry: &FileEntry) -> Result<Batches> {
        let facts = &entry.file.facts;
        let is_wanted = meets(facts.time_min_ns, facts.time_max_ns, &self.shape.time_range)
            && self.shape.wants_between(facts.series_min, facts.series_max);
        if !is_wanted {
            return Ok(Box::new(std::iter::empty()));
        }
        let contents = entry.file.contents_for(&self.control)?;
        let mut wanted =
            Wanted::of_rows(&entry.file, &contents, &(0..facts.rows), &self.shape, &self.shape.time_range);
        wanted.retain(|wanted| !self.seen.contains(wanted.series));
        let needs_rows = self.shape.columns.iter().any(|column| matches!(column, ScanColumn::Measure(_)));
        let is_in_index = |wanted: &Wanted| {
            self.shape.time_range.contains(wanted.time_max_ns) && !entry.deleted.contains(wanted.rows.end - 1)
        };
        self.count_kept(wanted.len(), contents.index.series.len(), facts.rows);
        if !needs_rows && wanted.iter().all(is_in_index) {
            self.control.count(ReadCount::RowsKept, wanted.len());
            self.found.extend(wanted.iter().map(|wanted| wanted.series));
            return Ok(Box::new(IndexRows {
                shape: Arc::clone(&self.shape),
                wanted,
                batch_rows_max: self.batch_rows_max,
            }));
        }
        let mut reader = FileReader::new(entry, &self.shape, contents, self.batch_rows_max, &self.control);
        let mut pieces = VecDeque::new();
        for wanted in reader.in_time_range(wanted.into(), &self.shape.time_range)? {
            if let Some(row) = { wanted.rows }.rfind(|row| !entry.deleted.contains(*row)) {
                pieces.push_back(Piece { series: wanted.series, start: row, end: row + 1 });
            }
        }
        self.found.extend(pieces.iter().map(|piece| piece.series));
        Ok(Box::new(reader.of_pieces(pieces)))
    }

    fn count_kept(&self, ranges_kept: usize, ranges: usize, rows: usize) {
        self.control.count(ReadCount::RangesKept, ranges_kept);
        self.control.count(ReadCount::RangesSkipped, ranges.saturating_sub(ranges_kept));
        self.control.count(ReadCount::RowsSkipped, rows.saturating_sub(ranges_kept));
    }
}

impl Iterator for LatestReader {
    type Item = Result<RecordBatch, ScanError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_finished {
            return None;
        }
        let next = self.next_batch();
        self.is_finished = !matches!(next, Ok(Some(_)));
        next.transpose()
    }
}

/// Rows whose times are in the series index.
struct IndexRows {
    shape: Arc<ScanShape>,
    wanted: VecDeque<Wanted>,
    batch_rows_max: usize,
}

impl Iterator for IndexRows {
    type Item = Result<RecordBatch, ScanError>;

    fn next(&mut self) -> Option<Self::Item> {
        let rows: Vec<Wanted> = self.wanted.drain(..self.batch_rows_max.min(self.wanted.len())).collect();
        if rows.is_empty() {
            return None;
        }
        let column = |column: &ScanColumn| -> ArrayRef {
            match column {
                ScanColumn::Series(id) => {
                    let series = rows.iter().map(|row| (row.series, 1));
                    Arc::new(series_texts(&self.shape.snapshot.series, *id, series, rows.len()))
                }
                ScanColumn::Time | ScanColumn::Measure(_) => {
                    let times = rows.iter().map(|row| row.time_max_ns);
                    Arc::new(TimestampNanosecondArray::from_iter_values(times))
                }
            }
        };
        let columns = self.shape.columns.iter().map(column).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.shape.schema), columns, &options);
        Some(batch.map_err(|error| ScanError::Corrupt(error.to_string())))
    }
}
