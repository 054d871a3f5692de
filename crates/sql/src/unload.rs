//! Writes the rows of a query as files into a bucket (sql.md 5.4, api.md 4.13).
//!
//! [`Export`] takes batches one by one and deals their rows out to the files of their partitions ([`files`]); a file is
//! CSV ([`csv`]) or Parquet ([`parquet`]). What is held back in memory is bounded: beyond it the largest file is
//! finished, and its partition gets a further one. The manifest is written last: an UNLOAD without one has failed.

mod csv;
mod export;
mod files;
mod folder;
mod json;
mod manifest;
mod parquet;

use std::sync::Arc;

use model::bucket::{BucketError, Buckets, Destination, Encryption, ObjectKey, PlaceError};

use crate::analyzer::UnloadOptions;
use crate::error::SqlError;
use crate::result::UnexpectedArray;
pub use export::{Export, Exported};

/// Where the files of one UNLOAD go, and how they are made.
#[derive(Debug, Clone)]
pub struct Target {
    pub buckets: Arc<dyn Buckets>,
    pub destination: Destination,
    pub options: UnloadOptions,
    /// Begins the name of each file.
    pub query_id: String,
    /// What may be held back in memory.
    pub held_bytes_max: usize,
}

impl Target {
    /// Writes a small object at once.
    async fn put(&self, key: &ObjectKey, bytes: &[u8]) -> Result<(), UnloadError> {
        let mut object = self.buckets.create(&self.destination.bucket, key, self.encryption()).await?;
        object.write(bytes).await?;
        Ok(object.finish().await?)
    }

    fn encryption(&self) -> &Encryption {
        &self.options.encryption
    }
}

/// Why an UNLOAD failed. Data files may stay behind, a manifest never does.
#[derive(Debug, thiserror::Error)]
pub enum UnloadError {
    #[error("{0}")]
    Bucket(#[from] BucketError),
    #[error("{0}")]
    Place(#[from] PlaceError),
    #[error("UNLOAD exports at most {0} partitions")]
    Partitions(usize),
    #[error("A value of partition column '{0}' has other than ASCII characters")]
    PartitionValue(String),
    #[error("a batch does not fit its columns: {0}")]
    Array(#[from] UnexpectedArray),
    #[error("parquet: {0}")]
    Parquet(#[from] ::parquet::errors::ParquetError),
    #[error("compression: {0}")]
    Compression(#[from] std::io::Error),
}

impl From<UnloadError> for SqlError {
    /// Defects are logged here, once.
    fn from(error: UnloadError) -> Self {
        match error {
            UnloadError::Bucket(BucketError::Throttled) => Self::execution(
                "We have detected that Amazon S3 is throttling the writes from UNLOAD command. See Amazon Timestream documentation for more information",
            ),
            UnloadError::Bucket(BucketError::Failed)
            | UnloadError::Array(_)
            | UnloadError::Parquet(_)
            | UnloadError::Compression(_) => {
                tracing::error!(%error, "an unload failed for an internal reason");
                Self::Internal
            }
            UnloadError::Place(PlaceError::Length(key)) => Self::execution(format!(
                "The generated S3 object key: {key} is too long. See documentation for more details."
            )),
            UnloadError::Bucket(_)
            | UnloadError::Place(_)
            | UnloadError::Partitions(_)
            | UnloadError::PartitionValue(_) => Self::execution(error.to_string()),
        }
    }
}
