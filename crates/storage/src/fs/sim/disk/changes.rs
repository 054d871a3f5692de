//! What can be done to a disk and may be lost again: changes of contents and of names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::fs::sim::BLOCK_BYTES;

/// A change of a file's contents.
#[derive(Debug, Clone)]
pub(in crate::fs::sim) enum Effect {
    Write { offset: u64, bytes: Vec<u8> },
    SetLen(u64),
    Extend(u64),
}

/// A change of names.
#[derive(Debug, Clone)]
pub(super) enum Naming {
    Link(PathBuf, Node),
    Unlink(PathBuf),
    Rename(PathBuf, PathBuf, Node),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Node {
    File(u64),
    Dir,
}

pub(super) type Names = BTreeMap<PathBuf, Node>;

impl Effect {
    pub(super) fn apply(&self, file: &mut Vec<u8>) {
        match self {
            Self::Write { offset, bytes } => {
                let start = *offset as usize;
                let end = start + bytes.len();
                if file.len() < end {
                    file.resize(end, 0);
                }
                file[start..end].copy_from_slice(bytes);
            }
            Self::SetLen(len_bytes) => file.resize(*len_bytes as usize, 0),
            Self::Extend(len_bytes) if file.len() < *len_bytes as usize => {
                file.resize(*len_bytes as usize, 0)
            }
            Self::Extend(_) => {}
        }
    }
}

/// The parts of a write that lie in one block each.
pub(super) fn blocks(offset: u64, bytes: &[u8]) -> impl Iterator<Item = Effect> {
    let mut start = 0;
    std::iter::from_fn(move || {
        if start >= bytes.len() {
            return None;
        }
        let at = offset + start as u64;
        let end = (start + (BLOCK_BYTES - at % BLOCK_BYTES) as usize).min(bytes.len());
        let block = Effect::Write { offset: at, bytes: bytes[start..end].to_vec() };
        start = end;
        Some(block)
    })
}

impl Naming {
    pub(super) fn apply(&self, names: &mut Names) {
        match self {
            Self::Link(path, node) => {
                names.insert(path.clone(), *node);
            }
            Self::Unlink(path) => {
                names.remove(path);
            }
            Self::Rename(from, to, node) => {
                // The old name may have been given to another file in between.
                if names.get(from) == Some(node) {
                    names.remove(from);
                }
                names.insert(to.clone(), *node);
            }
        }
    }

    pub(super) fn touches(&self, dir: &Path) -> bool {
        match self {
            Self::Link(path, _) | Self::Unlink(path) => path.parent() == Some(dir),
            Self::Rename(from, to, _) => from.parent() == Some(dir) || to.parent() == Some(dir),
        }
    }
}
