//! An object on its way into a bucket, in parts of one size once it is larger than a part.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use futures::FutureExt;
use model::bucket::{BucketError, BucketName, ObjectWriter};
use model::limits;
use object_store::path::Path;
use object_store::{Error, MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload};
use tokio::runtime::Handle;

use crate::error::StorageError;

/// What the errors of a store that is asked too often say; they have no variant of their own.
const ASKED_TOO_OFTEN: [&str; 3] = ["SlowDown", "503 Service Unavailable", "429 Too Many Requests"];

/// An object on its way into a store.
pub(super) struct Upload {
    store: Arc<dyn ObjectStore>,
    bucket: BucketName,
    path: Path,
    /// Where the store's calls run; `None` for a store that needs no runtime. Queries have threads without network.
    runtime: Option<Handle>,
    /// What is less than a part.
    waiting: Vec<u8>,
    parts: Option<Box<dyn MultipartUpload>>,
}

impl Upload {
    /// `place` is the object's key in the store.
    pub fn new(
        store: Arc<dyn ObjectStore>,
        runtime: Option<Handle>,
        bucket: &BucketName,
        place: &str,
    ) -> Result<Self, BucketError> {
        let path = Path::parse(place).map_err(|error| BucketError::Refused(error.to_string()))?;
        Ok(Self { store, runtime, bucket: bucket.clone(), path, waiting: Vec::new(), parts: None })
    }

    /// Takes an upload that was started elsewhere.
    #[cfg(test)]
    pub fn begin(&mut self, parts: Box<dyn MultipartUpload>) {
        self.parts = Some(parts);
    }

    async fn send_part(&mut self, part: Vec<u8>) -> object_store::Result<()> {
        let parts = match &mut self.parts {
            Some(parts) => parts,
            none => {
                let (store, path) = (Arc::clone(&self.store), self.path.clone());
                let started = async move { store.put_multipart(&path).await };
                none.insert(run(self.runtime.as_ref(), started).await?)
            }
        };
        run(self.runtime.as_ref(), parts.put_part(part.into())).await
    }

    async fn settle(&mut self) -> object_store::Result<()> {
        let rest = std::mem::take(&mut self.waiting);
        if self.parts.is_none() {
            let (store, path) = (Arc::clone(&self.store), self.path.clone());
            let put = async move { store.put(&path, PutPayload::from(rest)).await };
            return run(self.runtime.as_ref(), put).await.map(drop);
        }
        if !rest.is_empty() {
            self.send_part(rest).await?;
        }
        let Some(mut parts) = self.parts.take() else { return Ok(()) };
        let complete = async move {
            let completed = parts.complete().await.map(drop);
            (parts, completed)
        };
        let (parts, completed) = run(self.runtime.as_ref(), complete.map(Ok)).await?;
        if completed.is_err() {
            // Taken back when this is dropped.
            self.parts = Some(parts);
        }
        completed
    }

    fn failed(&self, error: Error) -> BucketError {
        let text = error.to_string();
        tracing::warn!(bucket = %self.bucket, object = %self.path, error = %text, "an object can't be written");
        if let Error::Generic { source, .. } = &error
            && let Some(StorageError::StorageFull { .. }) = source.downcast_ref()
        {
            return BucketError::Full;
        }
        match error {
            Error::NotFound { .. } => BucketError::Missing(self.bucket.clone()),
            Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
                BucketError::Denied(self.bucket.clone())
            }
            _ if ASKED_TOO_OFTEN.iter().any(|sign| text.contains(sign)) => BucketError::Throttled,
            _ => BucketError::Failed,
        }
    }
}

/// Awaits a call where it can run.
async fn run<T: Send + 'static>(
    runtime: Option<&Handle>,
    call: impl Future<Output = object_store::Result<T>> + Send + 'static,
) -> object_store::Result<T> {
    match runtime {
        Some(runtime) => match runtime.spawn(call).await {
            Ok(outcome) => outcome,
            Err(source) => Err(Error::JoinError { source }),
        },
        None => call.await,
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("path", &self.path)
            .field("waiting_bytes", &self.waiting.len())
            .finish()
    }
}

#[async_trait]
impl ObjectWriter for Upload {
    async fn write(&mut self, mut bytes: &[u8]) -> Result<(), BucketError> {
        loop {
            let room = limits::OBJECT_PART_BYTES - self.waiting.len();
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.waiting.extend_from_slice(now);
            if self.waiting.len() < limits::OBJECT_PART_BYTES {
                return Ok(());
            }
            let part = std::mem::take(&mut self.waiting);
            self.send_part(part).await.map_err(|error| self.failed(error))?;
            bytes = later;
        }
    }

    fn held_bytes(&self) -> usize {
        self.waiting.capacity()
    }

    async fn finish(mut self: Box<Self>) -> Result<(), BucketError> {
        self.settle().await.map_err(|error| self.failed(error))
    }
}

impl Drop for Upload {
    /// Takes back the parts of an object that is not finished, in the background.
    fn drop(&mut self) {
        let Some(mut parts) = self.parts.take() else { return };
        let Some(runtime) = self.runtime.clone().or_else(|| Handle::try_current().ok()) else { return };
        let path = self.path.clone();
        runtime.spawn(async move {
            if let Err(error) = parts.abort().await {
                tracing::warn!(object = %path, %error, "parts of an unfinished object stay behind");
            }
        });
    }
}
