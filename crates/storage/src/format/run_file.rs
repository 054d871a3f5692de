//! A sealed run in a file. Byte table: `docs/formats/run_file.md`.

pub mod v1;
pub mod v2;

#[cfg(test)]
mod tests;

use std::path::Path;

use model::catalog::TableId;
use model::clock::TimestampNs;

use crate::error::{Result, StorageError};
use crate::memory::run_data::RunData;

pub const ARTEFACT: &str = "run_file";
pub const MAGIC: [u8; 8] = *b"HWRUNFIL";
pub const VERSION_MAX: u16 = 2;

/// What a run file says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunFileHeader {
    pub table: TableId,
    /// Half-open.
    pub partition_start_ns: TimestampNs,
    pub partition_end_ns: TimestampNs,
}

/// Decodes the whole bytes of a run file of any known version. The arrays share `bytes`. `expected_crc32c` is the
/// checksum the metastore keeps.
///
/// # Errors
/// `Corrupt` and `NewerVersion` name `path`.
pub fn decode(path: &Path, bytes: Vec<u8>, expected_crc32c: Option<u32>) -> Result<(RunFileHeader, RunData)> {
    let damaged = |offset: usize, reason: &'static str| StorageError::corrupt(path, offset as u64, 0, reason);
    let (Some(magic), Some(version)) =
        (bytes.first_chunk::<8>(), bytes.get(8..).and_then(|rest| rest.first_chunk()))
    else {
        return Err(damaged(0, "run file header is cut"));
    };
    if *magic != MAGIC {
        return Err(damaged(0, "not a run file: wrong magic"));
    }
    match u16::from_le_bytes(*version) {
        0 => Err(damaged(8, "run file version 0 does not exist")),
        version @ (1 | 2) => {
            if expected_crc32c.is_some_and(|expected| crc32c::crc32c(&bytes) != expected) {
                return Err(damaged(0, "run file differs from the checksum in the metastore"));
            }
            let decoded = if version == 1 { v1::decode(bytes) } else { v2::decode(bytes) };
            decoded.map_err(|(offset, reason)| StorageError::corrupt(path, offset, 0, reason))
        }
        found => Err(StorageError::NewerVersion {
            path: path.to_path_buf(),
            artefact: ARTEFACT,
            found: u64::from(found),
            supported: u64::from(VERSION_MAX),
        }),
    }
}
