//! The state of a simulated disk.

mod changes;
mod crash;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Fault;
use super::observer::Observer;
use crate::fs::DirEntry;
pub(super) use changes::Effect;
use changes::{Names, Naming, Node};

/// One call that changes something.
#[derive(Debug)]
pub(super) enum Call<'a> {
    Create(&'a Path),
    Rename(&'a Path, &'a Path),
    RemoveFile(&'a Path),
    CreateDir(&'a Path),
    RemoveDir(&'a Path),
    /// Creates the file when missing.
    Lock(&'a Path),
    SyncDir(&'a Path),
    SyncFile(u64),
    Change(u64, Effect),
}

#[derive(Debug, Clone, Default)]
struct Inode {
    visible: Vec<u8>,
    durable: Vec<u8>,
    /// Applied to `visible`, in order, since the last sync.
    unsynced: Vec<Effect>,
}

#[derive(Debug, Default)]
pub(super) struct Disk {
    /// Shared with copies of the disk until they change.
    inodes: BTreeMap<u64, Arc<Inode>>,
    visible: Names,
    durable: Names,
    /// Applied to `visible`, in order, and not yet to `durable`.
    unsynced: Vec<Naming>,
    powered_off: bool,
    pub(super) calls: u64,
    pub(super) trace: Vec<String>,
    pub(super) power_cut_at: Option<u64>,
    pub(super) faults: BTreeMap<u64, Fault>,
    pub(super) capacity_bytes: Option<u64>,
    pub(super) short_reads: bool,
    pub(super) locks: BTreeSet<PathBuf>,
    pub(super) observer: Option<Observer>,
}

enum Fate {
    Proceed,
    PowerCut,
    Fault(Fault),
}

impl Disk {
    fn begin(&mut self, words: String) -> io::Result<Fate> {
        if self.powered_off {
            return Err(powered_off());
        }
        self.calls += 1;
        self.trace.push(words);
        if self.power_cut_at == Some(self.calls) {
            self.powered_off = true;
            return Ok(Fate::PowerCut);
        }
        Ok(self.faults.remove(&self.calls).map_or(Fate::Proceed, Fate::Fault))
    }

    pub(super) fn read_call(&mut self, name: &str, path: &Path) -> io::Result<()> {
        match self.begin(format!("{name} {}", path.display()))? {
            Fate::Proceed => Ok(()),
            Fate::PowerCut => Err(powered_off()),
            Fate::Fault(fault) => Err(fault.into()),
        }
    }

    /// Makes a change; returns the inode that `Create` made, else 0.
    pub(super) fn change(&mut self, call: Call<'_>) -> io::Result<u64> {
        match self.begin(describe(&call))? {
            Fate::Proceed => {
                if let Some(observer) = self.observer.clone() {
                    observer.show(self.calls, self.dying_copy(&call));
                }
                self.check_capacity(&call)?;
                self.apply(&call)
            }
            Fate::PowerCut => {
                if !matches!(call, Call::SyncDir(_) | Call::SyncFile(_)) {
                    self.apply(&call)?;
                }
                Err(powered_off())
            }
            Fate::Fault(fault) => {
                match call {
                    Call::Change(inode, Effect::Write { offset, mut bytes }) => {
                        bytes.truncate(bytes.len() / 2);
                        self.apply(&Call::Change(inode, Effect::Write { offset, bytes }))?;
                    }
                    Call::SyncFile(inode) => self.inode(inode)?.unsynced.clear(),
                    _ => {}
                }
                Err(fault.into())
            }
        }
    }

    /// The same disk without faults and observers.
    pub(super) fn copy(&self) -> Self {
        Self {
            inodes: self.inodes.clone(),
            visible: self.visible.clone(),
            durable: self.durable.clone(),
            unsynced: self.unsynced.clone(),
            capacity_bytes: self.capacity_bytes,
            ..Self::default()
        }
    }

    /// The disk if the power went off during a call: the call's effect is there, not synced.
    fn dying_copy(&self, call: &Call<'_>) -> Self {
        let mut copy = self.copy();
        if !matches!(call, Call::SyncDir(_) | Call::SyncFile(_)) {
            // A call that fails changes nothing.
            let _ = copy.apply(call);
        }
        copy.powered_off = true;
        copy
    }

    fn apply(&mut self, call: &Call<'_>) -> io::Result<u64> {
        match call {
            Call::Create(path) => return self.create(path),
            Call::Lock(path) => {
                if !self.visible.contains_key(*path) {
                    self.create(path)?;
                }
            }
            Call::CreateDir(path) => {
                self.check_new(path)?;
                self.name(Naming::Link(path.to_path_buf(), Node::Dir));
            }
            Call::Rename(from, to) => {
                let node = Node::File(self.file(from)?);
                self.check_parent(to)?;
                self.name(Naming::Rename(from.to_path_buf(), to.to_path_buf(), node));
            }
            Call::RemoveFile(path) => {
                self.file(path)?;
                self.name(Naming::Unlink(path.to_path_buf()));
            }
            Call::RemoveDir(path) => {
                if !self.list(path)?.is_empty() {
                    return Err(io::ErrorKind::DirectoryNotEmpty.into());
                }
                self.name(Naming::Unlink(path.to_path_buf()));
            }
            Call::SyncDir(path) => {
                self.check_dir(path)?;
                let (synced, unsynced) = std::mem::take(&mut self.unsynced)
                    .into_iter()
                    .partition(|naming: &Naming| naming.touches(path));
                self.unsynced = unsynced;
                let synced: Vec<Naming> = synced;
                synced.iter().for_each(|naming| naming.apply(&mut self.durable));
            }
            Call::SyncFile(inode) => {
                let inode = self.inode(*inode)?;
                std::mem::take(&mut inode.unsynced)
                    .iter()
                    .for_each(|effect| effect.apply(&mut inode.durable));
            }
            Call::Change(inode, effect) => {
                let inode = self.inode(*inode)?;
                effect.apply(&mut inode.visible);
                inode.unsynced.push(effect.clone());
            }
        }
        Ok(0)
    }

    fn create(&mut self, path: &Path) -> io::Result<u64> {
        self.check_new(path)?;
        let inode = self.inodes.last_key_value().map_or(1, |(last, _)| last + 1);
        self.inodes.insert(inode, Arc::default());
        self.name(Naming::Link(path.to_path_buf(), Node::File(inode)));
        Ok(inode)
    }

    fn name(&mut self, naming: Naming) {
        naming.apply(&mut self.visible);
        self.unsynced.push(naming);
    }

    fn check_capacity(&mut self, call: &Call<'_>) -> io::Result<()> {
        let Call::Change(inode, effect) = call else { return Ok(()) };
        let available_bytes = self.available_bytes();
        let len_bytes = self.inodes.get(inode).ok_or(io::ErrorKind::NotFound)?.visible.len() as u64;
        let end = match effect {
            Effect::Write { offset, bytes } => offset + bytes.len() as u64,
            Effect::SetLen(_) => 0,
            Effect::Extend(end) => *end,
        };
        if end.saturating_sub(len_bytes) > available_bytes {
            Err(io::ErrorKind::StorageFull.into())
        } else {
            Ok(())
        }
    }

    pub(super) fn available_bytes(&self) -> u64 {
        let used_bytes = self.used_bytes();
        self.capacity_bytes.map_or(u64::MAX / 2, |capacity_bytes| capacity_bytes.saturating_sub(used_bytes))
    }

    pub(super) fn used_bytes(&self) -> u64 {
        let named = self.visible.values().filter_map(|node| match node {
            Node::File(inode) => self.inodes.get(inode),
            Node::Dir => None,
        });
        named.map(|inode| inode.visible.len() as u64).sum()
    }

    pub(super) fn read_at(&mut self, inode: u64, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.read_call("read", Path::new(""))?;
        let is_short = self.short_reads && self.calls % 2 == 1;
        let visible = &self.inodes.get(&inode).ok_or(io::ErrorKind::NotFound)?.visible;
        let rest = usize::try_from(offset).ok().and_then(|offset| visible.get(offset..)).unwrap_or_default();
        let mut read_bytes = rest.len().min(buffer.len());
        if is_short {
            read_bytes = read_bytes.div_ceil(2);
        }
        buffer[..read_bytes].copy_from_slice(&rest[..read_bytes]);
        Ok(read_bytes)
    }

    pub(super) fn len_bytes(&mut self, inode: u64) -> io::Result<u64> {
        self.read_call("stat", Path::new(""))?;
        Ok(self.inodes.get(&inode).ok_or(io::ErrorKind::NotFound)?.visible.len() as u64)
    }

    pub(super) fn list(&self, dir: &Path) -> io::Result<Vec<DirEntry>> {
        self.check_dir(dir)?;
        let children = self.visible.iter().filter(|(path, _)| path.parent() == Some(dir));
        Ok(children
            .map(|(path, node)| {
                let (is_dir, len_bytes) = match node {
                    Node::File(inode) => {
                        (false, self.inodes.get(inode).map_or(0, |inode| inode.visible.len() as u64))
                    }
                    Node::Dir => (true, 0),
                };
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                DirEntry { name, is_dir, len_bytes }
            })
            .collect())
    }

    pub(super) fn file(&self, path: &Path) -> io::Result<u64> {
        match self.visible.get(path) {
            Some(Node::File(inode)) => Ok(*inode),
            Some(Node::Dir) => Err(io::ErrorKind::IsADirectory.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn inode(&mut self, inode: u64) -> io::Result<&mut Inode> {
        self.inodes.get_mut(&inode).map(Arc::make_mut).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn check_new(&self, path: &Path) -> io::Result<()> {
        self.check_parent(path)?;
        if self.visible.contains_key(path) { Err(io::ErrorKind::AlreadyExists.into()) } else { Ok(()) }
    }

    fn check_parent(&self, path: &Path) -> io::Result<()> {
        path.parent().map_or(Ok(()), |parent| self.check_dir(parent))
    }

    /// The root exists always.
    fn check_dir(&self, path: &Path) -> io::Result<()> {
        match self.visible.get(path) {
            Some(Node::Dir) => Ok(()),
            None if path == Path::new("/") => Ok(()),
            Some(Node::File(_)) => Err(io::ErrorKind::NotADirectory.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

fn describe(call: &Call<'_>) -> String {
    match call {
        Call::Change(inode, Effect::Write { offset, bytes }) => {
            format!(
                "write inode={inode} offset={offset} bytes={} crc32c={:08x}",
                bytes.len(),
                crc32c::crc32c(bytes)
            )
        }
        other => format!("{other:?}"),
    }
}

fn powered_off() -> io::Error {
    io::Error::other("the simulated power is off")
}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Io => Self::other("simulated i/o error"),
            Fault::StorageFull => io::ErrorKind::StorageFull.into(),
        }
    }
}
