//! The blocks that CreateTable and UpdateTable share: from the request to the catalog's words, with their rules.

use model::bucket::{BucketName, ObjectKey};
use model::catalog::{Enforcement, MagneticWrites, PartitionKey, Retention, S3Location};
use model::names::check_dimension_name;
use wire::ApiError;
use wire::shape::Choice;
use wire::write::{PartitionKeyEnforcementLevel, PartitionKeyType, S3EncryptionOption, input};

use crate::errors;

/// Both members are required and their ranges checked by the constraints of the model.
pub fn retention(input: &input::RetentionProperties) -> Retention {
    Retention {
        memory_hours: input.memory_store_retention_period_in_hours(),
        magnetic_days: input.magnetic_store_retention_period_in_days(),
    }
}

/// Writes may be enabled without a location for rejected data, as the original allows: late records that lose against
/// stored ones are then rejected at once. A location that is given must be one that a report can be written to.
pub fn magnetic_writes(input: &input::MagneticStoreWriteProperties<'_>) -> Result<MagneticWrites, ApiError> {
    let location = input.magnetic_store_rejected_data_location.as_ref();
    let location = location.map(|location| match &location.s3_configuration {
        Some(configuration) => s3_location(configuration),
        None => Err(ApiError::validation("MagneticStoreRejectedDataLocation must have an S3Configuration.")),
    });
    Ok(MagneticWrites {
        enabled: input.enable_magnetic_store_writes.unwrap_or_default(),
        rejected_data_location: location.transpose()?,
    })
}

fn s3_location(input: &input::S3Configuration<'_>) -> Result<S3Location, ApiError> {
    let encryption = input.encryption_option.as_ref().and_then(Choice::known);
    if encryption == Some(S3EncryptionOption::SseKms) && input.kms_key_id.is_none() {
        return Err(ApiError::validation("KmsKeyId is required when EncryptionOption is SSE_KMS."));
    }
    let Some(bucket) = &input.bucket_name else {
        return Err(ApiError::validation(
            "S3Configuration of MagneticStoreRejectedDataLocation must have a BucketName.",
        ));
    };
    BucketName::parse(bucket).map_err(|error| ApiError::validation(error.to_string()))?;
    let prefix = input.object_key_prefix.as_deref().unwrap_or_default().trim_matches('/');
    if !prefix.is_empty() {
        ObjectKey::parse(prefix).map_err(|error| ApiError::validation(error.to_string()))?;
    }
    let owned = |text: &Option<wire::shape::Text<'_>>| text.as_ref().map(|text| text.to_string());
    Ok(S3Location {
        bucket_name: owned(&input.bucket_name),
        object_key_prefix: owned(&input.object_key_prefix),
        encryption_option: input.encryption_option.as_ref().map(|option| option.as_str().to_owned()),
        kms_key_id: owned(&input.kms_key_id),
    })
}

/// The partition key of a schema; without one, records are partitioned by measure name.
pub fn partition_key(input: &input::Schema<'_>) -> Result<Vec<PartitionKey>, ApiError> {
    let Some(given) = &input.composite_partition_key else { return Ok(vec![PartitionKey::Measure]) };
    let mut keys: Vec<PartitionKey> = Vec::with_capacity(given.len());
    for key in given.iter() {
        let key = one_key(key)?;
        if keys.iter().any(|other| same_column(other, &key)) {
            return Err(ApiError::validation("A partition key can't name the same column twice."));
        }
        keys.push(key);
    }
    Ok(keys)
}

fn one_key(key: &input::PartitionKey<'_>) -> Result<PartitionKey, ApiError> {
    let enforcement = key.enforcement_in_record.as_ref().and_then(Choice::known).map(|level| match level {
        PartitionKeyEnforcementLevel::Required => Enforcement::Required,
        PartitionKeyEnforcementLevel::Optional => Enforcement::Optional,
    });
    match (key.r#type.as_ref().and_then(Choice::known), key.name.as_deref()) {
        (Some(PartitionKeyType::Dimension), Some(name)) => {
            check_dimension_name(name).map_err(errors::name)?;
            Ok(PartitionKey::Dimension { name: name.to_owned(), enforcement })
        }
        (Some(PartitionKeyType::Dimension), None) => {
            Err(ApiError::validation("A partition key of type DIMENSION must have a Name."))
        }
        (Some(PartitionKeyType::Measure) | None, Some(_)) => {
            Err(ApiError::validation("A partition key of type MEASURE must not have a Name."))
        }
        (Some(PartitionKeyType::Measure) | None, None) if enforcement.is_some() => {
            Err(ApiError::validation("A partition key of type MEASURE must not have EnforcementInRecord."))
        }
        (Some(PartitionKeyType::Measure) | None, None) => Ok(PartitionKey::Measure),
    }
}

fn same_column(one: &PartitionKey, other: &PartitionKey) -> bool {
    match (one, other) {
        (PartitionKey::Measure, PartitionKey::Measure) => true,
        (PartitionKey::Dimension { name: one, .. }, PartitionKey::Dimension { name: other, .. }) => {
            one == other
        }
        (PartitionKey::Measure, PartitionKey::Dimension { .. })
        | (PartitionKey::Dimension { .. }, PartitionKey::Measure) => false,
    }
}
