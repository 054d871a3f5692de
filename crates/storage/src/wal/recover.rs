//! Reads a log from a position on. Read-only: what must be cut is only reported.
//!
//! The rule for damage. A record says which records had been synced when it was written (all before its group). So a
//! bad record is a torn write if it is in the newest segment and no valid record behind it proves that it had been
//! synced; it was never acknowledged, and the log ends there. Every other damage is refused.

use std::path::{Path, PathBuf};

use super::Lsn;
use super::segments::{self, segment_name};
use crate::error::{Result, StorageError};
use crate::format::wal_segment::v1::{
    Decoded, HEADER_BYTES, Record, RecordKind, SegmentHeader, decode_record, find_record, used_bytes,
};
use crate::format::wal_segment::{ARTEFACT, HeaderError, VERSION_MAX, decode_header};
use crate::fs::{self, Fs};

/// What recovery found; [`super::Wal::open`] continues from here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// The position the next record gets.
    pub next_lsn: Lsn,
    /// Entries handed to the callback, and the bytes of their payloads.
    pub entries: u64,
    pub entry_bytes: u64,
    /// What will be cut off the newest segment, if anything.
    pub torn: Option<TornTail>,
    /// Whether the log was closed in order.
    pub is_clean: bool,
    pub(super) epoch: u64,
    /// First positions of all segments, ascending.
    pub(super) segments: Vec<Lsn>,
    pub(super) tail: Option<Tail>,
}

/// The torn end of the newest segment: bytes of a write that was never acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TornTail {
    pub path: PathBuf,
    pub offset: u64,
    /// The position of the first record that is cut.
    pub lsn: Lsn,
    /// Bytes from `offset` to the last one that is not zero.
    pub torn_bytes: u64,
    pub reason: &'static str,
}

/// The end of the newest segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tail {
    pub(super) path: PathBuf,
    /// Where the last group begins: everything before it is proven to be durable.
    pub(super) last_group_offset: u64,
    pub(super) end_offset: u64,
    pub(super) len_bytes: u64,
}

/// Calls `on_entry` for every entry from `from_lsn` on, in log order. Segments that hold only older records are not
/// read. A directory that does not exist is an empty log.
///
/// # Errors
/// `Corrupt` and `NewerVersion` name file, offset and position. Entries before the damage have been handed out.
pub fn recover(
    fs: &dyn Fs,
    dir: &Path,
    from_lsn: Lsn,
    on_entry: &mut dyn FnMut(Lsn, &[u8]) -> Result<()>,
) -> Result<Recovered> {
    let segments = segments::list(fs, dir)?.iter().map(|segment| segment.first_lsn).collect();
    let mut recovered = Recovered {
        next_lsn: Lsn::FIRST,
        entries: 0,
        entry_bytes: 0,
        torn: None,
        is_clean: true,
        epoch: 0,
        segments,
        tail: None,
    };
    let from_lsn = from_lsn.max(Lsn::FIRST);
    let needed = match recovered.segments.iter().rposition(|first_lsn| *first_lsn <= from_lsn) {
        Some(first) => recovered.segments[first..].to_vec(),
        None => match recovered.segments.first() {
            Some(oldest) => {
                let path = dir.join(segment_name(*oldest));
                return Err(StorageError::corrupt(
                    &path,
                    0,
                    from_lsn.0,
                    "the segment before this one is missing",
                ));
            }
            None => Vec::new(),
        },
    };
    if let Some(first) = needed.first() {
        recovered.next_lsn = *first;
    }
    for (index, first_lsn) in needed.iter().enumerate() {
        let is_newest = index + 1 == needed.len();
        let path = dir.join(segment_name(*first_lsn));
        let bytes = fs::read(fs, &path)?;
        let mut walk = Walk::begin(&path, &bytes, *first_lsn, &recovered)?;
        walk.read_entries(is_newest, from_lsn, &mut recovered, on_entry)?;
    }
    if recovered.next_lsn < from_lsn {
        let reason = "the log ends before the checkpoint";
        return Err(StorageError::corrupt(dir, 0, from_lsn.0, reason));
    }
    Ok(recovered)
}

/// Reads and judges a segment's header, also against the file's name.
pub(super) fn read_header(path: &Path, bytes: &[u8], first_lsn: Lsn) -> Result<SegmentHeader> {
    let header = decode_header(bytes).map_err(|error| match error {
        HeaderError::Damaged(reason) => StorageError::corrupt(path, 0, first_lsn.0, reason),
        HeaderError::Newer { found } => StorageError::NewerVersion {
            path: path.to_path_buf(),
            artefact: ARTEFACT,
            found,
            supported: u64::from(VERSION_MAX),
        },
    })?;
    if header.first_lsn != first_lsn.0 {
        let reason = format!(
            "segment is named for another position than its header says header_lsn={}",
            header.first_lsn
        );
        return Err(StorageError::corrupt(path, 16, first_lsn.0, reason));
    }
    Ok(header)
}

/// The way through one segment.
pub(super) struct Walk<'a> {
    path: &'a Path,
    bytes: &'a [u8],
    header: SegmentHeader,
    offset: usize,
    last_group_offset: usize,
    next_lsn: Lsn,
    next_group_position: u32,
}

/// One step of the way.
pub(super) enum Step<'a> {
    Record { offset: usize, record: Record<'a> },
    End,
    Bad(&'static str),
}

impl<'a> Walk<'a> {
    fn begin(path: &'a Path, bytes: &'a [u8], first_lsn: Lsn, before: &Recovered) -> Result<Self> {
        let header = read_header(path, bytes, first_lsn)?;
        if first_lsn != before.next_lsn {
            let reason = format!("a segment is missing before this one expected_lsn={}", before.next_lsn);
            return Err(StorageError::corrupt(path, 0, before.next_lsn.0, reason));
        }
        if header.epoch == 0 || header.epoch < before.epoch {
            let reason = format!(
                "segment has an epoch of the past epoch={} epoch_before={}",
                header.epoch, before.epoch
            );
            return Err(StorageError::corrupt(path, 24, first_lsn.0, reason));
        }
        Ok(Self::new(path, bytes, header))
    }

    pub(super) fn new(path: &'a Path, bytes: &'a [u8], header: SegmentHeader) -> Self {
        Self {
            path,
            bytes,
            header,
            offset: HEADER_BYTES,
            last_group_offset: HEADER_BYTES,
            next_lsn: Lsn(header.first_lsn),
            next_group_position: 0,
        }
    }

    pub(super) fn next_lsn(&self) -> Lsn {
        self.next_lsn
    }

    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    /// Reads the next record. A whole record that is out of sequence is no torn write: that is an error at once.
    pub(super) fn step(&mut self) -> Result<Step<'a>> {
        let offset = self.offset;
        let record = match decode_record(&self.bytes[offset..], self.header.salt) {
            Decoded::Record(record) => record,
            Decoded::End => return Ok(Step::End),
            Decoded::Bad(reason) => return Ok(Step::Bad(reason)),
            Decoded::UnknownKind(kind) => {
                return Err(
                    self.corrupt(format!("whole record of a kind this release does not know kind={kind}"))
                );
            }
        };
        if record.lsn != self.next_lsn.0 {
            return Err(self.corrupt(format!("sequence gap found_lsn={}", record.lsn)));
        }
        if record.group_position != 0 && record.group_position != self.next_group_position {
            return Err(self.corrupt("record is out of place in its group"));
        }
        if record.group_position == 0 {
            self.last_group_offset = offset;
        }
        self.next_group_position = record.group_position.saturating_add(1);
        self.next_lsn = self.next_lsn.next();
        self.offset += record.encoded_bytes();
        Ok(Step::Record { offset, record })
    }

    fn read_entries(
        &mut self,
        is_newest: bool,
        from_lsn: Lsn,
        recovered: &mut Recovered,
        on_entry: &mut dyn FnMut(Lsn, &[u8]) -> Result<()>,
    ) -> Result<()> {
        recovered.epoch = self.header.epoch;
        recovered.is_clean = false;
        loop {
            match self.step()? {
                Step::Record { record, .. } => {
                    recovered.is_clean = record.kind == RecordKind::Close;
                    recovered.next_lsn = self.next_lsn;
                    if record.kind == RecordKind::Entry && record.lsn >= from_lsn.0 {
                        on_entry(Lsn(record.lsn), record.payload)?;
                        recovered.entries += 1;
                        recovered.entry_bytes += record.payload.len() as u64;
                    }
                }
                Step::End => break,
                Step::Bad(reason) if !is_newest => return Err(self.corrupt(reason)),
                Step::Bad(reason) => {
                    recovered.torn = Some(self.judge_bad_record(reason)?);
                    recovered.is_clean = false;
                    break;
                }
            }
        }
        if is_newest {
            recovered.tail = Some(Tail {
                path: self.path.to_path_buf(),
                last_group_offset: self.last_group_offset as u64,
                end_offset: self.offset as u64,
                len_bytes: self.bytes.len() as u64,
            });
        }
        Ok(())
    }

    /// Decides whether the bad record here is a torn write, by the rule at the top.
    pub(super) fn judge_bad_record(&self, reason: &'static str) -> Result<TornTail> {
        let rest = &self.bytes[self.offset..];
        let mut position = 0;
        while let Some((found, record)) = find_record(&rest[position..], self.header.salt, self.next_lsn.0) {
            let group_lsn = record.lsn.saturating_sub(u64::from(record.group_position));
            if group_lsn > self.next_lsn.0 {
                let proof_offset = self.offset + position + found;
                let reason = format!(
                    "{reason}; later record proves it had been synced proof_lsn={} proof_offset={proof_offset}",
                    record.lsn
                );
                return Err(self.corrupt(reason));
            }
            position += found + record.encoded_bytes();
        }
        let torn_bytes = used_bytes(rest) as u64;
        Ok(TornTail {
            path: self.path.to_path_buf(),
            offset: self.offset as u64,
            lsn: self.next_lsn,
            torn_bytes,
            reason,
        })
    }

    fn corrupt(&self, reason: impl Into<std::sync::Arc<str>>) -> StorageError {
        StorageError::corrupt(self.path, self.offset as u64, self.next_lsn.0, reason)
    }
}
