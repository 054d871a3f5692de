//! The file system as this crate sees it: about a dozen synchronous calls with explicit syncs.
//!
//! Nothing else in the crate touches `std::fs`. Data is durable after [`FsFile::sync_data`], a name after
//! [`Fs::sync_dir`] of its directory; neither implies the other. [`RealFs`] is the machine's file system, [`sim`] an
//! in-memory one that remembers what was synced and can lose the rest.

mod real;
#[doc(hidden)]
pub mod sim;
#[cfg(test)]
pub(crate) mod tests;

use std::any::Any;
use std::fmt::Debug;
use std::io;
use std::path::Path;

pub use real::RealFs;

use crate::error::{Result, StorageError};

/// One directory entry. `len_bytes` is 0 for a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirEntry {
    pub name: String,
    pub is_dir: bool,
    pub len_bytes: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Read,
    ReadWrite,
}

/// Holds an exclusive lock until it is dropped.
#[derive(Debug)]
pub struct FsLock {
    _held: Box<dyn Any + Send + Sync>,
}

impl FsLock {
    pub fn new(held: Box<dyn Any + Send + Sync>) -> Self {
        Self { _held: held }
    }
}

/// A file system. All calls block.
pub trait Fs: Send + Sync + Debug {
    /// Creates a file readable by its owner only. Fails with `AlreadyExists` when the name is taken.
    fn create_new(&self, path: &Path) -> io::Result<Box<dyn FsFile>>;

    /// Opens an existing file.
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn FsFile>>;

    /// Renames a file and replaces what had the name. Atomic, durable after `sync_dir`.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    fn remove_file(&self, path: &Path) -> io::Result<()>;

    /// Creates one directory. Fails with `AlreadyExists` when the name is taken.
    fn create_dir(&self, path: &Path) -> io::Result<()>;

    /// Removes an empty directory.
    fn remove_dir(&self, path: &Path) -> io::Result<()>;

    /// Lists a directory, sorted by name. Names that are not UTF-8 are left out: none of ours are.
    fn list(&self, path: &Path) -> io::Result<Vec<DirEntry>>;

    /// Makes the names in this directory durable.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;

    /// Bytes a non-privileged process can still store on the file system that holds `path`.
    fn available_bytes(&self, path: &Path) -> io::Result<u64>;

    /// Takes an exclusive lock on a file, which is created when missing. `None`: somebody else has it.
    fn try_lock(&self, path: &Path) -> io::Result<Option<FsLock>>;
}

/// An open file. Positions are explicit, there is no cursor.
pub trait FsFile: Send + Sync + Debug {
    /// Reads up to `buffer.len()` bytes; 0 at or after the end of the file.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Writes all bytes or fails; a failed write may have stored any part of them.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;

    fn len_bytes(&self) -> io::Result<u64>;

    /// Cuts the file, or extends it with zeros.
    fn set_len(&self, len_bytes: u64) -> io::Result<()>;

    /// Reserves disk space and extends the file with zeros to at least `len_bytes`. A file system that can't reserve
    /// leaves the file as it is.
    fn preallocate(&self, len_bytes: u64) -> io::Result<()>;

    /// Makes contents and length durable (`fdatasync`). After a failure the state of unsynced bytes is unknown for
    /// ever: a later success proves nothing.
    fn sync_data(&self) -> io::Result<()>;

    /// `sync_data` and all metadata (`fsync`). To be used after a cut.
    fn sync_all(&self) -> io::Result<()>;
}

/// Reads bytes `offset..offset + buffer.len()`; the file ending early is `UnexpectedEof`.
pub fn read_exact_at(file: &dyn FsFile, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        let read_bytes = file.read_at(buffer, offset)?;
        if read_bytes == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        offset += read_bytes as u64;
        buffer = &mut buffer[read_bytes..];
    }
    Ok(())
}

/// Reads a whole file into memory.
pub fn read(fs: &dyn Fs, path: &Path) -> Result<Vec<u8>> {
    let read = || {
        let file = fs.open(path, Access::Read)?;
        let len_bytes =
            usize::try_from(file.len_bytes()?).map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))?;
        let mut bytes = vec![0; len_bytes];
        read_exact_at(&*file, &mut bytes, 0)?;
        Ok(bytes)
    };
    read().map_err(|source| StorageError::io("read", path, source))
}

/// Reads a whole file; `None` when it does not exist.
pub fn find(fs: &dyn Fs, path: &Path) -> Result<Option<Vec<u8>>> {
    match read(fs, path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(StorageError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Puts a file in place, whole and durable or not at all: temporary file, sync, rename, sync of the directory. The
/// temporary name is `path` with `.tmp` appended; a leftover of a crash is replaced.
pub fn write_durably(fs: &dyn Fs, path: &Path, bytes: &[u8]) -> Result<()> {
    let temporary = temporary_path(path);
    remove_file_if_exists(fs, &temporary)?;
    let wrap = |call, source| StorageError::io(call, path, source);
    let file = fs.create_new(&temporary).map_err(|source| wrap("create", source))?;
    file.write_at(bytes, 0).map_err(|source| wrap("write", source))?;
    file.sync_all().map_err(|source| wrap("fsync", source))?;
    drop(file);
    fs.rename(&temporary, path).map_err(|source| wrap("rename", source))?;
    fs.sync_dir(parent(path)).map_err(|source| wrap("fsync of directory", source))
}

/// Creates one directory and makes its name durable. An existing directory is made durable too: the one who created
/// it may have died before its sync.
pub fn create_dir_durably(fs: &dyn Fs, path: &Path) -> Result<()> {
    match fs.create_dir(path) {
        Err(source) if source.kind() != io::ErrorKind::AlreadyExists => {
            return Err(StorageError::io("create directory", path, source));
        }
        _ => {}
    }
    fs.sync_dir(parent(path)).map_err(|source| StorageError::io("fsync of directory", path, source))
}

pub fn remove_file_if_exists(fs: &dyn Fs, path: &Path) -> Result<()> {
    match fs.remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(StorageError::io("remove", path, source))
        }
        _ => Ok(()),
    }
}

/// Removes a file, or a directory with all it holds. A missing one is fine; an interrupted removal can be repeated.
pub fn remove_tree(fs: &dyn Fs, path: &Path) -> Result<()> {
    match fs.list(path) {
        Ok(entries) => {
            for entry in entries {
                remove_tree(fs, &path.join(&entry.name))?;
            }
            fs.remove_dir(path).map_err(|source| StorageError::io("remove directory", path, source))
        }
        Err(source) if source.kind() == io::ErrorKind::NotADirectory => remove_file_if_exists(fs, path),
        Err(source) if source.kind() == io::ErrorKind::NotFound => remove_file_if_exists(fs, path),
        Err(source) => Err(StorageError::io("list", path, source)),
    }
}

/// The name under which a file is written before it is renamed to `path`.
pub fn temporary_path(path: &Path) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_os_string();
    name.push(".tmp");
    name.into()
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
