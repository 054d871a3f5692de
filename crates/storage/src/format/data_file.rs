//! A data file of the magnetic store: plain Parquet that carries an index of its series. Byte and column table:
//! `docs/formats/data_file.md`.
//!
//! Parquet is the arrow crates' business; here are the names and bytes that are ours: what the footer's key-value
//! metadata says, the series index between the last row group and the footer, and the checksums of the file's blocks.

pub mod v1;

#[cfg(test)]
mod tests;

use std::path::Path;

use crate::error::{Result, StorageError};
use v1::SeriesIndex;

pub const ARTEFACT: &str = "data_file";
pub const VERSION_MAX: u64 = 1;

/// Keys of the footer's metadata.
pub const FORMAT_KEY: &str = "headwater.format";
pub const INDEX_OFFSET_KEY: &str = "headwater.series_index_offset";
pub const INDEX_BYTES_KEY: &str = "headwater.series_index_bytes";

/// The system column with each row's record version. No user's column begins with `ts_`.
pub const VERSION_COLUMN: &str = "ts_version";
/// Its field id. Those of the other columns are their column id plus 1.
pub const VERSION_FIELD_ID: i32 = 1_000_000_000;

/// A file is checked, cached and read in blocks of this size; the last one is shorter.
pub const BLOCK_BYTES: u64 = 64 * 1_024;

/// The field id of a column: Parquet's and Iceberg's begin at 1.
pub fn field_id(column: model::schema::ColumnId) -> i32 {
    i32::try_from(column.0).map_or(VERSION_FIELD_ID - 1, |id| id.saturating_add(1).min(VERSION_FIELD_ID - 1))
}

/// CRC-32C of each block.
pub fn block_checksums(bytes: &[u8]) -> Vec<u32> {
    bytes.chunks(BLOCK_BYTES as usize).map(crc32c::crc32c).collect()
}

/// The checksums as the metastore keeps them: little-endian, one after the other, and a CRC-32C of all of them.
pub fn encode_checksums(checksums: &[u32]) -> Vec<u8> {
    let mut bytes: Vec<u8> = checksums.iter().flat_map(|checksum| checksum.to_le_bytes()).collect();
    let own = crc32c::crc32c(&bytes);
    bytes.extend_from_slice(&own.to_le_bytes());
    bytes
}

/// `None` when the bytes are not those of the checksums of a file with `file_bytes`.
pub fn decode_checksums(bytes: &[u8], file_bytes: u64) -> Option<Vec<u32>> {
    let (body, own) = bytes.split_last_chunk::<4>()?;
    if crc32c::crc32c(body) != u32::from_le_bytes(*own) || body.len() % 4 != 0 {
        return None;
    }
    let checksums: Vec<u32> =
        body.chunks_exact(4).filter_map(|chunk| Some(u32::from_le_bytes(*chunk.first_chunk()?))).collect();
    (checksums.len() as u64 == file_bytes.div_ceil(BLOCK_BYTES)).then_some(checksums)
}

/// Checks the format number that the footer states.
///
/// # Errors
/// `Corrupt` and `NewerVersion` name `path`.
pub fn check_version(path: &Path, stated: Option<&str>) -> Result<()> {
    match stated.and_then(|text| text.parse::<u64>().ok()) {
        Some(1) => Ok(()),
        Some(found) if found > VERSION_MAX => Err(StorageError::NewerVersion {
            path: path.to_path_buf(),
            artefact: ARTEFACT,
            found,
            supported: VERSION_MAX,
        }),
        _ => Err(StorageError::corrupt(path, 0, 0, "the footer states no data file format")),
    }
}

/// Decodes the series index of any known version.
///
/// # Errors
/// `Corrupt` and `NewerVersion` name `path`.
pub fn decode_index(path: &Path, bytes: &[u8]) -> Result<SeriesIndex> {
    let damaged = |reason: &'static str| StorageError::corrupt(path, 0, 0, reason);
    let (Some(magic), Some(version)) =
        (bytes.first_chunk::<8>(), bytes.get(8..).and_then(|rest| rest.first_chunk()))
    else {
        return Err(damaged("series index is cut"));
    };
    if *magic != v1::MAGIC {
        return Err(damaged("not a series index: wrong magic"));
    }
    match u16::from_le_bytes(*version) {
        1 => v1::decode(bytes).ok_or_else(|| damaged("series index is malformed or fails its checksum")),
        found if u64::from(found) > VERSION_MAX => Err(StorageError::NewerVersion {
            path: path.to_path_buf(),
            artefact: "series_index",
            found: u64::from(found),
            supported: VERSION_MAX,
        }),
        _ => Err(damaged("series index version 0 does not exist")),
    }
}
