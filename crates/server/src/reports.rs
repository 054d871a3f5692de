//! Puts reports of rejected late records into the buckets that their tables name (api.md 3.10).
//!
//! A report keeps its key and its bytes until it is known to be in its bucket: putting it again after a crash changes
//! nothing. One that can't be put is tried again for ever; the engine bounds how much may wait.

use std::collections::BTreeSet;

use model::bucket::{BucketError, BucketName, Encryption, ObjectKey};
use storage::metastore::Report;

use crate::node::Node;

/// Puts what waits. Whether nothing is left; a bucket that fails does not keep others from theirs.
pub async fn put_waiting(node: &Node) -> bool {
    let mut failed: BTreeSet<String> = BTreeSet::new();
    for report in node.engine.waiting_reports() {
        if failed.contains(&report.bucket) {
            continue;
        }
        match put(node, &report).await {
            Ok(()) => {
                node.metrics.magnetic_rejected_records.inc_by(report.records);
                if let Err(error) = node.engine.forget_report(&report.id).await {
                    // It is put again, with the same bytes, after the next start.
                    tracing::error!(%error, report = report.id, "a report that was put can't be forgotten");
                    return false;
                }
                tracing::debug!(report = report.id, records = report.records, "report put into its bucket");
            }
            Err(failure) => {
                let counter = match failure.is_the_users() {
                    true => &node.metrics.magnetic_rejected_upload_user_failures,
                    false => &node.metrics.magnetic_rejected_upload_system_failures,
                };
                counter.inc();
                let (bucket, key) = (&report.bucket, &report.object_key);
                tracing::warn!(bucket, key, %failure, "a report of rejected records was not put");
                failed.insert(report.bucket.clone());
            }
        }
    }
    failed.is_empty()
}

#[derive(Debug, thiserror::Error)]
enum PutFailure {
    #[error(transparent)]
    Place(#[from] model::bucket::PlaceError),
    #[error(transparent)]
    Bucket(#[from] BucketError),
}

impl PutFailure {
    /// Whether another bucket, prefix or permission would help.
    fn is_the_users(&self) -> bool {
        match self {
            Self::Place(_) => true,
            Self::Bucket(error) => match error {
                BucketError::Missing(_) | BucketError::Denied(_) | BucketError::Refused(_) => true,
                BucketError::Throttled | BucketError::Full | BucketError::Failed => false,
            },
        }
    }
}

async fn put(node: &Node, report: &Report) -> Result<(), PutFailure> {
    let bucket = BucketName::parse(&report.bucket)?;
    let key = ObjectKey::parse(&report.object_key)?;
    let encryption = match report.encryption_option.as_deref() {
        Some("SSE_KMS") => Encryption::Kms { key: report.kms_key_id.clone() },
        _ => Encryption::Service,
    };
    let mut object = node.buckets.create(&bucket, &key, &encryption).await?;
    object.write(&report.body).await?;
    Ok(object.finish().await?)
}
