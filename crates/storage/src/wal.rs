//! The write-ahead log: one OS thread, plain system calls, one sync for all entries that wait together.
//!
//! It knows nothing of what an entry means. An entry is acknowledged only after its bytes, and its segment's name, are
//! synced; acknowledgements come in log order. Recovery is read-only ([`recover`]); [`Wal::open`] then cuts the torn
//! tail that recovery found. After a failed write or sync the log is poisoned: whether the waiting entries exist is
//! unknown until the next recovery, which finds each of them whole or not at all.

mod inspect;
mod queue;
mod recover;
mod segments;
mod writer;

#[cfg(test)]
mod tests;

use std::fmt;
use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use model::limits;
use tokio::sync::oneshot;

pub use inspect::inspect;
pub use recover::{Recovered, TornTail, recover};
pub use segments::{SegmentFile, is_segment_name, list};

use crate::error::{Result, StorageError};
use crate::fs::Fs;
use queue::Queue;
use segments::Segments;
use writer::LogWriter;

/// A position in the log: the sequence number of an entry. They grow by one per record; the numbers of the log's own
/// records (its close mark) are missing among those of the entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lsn(pub u64);

impl Lsn {
    /// The position of the first record ever.
    pub const FIRST: Self = Self(1);

    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Lsn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0)
    }
}

/// How the log behaves. None of these is persisted: each opening may choose anew.
#[derive(Debug, Clone)]
pub struct WalSettings {
    /// A segment that has reached this size is followed by a new one. An entry or a group that is larger by itself
    /// gets a larger segment.
    pub segment_bytes_max: u64,
    /// The largest payload of one entry.
    pub entry_bytes_max: u64,
    /// Entries written with one call and one sync have together at most this size, or are one entry.
    pub group_bytes_max: u64,
    /// Bytes that may wait for their sync; more are refused with `Overloaded`.
    pub queue_bytes_max: u64,
    /// Space left free for retention and deletes: no segment is begun with less than this remaining afterwards.
    pub reserve_bytes: u64,
    /// From the injected entropy. It keeps a client from forging, inside a payload, bytes that pass for a record.
    pub salt: u64,
}

impl WalSettings {
    pub fn new(salt: u64) -> Self {
        Self {
            segment_bytes_max: limits::WAL_SEGMENT_BYTES_DEFAULT,
            entry_bytes_max: limits::WAL_ENTRY_BYTES_MAX,
            group_bytes_max: limits::WAL_GROUP_BYTES_MAX,
            queue_bytes_max: limits::WAL_QUEUE_BYTES_MAX,
            reserve_bytes: limits::STORAGE_RESERVE_BYTES,
            salt,
        }
    }

    fn check(&self) -> Result<()> {
        let in_range = |name, ok: bool, reason: &str| {
            if ok { Ok(()) } else { Err(StorageError::Setting { name, reason: reason.into() }) }
        };
        in_range(
            "segment_bytes_max",
            (limits::WAL_SEGMENT_BYTES_MIN..=limits::WAL_SEGMENT_BYTES_MAX).contains(&self.segment_bytes_max),
            "must be from 4 KiB to 1 GiB",
        )?;
        in_range(
            "entry_bytes_max",
            (1..=limits::WAL_ENTRY_BYTES_MAX).contains(&self.entry_bytes_max),
            "must be from 1 byte to 16 MiB",
        )?;
        in_range(
            "group_bytes_max",
            (1..=limits::WAL_GROUP_BYTES_MAX).contains(&self.group_bytes_max),
            "must be from 1 byte to 8 MiB",
        )?;
        in_range(
            "queue_bytes_max",
            self.queue_bytes_max >= self.entry_bytes_max,
            "must be at least entry_bytes_max",
        )
    }
}

/// Counters since the log was opened; `segments` and `queue_bytes` are gauges.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WalStats {
    /// Entries that became durable, and the bytes of their payloads.
    pub appends: u64,
    pub append_bytes: u64,
    /// Syncs of groups; `appends / syncs` is the mean size of a group.
    pub syncs: u64,
    pub segments_created: u64,
    pub segments_removed: u64,
    /// Segments on disk now.
    pub segments: u64,
    /// Entries refused because the queue was full.
    pub overloaded: u64,
    /// Entries refused because the disk was full.
    pub storage_full: u64,
    /// Bytes that wait for their sync.
    pub queue_bytes: u64,
    /// The last durable position; 0 before there is one.
    pub durable_lsn: u64,
}

/// Called once for each accepted entry, on the log's thread, in log order, after the sync or the failure. It must not
/// block: everything behind it waits.
pub type OnDurable = Box<dyn FnOnce(Result<Lsn>) + Send>;

/// An open log. Dropping it closes it.
#[derive(Debug)]
pub struct Wal {
    queue: Arc<Queue>,
    segments: Arc<Segments>,
    thread: Option<JoinHandle<()>>,
}

impl Wal {
    /// Opens the log in `dir` where `recovered` says it ends: makes the end durable (a torn tail is cut), removes
    /// leftovers of a crash, starts the thread. The directory is created when missing. The caller holds the lock of
    /// the data directory, since before [`recover`].
    pub fn open(fs: Arc<dyn Fs>, dir: &Path, recovered: &Recovered, settings: WalSettings) -> Result<Self> {
        settings.check()?;
        let queue = Arc::new(Queue::new(
            settings.entry_bytes_max,
            settings.queue_bytes_max,
            settings.group_bytes_max,
        ));
        let segments = Arc::new(Segments::new(Arc::clone(&fs), dir, &recovered.segments));
        let writer = LogWriter::open(fs, dir, recovered, settings, Arc::clone(&segments))?;
        let thread = std::thread::Builder::new()
            .name("wal".to_owned())
            .spawn({
                let queue = Arc::clone(&queue);
                move || queue::run(&queue, writer)
            })
            .map_err(|source| StorageError::io("spawn thread", dir, source))?;
        Ok(Self { queue, segments, thread: Some(thread) })
    }

    /// Puts an entry into the queue at once (not at the first poll); the future resolves when it is durable. Dropping
    /// the future takes nothing back.
    ///
    /// # Errors
    /// - `EntrySize`, `Overloaded`, `Closed`: nothing was stored.
    /// - `StorageFull`: nothing was stored, and nothing of any entry that was queued behind it. Entries are refused
    ///   with it, too, while these failures are being reported.
    /// - `Poisoned`: unknown. It may or may not be there after recovery, whole.
    pub fn append(&self, payload: Vec<u8>) -> impl Future<Output = Result<Lsn>> + Send + 'static {
        let (sender, receiver) = oneshot::channel();
        let accepted = self.append_with(payload, Box::new(move |outcome| drop(sender.send(outcome))));
        let queue = Arc::clone(&self.queue);
        async move {
            accepted?;
            receiver.await.unwrap_or_else(|_| Err(queue.failure()))
        }
    }

    /// Puts an entry into the queue; `on_durable` learns the outcome. The order of the calls is the order of the log
    /// and of the callbacks.
    ///
    /// When an entry fails, all entries behind it in the queue fail too, and no entry is accepted before their
    /// callbacks have run. So an entry may rely on every entry accepted before it whose callback has not yet reported
    /// a failure: none can be in the log without those.
    ///
    /// # Errors
    /// As [`Wal::append`]. When this returns an error, `on_durable` is dropped without a call.
    pub fn append_with(&self, payload: Vec<u8>, on_durable: OnDurable) -> Result<()> {
        self.queue.push(payload, on_durable)
    }

    /// Removes whole segments that hold only records before `lsn`, and returns how many. The newest segment stays.
    /// Blocks on the file system. The caller must have made durable that recovery will start from `lsn` or later.
    pub fn truncate_before(&self, lsn: Lsn) -> Result<usize> {
        let removed = self.segments.remove_before(lsn)?;
        self.queue.counters.segments_removed.fetch_add(removed as u64, std::sync::atomic::Ordering::Relaxed);
        Ok(removed)
    }

    pub fn stats(&self) -> WalStats {
        WalStats { segments: self.segments.count() as u64, ..self.queue.stats() }
    }

    /// Whether a write or sync has failed: nothing is accepted until the log is recovered.
    pub fn is_poisoned(&self) -> bool {
        self.queue.is_poisoned()
    }

    /// Accepts nothing more, makes durable what waits, marks the end as clean and ends the thread. Blocks.
    pub fn close(mut self) -> Result<()> {
        self.shut_down();
        if self.is_poisoned() { Err(self.queue.failure()) } else { Ok(()) }
    }

    fn shut_down(&mut self) {
        self.queue.close();
        // A callback may drop the last handle: the thread can't wait for itself.
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
            && thread.join().is_err()
        {
            self.queue.poison("the log's thread panicked");
        }
    }
}

impl Drop for Wal {
    fn drop(&mut self) {
        self.shut_down();
    }
}
