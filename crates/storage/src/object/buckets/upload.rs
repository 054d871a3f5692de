//! An object on its way into a bucket, in parts of one size once it is larger than a part.

use std::fmt;
use std::io;
use std::sync::Arc;

use async_trait::async_trait;
use model::bucket::{BucketError, BucketName, ObjectWriter};
use model::limits;
use object_store::path::Path;
use object_store::{Error, MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload};

use crate::error::StorageError;

/// An object on its way into a store.
pub(super) struct Upload {
    store: Arc<dyn ObjectStore>,
    bucket: BucketName,
    path: Path,
    /// What is less than a part.
    waiting: Vec<u8>,
    parts: Option<Box<dyn MultipartUpload>>,
}

impl Upload {
    /// `place` is the object's key in the store.
    pub fn new(store: Arc<dyn ObjectStore>, bucket: &BucketName, place: &str) -> Result<Self, BucketError> {
        let path = Path::parse(place).map_err(|error| BucketError::Refused(error.to_string()))?;
        Ok(Self { store, bucket: bucket.clone(), path, waiting: Vec::new(), parts: None })
    }

    /// Takes an upload that was started elsewhere.
    #[cfg(test)]
    pub fn begin(&mut self, parts: Box<dyn MultipartUpload>) {
        self.parts = Some(parts);
    }

    async fn send_part(&mut self, part: Vec<u8>) -> object_store::Result<()> {
        let parts = match &mut self.parts {
            Some(parts) => parts,
            none => none.insert(self.store.put_multipart(&self.path).await?),
        };
        parts.put_part(part.into()).await
    }

    async fn settle(&mut self) -> object_store::Result<()> {
        let rest = std::mem::take(&mut self.waiting);
        if self.parts.is_none() {
            self.store.put(&self.path, PutPayload::from(rest)).await?;
            return Ok(());
        }
        if !rest.is_empty() {
            self.send_part(rest).await?;
        }
        if let Some(parts) = &mut self.parts {
            parts.complete().await?;
        }
        self.parts = None;
        Ok(())
    }

    fn failed(&self, error: Error) -> BucketError {
        let text = error.to_string();
        tracing::warn!(bucket = %self.bucket, object = %self.path, error = %text, "an object can't be written");
        if let Error::Generic { source, .. } = &error
            && let Some(StorageError::Io { source, .. }) = source.downcast_ref()
            && matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
        {
            return BucketError::Full;
        }
        match error {
            Error::NotFound { .. } => BucketError::Missing(self.bucket.clone()),
            Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
                BucketError::Denied(self.bucket.clone())
            }
            // The codes that S3 answers when it is asked too often.
            _ if text.contains("SlowDown") || text.contains("503") => BucketError::Throttled,
            _ => BucketError::Failed,
        }
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
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let path = self.path.clone();
        runtime.spawn(async move {
            if let Err(error) = parts.abort().await {
                tracing::warn!(object = %path, %error, "parts of an unfinished object stay behind");
            }
        });
    }
}
