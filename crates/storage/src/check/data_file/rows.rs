//! The rows of a data file.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use bytes::Bytes;
use model::clock::TimestampNs;
use model::schema::{ColumnId, ColumnRole, TIME_COLUMN};
use model::series::SeriesId;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::statistics::GroupBounds;
use super::{BATCH_ROWS, times_of};
use crate::check::definitions::Definitions;
use crate::format::data_file::{VERSION_FIELD_ID, field_id};
use crate::magnetic::data_file::FileFacts;
use crate::magnetic::data_file::contents::FileContents;
use crate::memory::run_data::column_type_of;
use crate::memory::views::series_texts;

/// The rows of a file against its index and the dictionary.
pub(super) struct RowCheck<'a> {
    definitions: &'a Definitions,
    contents: &'a FileContents,
    facts: &'a FileFacts,
    /// The entry of the index that the next row belongs to, and the next row.
    position: usize,
    row: usize,
    time_before_ns: Option<TimestampNs>,
    version_max: i64,
}

impl<'a> RowCheck<'a> {
    pub(super) fn new(
        definitions: &'a Definitions,
        contents: &'a FileContents,
        facts: &'a FileFacts,
    ) -> Self {
        let (position, row, version_max) = (0, 0, 0);
        Self { definitions, contents, facts, position, row, time_before_ns: None, version_max }
    }

    /// What is wrong with the rows, first come, first said.
    pub(super) fn run(mut self, bytes: &Bytes) -> Option<String> {
        let metadata = self.contents.metadata.clone();
        let columns = match self.columns() {
            Ok(columns) => columns,
            Err(what) => return Some(what),
        };
        for group in 0..metadata.metadata().num_row_groups() {
            if let Err(what) = self.check_group(group, bytes, &columns) {
                return Some(what);
            }
        }
        if self.row != self.facts.rows {
            return Some(format!("it has {} rows and should have {}", self.row, self.facts.rows));
        }
        let is_listed = self.version_max == self.facts.version_max;
        (!is_listed).then(|| "the metastore describes other versions".to_owned())
    }

    fn check_group(
        &mut self,
        group: usize,
        bytes: &Bytes,
        columns: &[Option<ColumnId>],
    ) -> std::result::Result<(), String> {
        let metadata = self.contents.metadata.clone();
        let mut seen = GroupBounds::new(metadata.metadata(), group);
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(bytes.clone(), metadata.clone());
        let reader = builder.with_row_groups(vec![group]).with_batch_size(BATCH_ROWS).build();
        for batch in reader.map_err(|error| error.to_string())? {
            let batch = batch.map_err(|error| error.to_string())?;
            seen.add(&batch);
            self.check_batch(&batch, columns)?;
        }
        seen.compare()
    }

    /// For each column of the file the column of the table; `None` for the record version.
    fn columns(&self) -> std::result::Result<Vec<Option<ColumnId>>, String> {
        let schema = self.contents.metadata.schema();
        let mut columns = vec![None; schema.fields().len()];
        let mut known = 0;
        for column in self.definitions.schema.columns() {
            let Some(leaf) = self.contents.leaf(field_id(column.id)) else { continue };
            let Some(slot) = columns.get_mut(leaf) else { continue };
            *slot = Some(column.id);
            known += 1;
        }
        let has_version = self.contents.leaf(VERSION_FIELD_ID).is_some();
        if !has_version || known + 1 != columns.len() {
            return Err("it has columns that the table has not".to_owned());
        }
        Ok(columns)
    }

    fn check_batch(
        &mut self,
        batch: &RecordBatch,
        columns: &[Option<ColumnId>],
    ) -> std::result::Result<(), String> {
        let leaf = |id: i32| self.contents.leaf(id).and_then(|leaf| batch.columns().get(leaf));
        let times = leaf(field_id(TIME_COLUMN)).and_then(times_of).ok_or("it has no times")?.to_vec();
        let versions = leaf(VERSION_FIELD_ID).and_then(|array| array.as_primitive_opt::<Int64Type>());
        let versions = versions.ok_or("it has no versions")?.values().clone();
        if let Some(bad) = versions.iter().position(|version| *version < 1) {
            return Err(format!("row {} has no version", self.row + bad));
        }
        self.version_max = versions.iter().copied().fold(self.version_max, i64::max);
        let first_row = self.row;
        let pieces = self.check_times(&times)?;
        for column in self.definitions.schema.columns() {
            let array = columns
                .iter()
                .position(|known| *known == Some(column.id))
                .and_then(|leaf| batch.columns().get(leaf));
            match column.role {
                ColumnRole::Dimension | ColumnRole::MeasureName => {
                    self.check_texts(column.id, array, &pieces, first_row)?;
                }
                ColumnRole::Time => {}
                ColumnRole::MeasureValue | ColumnRole::MultiMeasure => {
                    let has_type =
                        array.is_none_or(|array| column_type_of(array.as_ref()) == Some(column.column_type));
                    if !has_type {
                        return Err(format!("column {:?} has another type", column.name));
                    }
                }
            }
        }
        Ok(())
    }

    /// Times ascend within each series and are those that the index gives. Answers the series of the rows.
    fn check_times(&mut self, times: &[TimestampNs]) -> std::result::Result<Vec<(SeriesId, usize)>, String> {
        let mut pieces: Vec<(SeriesId, usize)> = Vec::new();
        for time_ns in times {
            let Some(entry) = self.contents.index.series.get(self.position) else {
                return Err(format!("row {} has no series", self.row));
            };
            match self.time_before_ns {
                None if *time_ns != entry.time_min_ns => {
                    return Err(format!("row {} is not the first of its series", self.row));
                }
                Some(before_ns) if *time_ns == before_ns => {
                    return Err(format!("row {} repeats the row before it", self.row));
                }
                Some(before_ns) if *time_ns < before_ns => {
                    return Err(format!("row {} comes before the row before it", self.row));
                }
                _ => {}
            }
            match pieces.last_mut() {
                Some((series, count)) if *series == entry.series => *count += 1,
                _ => pieces.push((entry.series, 1)),
            }
            self.row += 1;
            self.time_before_ns = Some(*time_ns);
            if self.row == entry.end as usize {
                if *time_ns != entry.time_max_ns {
                    return Err(format!("row {} is not the last of its series", self.row - 1));
                }
                self.position += 1;
                self.time_before_ns = None;
            }
        }
        Ok(pieces)
    }

    /// The texts of the rows are those of their series.
    fn check_texts(
        &self,
        column: ColumnId,
        array: Option<&ArrayRef>,
        pieces: &[(SeriesId, usize)],
        first_row: usize,
    ) -> std::result::Result<(), String> {
        let texts = &self.definitions.texts;
        if !self.definitions.is_complete {
            return Ok(());
        }
        let Some(array) = array else {
            let has_text = pieces.iter().find(|(series, _)| texts.has(column, *series));
            return has_text.map_or(Ok(()), |(series, _)| {
                Err(format!("series {} has a dimension that the file has not", series.0))
            });
        };
        let rows = pieces.iter().map(|(_, count)| count).sum();
        let expected: ArrayRef = Arc::new(series_texts(texts, column, pieces.iter().copied(), rows));
        let Some(found) = array.as_string_view_opt() else {
            return Err(format!("column {} is no text", column.0));
        };
        let expected = expected.as_string_view();
        let is_same = |row: &usize| {
            let text = |array: &arrow::array::StringViewArray| {
                array.is_valid(*row).then(|| array.value(*row).to_owned())
            };
            text(found) == text(expected)
        };
        if found.len() == rows && found == expected {
            return Ok(());
        }
        let row = (0..rows.min(found.len())).find(|row| !is_same(row)).unwrap_or(rows.min(found.len()));
        Err(format!("row {} has texts of another series", first_row + row))
    }
}
