//! An in-memory file system for crash tests. It keeps apart what is visible and what is durable, for file contents
//! and for names, counts its calls, and can fail or cut the power at any of them. The same calls and seeds give the
//! same outcome.

mod disk;
mod observer;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Access, DirEntry, Fs, FsFile, FsLock};
use disk::{Call, Disk, Effect};

/// Writes are torn and scattered in units of this size, as by a disk's sectors.
pub const BLOCK_BYTES: u64 = 512;

/// How a machine or process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    /// `kill -9`: everything visible stays visible, and what was not synced is still not synced.
    Kill,
    /// Power loss: nothing that was not synced is there.
    LoseUnsynced,
    /// Power loss: of each file's unsynced writes a first part is there, the last of it torn at a block boundary; a
    /// first part of the unsynced names too.
    Torn,
    /// Power loss: of each file's unsynced writes any blocks are there, of the unsynced names any.
    Scattered,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// EIO. A failed write stores a part; a failed sync loses what it should have made durable, although it stays
    /// visible.
    Io,
    /// ENOSPC. A failed write stores a part.
    StorageFull,
}

/// Handles to one simulated machine's disk. Cloning gives another handle to the same disk.
#[derive(Clone, Default)]
pub struct SimFs {
    disk: Arc<Mutex<Disk>>,
}

impl fmt::Debug for SimFs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SimFs").field("calls", &self.calls()).finish_non_exhaustive()
    }
}

impl SimFs {
    pub fn new() -> Self {
        Self::default()
    }

    /// Calls so far, reads included.
    pub fn calls(&self) -> u64 {
        self.lock().calls
    }

    /// The calls so far in words, for comparing two runs of one seed.
    pub fn trace(&self) -> Vec<String> {
        self.lock().trace.clone()
    }

    /// Cuts the power during call number `call` (the first is 1): its effect is not synced, it fails, and so does every
    /// later call.
    pub fn cut_power_at(&self, call: u64) {
        self.lock().power_cut_at = Some(call);
    }

    /// Makes call number `call` fail, once.
    pub fn fail_at(&self, call: u64, fault: Fault) {
        self.lock().faults.insert(call, fault);
    }

    /// Limits the bytes of all files together; `None`: no limit.
    pub fn set_capacity(&self, capacity_bytes: Option<u64>) {
        self.lock().capacity_bytes = capacity_bytes;
    }

    /// Bytes of all files together.
    pub fn used_bytes(&self) -> u64 {
        self.lock().used_bytes()
    }

    /// Makes every other read return less than was asked for.
    pub fn set_short_reads(&self, short_reads: bool) {
        self.lock().short_reads = short_reads;
    }

    /// Power loss of a kind chosen by the seed. The returned disk is what the machine finds afterwards; this one is
    /// switched off for ever.
    pub fn crash(&self, seed: u64) -> Self {
        let crash = match seed % 3 {
            0 => Crash::LoseUnsynced,
            1 => Crash::Torn,
            _ => Crash::Scattered,
        };
        self.crash_with(crash, seed)
    }

    /// As [`SimFs::crash`], of a given kind.
    pub fn crash_with(&self, crash: Crash, seed: u64) -> Self {
        Self { disk: Arc::new(Mutex::new(self.lock().crash(crash, seed))) }
    }

    fn lock(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, call: Call<'_>) -> io::Result<()> {
        self.lock().change(call).map(drop)
    }
}

impl Fs for SimFs {
    fn create_new(&self, path: &Path) -> io::Result<Box<dyn FsFile>> {
        let inode = self.lock().change(Call::Create(path))?;
        Ok(Box::new(SimFile { fs: self.clone(), inode, access: Access::ReadWrite }))
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn FsFile>> {
        let mut disk = self.lock();
        disk.read_call("open", path)?;
        let inode = disk.file(path)?;
        Ok(Box::new(SimFile { fs: self.clone(), inode, access }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.change(Call::Rename(from, to))
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.change(Call::RemoveFile(path))
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.change(Call::CreateDir(path))
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        self.change(Call::RemoveDir(path))
    }

    fn list(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        let mut disk = self.lock();
        disk.read_call("list", path)?;
        disk.list(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.change(Call::SyncDir(path))
    }

    fn available_bytes(&self, path: &Path) -> io::Result<u64> {
        let mut disk = self.lock();
        disk.read_call("statvfs", path)?;
        Ok(disk.available_bytes())
    }

    fn try_lock(&self, path: &Path) -> io::Result<Option<FsLock>> {
        let mut disk = self.lock();
        disk.change(Call::Lock(path))?;
        if !disk.locks.insert(path.to_path_buf()) {
            return Ok(None);
        }
        Ok(Some(FsLock::new(Box::new(SimLock { fs: self.clone(), path: path.to_path_buf() }))))
    }
}

struct SimLock {
    fs: SimFs,
    path: PathBuf,
}

impl Drop for SimLock {
    fn drop(&mut self) {
        self.fs.lock().locks.remove(&self.path);
    }
}

#[derive(Debug)]
struct SimFile {
    fs: SimFs,
    inode: u64,
    access: Access,
}

impl SimFile {
    fn change(&self, effect: Effect) -> io::Result<()> {
        if self.access == Access::Read {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        self.fs.change(Call::Change(self.inode, effect))
    }
}

impl FsFile for SimFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.fs.lock().read_at(self.inode, buffer, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.change(Effect::Write { offset, bytes: bytes.to_vec() })
    }

    fn len_bytes(&self) -> io::Result<u64> {
        self.fs.lock().len_bytes(self.inode)
    }

    fn set_len(&self, len_bytes: u64) -> io::Result<()> {
        self.change(Effect::SetLen(len_bytes))
    }

    fn preallocate(&self, len_bytes: u64) -> io::Result<()> {
        self.change(Effect::Extend(len_bytes))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.fs.change(Call::SyncFile(self.inode))
    }

    fn sync_all(&self) -> io::Result<()> {
        self.fs.change(Call::SyncFile(self.inode))
    }
}
