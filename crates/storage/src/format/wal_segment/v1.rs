//! Version 1 of a log segment: a header of 64 bytes, then records, then zeros where the file is preallocated.
//!
//! All numbers are little-endian. Every checksum is CRC-32C over the segment's salt followed by the covered bytes, so
//! that bytes chosen by a client never pass for a record. A record header has a checksum of its own: damage to a
//! payload does not hide where the next record begins.

use super::{HeaderError, MAGIC};

pub const HEADER_BYTES: usize = 64;
pub const RECORD_HEADER_BYTES: usize = 28;

const VERSION: u16 = 1;
/// Bits of features that a reader must know. None exist in this release.
const REQUIRED_FEATURES_KNOWN: u32 = 0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentHeader {
    /// The sequence number of the first record; also in the file's name.
    pub first_lsn: u64,
    /// Grows with every opening of the log that wrote a segment.
    pub epoch: u64,
    pub salt: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum RecordKind {
    /// What the log's user appended.
    Entry = 1,
    /// The log was closed in order: everything before it is durable.
    Close = 2,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    pub lsn: u64,
    /// The record's place among those that were written and synced together. When the record with `lsn` was written,
    /// all records before `lsn - group_position` had been synced.
    pub group_position: u32,
    pub kind: RecordKind,
    pub payload: &'a [u8],
}

impl Record<'_> {
    /// Bytes the record takes in the segment.
    pub fn encoded_bytes(&self) -> usize {
        RECORD_HEADER_BYTES + self.payload.len()
    }
}

/// What stands at one position of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decoded<'a> {
    Record(Record<'a>),
    /// Nothing but zeros up to the end of the file, or the end itself.
    End,
    /// A whole record with right checksums that only a newer release can have written.
    UnknownKind(u8),
    Bad(&'static str),
}

pub fn encode_header(header: &SegmentHeader) -> [u8; HEADER_BYTES] {
    let mut bytes = [0; HEADER_BYTES];
    bytes[0..8].copy_from_slice(&MAGIC);
    bytes[8..10].copy_from_slice(&VERSION.to_le_bytes());
    // 10..12 is the minor version, 0; 12..16 are the required features, none.
    bytes[16..24].copy_from_slice(&header.first_lsn.to_le_bytes());
    bytes[24..32].copy_from_slice(&header.epoch.to_le_bytes());
    bytes[32..40].copy_from_slice(&header.salt.to_le_bytes());
    let checksum = crc32c::crc32c(&bytes[..60]);
    bytes[60..64].copy_from_slice(&checksum.to_le_bytes());
    bytes
}

/// Reads a header whose magic and version have been judged.
pub fn decode_header(bytes: &[u8]) -> Result<SegmentHeader, HeaderError> {
    let Some(bytes) = bytes.first_chunk::<HEADER_BYTES>() else {
        return Err(HeaderError::Damaged("segment header is cut"));
    };
    if crc32c::crc32c(&bytes[..60]) != read_u32(bytes, 60) {
        return Err(HeaderError::Damaged("segment header has a wrong checksum"));
    }
    let required_features = read_u32(bytes, 12);
    if required_features & !REQUIRED_FEATURES_KNOWN != 0 {
        return Err(HeaderError::Newer { found: u64::from(required_features) });
    }
    Ok(SegmentHeader {
        first_lsn: read_u64(bytes, 16),
        epoch: read_u64(bytes, 24),
        salt: read_u64(bytes, 32),
    })
}

/// Appends a record to `out`.
///
/// # Panics
/// When the payload is not shorter than 4 GiB.
pub fn encode_record(out: &mut Vec<u8>, salt: u64, record: &Record<'_>) {
    assert!(record.payload.len() < u32::MAX as usize, "payload is too large for the format");
    let mut header = [0; RECORD_HEADER_BYTES];
    header[4..8].copy_from_slice(&salted_checksum(salt, record.payload).to_le_bytes());
    header[8..12].copy_from_slice(&(record.payload.len() as u32).to_le_bytes());
    header[12..16].copy_from_slice(&record.group_position.to_le_bytes());
    header[16..24].copy_from_slice(&record.lsn.to_le_bytes());
    header[24] = record.kind as u8;
    let checksum = salted_checksum(salt, &header[4..]);
    header[0..4].copy_from_slice(&checksum.to_le_bytes());
    out.extend_from_slice(&header);
    out.extend_from_slice(record.payload);
}

/// Reads what stands at the beginning of `bytes`, which reach to the end of the file.
pub fn decode_record(bytes: &[u8], salt: u64) -> Decoded<'_> {
    let Some(header) = bytes.first_chunk::<RECORD_HEADER_BYTES>() else {
        return if is_zero(bytes) { Decoded::End } else { Decoded::Bad("record header is cut") };
    };
    if is_zero(header) {
        return if is_zero(bytes) { Decoded::End } else { Decoded::Bad("zeros where a record was expected") };
    }
    if salted_checksum(salt, &header[4..]) != read_u32(header, 0) {
        return Decoded::Bad("record header has a wrong checksum");
    }
    let payload_bytes = read_u32(header, 8) as usize;
    let Some(payload) = bytes[RECORD_HEADER_BYTES..].get(..payload_bytes) else {
        return Decoded::Bad("record payload is cut");
    };
    if salted_checksum(salt, payload) != read_u32(header, 4) {
        return Decoded::Bad("record payload has a wrong checksum");
    }
    let kind = match header[24] {
        1 => RecordKind::Entry,
        2 => RecordKind::Close,
        unknown => return Decoded::UnknownKind(unknown),
    };
    Decoded::Record(Record { lsn: read_u64(header, 16), group_position: read_u32(header, 12), kind, payload })
}

/// Searches for the first valid record at any byte position that has an `lsn` of at least `lsn_min`; returns its
/// position too.
pub fn find_record(bytes: &[u8], salt: u64, lsn_min: u64) -> Option<(usize, Record<'_>)> {
    // A record takes at least its header, so no record in here can be further from `lsn_min` than this. The check
    // spares a checksum at nearly every position.
    let lsn_max = lsn_min.saturating_add((bytes.len() / RECORD_HEADER_BYTES) as u64 + 1);
    let end = used_bytes(bytes).min(bytes.len().saturating_sub(RECORD_HEADER_BYTES - 1));
    (0..end).find_map(|position| {
        let rest = &bytes[position..];
        if !(lsn_min..=lsn_max).contains(&read_u64(rest, 16)) {
            return None;
        }
        match decode_record(rest, salt) {
            Decoded::Record(record) => Some((position, record)),
            Decoded::End | Decoded::UnknownKind(_) | Decoded::Bad(_) => None,
        }
    })
}

fn salted_checksum(salt: u64, bytes: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&salt.to_le_bytes()), bytes)
}

/// Bytes up to the last one that is not zero. Compares in blocks, because preallocated tails are long.
pub fn used_bytes(bytes: &[u8]) -> usize {
    const ZEROS: [u8; 4_096] = [0; 4_096];
    let mut used = bytes.len();
    for block in bytes.rchunks(ZEROS.len()) {
        if *block != ZEROS[..block.len()] {
            let last = block.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            return used - block.len() + last;
        }
        used -= block.len();
    }
    0
}

fn is_zero(bytes: &[u8]) -> bool {
    used_bytes(bytes) == 0
}

/// The caller has checked that `bytes` reach beyond `at + 4`.
fn read_u32(bytes: &[u8], at: usize) -> u32 {
    let mut number = [0; 4];
    number.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(number)
}

/// The caller has checked that `bytes` reach beyond `at + 8`.
fn read_u64(bytes: &[u8], at: usize) -> u64 {
    let mut number = [0; 8];
    number.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(number)
}
