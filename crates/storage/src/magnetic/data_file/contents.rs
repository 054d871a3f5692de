//! The decoded end of a file: Parquet's footer and page index, and our series index.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};
use bytes::Bytes;
use model::clock::TimestampNs;
use model::schema::ColumnId;
use model::series::SeriesId;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::arrow::parquet_to_arrow_schema;
use parquet::basic::Type;
use parquet::file::metadata::{ColumnChunkMetaData, PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};

use super::FileFacts;
use crate::error::{Result, StorageError};
use crate::format::data_file::v1::{IndexedSeries, SeriesIndex};
use crate::format::data_file::{self, VERSION_FIELD_ID, field_id};

/// What a reader needs to find rows and pages.
#[derive(Debug)]
pub struct FileContents {
    pub metadata: ArrowReaderMetadata,
    pub index: SeriesIndex,
    /// Positions in `index.series`, by id of the series.
    by_id: Vec<u32>,
    /// Field id and number of each Parquet column.
    leaves: Vec<(i32, usize)>,
    measures: Vec<ColumnId>,
    memory_bytes: usize,
}

/// A series' place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesPlace {
    pub rows: Range<usize>,
    /// Inclusive.
    pub time_min_ns: TimestampNs,
    pub time_max_ns: TimestampNs,
}

impl FileContents {
    /// Decodes the bytes of a file from `facts.tail_offset` on, and checks them against what the metastore says.
    pub fn decode(path: &Path, tail: Bytes, facts: &FileFacts) -> Result<Self> {
        let damaged = |reason: String| StorageError::corrupt(path, facts.tail_offset, 0, reason);
        let mut reader = ParquetMetaDataReader::new()
            .with_column_index_policy(PageIndexPolicy::Optional)
            .with_offset_index_policy(PageIndexPolicy::Required);
        reader.try_parse_sized(&tail, facts.file_bytes).map_err(|error| damaged(error.to_string()))?;
        let metadata = reader.finish().map_err(|error| damaged(error.to_string()))?;
        let stated = |key: &str| {
            let entries = metadata.file_metadata().key_value_metadata()?;
            entries.iter().find(|entry| entry.key == key)?.value.as_deref()
        };
        data_file::check_version(path, stated(data_file::FORMAT_KEY))?;
        let number = |key: &str| stated(key).and_then(|text| text.parse::<u64>().ok());
        let index_bytes = number(data_file::INDEX_OFFSET_KEY)
            .filter(|offset| *offset == facts.tail_offset)
            .and_then(|_| usize::try_from(number(data_file::INDEX_BYTES_KEY)?).ok())
            .and_then(|length| tail.get(..length))
            .ok_or_else(|| damaged("the footer names no series index".to_owned()))?;
        let index = data_file::decode_index(path, index_bytes)?;
        if index.rows != facts.rows as u64
            || metadata.file_metadata().num_rows() != facts.rows as i64
            || index.series.len() != facts.series_count
        {
            return Err(damaged("the metastore describes another file".to_owned()));
        }
        let mut by_id: Vec<u32> = (0..index.series.len() as u32).collect();
        by_id.sort_by_key(|position| index.series.get(*position as usize).map(|entry| entry.series));
        let leaves = leaves(&metadata);
        let measures = measures(&leaves, &metadata);
        let metadata = with_views(metadata).map_err(|error| damaged(error.to_string()))?;
        let of_series = index.series.len() * (size_of::<IndexedSeries>() + size_of::<u32>());
        let memory_bytes = of_series + (tail.len() - index_bytes.len()) * 4;
        Ok(Self { metadata, index, by_id, leaves, measures, memory_bytes })
    }

    /// Decodes a whole file by what it says of itself: for looking at a file that no metastore describes.
    pub fn decode_whole(path: &Path, bytes: &Bytes) -> Result<Self> {
        let damaged = |reason: String| StorageError::corrupt(path, 0, 0, reason);
        let mut reader = ParquetMetaDataReader::new().with_offset_index_policy(PageIndexPolicy::Skip);
        reader.try_parse_sized(bytes, bytes.len() as u64).map_err(|error| damaged(error.to_string()))?;
        let metadata = reader.finish().map_err(|error| damaged(error.to_string()))?;
        let entries = metadata.file_metadata().key_value_metadata();
        let stated = |key: &str| entries?.iter().find(|entry| entry.key == key)?.value.as_deref();
        data_file::check_version(path, stated(data_file::FORMAT_KEY))?;
        let number = |key: &str| stated(key).and_then(|text| text.parse::<usize>().ok());
        let index = number(data_file::INDEX_OFFSET_KEY)
            .zip(number(data_file::INDEX_BYTES_KEY))
            .and_then(|(offset, length)| bytes.get(offset..offset.checked_add(length)?).map(|b| (offset, b)));
        let (tail_offset, index_bytes) =
            index.ok_or_else(|| damaged("the footer names no series index".to_owned()))?;
        let index = data_file::decode_index(path, index_bytes)?;
        let facts = FileFacts::of(bytes, tail_offset as u64, &index, 0);
        let facts = facts.ok_or_else(|| damaged("the file has no rows".to_owned()))?;
        Self::decode(path, bytes.slice(tail_offset..), &facts)
    }

    pub fn memory_bytes(&self) -> usize {
        self.memory_bytes
    }

    /// About the memory that all rows take: numbers of 8 bytes, of sparse columns with their places; texts with their views.
    pub fn decoded_bytes(&self) -> usize {
        let of_chunk = |chunk: &ColumnChunkMetaData| {
            let rows = usize::try_from(chunk.num_values()).unwrap_or(0);
            let nulls = chunk.statistics().and_then(|stated| stated.null_count_opt()).unwrap_or(0);
            let values = rows.saturating_sub(usize::try_from(nulls).unwrap_or(0));
            match chunk.column_type() {
                Type::BYTE_ARRAY => values * 16 + usize::try_from(chunk.uncompressed_size()).unwrap_or(0),
                _ => (values * 12).min(rows * 8),
            }
        };
        let measures = || self.measures.iter().filter_map(|id| self.leaf(field_id(*id)));
        let groups = self.metadata.metadata().row_groups().iter();
        let of_measures = groups.flat_map(|group| measures().filter_map(|leaf| group.columns().get(leaf)));
        self.index.rows as usize * 16 + of_measures.map(of_chunk).sum::<usize>()
    }

    /// Measure columns that have a value in some row, ascending.
    pub fn measures(&self) -> Vec<ColumnId> {
        self.measures.clone()
    }

    /// The number of the Parquet column with this field id.
    pub fn leaf(&self, field_id: i32) -> Option<usize> {
        self.leaves.iter().find(|(id, _)| *id == field_id).map(|(_, leaf)| *leaf)
    }

    pub fn series(&self, series: SeriesId) -> Option<SeriesPlace> {
        let id_at = |position: &u32| self.index.series.get(*position as usize).map(|entry| entry.series);
        let found = self.by_id.binary_search_by_key(&Some(series), id_at).ok()?;
        self.place(*self.by_id.get(found)? as usize)
    }

    /// The place of the series at a position of the index.
    pub fn place(&self, position: usize) -> Option<SeriesPlace> {
        let entry = self.index.series.get(position)?;
        let start =
            position.checked_sub(1).and_then(|before| self.index.series.get(before)).map_or(0, |e| e.end);
        Some(SeriesPlace {
            rows: start as usize..entry.end as usize,
            time_min_ns: entry.time_min_ns,
            time_max_ns: entry.time_max_ns,
        })
    }

    /// The positions of the series that have rows among `rows`.
    pub fn positions(&self, rows: &Range<usize>) -> Range<usize> {
        if rows.is_empty() {
            return 0..0;
        }
        let first = self.index.series.partition_point(|entry| entry.end as usize <= rows.start);
        let last = self.index.series.partition_point(|entry| (entry.end as usize) < rows.end);
        first..(last + 1).min(self.index.series.len())
    }

    /// Bytes of the row groups that begin among `rows`.
    pub fn group_bytes(&self, rows: &Range<usize>) -> u64 {
        let mut start = 0;
        let mut bytes = 0;
        for group in self.metadata.metadata().row_groups() {
            if rows.contains(&start) {
                bytes += u64::try_from(group.compressed_size()).unwrap_or(0);
            }
            start += usize::try_from(group.num_rows()).unwrap_or(0);
        }
        bytes
    }

    /// The series of a row.
    pub fn series_at(&self, row: usize) -> Option<SeriesId> {
        let position = self.index.series.partition_point(|entry| entry.end as usize <= row);
        self.index.series.get(position).map(|entry| entry.series)
    }
}

fn leaves(metadata: &ParquetMetaData) -> Vec<(i32, usize)> {
    let columns = metadata.file_metadata().schema_descr().columns();
    let leaf = |(number, column): (usize, &Arc<parquet::schema::types::ColumnDescriptor>)| {
        let basic = column.self_type().get_basic_info();
        basic.has_id().then(|| (basic.id(), number))
    };
    columns.iter().enumerate().filter_map(leaf).collect()
}

/// Measures follow the time column in the file; what comes before it are the dimensions and the measure name.
fn measures(leaves: &[(i32, usize)], _: &ParquetMetaData) -> Vec<ColumnId> {
    let time = field_id(model::schema::TIME_COLUMN);
    let behind_time = leaves.iter().skip_while(|(id, _)| *id != time).skip(1);
    let measures = behind_time.filter(|(id, _)| *id != VERSION_FIELD_ID);
    let mut ids: Vec<ColumnId> =
        measures.filter_map(|(id, _)| u32::try_from(id - 1).ok().map(ColumnId)).collect();
    ids.sort_unstable();
    ids
}

/// Texts are read as views, the type of the scan contract.
fn with_views(metadata: ParquetMetaData) -> parquet::errors::Result<ArrowReaderMetadata> {
    let descriptor = metadata.file_metadata().schema_descr();
    let schema = parquet_to_arrow_schema(descriptor, None)?;
    let fields: Vec<Field> = schema
        .fields()
        .iter()
        .map(|field| match field.data_type() {
            DataType::Utf8 => Field::clone(field).with_data_type(DataType::Utf8View),
            _ => Field::clone(field),
        })
        .collect();
    let options = ArrowReaderOptions::new().with_schema(Arc::new(Schema::new(fields)));
    ArrowReaderMetadata::try_new(Arc::new(metadata), options)
}
