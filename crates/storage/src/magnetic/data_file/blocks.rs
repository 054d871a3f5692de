//! Reads the blocks of a file that somebody needs, from the cache or the object store, and checks each of them.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{Bytes, BytesMut};
use model::scan::{ReadControl, ReadCount};
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};

use super::MagneticFile;
use crate::error::{Result, StorageError};
use crate::format::data_file::BLOCK_BYTES;
use crate::magnetic::cache::{CacheKey, Cached, FilePart};

/// The blocks of one file for one read. What is asked for stays here until it is dropped, so a read of many pages should
/// be prefetched piece by piece.
#[derive(Debug, Clone)]
pub struct BlockReader {
    file: Arc<MagneticFile>,
    blocks: Arc<Mutex<BTreeMap<u32, Bytes>>>,
    control: Arc<ReadControl>,
}

impl BlockReader {
    pub fn new(file: &Arc<MagneticFile>) -> Self {
        Self { file: Arc::clone(file), blocks: Arc::default(), control: Arc::default() }
    }

    /// Counts for, and stops with, a scan.
    pub fn with_control(self, control: &Arc<ReadControl>) -> Self {
        Self { control: Arc::clone(control), ..self }
    }

    pub fn control(&self) -> &Arc<ReadControl> {
        &self.control
    }

    /// Bytes `start..end` of the file. Blocks.
    pub fn read(&self, start: u64, end: u64) -> Result<Bytes> {
        if start > end || end > self.file.facts.file_bytes {
            return Err(self.file.damaged("a range lies outside the file"));
        }
        self.prefetch(&[start..end])?;
        let blocks = self.lock();
        let mut joined = BytesMut::new();
        for number in blocks_of(&(start..end)) {
            let block = blocks.get(&number).ok_or_else(|| self.file.damaged("a block is missing"))?;
            let block_start = u64::from(number) * BLOCK_BYTES;
            let from = start.saturating_sub(block_start) as usize;
            let to = (end - block_start).min(block.len() as u64) as usize;
            let part = block.slice(from.min(to)..to);
            if part.len() as u64 == end - start {
                return Ok(part);
            }
            joined.extend_from_slice(&part);
        }
        Ok(joined.freeze())
    }

    /// Makes ranges ready with as few calls to the object store as possible. Blocks.
    pub fn prefetch(&self, ranges: &[Range<u64>]) -> Result<()> {
        let mut missing: Vec<u32> = Vec::new();
        {
            let mut blocks = self.lock();
            for number in ranges.iter().flat_map(blocks_of) {
                if blocks.contains_key(&number) || missing.last() == Some(&number) {
                    continue;
                }
                let key = CacheKey { file: self.file.id, part: FilePart::Block(number) };
                match self.file.store.cache.find(key) {
                    Some(Cached::Block(block)) => {
                        self.control.count(ReadCount::CacheHits, 1);
                        blocks.insert(number, block);
                    }
                    _ => missing.push(number),
                }
            }
        }
        missing.sort_unstable();
        missing.dedup();
        if missing.is_empty() {
            return Ok(());
        }
        self.control.count(ReadCount::CacheMisses, missing.len());
        let is_kept = self.file.store.cache.admits(missing.len() as u64 * BLOCK_BYTES);
        for (number, block) in self.fetch(&missing)? {
            if is_kept {
                let key = CacheKey { file: self.file.id, part: FilePart::Block(number) };
                self.file.store.cache.insert(key, Cached::Block(block.clone()));
            }
            self.lock().insert(number, block);
        }
        Ok(())
    }

    /// Forgets what was read.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// Reads blocks, neighbours together, and checks them. One that fails its checksum may have been spoilt on its way: it
    /// is read once more.
    fn fetch(&self, numbers: &[u32]) -> Result<Vec<(u32, Bytes)>> {
        let mut blocks = self.fetch_unchecked(numbers)?;
        let spoilt: Vec<u32> = blocks
            .iter()
            .filter(|(number, block)| !self.is_right(*number, block))
            .map(|(number, _)| *number)
            .collect();
        if spoilt.is_empty() {
            return Ok(blocks);
        }
        let again: BTreeMap<u32, Bytes> = self.fetch_unchecked(&spoilt)?.into_iter().collect();
        for (number, block) in &mut blocks {
            let Some(second) = again.get(number) else { continue };
            if !self.is_right(*number, second) {
                let offset = u64::from(*number) * BLOCK_BYTES;
                let reason = "a block of a data file differs from its checksum";
                return Err(StorageError::corrupt(self.file.path(), offset, 0, reason));
            }
            *block = second.clone();
        }
        Ok(blocks)
    }

    fn fetch_unchecked(&self, numbers: &[u32]) -> Result<Vec<(u32, Bytes)>> {
        let file_bytes = self.file.facts.file_bytes;
        let groups: Vec<&[u32]> = numbers.chunk_by(|one, other| one + 1 == *other).collect();
        let range = |group: &&[u32]| {
            let first = group.first().copied().unwrap_or(0);
            let start = u64::from(first) * BLOCK_BYTES;
            start..(start + group.len() as u64 * BLOCK_BYTES).min(file_bytes)
        };
        let ranges: Vec<Range<u64>> = groups.iter().map(range).collect();
        let (objects, name) = (self.file.store.objects.clone(), self.file.name.clone());
        let bytes: u64 = ranges.iter().map(|range| range.end.saturating_sub(range.start)).sum();
        self.control.counts.add(ReadCount::BytesRead, bytes);
        let read = async move { objects.read_ranges(&name, &ranges).await };
        let parts = self.file.store.bridge.wait_unless(read, || self.control.is_cancelled())?;
        let mut blocks = Vec::with_capacity(numbers.len());
        for (group, part) in groups.iter().zip(parts) {
            for (position, number) in group.iter().enumerate() {
                let start = position * BLOCK_BYTES as usize;
                let end = (start + BLOCK_BYTES as usize).min(part.len());
                // A copy, so that a cached block does not keep its neighbours.
                let block = if group.len() == 1 {
                    part.clone()
                } else {
                    Bytes::copy_from_slice(&part[start.min(end)..end])
                };
                blocks.push((*number, block));
            }
        }
        Ok(blocks)
    }

    fn is_right(&self, number: u32, block: &Bytes) -> bool {
        self.file.facts.block_checksums.get(number as usize) == Some(&crc32c::crc32c(block))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u32, Bytes>> {
        self.blocks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn blocks_of(range: &Range<u64>) -> Range<u32> {
    if range.start >= range.end {
        return 0..0;
    }
    let number = |offset: u64| u32::try_from(offset / BLOCK_BYTES).unwrap_or(u32::MAX - 1);
    number(range.start)..number(range.end - 1) + 1
}

impl Length for BlockReader {
    fn len(&self) -> u64 {
        self.file.facts.file_bytes
    }
}

impl ChunkReader for BlockReader {
    type T = Cursor<Bytes>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        let end = (start + BLOCK_BYTES).min(self.file.facts.file_bytes);
        self.read(start, end).map(Cursor::new).map_err(wrap)
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        self.read(start, start.saturating_add(length as u64)).map_err(wrap)
    }
}

fn wrap(error: StorageError) -> ParquetError {
    ParquetError::External(Box::new(error))
}

/// The storage error that a Parquet reader met below it, or the damage that it found itself.
pub fn unwrap(file: &MagneticFile, error: ParquetError) -> StorageError {
    if let ParquetError::External(source) = &error
        && let Some(inner) = source.downcast_ref::<StorageError>()
    {
        return inner.clone();
    }
    file.damaged(error.to_string())
}
