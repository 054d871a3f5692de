//! The bounded queue between the callers and the log's thread, and the loop of that thread.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::writer::{Failure, LogWriter};
use super::{Lsn, OnDurable, WalStats};
use crate::error::{Result, StorageError};
use crate::format::wal_segment::v1::RECORD_HEADER_BYTES;

#[derive(Debug)]
pub(super) struct Queue {
    entry_bytes_max: u64,
    queue_bytes_max: u64,
    group_bytes_max: u64,
    state: Mutex<State>,
    wake: Condvar,
    pub(super) counters: Counters,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Waiting>,
    /// Bytes of the waiting entries and of the group being written.
    queue_bytes: u64,
    closing: bool,
    /// Why entries are refused: for ever when poisoned, while a full disk's failures are being reported otherwise.
    refusal: Option<StorageError>,
}

struct Waiting {
    payload: Vec<u8>,
    on_durable: OnDurable,
}

impl std::fmt::Debug for Waiting {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Waiting").field("payload_bytes", &self.payload.len()).finish_non_exhaustive()
    }
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    appends: AtomicU64,
    append_bytes: AtomicU64,
    syncs: AtomicU64,
    segments_created: AtomicU64,
    pub(super) segments_removed: AtomicU64,
    overloaded: AtomicU64,
    storage_full: AtomicU64,
    durable_lsn: AtomicU64,
}

/// Entries that are written and synced together.
#[derive(Default)]
struct Group {
    payloads: Vec<Vec<u8>>,
    callbacks: Vec<OnDurable>,
    queue_bytes: u64,
}

impl Group {
    fn push(&mut self, waiting: Waiting) {
        self.queue_bytes += queue_bytes(&waiting.payload);
        self.payloads.push(waiting.payload);
        self.callbacks.push(waiting.on_durable);
    }
}

impl Queue {
    pub(super) fn new(entry_bytes_max: u64, queue_bytes_max: u64, group_bytes_max: u64) -> Self {
        Self {
            entry_bytes_max,
            queue_bytes_max,
            group_bytes_max,
            state: Mutex::default(),
            wake: Condvar::new(),
            counters: Counters::default(),
        }
    }

    pub(super) fn push(&self, payload: Vec<u8>, on_durable: OnDurable) -> Result<()> {
        let entry_bytes = payload.len() as u64;
        if entry_bytes == 0 || entry_bytes > self.entry_bytes_max {
            return Err(StorageError::EntrySize { entry_bytes, entry_bytes_max: self.entry_bytes_max });
        }
        let mut state = self.lock();
        if let Some(refusal) = &state.refusal {
            return Err(refusal.clone());
        }
        if state.closing {
            return Err(StorageError::Closed);
        }
        let queued_bytes = state.queue_bytes;
        // An empty queue takes any legal entry.
        if queued_bytes > 0 && queued_bytes + queue_bytes(&payload) > self.queue_bytes_max {
            self.counters.overloaded.fetch_add(1, Ordering::Relaxed);
            return Err(StorageError::Overloaded { queued_bytes, queue_bytes_max: self.queue_bytes_max });
        }
        state.queue_bytes += queue_bytes(&payload);
        state.waiting.push_back(Waiting { payload, on_durable });
        drop(state);
        self.wake.notify_one();
        Ok(())
    }

    pub(super) fn close(&self) {
        self.lock().closing = true;
        self.wake.notify_one();
    }

    pub(super) fn poison(&self, reason: &str) {
        let mut state = self.lock();
        if !matches!(state.refusal, Some(StorageError::Poisoned { .. })) {
            state.refusal = Some(StorageError::Poisoned { reason: reason.into() });
        }
    }

    pub(super) fn is_poisoned(&self) -> bool {
        matches!(self.lock().refusal, Some(StorageError::Poisoned { .. }))
    }

    /// The error of an entry whose outcome nobody will report any more.
    pub(super) fn failure(&self) -> StorageError {
        match &self.lock().refusal {
            Some(poisoned @ StorageError::Poisoned { .. }) => poisoned.clone(),
            _ => StorageError::Poisoned { reason: "the log's thread ended".into() },
        }
    }

    pub(super) fn stats(&self) -> WalStats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        WalStats {
            appends: read(&self.counters.appends),
            append_bytes: read(&self.counters.append_bytes),
            syncs: read(&self.counters.syncs),
            segments_created: read(&self.counters.segments_created),
            segments_removed: read(&self.counters.segments_removed),
            segments: 0,
            overloaded: read(&self.counters.overloaded),
            storage_full: read(&self.counters.storage_full),
            queue_bytes: self.lock().queue_bytes,
            durable_lsn: read(&self.counters.durable_lsn),
        }
    }

    /// Waits for entries and takes as many as fit a group; `None` when the log is closing and nothing waits.
    fn take_group(&self) -> Option<Group> {
        let mut state = self.lock();
        while state.waiting.is_empty() {
            if state.closing {
                return None;
            }
            state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let mut group = Group::default();
        while let Some(next) = state.waiting.front() {
            let fits = group.queue_bytes + queue_bytes(&next.payload) <= self.group_bytes_max;
            if !fits && !group.payloads.is_empty() {
                break;
            }
            if let Some(waiting) = state.waiting.pop_front() {
                group.push(waiting);
            }
        }
        Some(group)
    }

    /// Fails a group and everything behind it, and refuses new entries until the callbacks have run; for ever when
    /// `error` is the poison.
    fn fail(&self, group: Group, error: &StorageError) {
        let waiting = {
            let mut state = self.lock();
            state.refusal = Some(error.clone());
            state.queue_bytes = 0;
            std::mem::take(&mut state.waiting)
        };
        let behind = waiting.into_iter().map(|waiting| waiting.on_durable);
        let mut panicked = false;
        let mut failed = 0;
        for on_durable in group.callbacks.into_iter().chain(behind) {
            panicked |= !call(on_durable, Err(error.clone()));
            failed += 1;
        }
        if matches!(error, StorageError::StorageFull { .. }) {
            self.counters.storage_full.fetch_add(failed, Ordering::Relaxed);
            self.lock().refusal = None;
        }
        if panicked {
            self.poison(CALLBACK_PANICKED);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const CALLBACK_PANICKED: &str = "a callback panicked on the log's thread";

/// The loop of the log's thread. It ends when the log is closed, or poisoned.
pub(super) fn run(queue: &Queue, mut writer: LogWriter) {
    let _guard = FailOnPanic(queue);
    let mut is_full = false;
    while let Some(group) = queue.take_group() {
        let outcome = writer.append_group(&group.payloads);
        queue.counters.segments_created.store(writer.segments_created(), Ordering::Relaxed);
        match outcome {
            Ok(first_lsn) => {
                is_full = false;
                report_durable(queue, group, first_lsn);
            }
            Err(Failure::Full(error)) => {
                // Once until there is space again: the clients try again, and the log lines may go to the same disk.
                if !std::mem::replace(&mut is_full, true) {
                    tracing::warn!(%error, "write-ahead log has no space, entries refused");
                }
                queue.fail(group, &error);
            }
            Err(Failure::Broken(error)) => {
                tracing::error!(%error, "write-ahead log poisoned");
                let poisoned = StorageError::Poisoned { reason: error.to_string().into() };
                queue.fail(group, &poisoned);
            }
        }
        if queue.is_poisoned() {
            // The writer is dropped without another call on its descriptor.
            let poisoned = queue.failure();
            queue.fail(Group::default(), &poisoned);
            return;
        }
    }
    if let Err(Failure::Full(error) | Failure::Broken(error)) = writer.close() {
        // All entries are durable: the next recovery only has no proof that the end was clean.
        tracing::warn!(%error, "write-ahead log was not marked as closed");
    }
}

fn report_durable(queue: &Queue, group: Group, first_lsn: Lsn) {
    let entries = group.callbacks.len() as u64;
    let payload_bytes: usize = group.payloads.iter().map(Vec::len).sum();
    drop(group.payloads);
    let counters = &queue.counters;
    counters.appends.fetch_add(entries, Ordering::Relaxed);
    counters.append_bytes.fetch_add(payload_bytes as u64, Ordering::Relaxed);
    counters.syncs.fetch_add(1, Ordering::Relaxed);
    counters.durable_lsn.store(first_lsn.0 + entries - 1, Ordering::Relaxed);
    queue.lock().queue_bytes -= group.queue_bytes;
    let mut panicked = false;
    for (position, on_durable) in group.callbacks.into_iter().enumerate() {
        panicked |= !call(on_durable, Ok(Lsn(first_lsn.0 + position as u64)));
    }
    if panicked {
        queue.poison(CALLBACK_PANICKED);
    }
}

/// Returns whether the callback came to its end.
fn call(on_durable: OnDurable, outcome: Result<Lsn>) -> bool {
    catch_unwind(AssertUnwindSafe(|| on_durable(outcome))).is_ok()
}

fn queue_bytes(payload: &[u8]) -> u64 {
    (payload.len() + RECORD_HEADER_BYTES) as u64
}

/// Answers everybody who waits when the thread dies of a defect.
struct FailOnPanic<'a>(&'a Queue);

impl Drop for FailOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.poison("the log's thread panicked");
            let poisoned = self.0.failure();
            self.0.fail(Group::default(), &poisoned);
        }
    }
}
