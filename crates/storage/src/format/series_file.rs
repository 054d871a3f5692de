//! Keys of consecutive series of a table in a file. Byte table: `docs/formats/series_file.md`.

pub mod v1;

#[cfg(test)]
mod tests;

use std::path::Path;

use model::catalog::TableId;
use model::series::SeriesId;

use crate::error::{Result, StorageError};
use crate::format::wal_entry::SeriesKeys;

pub const ARTEFACT: &str = "series_file";
pub const MAGIC: [u8; 8] = *b"HWSERIES";
pub const VERSION_MAX: u16 = 1;

/// The content of a series file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesFile {
    pub table: TableId,
    pub first_series: SeriesId,
    pub keys: SeriesKeys,
}

/// Decodes a series file of any known version.
///
/// # Errors
/// `Corrupt` and `NewerVersion` name `path`.
pub fn decode(path: &Path, bytes: &[u8], expected_crc32c: Option<u32>) -> Result<SeriesFile> {
    let damaged = |reason: &'static str| StorageError::corrupt(path, 0, 0, reason);
    let (Some(magic), Some(version)) =
        (bytes.first_chunk::<8>(), bytes.get(8..).and_then(|rest| rest.first_chunk()))
    else {
        return Err(damaged("series file header is cut"));
    };
    if *magic != MAGIC {
        return Err(damaged("not a series file: wrong magic"));
    }
    match u16::from_le_bytes(*version) {
        0 => Err(damaged("series file version 0 does not exist")),
        1 => {
            if expected_crc32c.is_some_and(|expected| crc32c::crc32c(bytes) != expected) {
                return Err(damaged("series file differs from the checksum in the metastore"));
            }
            v1::decode(bytes).ok_or_else(|| damaged("series file is malformed or fails its checksum"))
        }
        found => Err(StorageError::NewerVersion {
            path: path.to_path_buf(),
            artefact: ARTEFACT,
            found: u64::from(found),
            supported: u64::from(VERSION_MAX),
        }),
    }
}
