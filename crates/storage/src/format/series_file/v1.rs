//! Version 1: a header of 32 bytes, the keys with their lengths, a checksum of everything before it.

use model::catalog::TableId;
use model::series::SeriesId;

use super::{MAGIC, SeriesFile};
use crate::format::cursor::{Cursor, push_prefixed};
use crate::format::wal_entry::SeriesKeys;

const VERSION: u16 = 1;
const HEADER_BYTES: usize = 32;
const REQUIRED_FEATURES: u32 = 0;

pub fn encode(file: &SeriesFile) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER_BYTES + file.keys.bytes.len() + file.keys.len() * 2 + 4);
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&(HEADER_BYTES as u16).to_le_bytes());
    bytes.extend_from_slice(&REQUIRED_FEATURES.to_le_bytes());
    bytes.extend_from_slice(&file.table.0.to_le_bytes());
    bytes.extend_from_slice(&file.first_series.0.to_le_bytes());
    bytes.extend_from_slice(&(file.keys.len() as u32).to_le_bytes());
    file.keys.iter().for_each(|key| push_prefixed(&mut bytes, key));
    let checksum = crc32c::crc32c(&bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    bytes
}

pub fn decode(bytes: &[u8]) -> Option<SeriesFile> {
    let (body, checksum) = bytes.split_last_chunk::<4>()?;
    if crc32c::crc32c(body) != u32::from_le_bytes(*checksum) {
        return None;
    }
    let mut cursor = Cursor::new(body);
    cursor.bytes(MAGIC.len() + size_of::<u16>() * 2)?;
    if cursor.u32()? != REQUIRED_FEATURES {
        return None;
    }
    let table = TableId(cursor.u64()?);
    let first_series = SeriesId(cursor.u32()?);
    let count = cursor.u32()?;
    let mut keys = SeriesKeys::default();
    for _ in 0..count {
        keys.push(cursor.prefixed()?);
    }
    cursor.is_empty().then_some(SeriesFile { table, first_series, keys })
}
