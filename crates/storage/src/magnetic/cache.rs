//! What was read from data files and checked, up to a number of bytes; the least recently used goes first.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::data_file::contents::FileContents;

/// Names something cached: a file by its number within the process, and a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CacheKey {
    pub file: u64,
    pub part: FilePart,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FilePart {
    /// The decoded footer and series index.
    Contents,
    Block(u32),
}

#[derive(Debug, Clone)]
pub enum Cached {
    Contents(Arc<FileContents>),
    Block(Bytes),
}

impl Cached {
    fn memory_bytes(&self) -> u64 {
        let own = match self {
            Self::Contents(contents) => contents.memory_bytes(),
            Self::Block(bytes) => bytes.len(),
        };
        own as u64 + size_of::<(CacheKey, Cached)>() as u64 * 2
    }
}

/// Shared by all readers of an engine.
#[derive(Debug)]
pub struct FileCache {
    bytes_max: u64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    entries: HashMap<CacheKey, (u64, Cached)>,
    /// By time of last use.
    order: BTreeMap<u64, CacheKey>,
    uses: u64,
    bytes: u64,
    hits: u64,
    misses: u64,
}

impl FileCache {
    pub fn new(bytes_max: u64) -> Self {
        Self { bytes_max, state: Mutex::default() }
    }

    pub fn bytes(&self) -> u64 {
        self.lock().bytes
    }

    /// Hits and misses so far.
    pub fn uses(&self) -> (u64, u64) {
        let state = self.lock();
        (state.hits, state.misses)
    }

    pub fn find(&self, key: CacheKey) -> Option<Cached> {
        let mut state = self.lock();
        let state = &mut *state;
        state.uses += 1;
        let Some((last_use, cached)) = state.entries.get_mut(&key) else {
            state.misses += 1;
            return None;
        };
        state.hits += 1;
        state.order.remove(last_use);
        *last_use = state.uses;
        state.order.insert(state.uses, key);
        Some(cached.clone())
    }

    /// Keeps something, unless it alone would push out a good part of the rest.
    pub fn insert(&self, key: CacheKey, cached: Cached) {
        let bytes = cached.memory_bytes();
        if bytes > self.bytes_max / 4 {
            return;
        }
        let mut state = self.lock();
        state.remove(key);
        state.uses += 1;
        let use_number = state.uses;
        state.entries.insert(key, (use_number, cached));
        state.order.insert(use_number, key);
        state.bytes += bytes;
        while state.bytes > self.bytes_max
            && let Some((_, oldest)) = state.order.first_key_value()
        {
            let oldest = *oldest;
            state.remove(oldest);
        }
    }

    /// Whether a read of so much may leave its blocks here: a scan of everything would only push out what is hot.
    pub fn admits(&self, read_bytes: u64) -> bool {
        read_bytes <= self.bytes_max / 16
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn remove(&mut self, key: CacheKey) {
        if let Some((last_use, cached)) = self.entries.remove(&key) {
            self.order.remove(&last_use);
            self.bytes -= cached.memory_bytes();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(block: u32) -> CacheKey {
        CacheKey { file: 1, part: FilePart::Block(block) }
    }

    #[test]
    fn the_least_recently_used_goes_first() {
        let block = || Cached::Block(Bytes::from(vec![0; 1_000]));
        let cache = FileCache::new(10 * block().memory_bytes());
        for number in 0..10 {
            cache.insert(key(number), block());
        }
        assert!(cache.find(key(0)).is_some());
        cache.insert(key(10), block());
        assert!(cache.find(key(0)).is_some());
        assert!(cache.find(key(1)).is_none());
        assert!(cache.bytes() <= 10 * block().memory_bytes());
        cache.insert(key(3), Cached::Block(Bytes::from(vec![0; 9_000])));
        assert!(cache.find(key(3)).is_some_and(|kept| kept.memory_bytes() == block().memory_bytes()));
        assert_eq!(cache.uses(), (3, 1));
    }
}
