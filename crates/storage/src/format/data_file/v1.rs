//! Version 1 of the series index: which series has which rows of the file, in the order of the file.

use model::catalog::TableId;
use model::clock::TimestampNs;
use model::series::SeriesId;

use crate::format::cursor::{Cursor, push_varint, push_zigzag};

pub const MAGIC: [u8; 8] = *b"HWSERIDX";
const VERSION: u16 = 1;
const HEADER_BYTES: usize = 64;
const REQUIRED_FEATURES: u32 = 0;

/// The rows of one series: from the end of the series before to `end`. Its first and last time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexedSeries {
    pub series: SeriesId,
    pub end: u32,
    pub time_min_ns: TimestampNs,
    pub time_max_ns: TimestampNs,
}

/// Every series of a file, in the order of its rows. No series appears twice, none is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesIndex {
    pub table: TableId,
    /// Half-open.
    pub partition_start_ns: TimestampNs,
    pub partition_end_ns: TimestampNs,
    pub rows: u64,
    pub series: Vec<IndexedSeries>,
}

pub fn encode(index: &SeriesIndex) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER_BYTES + index.series.len() * 8);
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&(HEADER_BYTES as u16).to_le_bytes());
    bytes.extend_from_slice(&REQUIRED_FEATURES.to_le_bytes());
    bytes.extend_from_slice(&index.table.0.to_le_bytes());
    bytes.extend_from_slice(&index.partition_start_ns.to_le_bytes());
    bytes.extend_from_slice(&index.partition_end_ns.to_le_bytes());
    bytes.extend_from_slice(&index.rows.to_le_bytes());
    bytes.extend_from_slice(&(index.series.len() as u64).to_le_bytes());
    bytes.resize(HEADER_BYTES, 0);
    let mut before = IndexedSeries {
        series: SeriesId(0),
        end: 0,
        time_min_ns: index.partition_start_ns,
        time_max_ns: index.partition_start_ns,
    };
    for entry in &index.series {
        push_zigzag(&mut bytes, i64::from(entry.series.0) - i64::from(before.series.0));
        push_varint(&mut bytes, u64::from(entry.end - before.end));
        push_zigzag(&mut bytes, entry.time_min_ns.wrapping_sub(before.time_min_ns));
        push_zigzag(&mut bytes, entry.time_max_ns.wrapping_sub(before.time_max_ns));
        before = *entry;
    }
    let checksum = crc32c::crc32c(&bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    bytes
}

pub fn decode(bytes: &[u8]) -> Option<SeriesIndex> {
    let (body, checksum) = bytes.split_last_chunk::<4>()?;
    if crc32c::crc32c(body) != u32::from_le_bytes(*checksum) {
        return None;
    }
    let (header, entries) = body.split_at_checked(HEADER_BYTES)?;
    let mut cursor = Cursor::new(header);
    cursor.bytes(MAGIC.len() + size_of::<u16>() * 2)?;
    if cursor.u32()? != REQUIRED_FEATURES {
        return None;
    }
    let table = TableId(cursor.u64()?);
    let partition_start_ns = cursor.u64()? as i64;
    let partition_end_ns = cursor.u64()? as i64;
    let rows = cursor.u64()?;
    let count = usize::try_from(cursor.u64()?).ok()?;
    let mut cursor = Cursor::new(entries);
    if count > cursor.remaining() {
        return None;
    }
    let mut series = Vec::with_capacity(count);
    let mut before = IndexedSeries {
        series: SeriesId(0),
        end: 0,
        time_min_ns: partition_start_ns,
        time_max_ns: partition_start_ns,
    };
    for _ in 0..count {
        let id = i64::from(before.series.0).checked_add(cursor.zigzag()?)?;
        let entry = IndexedSeries {
            series: SeriesId(u32::try_from(id).ok()?),
            end: before.end.checked_add(cursor.varint_u32().filter(|rows| *rows > 0)?)?,
            time_min_ns: before.time_min_ns.wrapping_add(cursor.zigzag()?),
            time_max_ns: before.time_max_ns.wrapping_add(cursor.zigzag()?),
        };
        if entry.time_min_ns > entry.time_max_ns {
            return None;
        }
        series.push(entry);
        before = entry;
    }
    let is_whole = cursor.is_empty() && u64::from(before.end) == rows;
    is_whole.then_some(SeriesIndex { table, partition_start_ns, partition_end_ns, rows, series })
}
