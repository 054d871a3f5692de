//! The magnetic store's way to its objects.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use model::clock::Clock;
use model::entropy::Entropy;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload};

use super::pacing::Pacing;
use super::retry::{Failure, RetryPolicy};
use crate::error::{Result, StorageError};

/// The name of an object: `<folder>/<32 hexadecimal digits>`. The digits begin with the time of creation, so that a
/// folder lists in the order in which its objects were made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectName(Arc<str>);

impl ObjectName {
    /// Takes a name that the metastore or a listing gave.
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the name has the form of those that [`DataObjects::new_name`] makes: no other object is ours to remove.
    pub fn is_generated(&self) -> bool {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        self.0.split_once('/').is_some_and(|(folder, digits)| {
            !folder.is_empty() && digits.len() == 32 && digits.bytes().all(is_digit)
        })
    }

    fn path(&self) -> Path {
        Path::from(&*self.0)
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One object of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub name: ObjectName,
    pub object_bytes: u64,
}

/// A reading of the counters of one [`DataObjects`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ObjectStats {
    pub puts: u64,
    pub put_bytes: u64,
    pub reads: u64,
    pub read_bytes: u64,
    pub deletes: u64,
    pub retries: u64,
}

/// An object store with the rules of immutable, uniquely named objects. Clones are handles.
#[derive(Debug, Clone)]
pub struct DataObjects {
    store: Arc<dyn ObjectStore>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    pacing: Arc<dyn Pacing>,
    policy: RetryPolicy,
    counters: Arc<Counters>,
}

#[derive(Debug, Default)]
struct Counters {
    puts: AtomicU64,
    put_bytes: AtomicU64,
    reads: AtomicU64,
    read_bytes: AtomicU64,
    deletes: AtomicU64,
    retries: AtomicU64,
}

impl DataObjects {
    /// The store's own retries should be off: these are by the injected clock.
    pub fn new(
        store: Arc<dyn ObjectStore>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        pacing: Arc<dyn Pacing>,
        policy: RetryPolicy,
    ) -> Self {
        Self { store, clock, entropy, pacing, policy, counters: Arc::default() }
    }

    /// A name that no object had or will have.
    pub fn new_name(&self, folder: &str) -> ObjectName {
        let created_ns = self.clock.now_ns().max(0);
        ObjectName(format!("{folder}/{created_ns:016x}{:016x}", self.entropy.next_u64()).into())
    }

    pub fn stats(&self) -> ObjectStats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        ObjectStats {
            puts: read(&self.counters.puts),
            put_bytes: read(&self.counters.put_bytes),
            reads: read(&self.counters.reads),
            read_bytes: read(&self.counters.read_bytes),
            deletes: read(&self.counters.deletes),
            retries: read(&self.counters.retries),
        }
    }

    /// Stores a new object, whole and durable when this returns. After an error it may be there or not.
    ///
    /// A store that says that the name is taken may have lost the answer to an earlier attempt, or may mean that another
    /// write of the name is under way. So the object is read: ours is success, none is another attempt.
    ///
    /// # Errors
    /// `Corrupt` when the name belongs to another object, which unique names exclude.
    pub async fn put_new(&self, name: &ObjectName, bytes: Bytes) -> Result<()> {
        let path = name.path();
        let mut attempts = Attempts::new(self, "put", name);
        let mut had_differed = false;
        loop {
            let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
            let payload = PutPayload::from_bytes(bytes.clone());
            let error = match self.store.put_opts(&path, payload, options).await {
                Ok(_) => break,
                Err(error) => error,
            };
            if Failure::of(&error) == Failure::Taken {
                match self.find(name).await? {
                    Some(stored) if stored == bytes => break,
                    Some(_) if had_differed => return Err(damaged(name, "another object has this name")),
                    // Another object, or an answer that was spoiled on its way: only the next attempt can tell.
                    Some(_) => had_differed = true,
                    None => {}
                }
            }
            attempts.failed(error, &[Failure::Transient, Failure::Taken]).await?;
        }
        count(&self.counters.puts, 1);
        count(&self.counters.put_bytes, bytes.len() as u64);
        Ok(())
    }

    /// Reads ranges of an object that must exist; each answer has exactly the length of its range.
    pub async fn read_ranges(&self, name: &ObjectName, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let path = name.path();
        let mut attempts = Attempts::new(self, "get", name);
        let mut was_cut = false;
        let parts = loop {
            match self.store.get_ranges(&path, ranges).await {
                Ok(parts) if lengths_match(&parts, ranges) => break parts,
                // An answer that was cut on its way, or an object that is too short: only the next attempt can tell.
                Ok(_) if !was_cut => {
                    was_cut = true;
                    attempts.count += 1;
                }
                Ok(_) => return Err(damaged(name, "object is cut")),
                Err(error) if Failure::of(&error) == Failure::Missing => {
                    return Err(damaged(name, "object is missing"));
                }
                Err(error) => attempts.failed(error, &[Failure::Transient]).await?,
            }
        };
        count(&self.counters.reads, ranges.len() as u64);
        count(&self.counters.read_bytes, parts.iter().map(|part| part.len() as u64).sum());
        Ok(parts)
    }

    /// Reads a whole object; `None` when there is none.
    pub async fn find(&self, name: &ObjectName) -> Result<Option<Bytes>> {
        let path = name.path();
        let mut attempts = Attempts::new(self, "get", name);
        loop {
            let answer = match self.store.get(&path).await {
                Ok(answer) => answer.bytes().await,
                Err(error) => Err(error),
            };
            match answer {
                Ok(bytes) => {
                    count(&self.counters.reads, 1);
                    count(&self.counters.read_bytes, bytes.len() as u64);
                    return Ok(Some(bytes));
                }
                Err(error) if Failure::of(&error) == Failure::Missing => return Ok(None),
                Err(error) => attempts.failed(error, &[Failure::Transient]).await?,
            }
        }
    }

    /// Removes an object; one that is missing is removed already.
    pub async fn delete(&self, name: &ObjectName) -> Result<()> {
        let path = name.path();
        let mut attempts = Attempts::new(self, "delete", name);
        loop {
            match self.store.delete(&path).await {
                Ok(()) => break,
                Err(error) if Failure::of(&error) == Failure::Missing => break,
                Err(error) => attempts.failed(error, &[Failure::Transient]).await?,
            }
        }
        count(&self.counters.deletes, 1);
        Ok(())
    }

    /// Lists all objects in the order of their names. A listing may be stale: it serves to find garbage, never to find data.
    pub async fn list(&self) -> Result<Vec<Listed>> {
        let root = ObjectName::new("");
        let mut attempts = Attempts::new(self, "list", &root);
        loop {
            let entries: Vec<_> = self.store.list(None).collect().await;
            let entries: Result<Vec<_>, object_store::Error> = entries.into_iter().collect();
            match entries {
                Ok(entries) => {
                    let listed = entries.into_iter().map(|entry| Listed {
                        name: ObjectName::new(entry.location.as_ref()),
                        object_bytes: entry.size,
                    });
                    let mut listed: Vec<Listed> = listed.collect();
                    listed.sort_by(|one, other| one.name.cmp(&other.name));
                    return Ok(listed);
                }
                Err(error) => attempts.failed(error, &[Failure::Transient]).await?,
            }
        }
    }
}

/// The failed attempts of one call.
struct Attempts<'a> {
    objects: &'a DataObjects,
    call: &'static str,
    name: &'a ObjectName,
    count: u32,
    started_ns: u64,
}

impl<'a> Attempts<'a> {
    fn new(objects: &'a DataObjects, call: &'static str, name: &'a ObjectName) -> Self {
        Self { objects, call, name, count: 0, started_ns: objects.clock.monotonic_ns() }
    }

    /// Waits until the next attempt is due, or gives up with the error.
    async fn failed(&mut self, error: object_store::Error, retried: &[Failure]) -> Result<()> {
        self.count += 1;
        let elapsed_ns = self.objects.clock.monotonic_ns().saturating_sub(self.started_ns);
        let pause = self.objects.policy.decide(
            self.count,
            Duration::from_nanos(elapsed_ns),
            self.objects.entropy.next_u64(),
        );
        match pause.filter(|_| retried.contains(&Failure::of(&error))) {
            Some(pause) => {
                count(&self.objects.counters.retries, 1);
                tracing::debug!(call = self.call, object = %self.name, %error, "object store call failed, will retry");
                self.objects.pacing.pause(pause).await;
                Ok(())
            }
            None => Err(wrap(self.call, self.name, error)),
        }
    }
}

fn wrap(call: &'static str, name: &ObjectName, error: object_store::Error) -> StorageError {
    if let object_store::Error::Generic { source, .. } = &error
        && let Some(inner) = source.downcast_ref::<StorageError>()
    {
        return inner.clone();
    }
    StorageError::ObjectStore { call, object: name.to_string(), source: Arc::new(error) }
}

fn damaged(name: &ObjectName, reason: &'static str) -> StorageError {
    StorageError::corrupt(std::path::Path::new(name.as_str()), 0, 0, reason)
}

fn lengths_match(parts: &[Bytes], ranges: &[Range<u64>]) -> bool {
    parts.len() == ranges.len()
        && parts
            .iter()
            .zip(ranges)
            .all(|(part, range)| part.len() as u64 == range.end.saturating_sub(range.start))
}

fn count(counter: &AtomicU64, more: u64) {
    counter.fetch_add(more, Ordering::Relaxed);
}
