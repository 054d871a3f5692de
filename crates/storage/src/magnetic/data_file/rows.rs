//! Reads ranges of rows of some columns, row group by row group.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::ArrayRef;
use model::scan::{ReadControl, ReadCount};
use model::schema::{ColumnId, TIME_COLUMN};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection, RowSelectionPolicy,
};

use super::MagneticFile;
use super::blocks::{BlockReader, unwrap};
use super::contents::FileContents;
use crate::error::Result;
use crate::format::data_file::{VERSION_FIELD_ID, field_id};

/// A column of a data file that is read. Dimensions and the measure name follow from the series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileColumn {
    Time,
    Version,
    Measure(ColumnId),
}

impl FileColumn {
    fn field_id(self) -> i32 {
        match self {
            Self::Time => field_id(TIME_COLUMN),
            Self::Version => VERSION_FIELD_ID,
            Self::Measure(column) => field_id(column),
        }
    }
}

/// Consecutive rows of the wanted ones.
#[derive(Debug)]
pub struct FileBatch {
    pub rows: usize,
    /// In the order of the wanted columns; `None` where the file does not have the column.
    pub arrays: Vec<Option<ArrayRef>>,
}

/// An iterator over wanted rows in the order of the file. Blocks at each row group, and when a page is read.
pub struct FileRows {
    file: Arc<MagneticFile>,
    contents: Arc<FileContents>,
    blocks: BlockReader,
    /// For each wanted column its Parquet column.
    leaves: Vec<Option<usize>>,
    /// Ascending and apart.
    ranges: VecDeque<Range<usize>>,
    batch_rows_max: usize,
    next_group: usize,
    group_start: usize,
    current: Option<ParquetRecordBatchReader>,
    bytes_wanted: u64,
}

impl FileRows {
    pub fn new(
        file: &Arc<MagneticFile>,
        contents: Arc<FileContents>,
        columns: Vec<FileColumn>,
        ranges: Vec<Range<usize>>,
        batch_rows_max: usize,
    ) -> Self {
        let leaves = columns.iter().map(|column| contents.leaf(column.field_id())).collect();
        Self {
            file: Arc::clone(file),
            blocks: BlockReader::new(file),
            contents,
            leaves,
            ranges: ranges.into_iter().filter(|range| !range.is_empty()).collect(),
            batch_rows_max: batch_rows_max.max(1),
            next_group: 0,
            group_start: 0,
            current: None,
            bytes_wanted: 0,
        }
    }

    /// Bytes of the pages needed so far.
    pub fn bytes_wanted(&self) -> u64 {
        self.bytes_wanted
    }

    /// Counts for, and stops with, a scan.
    pub fn with_control(self, control: &Arc<ReadControl>) -> Self {
        Self { blocks: self.blocks.with_control(control), ..self }
    }

    /// Rows of columns that the file does not have, or of no column at all.
    fn next_count(&mut self) -> Option<FileBatch> {
        let mut rows = 0;
        while rows < self.batch_rows_max
            && let Some(mut range) = self.ranges.pop_front()
        {
            let taken = range.len().min(self.batch_rows_max - rows);
            rows += taken;
            range.start += taken;
            if !range.is_empty() {
                self.ranges.push_front(range);
            }
        }
        (rows > 0).then(|| FileBatch { rows, arrays: vec![None; self.leaves.len()] })
    }

    /// Opens the next row group that has wanted rows; `false` at the end.
    fn open_group(&mut self) -> Result<bool> {
        loop {
            let group = self.next_group;
            let metadata = Arc::clone(self.contents.metadata.metadata());
            if self.ranges.is_empty() || group >= metadata.num_row_groups() {
                return Ok(false);
            }
            let start = self.group_start;
            let rows = usize::try_from(metadata.row_group(group).num_rows()).unwrap_or(0);
            self.next_group += 1;
            self.group_start = start + rows;
            let wanted = self.take_ranges(start, start + rows);
            if wanted.is_empty() {
                continue;
            }
            let leaves: Vec<usize> = self.leaves.iter().flatten().copied().collect();
            let selection = RowSelection::from_consecutive_ranges(wanted.into_iter(), rows);
            self.blocks.clear();
            self.prefetch(group, &selection)?;
            let mask = ProjectionMask::leaves(metadata.file_metadata().schema_descr(), leaves);
            let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(
                self.blocks.clone(),
                self.contents.metadata.clone(),
            );
            let reader = builder
                .with_row_groups(vec![group])
                .with_projection(mask)
                .with_row_selection_policy(RowSelectionPolicy::Selectors)
                .with_row_selection(selection)
                .with_batch_size(self.batch_rows_max)
                .build()
                .map_err(|error| unwrap(&self.file, error))?;
            self.current = Some(reader);
            return Ok(true);
        }
    }

    /// The wanted rows of a group, counted from its start.
    fn take_ranges(&mut self, start: usize, end: usize) -> Vec<Range<usize>> {
        let mut taken = Vec::new();
        while let Some(range) = self.ranges.front_mut()
            && range.start < end
        {
            taken.push(range.start.max(start) - start..range.end.min(end) - start);
            if range.end > end {
                range.start = end;
                break;
            }
            self.ranges.pop_front();
        }
        taken
    }

    /// Fetches the pages of a group that the selection touches, and the dictionaries.
    fn prefetch(&mut self, group: usize, selection: &RowSelection) -> Result<()> {
        let metadata = self.contents.metadata.metadata();
        let row_group = metadata.row_group(group);
        let offsets = metadata.offset_index().and_then(|index| index.get(group));
        let mut ranges = Vec::new();
        for leaf in self.leaves.iter().flatten() {
            let Some(chunk) = row_group.columns().get(*leaf) else { continue };
            let (start, length) = chunk.byte_range();
            match offsets.and_then(|offsets| offsets.get(*leaf)) {
                Some(pages) => {
                    let first_page = pages.page_locations().first().map_or(start, |page| page.offset as u64);
                    ranges.push(start..first_page.max(start));
                    ranges.extend(selection.scan_ranges(pages.page_locations()));
                }
                None => ranges.push(start..start + length),
            }
        }
        let bytes: u64 = ranges.iter().map(|range| range.end.saturating_sub(range.start)).sum();
        self.bytes_wanted += bytes;
        self.blocks.control().counts.add(ReadCount::BytesKept, bytes);
        self.blocks.prefetch(&ranges)
    }

    fn next_batch(&mut self) -> Result<Option<FileBatch>> {
        loop {
            if let Some(reader) = &mut self.current {
                match reader.next() {
                    Some(Ok(batch)) => return Ok(Some(self.arrange(&batch))),
                    Some(Err(error)) => {
                        let error = match error {
                            arrow::error::ArrowError::ExternalError(source) => {
                                match source.downcast::<parquet::errors::ParquetError>() {
                                    Ok(inner) => unwrap(&self.file, *inner),
                                    Err(other) => self.file.damaged(other.to_string()),
                                }
                            }
                            other => self.file.damaged(other.to_string()),
                        };
                        return Err(error);
                    }
                    None => self.current = None,
                }
            }
            if !self.open_group()? {
                return Ok(None);
            }
        }
    }

    /// Brings the columns of a batch, which come in the order of the file, into the wanted order.
    fn arrange(&self, batch: &arrow::array::RecordBatch) -> FileBatch {
        let mut read: Vec<usize> = self.leaves.iter().flatten().copied().collect();
        read.sort_unstable();
        read.dedup();
        let array = |leaf: &Option<usize>| {
            let position = read.binary_search(&(*leaf)?).ok()?;
            batch.columns().get(position).cloned()
        };
        FileBatch { rows: batch.num_rows(), arrays: self.leaves.iter().map(array).collect() }
    }
}

impl Iterator for FileRows {
    type Item = Result<FileBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.leaves.iter().all(Option::is_none) {
            return self.next_count().map(Ok);
        }
        let next = self.next_batch();
        if next.is_err() {
            self.ranges.clear();
            self.current = None;
            self.next_group = usize::MAX;
        }
        next.transpose()
    }
}
