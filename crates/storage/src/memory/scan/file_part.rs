//! The wanted rows of a data file, or of a part of it.

use std::ops::Range;
use std::sync::Arc;

use model::limits;
use model::scan::{Batches, Exactness, ReadControl, ReadCount, ScanError, ScanPart, TimeRange};

use super::file_reader::{FileReader, Wanted};
use super::part::{covering, failure};
use super::{ScanShape, meets};
use crate::memory::snapshot::FileEntry;

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
            && shape.wants_between(facts.series_min, facts.series_max);
        let rows = if is_wanted { facts.rows } else { 0 };
        (0..rows).step_by(limits::DATA_FILE_GROUP_ROWS).map(move |start| {
            let end = rows.min(start + limits::DATA_FILE_GROUP_ROWS);
            let deleted = if end - start == rows { entry.deleted.count() } else { 0 };
            let (entry, shape) = (entry.clone(), Arc::clone(shape));
            Self { entry, shape, rows: start..end, rows_max: end - start - deleted }
        })
    }

    fn open(&self, batch_rows_max: usize, control: &Arc<ReadControl>) -> Result<Batches, ScanError> {
        let failed = |error| failure(&error, control);
        let contents = self.entry.file.contents_for(control).map_err(failed)?;
        let range = self.shape.time_range.intersect(&control.time_range());
        let wanted = Wanted::of_rows(&self.entry.file, &contents, &self.rows, &self.shape, &range);
        let ranges = contents.positions(&self.rows).len();
        control.count(ReadCount::RangesKept, wanted.len());
        control.count(ReadCount::RangesSkipped, ranges.saturating_sub(wanted.len()));
        let reader = FileReader::new(&self.entry, &self.shape, contents, batch_rows_max, control);
        Ok(Box::new(reader.of_part(self.rows.clone(), wanted)))
    }
}

impl ScanPart for FilePart {
    fn rows_max(&self) -> usize {
        self.rows_max
    }

    fn time_range(&self) -> TimeRange {
        let facts = &self.entry.file.facts;
        covering(facts.time_min_ns, facts.time_max_ns).intersect(&self.shape.time_range)
    }

    fn exactness(&self) -> Exactness {
        let facts = &self.entry.file.facts;
        let is_counted = self.entry.deleted.is_empty() || self.rows.len() == facts.rows;
        let may_lack_first = !self.entry.deleted.is_empty();
        self.shape.exactness((facts.time_min_ns, facts.time_max_ns), may_lack_first, is_counted)
    }

    fn is_one_series(&self) -> bool {
        self.shape.series_count() == 1
    }

    fn may_wait(&self) -> bool {
        true
    }

    fn read(&self, batch_rows_max: usize, control: &Arc<ReadControl>) -> Batches {
        control.count(ReadCount::PartsRead, 1);
        self.open(batch_rows_max, control).unwrap_or_else(|error| Box::new(std::iter::once(Err(error))))
    }
}
