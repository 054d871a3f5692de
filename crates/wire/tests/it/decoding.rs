//! Bodies that are accepted, refused for their shape, or refused for a constraint.

use crate::inputs;
use serde_json::{Value, json};
use wire::decode::decode;
use wire::{ErrorCode, write};

fn rows(table: &str) -> impl Iterator<Item = Value> {
    table.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
}

fn body_of(row: &Value) -> Vec<u8> {
    match (row["body"].as_str(), row["hex"].as_str()) {
        (Some(text), _) => text.as_bytes().to_vec(),
        (None, Some(digits)) => hex::decode(digits).expect("valid hex"),
        (None, None) => panic!("a row without body: {row}"),
    }
}

#[test]
fn constraints_are_worded_as_aws_does() {
    for row in rows(include_str!("data/violations.jsonl")) {
        let outcome = inputs::decode(row["input"].as_str().unwrap_or_default(), &body_of(&row));
        match row["want"].as_str() {
            None => assert!(outcome.is_ok(), "{row}: {outcome:?}"),
            Some(want) => {
                let error = outcome.expect_err(want);
                assert_eq!(error.code, ErrorCode::Constraint, "{row}");
                assert_eq!(error.message.as_deref(), Some(want), "{row}");
            }
        }
    }
}

#[test]
fn bodies_of_another_shape_are_refused() {
    for row in rows(include_str!("data/refused_bodies.jsonl")) {
        let outcome = inputs::decode(row["input"].as_str().unwrap_or_default(), &body_of(&row));
        let error = outcome.expect_err(row["why"].as_str().unwrap_or_default());
        assert_eq!((error.code, error.status()), (ErrorCode::Serialization, 400), "{row}: {error}");
    }
}

#[test]
fn depth_is_bounded_everywhere() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        for member in ["Unknown", "DatabaseName", "Records"] {
            let nested = format!("{{\"{member}\":{}1{}}}", open.repeat(100_000), close.repeat(100_000));
            let error = inputs::decode("write WriteRecords", nested.as_bytes()).expect_err(member);
            assert_eq!(error.code, ErrorCode::Serialization, "{member} {open}");
        }
    }
    let shallow = format!("{{\"Unknown\":{}{}}}", "[".repeat(100), "]".repeat(100));
    assert!(inputs::decode("write DescribeEndpoints", shallow.as_bytes()).is_ok());
}

#[test]
fn text_is_borrowed_unless_escaped() {
    let body = br#"{"DatabaseName":"plain","TableName":"t","Records":[{"MeasureName":"a\"b"}]}"#;
    let input: write::input::WriteRecordsRequest<'_> = decode(body).expect("valid");
    let borrowed = |text: &str| body.as_ptr_range().contains(&text.as_ptr());
    assert!(borrowed(input.database_name()));
    let record = &input.records()[0];
    assert_eq!(record.measure_name(), Some("a\"b"));
    assert!(!borrowed(record.measure_name().expect("present")));
}

#[test]
fn values_arrive_typed() {
    let body = json!({
        "DatabaseName": "d", "TableName": "t",
        "CommonAttributes": {"Dimensions": [{"Name": "n", "Value": "", "DimensionValueType": "VARCHAR"}], "TimeUnit": "SECONDS"},
        "Records": [{"Version": i64::MAX, "MeasureValueType": "MULTI",
                     "MeasureValues": [{"Name": "a", "Value": "1", "Type": "BIGINT"}]}],
    });
    let body = body.to_string();
    let input: write::input::WriteRecordsRequest<'_> = decode(body.as_bytes()).expect("valid");
    let common = input.common_attributes.as_ref().expect("present");
    assert_eq!(common.time_unit(), Some(write::TimeUnit::Seconds));
    assert_eq!((common.dimensions()[0].name(), common.dimensions()[0].value()), ("n", ""));
    let record = &input.records()[0];
    assert_eq!(record.version, Some(i64::MAX));
    assert_eq!(record.measure_value_type(), Some(write::MeasureValueType::Multi));
    assert_eq!(record.measure_values()[0].r#type(), Some(write::MeasureValueType::Bigint));
    assert_eq!(record.time(), None);
}

/// (JSON number, milliseconds)
const TIMES: &[(&str, i64)] = &[
    ("1704164645", 1_704_164_645_000),
    ("1704164645.678", 1_704_164_645_678),
    ("1.704164645678E9", 1_704_164_645_678),
    ("-1", -1_000),
    ("0.0005", 1),
];

#[test]
fn times_are_numbers_of_seconds() {
    for (number, millis) in TIMES {
        let body = format!(r#"{{"ScheduledQueryArn":"a","InvocationTime":{number}}}"#);
        let input: wire::query::input::ExecuteScheduledQueryRequest = decode(body.as_bytes()).expect(number);
        assert_eq!(input.invocation_time().0, *millis, "{number}");
    }
}

#[test]
fn long_lists_are_counted_and_not_kept() {
    let body = format!(r#"{{"DatabaseName":"d","TableName":"t","Records":[{}{{}}]}}"#, "{},".repeat(99_999));
    let error = inputs::decode("write WriteRecords", body.as_bytes()).expect_err("too long");
    let want = "1 validation error detected: Value '[100000 members]' at 'records' failed to satisfy constraint: \
                Member must have length less than or equal to 100";
    assert_eq!(error.message.as_deref(), Some(want));

    let values = vec![json!({"Name": "a", "Value": "1", "Type": "DOUBLE"}); 1_025];
    let body =
        json!({"DatabaseName": "d", "TableName": "t", "Records": [{"MeasureValues": values}]}).to_string();
    let error = inputs::decode("write WriteRecords", body.as_bytes()).expect_err("beyond our own bound");
    assert!(error.to_string().ends_with("Member must have length less than or equal to 1024"), "{error}");
}

#[test]
fn messages_are_bounded() {
    let long = "ü".repeat(3_000);
    let body = json!({"DatabaseName": "d", "KmsKeyId": long}).to_string();
    let error = inputs::decode("write UpdateDatabase", body.as_bytes()).expect_err("too long");
    let want = format!(
        "1 validation error detected: Value '{}...' at 'kmsKeyId' failed to satisfy constraint: \
         Member must have length less than or equal to 2048",
        "ü".repeat(128)
    );
    assert_eq!(error.message, Some(want));

    let body =
        json!({"DatabaseName": "d", "TableName": "t", "Records": vec![json!({"Time": ""}); 100]}).to_string();
    let message =
        inputs::decode("write WriteRecords", body.as_bytes()).expect_err("empty").message.unwrap_or_default();
    assert!(message.starts_with("10 validation errors detected: "), "{message}");
    assert_eq!(message.matches("failed to satisfy").count(), 10);

    let body = json!({"MaxResults": long}).to_string();
    let message = inputs::decode("write ListTables", body.as_bytes()).expect_err("no number").message;
    assert!(message.unwrap_or_default().chars().count() < 200);
}

#[test]
fn lengths_count_characters() {
    for (key, accepted) in [("ü".repeat(128), true), ("ü".repeat(129), false), ("😀".repeat(128), true)] {
        let body = json!({"ResourceARN": "a", "Tags": [{"Key": key, "Value": "v"}]}).to_string();
        assert_eq!(inputs::decode("write TagResource", body.as_bytes()).is_ok(), accepted, "{}", key.len());
    }
}

#[test]
fn inputs_are_written_back_as_read() {
    let body = json!({
        "DatabaseName": "d", "TableName": "t",
        "RetentionProperties": {"MemoryStoreRetentionPeriodInHours": 1, "MagneticStoreRetentionPeriodInDays": 2},
        "Schema": {"CompositePartitionKey": [{"Type": "DIMENSION", "Name": "\u{1F600}\"", "EnforcementInRecord": "REQUIRED"}]},
        "Tags": [{"Key": "k", "Value": ""}],
    });
    assert_eq!(inputs::decode("write CreateTable", body.to_string().as_bytes()), Ok(body));
}
