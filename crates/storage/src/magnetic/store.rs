//! What all data files of an engine share: the object store, the cache, and the names of objects to remove.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::bridge::Bridge;
use super::cache::FileCache;
use crate::error::Result;
use crate::object::{DataObjects, Listed, ObjectName};

#[derive(Debug)]
pub struct MagneticStore {
    pub objects: DataObjects,
    pub bridge: Bridge,
    pub cache: FileCache,
    next_id: AtomicU64,
    /// Objects that nobody needs any more.
    garbage: Mutex<Vec<ObjectName>>,
    /// Names of all files that have a handle: those that are listed, being written, or still read.
    open: Mutex<HashSet<ObjectName>>,
}

impl MagneticStore {
    pub fn new(objects: DataObjects, bridge: Bridge, cache_bytes_max: u64) -> Self {
        Self {
            objects,
            bridge,
            cache: FileCache::new(cache_bytes_max),
            next_id: AtomicU64::new(1),
            garbage: Mutex::default(),
            open: Mutex::default(),
        }
    }

    pub(super) fn note_open(&self, name: &ObjectName) {
        lock(&self.open).insert(name.clone());
    }

    pub(super) fn note_closed(&self, name: &ObjectName, is_garbage: bool) {
        if is_garbage {
            lock(&self.garbage).push(name.clone());
        }
        lock(&self.open).remove(name);
    }

    /// A number for a file, unique within the process.
    pub(super) fn next_id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    /// Removes the objects of files that nobody reads any more. What can't be removed now is tried again the next time.
    /// Blocks.
    pub fn remove_garbage(&self) -> Result<u64> {
        let names = std::mem::take(&mut *lock(&self.garbage));
        for (position, name) in names.iter().enumerate() {
            let (objects, removed) = (self.objects.clone(), name.clone());
            if let Err(error) = self.bridge.wait(async move { objects.delete(&removed).await }) {
                let rest = names.get(position..).unwrap_or_default();
                lock(&self.garbage).extend(rest.iter().cloned());
                return Err(error);
            }
        }
        Ok(names.len() as u64)
    }

    /// Removes objects that no file stands for: those a crash left behind. What somebody else put there stays. Blocks.
    ///
    /// Every listed file must have a handle, and no other process may write to this store.
    pub fn remove_orphans(&self) -> Result<u64> {
        let mut removed = 0;
        for object in self.list()? {
            let is_known =
                lock(&self.open).contains(&object.name) || lock(&self.garbage).contains(&object.name);
            if is_known || !object.name.is_generated() {
                continue;
            }
            tracing::info!(object = %object.name, bytes = object.object_bytes, "orphan data file removed");
            let objects = self.objects.clone();
            self.bridge.wait(async move { objects.delete(&object.name).await })?;
            removed += 1;
        }
        Ok(removed)
    }

    /// All objects, in the order of their names. Blocks.
    pub fn list(&self) -> Result<Vec<Listed>> {
        let objects = self.objects.clone();
        self.bridge.wait(async move { objects.list().await })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
