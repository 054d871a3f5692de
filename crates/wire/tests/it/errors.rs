//! Error answers: status, type and body of every code.

use serde_json::Value;
use std::collections::BTreeSet;
use wire::{ApiError, DECLARED_ERRORS, ErrorCode, RejectedRecord};

/// (code, status, `__type`), from api.md 1.3.
const FORMS: &[(ErrorCode, u16, &str)] = &[
    (ErrorCode::AccessDenied, 403, "com.amazonaws.timestream.v20181101#AccessDeniedException"),
    (ErrorCode::Conflict, 409, "com.amazonaws.timestream.v20181101#ConflictException"),
    (ErrorCode::InternalServer, 500, "com.amazonaws.timestream.v20181101#InternalServerException"),
    (ErrorCode::QueryExecution, 400, "com.amazonaws.timestream.v20181101#QueryExecutionException"),
    (ErrorCode::RejectedRecords, 419, "com.amazonaws.timestream.v20181101#RejectedRecordsException"),
    (ErrorCode::ResourceNotFound, 404, "com.amazonaws.timestream.v20181101#ResourceNotFoundException"),
    (
        ErrorCode::ServiceQuotaExceeded,
        402,
        "com.amazonaws.timestream.v20181101#ServiceQuotaExceededException",
    ),
    (ErrorCode::Throttling, 429, "com.amazonaws.timestream.v20181101#ThrottlingException"),
    (ErrorCode::Validation, 400, "com.amazonaws.timestream.v20181101#ValidationException"),
    (ErrorCode::Constraint, 400, "com.amazon.coral.validate#ValidationException"),
    (ErrorCode::ExpiredToken, 403, "com.amazon.coral.service#ExpiredTokenException"),
    (ErrorCode::IncompleteSignature, 400, "com.amazon.coral.service#IncompleteSignatureException"),
    (ErrorCode::InvalidSignature, 403, "com.amazon.coral.service#InvalidSignatureException"),
    (
        ErrorCode::MissingAuthenticationToken,
        403,
        "com.amazon.coral.service#MissingAuthenticationTokenException",
    ),
    (ErrorCode::RequestEntityTooLarge, 413, "com.amazon.coral.service#RequestEntityTooLargeException"),
    (ErrorCode::Serialization, 400, "com.amazon.coral.service#SerializationException"),
    (ErrorCode::UnknownOperation, 400, "com.amazon.coral.service#UnknownOperationException"),
    (ErrorCode::UnrecognizedClient, 403, "com.amazon.coral.service#UnrecognizedClientException"),
];

#[test]
fn forms() {
    let codes: Vec<ErrorCode> = FORMS.iter().map(|(code, _, _)| *code).collect();
    assert_eq!(codes, ErrorCode::ALL);
    for (code, status, type_name) in FORMS {
        assert_eq!((code.status(), code.type_name().as_str()), (*status, *type_name));
        let error = ApiError::new(*code, "text with \" quote");
        let body: Value = serde_json::from_slice(&error.body()).expect("JSON");
        assert_eq!(body["__type"], *type_name);
        assert_eq!(body["Message"], "text with \" quote");
        assert_eq!(body.as_object().map(|members| members.len()), Some(2), "{body}");
        assert_eq!(ApiError::parse(&error.body()), Some(error));
        assert_ne!(code.status(), 421);
    }
}

#[test]
fn every_declared_error_but_one_can_be_answered() {
    let ours: BTreeSet<&str> = ErrorCode::ALL.iter().map(|code| code.name()).collect();
    let missing: Vec<&&str> = DECLARED_ERRORS.iter().filter(|name| !ours.contains(**name)).collect();
    assert_eq!(missing, [&"InvalidEndpointException"]);
}

#[test]
fn bodies() {
    let rejected = |record_index, reason: &str, existing_version| RejectedRecord {
        record_index,
        reason: reason.to_owned(),
        existing_version,
    };
    let mut not_found = ApiError::not_found("gone");
    not_found.scheduled_query_arn = Some("arn:x".to_owned());
    for (error, want) in [
        (ApiError::unknown_operation(), r#"{"__type":"com.amazon.coral.service#UnknownOperationException"}"#),
        (
            ApiError::rejected_records(vec![rejected(0, "a", Some(200)), rejected(7, "b", None)]),
            r#"{"__type":"com.amazonaws.timestream.v20181101#RejectedRecordsException","Message":"One or more records have been rejected. See RejectedRecords for details.","RejectedRecords":[{"RecordIndex":0,"Reason":"a","ExistingVersion":200},{"RecordIndex":7,"Reason":"b"}]}"#,
        ),
        (
            not_found,
            r#"{"__type":"com.amazonaws.timestream.v20181101#ResourceNotFoundException","Message":"gone","ScheduledQueryArn":"arn:x"}"#,
        ),
    ] {
        assert_eq!(String::from_utf8_lossy(&error.body()), want);
        assert_eq!(ApiError::parse(want.as_bytes()), Some(error));
    }
}

#[test]
fn answers_of_others_are_read() {
    let parsed = ApiError::parse(br#"{"__type":"ThrottlingException","message":"slow"}"#);
    assert_eq!(parsed, Some(ApiError::new(ErrorCode::Throttling, "slow")));
    assert_eq!(ApiError::parse(b"<html>"), None);
    assert_eq!(ApiError::parse(br#"{"__type":"Other"}"#), None);
}
