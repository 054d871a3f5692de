//! Version 2: as version 1, with a stream of its own for each sparse column. Where they start stands behind the segments.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, RecordBatch, TimestampNanosecondArray, UInt32Array,
};
use arrow::buffer::Buffer;
use arrow::datatypes::{DataType, Field, Schema, UInt32Type};
use arrow::error::ArrowError;
use arrow::ipc::writer::StreamWriter;
use model::catalog::TableId;
use model::schema::ColumnId;

use super::v1::{
    ALIGNMENT, Damage, HEADER_BYTES, RECORD_VERSION, REQUIRED_FEATURES, SEGMENT_BYTES, TIME, TRAILER_MAGIC,
    check_trailer, decode_segments, from_batch, read_batch,
};
use super::{MAGIC, RunFileHeader};
use crate::format::cursor::Cursor;
use crate::memory::column::{RunColumn, SparseColumn};
use crate::memory::run_data::{RunData, Versions};

const VERSION: u16 = 2;
const CHECKED_HEADER_BYTES: usize = 72;
const OFFSET_BYTES: usize = 8;
/// The name of the row numbers in the stream of a sparse column.
const ROW: &str = "row";

pub fn encode(header: RunFileHeader, data: &RunData) -> Result<Vec<u8>, ArrowError> {
    let sparse: Vec<(ColumnId, &SparseColumn)> = data
        .columns
        .iter()
        .filter_map(|(id, column)| match column {
            RunColumn::Sparse(sparse) => Some((*id, sparse)),
            RunColumn::Dense(_) => None,
        })
        .collect();
    let mut bytes = encode_header(header, data, sparse.len());
    for segment in &data.segments {
        bytes.extend_from_slice(&segment.series.0.to_le_bytes());
        bytes.extend_from_slice(&segment.end.to_le_bytes());
    }
    let offsets_start = bytes.len();
    bytes.resize(offsets_start + sparse.len() * OFFSET_BYTES, 0);
    let mut bytes = append_stream(bytes, &dense_batch(data)?)?;
    for (number, (id, column)) in sparse.into_iter().enumerate() {
        let offset = bytes.len().next_multiple_of(ALIGNMENT) as u64;
        let place = offsets_start + number * OFFSET_BYTES;
        bytes[place..place + OFFSET_BYTES].copy_from_slice(&offset.to_le_bytes());
        bytes = append_stream(bytes, &sparse_batch(id, column)?)?;
    }
    let checksum = crc32c::crc32c(&bytes);
    bytes.extend_from_slice(&TRAILER_MAGIC);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    bytes.extend_from_slice(&[0; 4]);
    Ok(bytes)
}

fn encode_header(header: RunFileHeader, data: &RunData, sparse_count: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER_BYTES + data.memory_bytes() + 4_096);
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&(HEADER_BYTES as u16).to_le_bytes());
    bytes.extend_from_slice(&REQUIRED_FEATURES.to_le_bytes());
    bytes.extend_from_slice(&header.table.0.to_le_bytes());
    bytes.extend_from_slice(&header.partition_start_ns.to_le_bytes());
    bytes.extend_from_slice(&header.partition_end_ns.to_le_bytes());
    bytes.extend_from_slice(&(data.rows() as u64).to_le_bytes());
    bytes.extend_from_slice(&(data.segments.len() as u64).to_le_bytes());
    let one_version = match &data.versions {
        Versions::All(version) => *version,
        Versions::Each(_) => 0,
    };
    bytes.extend_from_slice(&one_version.to_le_bytes());
    bytes.extend_from_slice(&(sparse_count as u64).to_le_bytes());
    let checksum = crc32c::crc32c(&bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    bytes.resize(HEADER_BYTES, 0);
    bytes
}

/// Appends a stream with one batch at the next multiple of 64.
fn append_stream(mut bytes: Vec<u8>, batch: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
    bytes.resize(bytes.len().next_multiple_of(ALIGNMENT), 0);
    let mut writer = StreamWriter::try_new(bytes, &batch.schema())?;
    writer.write(batch)?;
    writer.finish()?;
    writer.into_inner()
}

fn measure_field(id: ColumnId, data_type: &DataType, is_nullable: bool) -> Field {
    let metadata = HashMap::from([("column_id".to_owned(), id.0.to_string())]);
    Field::new(id.0.to_string(), data_type.clone(), is_nullable).with_metadata(metadata)
}

fn dense_batch(data: &RunData) -> Result<RecordBatch, ArrowError> {
    let time = TimestampNanosecondArray::new(data.times_ns.clone(), None);
    let mut fields = vec![Field::new(TIME, time.data_type().clone(), false)];
    let mut arrays: Vec<ArrayRef> = vec![Arc::new(time)];
    if let Versions::Each(versions) = &data.versions {
        fields.push(Field::new(RECORD_VERSION, DataType::Int64, false));
        arrays.push(Arc::new(Int64Array::new(versions.clone(), None)));
    }
    for (id, column) in &data.columns {
        if let RunColumn::Dense(array) = column {
            fields.push(measure_field(*id, array.data_type(), true));
            arrays.push(Arc::clone(array));
        }
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
}

fn sparse_batch(id: ColumnId, column: &SparseColumn) -> Result<RecordBatch, ArrowError> {
    let rows = UInt32Array::new(column.rows().clone(), None);
    let values = Arc::clone(column.values());
    let fields = vec![Field::new(ROW, DataType::UInt32, false), measure_field(id, values.data_type(), false)];
    RecordBatch::try_new(Arc::new(Schema::new(fields)), vec![Arc::new(rows), values])
}

struct Counts {
    rows: usize,
    segments: usize,
    sparse_columns: usize,
    one_version: i64,
}

/// Decodes a whole file; on damage the offset and the reason.
pub fn decode(bytes: Vec<u8>) -> Result<(RunFileHeader, RunData), Damage> {
    let body_bytes = check_trailer(&bytes)?;
    let damaged_header = (0, "run file header is malformed");
    let (header, counts) = decode_header(&bytes).ok_or(damaged_header)?;
    let end_of = |start: usize, count: usize, item_bytes: usize| {
        let end = count.checked_mul(item_bytes).and_then(|length| length.checked_add(start));
        end.filter(|end| *end <= body_bytes).ok_or(damaged_header)
    };
    let segments_end = end_of(HEADER_BYTES, counts.segments, SEGMENT_BYTES)?;
    let offsets_end = end_of(segments_end, counts.sparse_columns, OFFSET_BYTES)?;
    let segments = decode_segments(&bytes[HEADER_BYTES..segments_end], counts.rows)
        .ok_or((HEADER_BYTES as u64, "run file segments are malformed"))?;
    let mut starts = vec![offsets_end.next_multiple_of(ALIGNMENT)];
    let mut offsets = Cursor::new(&bytes[segments_end..offsets_end]);
    while let Some(offset) = offsets.u64() {
        starts.push(usize::try_from(offset).map_err(|_| damaged_header)?);
    }
    let ends: Vec<usize> = starts.iter().skip(1).copied().chain([body_bytes]).collect();
    let buffer = Buffer::from_vec(bytes);
    let mut batches = Vec::with_capacity(starts.len());
    for (start, end) in starts.iter().zip(ends) {
        let malformed = (*start as u64, "run file holds no such Arrow batch");
        let stream_bytes = end.checked_sub(*start).filter(|_| end <= body_bytes).ok_or(malformed)?;
        let stream = buffer.slice_with_length(*start, stream_bytes);
        batches.push(read_batch(stream).ok().flatten().ok_or(malformed)?);
    }
    let malformed = (offsets_end as u64, "run file holds no such Arrow batch");
    let (dense, sparse) = batches.split_first().ok_or(malformed)?;
    let mut data = from_batch(dense, segments, counts.one_version).ok_or(malformed)?;
    for batch in sparse {
        data.columns.push(sparse_column(batch, counts.rows).ok_or(malformed)?);
    }
    data.columns.sort_by_key(|(id, _)| *id);
    let is_unique = data.columns.is_sorted_by(|one, other| one.0 < other.0);
    if data.rows() != counts.rows || !is_unique { Err(malformed) } else { Ok((header, data)) }
}

fn sparse_column(batch: &RecordBatch, row_count: usize) -> Option<(ColumnId, RunColumn)> {
    let [rows, values] = batch.columns() else { return None };
    let id = ColumnId(batch.schema().fields().get(1)?.name().parse().ok()?);
    crate::memory::run_data::column_type_of(values)?;
    let rows = rows.as_primitive_opt::<UInt32Type>()?.values().clone();
    let sparse = SparseColumn::new(row_count, rows, Arc::clone(values))?;
    Some((id, RunColumn::Sparse(sparse)))
}

fn decode_header(bytes: &[u8]) -> Option<(RunFileHeader, Counts)> {
    let (checked, rest) = bytes.split_at_checked(CHECKED_HEADER_BYTES)?;
    if Cursor::new(rest).u32()? != crc32c::crc32c(checked) {
        return None;
    }
    let mut cursor = Cursor::new(checked);
    cursor.bytes(MAGIC.len() + size_of::<u16>() * 2)?;
    if cursor.u32()? != REQUIRED_FEATURES {
        return None;
    }
    let header = RunFileHeader {
        table: TableId(cursor.u64()?),
        partition_start_ns: cursor.u64()? as i64,
        partition_end_ns: cursor.u64()? as i64,
    };
    let rows = usize::try_from(cursor.u64()?).ok()?;
    let segments = usize::try_from(cursor.u64()?).ok()?;
    let one_version = cursor.u64()? as i64;
    let sparse_columns = usize::try_from(cursor.u64()?).ok()?;
    Some((header, Counts { rows, segments, sparse_columns, one_version }))
}
