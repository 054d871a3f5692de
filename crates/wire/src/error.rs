//! The error answers of both APIs: code, HTTP status, `__type`, message and the extra members (api.md 1.3).
//!
//! `InvalidEndpointException` and status 421 do not exist here on purpose: botocore answers them with an endless,
//! undelayed retry.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Every error a client can get from us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    AccessDenied,
    Conflict,
    InternalServer,
    QueryExecution,
    RejectedRecords,
    ResourceNotFound,
    ServiceQuotaExceeded,
    Throttling,
    Validation,
    /// A ValidationException too, but raised by the constraints of the model before the operation ran.
    Constraint,
    ExpiredToken,
    IncompleteSignature,
    InvalidSignature,
    MissingAuthenticationToken,
    RequestEntityTooLarge,
    Serialization,
    UnknownOperation,
    UnrecognizedClient,
}

/// One entry of RejectedRecordsException.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedRecord {
    /// Position in the request's `Records`, from 0.
    #[serde(rename = "RecordIndex")]
    pub record_index: usize,
    #[serde(rename = "Reason")]
    pub reason: String,
    #[serde(rename = "ExistingVersion", skip_serializing_if = "Option::is_none")]
    pub existing_version: Option<i64>,
}

/// A failed call as the client sees it. The message must not hold internals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    pub code: ErrorCode,
    pub message: Option<String>,
    pub rejected_records: Vec<RejectedRecord>,
    /// Extra member of ResourceNotFoundException of the Query API.
    pub scheduled_query_arn: Option<String>,
}

const MODELED: &str = "com.amazonaws.timestream.v20181101#";
const VALIDATE: &str = "com.amazon.coral.validate#";
const SERVICE: &str = "com.amazon.coral.service#";

impl ErrorCode {
    pub const ALL: [ErrorCode; 18] = [
        ErrorCode::AccessDenied,
        ErrorCode::Conflict,
        ErrorCode::InternalServer,
        ErrorCode::QueryExecution,
        ErrorCode::RejectedRecords,
        ErrorCode::ResourceNotFound,
        ErrorCode::ServiceQuotaExceeded,
        ErrorCode::Throttling,
        ErrorCode::Validation,
        ErrorCode::Constraint,
        ErrorCode::ExpiredToken,
        ErrorCode::IncompleteSignature,
        ErrorCode::InvalidSignature,
        ErrorCode::MissingAuthenticationToken,
        ErrorCode::RequestEntityTooLarge,
        ErrorCode::Serialization,
        ErrorCode::UnknownOperation,
        ErrorCode::UnrecognizedClient,
    ];

    /// HTTP status, namespace of `__type`, and name: the one place that decides them.
    fn form(self) -> (u16, &'static str, &'static str) {
        match self {
            ErrorCode::AccessDenied => (403, MODELED, "AccessDeniedException"),
            ErrorCode::Conflict => (409, MODELED, "ConflictException"),
            ErrorCode::InternalServer => (500, MODELED, "InternalServerException"),
            ErrorCode::QueryExecution => (400, MODELED, "QueryExecutionException"),
            ErrorCode::RejectedRecords => (419, MODELED, "RejectedRecordsException"),
            ErrorCode::ResourceNotFound => (404, MODELED, "ResourceNotFoundException"),
            ErrorCode::ServiceQuotaExceeded => (402, MODELED, "ServiceQuotaExceededException"),
            ErrorCode::Throttling => (429, MODELED, "ThrottlingException"),
            ErrorCode::Validation => (400, MODELED, "ValidationException"),
            ErrorCode::Constraint => (400, VALIDATE, "ValidationException"),
            ErrorCode::ExpiredToken => (403, SERVICE, "ExpiredTokenException"),
            ErrorCode::IncompleteSignature => (400, SERVICE, "IncompleteSignatureException"),
            ErrorCode::InvalidSignature => (403, SERVICE, "InvalidSignatureException"),
            ErrorCode::MissingAuthenticationToken => (403, SERVICE, "MissingAuthenticationTokenException"),
            ErrorCode::RequestEntityTooLarge => (413, SERVICE, "RequestEntityTooLargeException"),
            ErrorCode::Serialization => (400, SERVICE, "SerializationException"),
            // The original answers an unknown name with 404 on its regional hosts and 400 elsewhere.
            ErrorCode::UnknownOperation => (400, SERVICE, "UnknownOperationException"),
            ErrorCode::UnrecognizedClient => (403, SERVICE, "UnrecognizedClientException"),
        }
    }

    pub fn status(self) -> u16 {
        self.form().0
    }

    /// The name that clients match on, and the value of the `x-amzn-errortype` header.
    pub fn name(self) -> &'static str {
        self.form().2
    }

    /// The value of `__type`.
    pub fn type_name(self) -> String {
        let (_, namespace, name) = self.form();
        format!("{namespace}{name}")
    }

    /// Finds the code of a `__type`, with or without namespace.
    pub fn from_type_name(type_name: &str) -> Option<ErrorCode> {
        let name = type_name.rsplit('#').next()?;
        let exact = Self::ALL.into_iter().find(|code| code.type_name() == type_name);
        exact.or_else(|| Self::ALL.into_iter().find(|code| code.name() == name))
    }
}

impl ApiError {
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        ApiError {
            code,
            message: Some(message.into()),
            rejected_records: Vec::new(),
            scheduled_query_arn: None,
        }
    }

    pub fn validation(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Validation, message)
    }

    /// A violated constraint of the model, in the words of [`crate::constraint::Violations::message`].
    pub fn constraint(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Constraint, message)
    }

    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::ResourceNotFound, message)
    }

    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Conflict, message)
    }

    pub fn serialization(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Serialization, message)
    }

    /// Details belong into the log; the client gets the request id to ask with.
    pub fn internal() -> Self {
        Self::new(
            ErrorCode::InternalServer,
            "The service was unable to fully process this request because of an internal error.",
        )
    }

    /// Like the original, without a message.
    pub fn unknown_operation() -> Self {
        ApiError { message: None, ..Self::new(ErrorCode::UnknownOperation, "") }
    }

    /// Records that are not listed have been stored.
    pub fn rejected_records(rejected_records: Vec<RejectedRecord>) -> Self {
        let message = "One or more records have been rejected. See RejectedRecords for details.";
        ApiError { rejected_records, ..Self::new(ErrorCode::RejectedRecords, message) }
    }

    pub fn status(&self) -> u16 {
        self.code.status()
    }

    /// The JSON body of the answer.
    pub fn body(&self) -> Vec<u8> {
        let body = Body {
            type_name: self.code.type_name(),
            message: self.message.clone(),
            lower_case_message: None,
            rejected_records: self.rejected_records.clone(),
            scheduled_query_arn: self.scheduled_query_arn.clone(),
        };
        // Strings and integers always serialize; an empty body would still carry the status and the header.
        serde_json::to_vec(&body).unwrap_or_default()
    }

    /// Reads an error answer, for our own client. `None` when the body is not one of ours or of the original.
    pub fn parse(body: &[u8]) -> Option<ApiError> {
        let body: Body = serde_json::from_slice(body).ok()?;
        Some(ApiError {
            code: ErrorCode::from_type_name(&body.type_name)?,
            message: body.message.or(body.lower_case_message),
            rejected_records: body.rejected_records,
            scheduled_query_arn: body.scheduled_query_arn,
        })
    }
}

#[derive(Serialize, Deserialize)]
struct Body {
    #[serde(rename = "__type")]
    type_name: String,
    #[serde(rename = "Message", skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(rename = "message", skip_serializing)]
    lower_case_message: Option<String>,
    #[serde(rename = "RejectedRecords", skip_serializing_if = "Vec::is_empty", default)]
    rejected_records: Vec<RejectedRecord>,
    #[serde(rename = "ScheduledQueryArn", skip_serializing_if = "Option::is_none")]
    scheduled_query_arn: Option<String>,
}

impl fmt::Display for ApiError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code.name())?;
        if let Some(message) = &self.message {
            write!(formatter, ": {message}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ApiError {}
