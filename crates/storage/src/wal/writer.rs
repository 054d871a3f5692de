//! Writes groups of records to segment files. Single-threaded and synchronous: the same calls give the same system
//! calls, which the crash tests rely on.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::segments::Segments;
use super::{Lsn, Recovered, WalSettings};
use crate::error::{Result, StorageError};
use crate::format::wal_segment::v1::{
    HEADER_BYTES, RECORD_HEADER_BYTES, Record, RecordKind, SegmentHeader, encode_header, encode_record,
};
use crate::fs::{self, Access, Fs, FsFile};

/// Why a group was not appended.
#[derive(Debug)]
pub(super) enum Failure {
    /// There was no space. The group is not in the log and never will be; the log goes on.
    Full(StorageError),
    /// The group may or may not be in the log. The writer must not be used again.
    Broken(StorageError),
}

#[derive(Debug)]
pub(super) struct LogWriter {
    fs: Arc<dyn Fs>,
    dir: PathBuf,
    settings: WalSettings,
    segments: Arc<Segments>,
    epoch: u64,
    next_lsn: Lsn,
    /// `None` until the first group: opening a log must work on a full disk.
    active: Option<ActiveSegment>,
    /// The encoded group; kept for its capacity.
    group: Vec<u8>,
    segments_created: u64,
}

#[derive(Debug)]
struct ActiveSegment {
    file: Box<dyn FsFile>,
    path: PathBuf,
    /// End of the last synced record. Behind it there are only zeros.
    end_offset: u64,
}

impl LogWriter {
    /// Makes what recovery has read durable, and what it cut, too. Without this a crash of the machine could still
    /// take back the end of the log after new entries were acknowledged behind it.
    pub(super) fn open(
        fs: Arc<dyn Fs>,
        dir: &Path,
        recovered: &Recovered,
        settings: WalSettings,
        segments: Arc<Segments>,
    ) -> Result<Self> {
        fs::create_dir_durably(&*fs, dir)?;
        let entries = fs.list(dir).map_err(|source| StorageError::io("list", dir, source))?;
        for entry in entries.iter().filter(|entry| !entry.is_dir && entry.name.ends_with(".log.tmp")) {
            fs::remove_file_if_exists(&*fs, &dir.join(&entry.name))?;
        }
        settle_tail(&*fs, recovered)?;
        fs.sync_dir(dir).map_err(|source| StorageError::io("fsync of directory", dir, source))?;
        Ok(Self {
            fs,
            dir: dir.to_path_buf(),
            settings,
            segments,
            epoch: recovered.epoch + 1,
            next_lsn: recovered.next_lsn,
            active: None,
            group: Vec::new(),
            segments_created: 0,
        })
    }

    pub(super) fn segments_created(&self) -> u64 {
        self.segments_created
    }

    /// Appends payloads as entries with one write and one sync, and returns the position of the first.
    pub(super) fn append_group(&mut self, payloads: &[Vec<u8>]) -> Result<Lsn, Failure> {
        assert!(!payloads.is_empty(), "a group has entries");
        let records = payloads.iter().map(|payload| (RecordKind::Entry, payload.as_slice()));
        self.append_records(records)
    }

    /// Marks the end as clean, so that recovery can tell damage to the last group from a torn write, and gives
    /// preallocated space back.
    pub(super) fn close(mut self) -> Result<(), Failure> {
        if self.active.is_none() {
            return Ok(());
        }
        self.append_records(std::iter::once((RecordKind::Close, [].as_slice())))?;
        if let Some(active) = &self.active {
            trim(active);
        }
        Ok(())
    }

    fn append_records<'a>(
        &mut self,
        records: impl Iterator<Item = (RecordKind, &'a [u8])>,
    ) -> Result<Lsn, Failure> {
        let first_lsn = self.next_lsn;
        let mut lsn = first_lsn;
        self.group.clear();
        for (position, (kind, payload)) in records.enumerate() {
            let record = Record { lsn: lsn.0, group_position: position as u32, kind, payload };
            encode_record(&mut self.group, self.settings.salt, &record);
            lsn = lsn.next();
        }
        let group = std::mem::take(&mut self.group);
        let written = self.write_and_sync(&group);
        self.group = group;
        written?;
        self.next_lsn = lsn;
        Ok(first_lsn)
    }

    fn write_and_sync(&mut self, group: &[u8]) -> Result<(), Failure> {
        let group_bytes = group.len() as u64;
        let active = match self.active.take() {
            Some(active) if active.end_offset + group_bytes <= self.settings.segment_bytes_max => active,
            full => match self.begin_segment(group_bytes) {
                Ok(begun) => {
                    if let Some(full) = full {
                        trim(&full);
                    }
                    begun
                }
                Err(failure) => {
                    self.active = full;
                    return Err(failure);
                }
            },
        };
        let active = self.active.insert(active);
        if let Err(source) = active.file.write_at(group, active.end_offset) {
            let error = StorageError::io("write", &active.path, source);
            return Err(match error {
                StorageError::StorageFull { .. } => take_back(active, error),
                _ => Failure::Broken(error),
            });
        }
        if let Err(source) = active.file.sync_data() {
            // Even a full disk is final here: the kernel may have dropped the pages.
            return Err(Failure::Broken(StorageError::io("fdatasync", &active.path, source)));
        }
        active.end_offset += group_bytes;
        Ok(())
    }

    /// Creates the next segment under a temporary name and renames it when its header is durable: a segment with its
    /// final name always has a good header. Space is reserved first, so that a full disk is met here, before
    /// anything is written.
    fn begin_segment(&mut self, group_bytes: u64) -> Result<ActiveSegment, Failure> {
        let path = self.segments.path(self.next_lsn);
        let temporary = fs::temporary_path(&path);
        let segment_bytes = self.settings.segment_bytes_max.max(HEADER_BYTES as u64 + group_bytes);
        let file = match self.create_segment(&temporary, segment_bytes) {
            Ok(file) => file,
            Err(error @ StorageError::StorageFull { .. }) => {
                // A leftover is removed by the next attempt or opening.
                let _ = self.fs.remove_file(&temporary);
                return Err(Failure::Full(error));
            }
            Err(error) => return Err(Failure::Broken(error)),
        };
        let broken = |call, source| Failure::Broken(StorageError::io(call, &path, source));
        self.fs.rename(&temporary, &path).map_err(|source| broken("rename", source))?;
        self.fs.sync_dir(&self.dir).map_err(|source| broken("fsync of directory", source))?;
        self.segments.push(self.next_lsn);
        self.segments_created += 1;
        Ok(ActiveSegment { file, path, end_offset: HEADER_BYTES as u64 })
    }

    fn create_segment(&self, temporary: &Path, segment_bytes: u64) -> Result<Box<dyn FsFile>> {
        let wrap = |call| move |source| StorageError::io(call, temporary, source);
        let available_bytes = self.fs.available_bytes(&self.dir).map_err(wrap("statvfs"))?;
        if available_bytes < segment_bytes.saturating_add(self.settings.reserve_bytes) {
            return Err(StorageError::StorageFull { call: "reserve", path: temporary.to_path_buf() });
        }
        fs::remove_file_if_exists(&*self.fs, temporary)?;
        let file = self.fs.create_new(temporary).map_err(wrap("create"))?;
        file.preallocate(segment_bytes).map_err(wrap("fallocate"))?;
        let header =
            SegmentHeader { first_lsn: self.next_lsn.0, epoch: self.epoch, salt: self.settings.salt };
        file.write_at(&encode_header(&header), 0).map_err(wrap("write"))?;
        file.sync_all().map_err(wrap("fsync"))?;
        Ok(file)
    }
}

const _: () = assert!(HEADER_BYTES + RECORD_HEADER_BYTES < model::limits::WAL_SEGMENT_BYTES_MIN as usize);

/// Gives preallocated space behind the last record back. Zeros there are harmless, so a failure is too.
fn trim(segment: &ActiveSegment) {
    if let Err(error) = segment.file.set_len(segment.end_offset) {
        tracing::warn!(%error, path = %segment.path.display(), "could not trim a segment");
    }
}

/// Cuts a group off that was partly written when space ran out. The log goes on only when the cut is durable, else a
/// part of the group could reappear behind later groups.
fn take_back(segment: &ActiveSegment, full: StorageError) -> Failure {
    let cut = segment.file.set_len(segment.end_offset).and_then(|()| segment.file.sync_all());
    match cut {
        Ok(()) => Failure::Full(full),
        Err(source) => Failure::Broken(StorageError::io("cut", &segment.path, source)),
    }
}

/// Cuts the newest segment where recovery found its end, writes its last group again and syncs it.
///
/// Records of the last group may exist only in the page cache (the process died before its sync), or be taken for
/// clean there after a failed sync; writing them again makes the kernel write them out.
fn settle_tail(fs: &dyn Fs, recovered: &Recovered) -> Result<()> {
    let Some(tail) = &recovered.tail else { return Ok(()) };
    let wrap = |call| move |source| StorageError::io(call, &tail.path, source);
    let file = fs.open(&tail.path, Access::ReadWrite).map_err(wrap("open"))?;
    let len_bytes = file.len_bytes().map_err(wrap("stat"))?;
    if len_bytes != tail.len_bytes {
        let reason = "segment changed between recovery and opening";
        return Err(StorageError::corrupt(&tail.path, len_bytes, recovered.next_lsn.0, reason));
    }
    let group_bytes = usize::try_from(tail.end_offset - tail.last_group_offset).unwrap_or(usize::MAX);
    let mut group = vec![0; group_bytes];
    fs::read_exact_at(&*file, &mut group, tail.last_group_offset).map_err(wrap("read"))?;
    if tail.end_offset < tail.len_bytes {
        file.set_len(tail.end_offset).map_err(wrap("cut"))?;
    }
    file.write_at(&group, tail.last_group_offset).map_err(wrap("write"))?;
    file.sync_all().map_err(wrap("fsync"))
}
