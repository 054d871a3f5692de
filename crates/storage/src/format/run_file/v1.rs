//! Version 1: a header of 128 bytes, the segments, an Arrow IPC stream with one batch, a trailer of 16 bytes. It is only
//! read: every column has an element for each row.
//!
//! The stream starts at a multiple of 64 and is not compressed, so that reading a run back copies nothing.

use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::buffer::Buffer;
use arrow::datatypes::{Int64Type, TimestampNanosecondType};
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamDecoder;
use model::catalog::TableId;
use model::schema::{ColumnId, ColumnType};
use model::series::SeriesId;

use super::{MAGIC, RunFileHeader};
use crate::format::cursor::Cursor;
use crate::memory::column::RunColumn;
use crate::memory::run_data::{Counted, RunData, Segment, Versions, column_type_of};

pub const HEADER_BYTES: usize = 128;
const CHECKED_HEADER_BYTES: usize = 64;
pub(super) const TRAILER_BYTES: usize = 16;
pub(super) const TRAILER_MAGIC: [u8; 8] = *b"HWRUNEND";
pub(super) const ALIGNMENT: usize = 64;
pub(super) const REQUIRED_FEATURES: u32 = 0;
pub(super) const SEGMENT_BYTES: usize = 8;
/// Names in the Arrow schema. Measure columns are called by their id.
pub(super) const TIME: &str = "time";
pub(super) const RECORD_VERSION: &str = "version";

pub(super) type Damage = (u64, &'static str);

/// Decodes a whole file; on damage the offset and the reason.
pub fn decode(bytes: Vec<u8>) -> Result<(RunFileHeader, RunData), Damage> {
    let body_bytes = check_trailer(&bytes)?;
    let damaged_header = (0, "run file header is malformed");
    let (header, row_count, segment_count, one_version) = decode_header(&bytes).ok_or(damaged_header)?;
    let segments_end = segment_count
        .checked_mul(SEGMENT_BYTES)
        .and_then(|length| length.checked_add(HEADER_BYTES))
        .filter(|end| *end <= body_bytes)
        .ok_or(damaged_header)?;
    let segments = decode_segments(&bytes[HEADER_BYTES..segments_end], row_count)
        .ok_or((HEADER_BYTES as u64, "run file segments are malformed"))?;
    let stream_start = segments_end.next_multiple_of(ALIGNMENT);
    let stream_bytes = body_bytes.checked_sub(stream_start).ok_or(damaged_header)?;
    let stream = Buffer::from_vec(bytes).slice_with_length(stream_start, stream_bytes);
    let malformed = (stream_start as u64, "run file holds no such Arrow batch");
    let batch = read_batch(stream).map_err(|_| malformed)?.ok_or(malformed)?;
    let data = from_batch(&batch, segments, one_version).ok_or(malformed)?;
    if data.rows() != row_count { Err(malformed) } else { Ok((header, data)) }
}

/// The bytes before the trailer, whose checksum is right.
pub(super) fn check_trailer(bytes: &[u8]) -> Result<usize, Damage> {
    let body_bytes = bytes.len().checked_sub(TRAILER_BYTES).filter(|length| *length >= HEADER_BYTES);
    let body_bytes = body_bytes.ok_or((0, "run file is cut"))?;
    let mut trailer = Cursor::new(&bytes[body_bytes..]);
    if trailer.bytes(TRAILER_MAGIC.len()) != Some(&TRAILER_MAGIC) {
        return Err((body_bytes as u64, "run file has no trailer"));
    }
    if trailer.u32() != Some(crc32c::crc32c(&bytes[..body_bytes])) {
        return Err((0, "run file fails its checksum"));
    }
    Ok(body_bytes)
}

fn decode_header(bytes: &[u8]) -> Option<(RunFileHeader, usize, usize, i64)> {
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
    let row_count = usize::try_from(cursor.u64()?).ok()?;
    let segment_count = usize::try_from(cursor.u64()?).ok()?;
    Some((header, row_count, segment_count, cursor.u64()? as i64))
}

/// Segments ascend by series, none is empty, and together they are all rows.
pub(super) fn decode_segments(bytes: &[u8], row_count: usize) -> Option<Vec<Segment>> {
    let mut cursor = Cursor::new(bytes);
    let mut segments: Vec<Segment> = Vec::with_capacity(bytes.len() / SEGMENT_BYTES);
    while !cursor.is_empty() {
        let segment = Segment { series: SeriesId(cursor.u32()?), end: cursor.u32()? };
        let follows = match segments.last() {
            Some(last) => segment.series > last.series && segment.end > last.end,
            None => segment.end > 0,
        };
        if !follows {
            return None;
        }
        segments.push(segment);
    }
    (segments.last().map_or(0, |last| last.end as usize) == row_count).then_some(segments)
}

pub(super) fn read_batch(mut stream: Buffer) -> Result<Option<RecordBatch>, ArrowError> {
    let mut decoder = StreamDecoder::new();
    while !stream.is_empty() {
        if let Some(batch) = decoder.decode(&mut stream)? {
            return Ok(Some(batch));
        }
    }
    Ok(None)
}

pub(super) fn from_batch(batch: &RecordBatch, segments: Vec<Segment>, one_version: i64) -> Option<RunData> {
    let time = batch.column_by_name(TIME)?.as_primitive_opt::<TimestampNanosecondType>()?;
    let versions = match batch.column_by_name(RECORD_VERSION) {
        Some(array) => Versions::Each(array.as_primitive_opt::<Int64Type>()?.values().clone()),
        None => Versions::All(one_version),
    };
    let mut columns: Vec<(ColumnId, RunColumn)> = Vec::new();
    let schema = batch.schema();
    for (field, array) in schema.fields().iter().zip(batch.columns()) {
        if field.name() == TIME || field.name() == RECORD_VERSION {
            continue;
        }
        let id = ColumnId(field.name().parse().ok()?);
        let _: ColumnType = column_type_of(array)?;
        columns.push((id, RunColumn::Dense(Arc::clone(array))));
    }
    if !columns.is_sorted_by(|one, other| one.0 < other.0) {
        return None;
    }
    let counted = Counted::default();
    Some(RunData { segments, times_ns: time.values().clone(), versions, columns, counted })
}
