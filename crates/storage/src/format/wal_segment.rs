//! A segment of the write-ahead log. Byte table: `docs/formats/wal_segment.md`.

pub mod v1;

#[cfg(test)]
mod tests;

/// The name of this artefact in errors.
pub const ARTEFACT: &str = "wal_segment";

/// The first bytes of every version.
pub const MAGIC: [u8; 8] = *b"HWWALSEG";

/// The newest version this release reads.
pub const VERSION_MAX: u16 = 1;

/// Why a segment header was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderError {
    Damaged(&'static str),
    /// Written by a release that knows more: a higher version, or a required feature.
    Newer {
        found: u64,
    },
}

/// Reads the header of a segment of any known version. Magic and version have the same place in all versions, and the
/// version is judged before the checksum, whose place a newer version may change.
pub fn decode_header(bytes: &[u8]) -> Result<v1::SegmentHeader, HeaderError> {
    let (Some(magic), Some(version)) =
        (bytes.first_chunk::<8>(), bytes.get(8..).and_then(|rest| rest.first_chunk()))
    else {
        return Err(HeaderError::Damaged("segment header is cut"));
    };
    if *magic != MAGIC {
        return Err(HeaderError::Damaged("not a segment: wrong magic"));
    }
    match u16::from_le_bytes(*version) {
        0 => Err(HeaderError::Damaged("segment version 0 does not exist")),
        1 => v1::decode_header(bytes),
        found => Err(HeaderError::Newer { found: u64::from(found) }),
    }
}
