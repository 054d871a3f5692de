//! Databases and tables as answers show them. Optional blocks are always there, also when defaulted: clients rely on it.

use model::catalog::{Enforcement, PartitionKey, S3Location, Table};
use storage::engine::DatabaseView;
use wire::shape::{Enumeration, EpochMillis};
use wire::write::{PartitionKeyEnforcementLevel, PartitionKeyType, S3EncryptionOption, TableStatus, output};

use crate::arn::ArnScope;

pub fn database(scope: ArnScope<'_>, view: &DatabaseView) -> output::Database {
    let database = &view.database;
    output::Database {
        arn: Some(scope.database(&database.name)),
        database_name: Some(database.name.clone()),
        table_count: Some(i64::try_from(view.table_count).unwrap_or(i64::MAX)),
        kms_key_id: Some(database.kms_key_id.clone()),
        creation_time: Some(EpochMillis::from_ns(database.created_ns)),
        last_updated_time: Some(EpochMillis::from_ns(database.updated_ns)),
    }
}

pub fn table(scope: ArnScope<'_>, table: &Table) -> output::Table {
    output::Table {
        arn: Some(scope.table(&table.database, &table.name)),
        table_name: Some(table.name.clone()),
        database_name: Some(table.database.clone()),
        table_status: Some(TableStatus::Active),
        retention_properties: Some(output::RetentionProperties {
            memory_store_retention_period_in_hours: table.retention.memory_hours,
            magnetic_store_retention_period_in_days: table.retention.magnetic_days,
        }),
        creation_time: Some(EpochMillis::from_ns(table.created_ns)),
        last_updated_time: Some(EpochMillis::from_ns(table.updated_ns)),
        magnetic_store_write_properties: Some(output::MagneticStoreWriteProperties {
            enable_magnetic_store_writes: table.magnetic_writes.enabled,
            magnetic_store_rejected_data_location: table.magnetic_writes.rejected_data_location.as_ref().map(
                |location| output::MagneticStoreRejectedDataLocation { s3_configuration: Some(s3(location)) },
            ),
        }),
        schema: Some(output::Schema {
            composite_partition_key: Some(table.partition_key.iter().map(partition_key).collect()),
        }),
    }
}

fn s3(location: &S3Location) -> output::S3Configuration {
    output::S3Configuration {
        bucket_name: location.bucket_name.clone(),
        object_key_prefix: location.object_key_prefix.clone(),
        encryption_option: location.encryption_option.as_deref().and_then(S3EncryptionOption::from_name),
        kms_key_id: location.kms_key_id.clone(),
    }
}

fn partition_key(key: &PartitionKey) -> output::PartitionKey {
    match key {
        PartitionKey::Measure => output::PartitionKey {
            r#type: PartitionKeyType::Measure,
            name: None,
            enforcement_in_record: None,
        },
        PartitionKey::Dimension { name, enforcement } => output::PartitionKey {
            r#type: PartitionKeyType::Dimension,
            name: Some(name.clone()),
            enforcement_in_record: Some(match enforcement {
                Some(Enforcement::Required) => PartitionKeyEnforcementLevel::Required,
                Some(Enforcement::Optional) | None => PartitionKeyEnforcementLevel::Optional,
            }),
        },
    }
}
