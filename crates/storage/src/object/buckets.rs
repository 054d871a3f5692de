//! The buckets that users name: folders of the data directory, or those of an S3-compatible service.
//!
//! Bucket and key come checked ([`model::bucket`]) and are used as they are.

mod upload;

use std::collections::BTreeMap;
use std::path::Path as FsPath;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use model::bucket::{BucketError, BucketName, Buckets, Encryption, ObjectKey, ObjectWriter};
use object_store::ObjectStore;
use tokio::runtime::Handle;

use super::LocalObjects;
use super::s3::{S3Location, S3Settings};
use crate::error::StorageError;
use crate::fs::Fs;
use upload::Upload;

type Result<T, E = StorageError> = std::result::Result<T, E>;

/// Longest name of a file on the usual file systems, less the suffix of a temporary file.
const SEGMENT_BYTES_MAX: usize = 255 - 4;

/// Buckets as folders next to each other. They are not encrypted, whatever is asked for: they are as safe as the data
/// directory is.
#[derive(Debug, Clone)]
pub struct FolderBuckets {
    objects: Arc<LocalObjects>,
}

impl FolderBuckets {
    /// Takes a folder that exists durably. An object that would leave less than `leave_bytes` free on the disk is refused:
    /// a user's export must not stop retention and deletes.
    pub fn open(fs: Arc<dyn Fs>, root: &FsPath, leave_bytes: u64) -> Result<Self> {
        Ok(Self { objects: Arc::new(LocalObjects::open_leaving(fs, root, leave_bytes)?) })
    }
}

#[async_trait]
impl Buckets for FolderBuckets {
    async fn create(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        _: &Encryption,
    ) -> Result<Box<dyn ObjectWriter>, BucketError> {
        if key.as_str().split('/').any(|segment| segment.len() > SEGMENT_BYTES_MAX) {
            let reason = format!("A part of the key '{key}' has more than {SEGMENT_BYTES_MAX} bytes");
            return Err(BucketError::Refused(reason));
        }
        let place = format!("{bucket}/{key}");
        Ok(Box::new(Upload::new(Arc::clone(&self.objects) as Arc<dyn ObjectStore>, None, bucket, &place)?))
    }
}

/// Buckets of an S3-compatible service: those that the operator allows.
#[derive(Debug)]
pub struct ServiceBuckets {
    settings: S3Settings,
    allowed: AllowedBuckets,
    /// What the server keeps for itself.
    own: Option<S3Location>,
    /// A runtime with network.
    runtime: Handle,
    clients: Mutex<BTreeMap<(BucketName, Encryption), Arc<dyn ObjectStore>>>,
}

/// Clients that are kept: each has its own connections.
const CLIENTS_MAX: usize = 64;

/// Which buckets users may name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowedBuckets(Vec<String>);

impl AllowedBuckets {
    /// Takes names, of which one that ends in `*` stands for all that begin so.
    pub fn new(patterns: Vec<String>) -> Self {
        Self(patterns)
    }

    pub fn contains(&self, bucket: &BucketName) -> bool {
        self.0.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(beginning) => bucket.as_str().starts_with(beginning),
            None => bucket.as_str() == pattern,
        })
    }
}

impl ServiceBuckets {
    /// Talks to nobody yet; `runtime` will.
    pub fn new(
        settings: S3Settings,
        allowed: AllowedBuckets,
        own: Option<S3Location>,
        runtime: Handle,
    ) -> Self {
        Self { settings, allowed, own, runtime, clients: Mutex::default() }
    }

    /// What belongs to the server is denied whatever is allowed: a user's object must never look like a data file.
    fn may_write(&self, bucket: &BucketName, key: &ObjectKey) -> bool {
        let is_own = self.own.as_ref().is_some_and(|own| {
            let below = key.as_str().strip_prefix(own.prefix.as_str());
            own.bucket == bucket.as_str()
                && (own.prefix.is_empty() || below.is_some_and(|rest| rest.starts_with('/')))
        });
        self.allowed.contains(bucket) && !is_own
    }

    fn client(&self, bucket: &BucketName, encryption: &Encryption) -> Result<Arc<dyn ObjectStore>> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let name = (bucket.clone(), encryption.clone());
        if let Some(client) = clients.get(&name) {
            return Ok(Arc::clone(client));
        }
        if clients.len() >= CLIENTS_MAX {
            clients.clear();
        }
        let client = self.settings.open_user_bucket(bucket, encryption)?;
        clients.insert(name, Arc::clone(&client));
        Ok(client)
    }
}

#[async_trait]
impl Buckets for ServiceBuckets {
    async fn create(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        encryption: &Encryption,
    ) -> Result<Box<dyn ObjectWriter>, BucketError> {
        if !self.may_write(bucket, key) {
            tracing::warn!(%bucket, %key, "denied by setting s3_user_buckets, or the server's own place");
            return Err(BucketError::Denied(bucket.clone()));
        }
        let client = self.client(bucket, encryption).map_err(|error| {
            tracing::error!(%bucket, %error, "a client of the bucket can't be made");
            BucketError::Failed
        })?;
        Ok(Box::new(Upload::new(client, Some(self.runtime.clone()), bucket, key.as_str())?))
    }
}

#[cfg(test)]
mod tests;
