//! Bodies of successful answers: exact bytes out, and the same value back in.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use wire::decode::decode_output;
use wire::encode::encode;
use wire::shape::{EpochMillis, NoOutput};
use wire::{query, write};

fn check<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, want: &str) {
    let body = encode(value).expect("outputs can be written");
    assert_eq!(String::from_utf8_lossy(&body), want);
    assert_eq!(decode_output::<T>(&body).as_ref(), Ok(value));
}

#[test]
fn absent_members_are_omitted() {
    check(&write::output::ListTablesResponse::default(), "{}");
    check(&write::output::TagResourceResponse::default(), "{}");
    check(&NoOutput {}, "{}");
    assert_eq!(decode_output::<NoOutput>(b""), Ok(NoOutput {}));
}

#[test]
fn times_are_numbers_with_milliseconds() {
    let database = |millis| write::output::Database {
        arn: Some("arn:aws:timestream:us-east-1:000000000000:database/d".to_owned()),
        database_name: Some("d".to_owned()),
        table_count: Some(0),
        creation_time: Some(EpochMillis(millis)),
        ..Default::default()
    };
    for (millis, want) in [
        (1_677_167_593_266, "1677167593.266"),
        (1_677_167_593_000, "1677167593"),
        (1_677_167_593_001, "1677167593.001"),
        (1_677_167_593_200, "1677167593.2"),
    ] {
        let want = format!(
            "{{\"Database\":{{\"Arn\":\"arn:aws:timestream:us-east-1:000000000000:database/d\",\
             \"DatabaseName\":\"d\",\"TableCount\":0,\"CreationTime\":{want}}}}}"
        );
        check(&write::output::CreateDatabaseResponse { database: Some(database(millis)) }, &want);
    }
    assert_eq!(EpochMillis::from_ns(-1), EpochMillis(-1));
    assert_eq!(EpochMillis(1).to_ns(), Some(1_000_000));
    assert_eq!(EpochMillis(i64::MAX).to_ns(), None);
}

#[test]
fn table() {
    let table = write::output::Table {
        table_name: Some("t".to_owned()),
        table_status: Some(write::TableStatus::Active),
        retention_properties: Some(write::output::RetentionProperties {
            memory_store_retention_period_in_hours: 6,
            magnetic_store_retention_period_in_days: 73_000,
        }),
        magnetic_store_write_properties: Some(write::output::MagneticStoreWriteProperties {
            enable_magnetic_store_writes: false,
            magnetic_store_rejected_data_location: None,
        }),
        schema: Some(write::output::Schema {
            composite_partition_key: Some(vec![write::output::PartitionKey {
                r#type: write::PartitionKeyType::Measure,
                name: None,
                enforcement_in_record: None,
            }]),
        }),
        ..Default::default()
    };
    let want = r#"{"Table":{"TableName":"t","TableStatus":"ACTIVE","RetentionProperties":{"MemoryStoreRetentionPeriodInHours":6,"MagneticStoreRetentionPeriodInDays":73000},"MagneticStoreWriteProperties":{"EnableMagneticStoreWrites":false},"Schema":{"CompositePartitionKey":[{"Type":"MEASURE"}]}}}"#;
    check(&write::output::DescribeTableResponse { table: Some(table) }, want);
}

#[test]
fn required_lists_are_written_when_empty() {
    check(&query::output::ListScheduledQueriesResponse::default(), r#"{"ScheduledQueries":[]}"#);
}

#[test]
fn nested_column_types() {
    let scalar = |scalar_type| query::output::Type { scalar_type: Some(scalar_type), ..Default::default() };
    let field = query::output::ColumnInfo {
        name: Some("dimension_name".to_owned()),
        r#type: scalar(query::ScalarType::Varchar),
    };
    let row = query::output::Type { row_column_info: Some(vec![field]), ..Default::default() };
    let array = query::output::Type {
        array_column_info: Some(Box::new(query::output::ColumnInfo { name: None, r#type: row })),
        ..Default::default()
    };
    let column = query::output::ColumnInfo { name: Some("dimensions".to_owned()), r#type: array };
    let want = r#"{"Name":"dimensions","Type":{"ArrayColumnInfo":{"Type":{"RowColumnInfo":[{"Name":"dimension_name","Type":{"ScalarType":"VARCHAR"}}]}}}}"#;
    check(&column, want);
}
