//! What all data files of an engine share: the object store, the cache, and the names of objects to remove.

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
}

impl MagneticStore {
    pub fn new(objects: DataObjects, bridge: Bridge, cache_bytes_max: u64) -> Self {
        Self {
            objects,
            bridge,
            cache: FileCache::new(cache_bytes_max),
            next_id: AtomicU64::new(1),
            garbage: Mutex::default(),
        }
    }

    /// A number for a file, unique within the process.
    pub(super) fn next_id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn add_garbage(&self, name: ObjectName) {
        self.lock_garbage().push(name);
    }

    /// Removes the objects of files that nobody reads any more. What can't be removed now is tried again the next time.
    /// Blocks.
    pub fn remove_garbage(&self) -> Result<u64> {
        let names = std::mem::take(&mut *self.lock_garbage());
        for (position, name) in names.iter().enumerate() {
            let (objects, removed) = (self.objects.clone(), name.clone());
            if let Err(error) = self.bridge.wait(async move { objects.delete(&removed).await }) {
                let rest = names.get(position..).unwrap_or_default();
                self.lock_garbage().extend(rest.iter().cloned());
                return Err(error);
            }
        }
        Ok(names.len() as u64)
    }

    /// Removes an object that no file stands for. Blocks.
    pub fn remove(&self, name: ObjectName) -> Result<()> {
        let objects = self.objects.clone();
        self.bridge.wait(async move { objects.delete(&name).await })
    }

    /// All objects, in the order of their names. Blocks.
    pub fn list(&self) -> Result<Vec<Listed>> {
        let objects = self.objects.clone();
        self.bridge.wait(async move { objects.list().await })
    }

    fn lock_garbage(&self) -> MutexGuard<'_, Vec<ObjectName>> {
        self.garbage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
