//! Makes the bytes of a data file from rows that arrive in its order.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, TimestampNanosecondArray, new_null_array};
use arrow::buffer::ScalarBuffer;
use arrow::datatypes::{Field, Schema, SchemaRef};
use bytes::Bytes;
use model::catalog::TableId;
use model::clock::TimestampNs;
use model::limits;
use model::schema::{Column, ColumnId, ColumnRole, TableSchema};
use model::series::SeriesId;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowRowGroupWriterFactory, ArrowWriterOptions};
use parquet::errors::Result;
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;

use super::FileFacts;
use super::encoding::{self, ColumnEncoding};
use super::group::GroupWriter;
use crate::format::data_file::v1::{self, IndexedSeries, SeriesIndex};
use crate::format::data_file::{
    FORMAT_KEY, INDEX_BYTES_KEY, INDEX_OFFSET_KEY, VERSION_COLUMN, VERSION_FIELD_ID, field_id,
};
use crate::magnetic::order::SeriesOrder;
use crate::memory::series_columns::SeriesColumns;
use crate::memory::views::series_texts;

/// What a file is to hold.
#[derive(Debug, Clone)]
pub struct FileShape {
    pub table: TableId,
    /// Half-open.
    pub partition_start_ns: TimestampNs,
    pub partition_end_ns: TimestampNs,
    pub schema: Arc<TableSchema>,
    pub order: SeriesOrder,
    /// About the rows of the file and those that follow it.
    pub rows: usize,
    /// Dimensions that some series of the file has.
    pub dimensions: Vec<ColumnId>,
    /// Measure columns that some row has a value for, with a sample of their values.
    pub measures: BTreeMap<ColumnId, ArrayRef>,
    /// 0: not compressed.
    pub zstd_level: i32,
}

/// Rows in the order of the file.
#[derive(Debug, Clone)]
pub struct SortedRows {
    /// Each series with its number of rows.
    pub pieces: Vec<(SeriesId, usize)>,
    pub times_ns: ScalarBuffer<i64>,
    pub versions: ScalarBuffer<i64>,
    /// By column; a column that is not here is NULL in every row.
    pub columns: HashMap<ColumnId, ArrayRef>,
}

/// A whole file, not stored yet.
#[derive(Debug, Clone)]
pub struct EncodedFile {
    pub bytes: Bytes,
    pub facts: FileFacts,
}

/// The file is built in memory: it has a bounded size.
pub struct DataFileWriter {
    shape: FileShape,
    columns: Vec<FileField>,
    encodings: Vec<ColumnEncoding>,
    arrow_schema: SchemaRef,
    file: SerializedFileWriter<Vec<u8>>,
    factory: ArrowRowGroupWriterFactory,
    group: Option<GroupWriter>,
    series: Vec<IndexedSeries>,
    rows: usize,
    version_max: i64,
}

#[derive(Debug, Clone)]
enum FileField {
    Text(ColumnId),
    Time,
    Measure(ColumnId),
    Version,
}

impl DataFileWriter {
    pub fn new(shape: FileShape) -> Result<Self> {
        let (columns, fields, encodings) = lay_out(&shape)?;
        let arrow_schema: SchemaRef = Arc::new(Schema::new(fields));
        let properties = properties(&shape, &columns, &arrow_schema, &encodings);
        let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
        let arrow = ArrowWriter::try_new_with_options(Vec::new(), Arc::clone(&arrow_schema), options)?;
        let (file, factory) = arrow.into_serialized_writer()?;
        Ok(Self {
            shape,
            columns,
            encodings,
            arrow_schema,
            file,
            factory,
            group: None,
            series: Vec::new(),
            rows: 0,
            version_max: 0,
        })
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    /// About the size the file has so far.
    pub fn file_bytes(&self) -> usize {
        self.file.bytes_written() + self.group.as_ref().map_or(0, GroupWriter::estimated_bytes)
    }

    pub fn push(&mut self, rows: &SortedRows, texts: &SeriesColumns) -> Result<()> {
        let count = rows.times_ns.len();
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.columns.len());
        for (column, field) in self.columns.iter().zip(self.arrow_schema.fields()) {
            arrays.push(match column {
                FileField::Text(id) => Arc::new(series_texts(texts, *id, rows.pieces.iter().copied(), count)),
                FileField::Time => Arc::new(TimestampNanosecondArray::new(rows.times_ns.clone(), None)),
                FileField::Version => Arc::new(Int64Array::new(rows.versions.clone(), None)),
                FileField::Measure(id) => match rows.columns.get(id) {
                    Some(array) => Arc::clone(array),
                    None => new_null_array(field.data_type(), count),
                },
            });
        }
        self.write(RecordBatch::try_new(Arc::clone(&self.arrow_schema), arrays)?)?;
        self.version_max = rows.versions.iter().copied().fold(self.version_max, i64::max);
        let mut start = 0;
        for (series, piece_rows) in &rows.pieces {
            let end = start + piece_rows;
            let times = rows.times_ns.get(start..end).unwrap_or_default();
            self.note_series(*series, times);
            start = end;
        }
        self.rows += count;
        Ok(())
    }

    /// Fills row groups up to their number of rows, so that their places are known from the row alone.
    fn write(&mut self, mut batch: RecordBatch) -> Result<()> {
        while batch.num_rows() > 0 {
            let mut group = match self.group.take() {
                Some(group) => group,
                None => GroupWriter::new(&self.file, &self.factory, &self.encodings, self.shape.zstd_level)?,
            };
            let rows = batch.num_rows().min(limits::DATA_FILE_GROUP_ROWS - group.rows());
            group.write(&self.arrow_schema, batch.slice(0, rows).columns(), rows)?;
            if group.rows() == limits::DATA_FILE_GROUP_ROWS {
                group.finish(&mut self.file)?;
            } else {
                self.group = Some(group);
            }
            batch = batch.slice(rows, batch.num_rows() - rows);
        }
        Ok(())
    }

    fn note_series(&mut self, series: SeriesId, times: &[i64]) {
        let (Some(first), Some(last)) = (times.first(), times.last()) else { return };
        let rows = times.len() as u32;
        match self.series.last_mut() {
            Some(entry) if entry.series == series => {
                entry.end += rows;
                entry.time_max_ns = *last;
            }
            before => {
                let start = before.map_or(0, |before| before.end);
                let end = start + rows;
                self.series.push(IndexedSeries { series, end, time_min_ns: *first, time_max_ns: *last });
            }
        }
    }

    /// `None` when no row was pushed.
    pub fn finish(mut self) -> Result<Option<EncodedFile>> {
        if self.series.is_empty() {
            return Ok(None);
        }
        if let Some(group) = self.group.take() {
            group.finish(&mut self.file)?;
        }
        let tail_offset = self.file.bytes_written() as u64;
        let index = SeriesIndex {
            table: self.shape.table,
            partition_start_ns: self.shape.partition_start_ns,
            partition_end_ns: self.shape.partition_end_ns,
            rows: self.rows as u64,
            series: self.series,
        };
        let index_bytes = v1::encode(&index);
        self.file.write_all(&index_bytes)?;
        for (key, value) in [
            (FORMAT_KEY, 1),
            (INDEX_OFFSET_KEY, tail_offset),
            (INDEX_BYTES_KEY, index_bytes.len() as u64),
            ("headwater.table", self.shape.table.0),
        ] {
            self.file.append_key_value_metadata(KeyValue::new(key.to_owned(), value.to_string()));
        }
        for (key, value) in [
            ("headwater.partition_start_ns", self.shape.partition_start_ns),
            ("headwater.partition_end_ns", self.shape.partition_end_ns),
        ] {
            self.file.append_key_value_metadata(KeyValue::new(key.to_owned(), value.to_string()));
        }
        let bytes = Bytes::from(self.file.into_inner()?);
        let facts = FileFacts::of(&bytes, tail_offset, &index, self.version_max);
        Ok(facts.map(|facts| EncodedFile { bytes, facts }))
    }
}

type Layout = (Vec<FileField>, Vec<Field>, Vec<ColumnEncoding>);

/// Columns of a file: dimensions and measure name, time, measures, record version.
fn lay_out(shape: &FileShape) -> Result<Layout> {
    let (mut columns, mut fields, mut encodings) = (Vec::new(), Vec::new(), Vec::new());
    for column in shape.schema.in_display_order() {
        match column.role {
            ColumnRole::MeasureName => columns.push(FileField::Text(column.id)),
            ColumnRole::Dimension if shape.dimensions.contains(&column.id) => {
                columns.push(FileField::Text(column.id));
            }
            ColumnRole::Time => columns.push(FileField::Time),
            ColumnRole::MeasureValue | ColumnRole::MultiMeasure
                if shape.measures.contains_key(&column.id) =>
            {
                columns.push(FileField::Measure(column.id));
            }
            ColumnRole::Dimension | ColumnRole::MeasureValue | ColumnRole::MultiMeasure => continue,
        }
        encodings.push(match (column.role, shape.measures.get(&column.id)) {
            (ColumnRole::Time, _) => encoding::TIME,
            (_, Some(sample)) => encoding::choose(sample, shape.rows, shape.zstd_level)?,
            (_, None) => encoding::TEXT_OF_SERIES,
        });
        fields.push(field(column));
    }
    columns.push(FileField::Version);
    encodings.push(encoding::TIME);
    fields.push(with_id(
        Field::new(VERSION_COLUMN, arrow::datatypes::DataType::Int64, false),
        VERSION_FIELD_ID,
    ));
    Ok((columns, fields, encodings))
}

fn field(column: &Column) -> Field {
    let nullable = !matches!(column.role, ColumnRole::MeasureName | ColumnRole::Time);
    with_id(Field::new(&*column.name, column.column_type.data_type(), nullable), field_id(column.id))
}

fn with_id(field: Field, id: i32) -> Field {
    field.with_metadata(HashMap::from([(
        parquet::arrow::PARQUET_FIELD_ID_META_KEY.to_owned(),
        id.to_string(),
    )]))
}

fn properties(
    shape: &FileShape,
    columns: &[FileField],
    schema: &Schema,
    encodings: &[ColumnEncoding],
) -> WriterProperties {
    let position_of = |wanted: ColumnId| {
        columns.iter().position(|column| matches!(column, FileField::Text(id) if *id == wanted))
    };
    let time = columns.iter().position(|column| matches!(column, FileField::Time));
    let sorted_by = shape.order.columns().iter().filter_map(|column| position_of(*column)).chain(time);
    let sorting = sorted_by.map(|column| SortingColumn {
        column_idx: i32::try_from(column).unwrap_or(i32::MAX),
        descending: false,
        nulls_first: true,
    });
    let mut properties = encoding::writer_properties(shape.zstd_level)
        .set_created_by(format!("headwater {}", env!("CARGO_PKG_VERSION")))
        .set_sorting_columns(Some(sorting.collect()));
    for ((column, field), encoding) in columns.iter().zip(schema.fields()).zip(encodings) {
        let path = ColumnPath::new(vec![field.name().clone()]);
        properties = encoding::with_encoding(properties, path.clone(), *encoding);
        if matches!(column, FileField::Text(_)) {
            // Texts of series repeat: one page for each run of rows would cost more than it tells.
            properties = properties.set_column_statistics_enabled(path, EnabledStatistics::Chunk);
        }
    }
    properties.build()
}
