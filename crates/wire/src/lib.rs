//! The AWS JSON 1.0 protocol of both Timestream APIs: shapes, codec, constraints, errors, signatures, page tokens.
//!
//! Pure functions from bytes to types and back. Knows nothing of sockets, storage, SQL, the clock or randomness; time
//! and keys are arguments. Shapes and constraints are generated from `models/`. The way of a request:
//! [`sigv4::Verifier::verify`], [`target_operation`], [`decode::decode`], the handler, [`encode::encode`] or
//! [`error::ApiError::body`].

extern crate anchor as _;

pub mod constraint;
pub mod decode;
pub mod encode;
pub mod endpoints;
pub mod error;
#[rustfmt::skip]
mod generated;
pub mod page_token;
pub mod query_page;
pub mod shape;
pub mod sigv4;

pub use error::{ApiError, ErrorCode, RejectedRecord};
pub use generated::operation::{DECLARED_ERRORS, Operation, SIGNING_NAME, Service, TARGET_PREFIX};
pub use generated::{query, write};

/// The content type of every request and answer.
pub const CONTENT_TYPE: &str = "application/x-amz-json-1.0";

/// The operation that an `X-Amz-Target` header names.
///
/// # Errors
/// `UnknownOperationException` when the prefix or the name is not ours.
pub fn target_operation(target: &str) -> Result<Operation, ApiError> {
    target
        .strip_prefix(TARGET_PREFIX)
        .and_then(|rest| rest.strip_prefix('.'))
        .and_then(Operation::from_name)
        .ok_or_else(ApiError::unknown_operation)
}
