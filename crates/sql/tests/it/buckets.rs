//! Buckets in memory, which can be told to fail.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use flate2::read::GzDecoder;
use model::bucket::{BucketError, BucketName, Buckets, Encryption, ObjectKey, ObjectWriter};
use tokio::sync::Notify;

/// The one bucket that nobody may write to.
pub const DENIED: &str = "tsdb-data";

#[derive(Debug, Clone, Default)]
pub struct MemoryBuckets {
    shared: Arc<Mutex<Shared>>,
    stalled: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Shared {
    objects: BTreeMap<String, Vec<u8>>,
    /// Objects that are written at the moment.
    open: usize,
    /// How many objects may still be started.
    left: Option<usize>,
    /// What happens to the next one: it fails, or it is never answered.
    stalls: bool,
}

/// An object that was finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// `BUCKET/KEY`.
    pub path: String,
    pub bytes: Vec<u8>,
}

impl File {
    /// The text of a file of CSV, compressed or not.
    pub fn text(&self) -> String {
        let mut text = String::new();
        if self.path.ends_with(".gz") {
            GzDecoder::new(self.bytes.as_slice()).read_to_string(&mut text).unwrap();
            return text;
        }
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn lines(&self) -> Vec<String> {
        self.text().lines().map(str::to_owned).collect()
    }
}

impl MemoryBuckets {
    pub fn files(&self) -> Vec<File> {
        let shared = self.shared.lock().unwrap();
        let file = |(path, bytes): (&String, &Vec<u8>)| File { path: path.clone(), bytes: bytes.clone() };
        shared.objects.iter().map(file).collect()
    }

    pub fn clear(&self) {
        self.shared.lock().unwrap().objects.clear();
    }

    /// Objects that were started and neither finished nor dropped.
    pub fn open(&self) -> usize {
        self.shared.lock().unwrap().open
    }

    /// Lets this many objects be started before the store is full.
    pub fn fail_after(&self, objects: usize) {
        self.shared.lock().unwrap().left = Some(objects);
    }

    /// Lets this many objects be started before the store answers no more.
    pub fn stall_after(&self, objects: usize) {
        let mut shared = self.shared.lock().unwrap();
        (shared.left, shared.stalls) = (Some(objects), true);
    }

    /// Tells when the store has stopped to answer.
    pub fn stalled(&self) -> Arc<Notify> {
        Arc::clone(&self.stalled)
    }

    /// Whether the next object may be started.
    fn admit(&self) -> Result<bool, BucketError> {
        let mut shared = self.shared.lock().unwrap();
        let stalls = shared.stalls;
        match &mut shared.left {
            Some(0) if stalls => return Ok(false),
            Some(0) => return Err(BucketError::Full),
            Some(left) => *left -= 1,
            None => {}
        }
        shared.open += 1;
        Ok(true)
    }
}

#[async_trait]
impl Buckets for MemoryBuckets {
    async fn create(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        _: &Encryption,
    ) -> Result<Box<dyn ObjectWriter>, BucketError> {
        if bucket.as_str() == DENIED {
            return Err(BucketError::Denied(bucket.clone()));
        }
        if !self.admit()? {
            self.stalled.notify_one();
            std::future::pending::<()>().await;
        }
        let path = format!("{bucket}/{key}");
        Ok(Box::new(Writer { shared: Arc::clone(&self.shared), path, bytes: Vec::new() }))
    }
}

#[derive(Debug)]
struct Writer {
    shared: Arc<Mutex<Shared>>,
    path: String,
    bytes: Vec<u8>,
}

#[async_trait]
impl ObjectWriter for Writer {
    async fn write(&mut self, bytes: &[u8]) -> Result<(), BucketError> {
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn held_bytes(&self) -> usize {
        self.bytes.len()
    }

    async fn finish(mut self: Box<Self>) -> Result<(), BucketError> {
        let (path, bytes) = (std::mem::take(&mut self.path), std::mem::take(&mut self.bytes));
        let replaced = self.shared.lock().unwrap().objects.insert(path, bytes);
        assert!(replaced.is_none(), "two files have one name");
        Ok(())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.shared.lock().unwrap().open -= 1;
    }
}
