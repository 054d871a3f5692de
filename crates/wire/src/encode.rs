//! From a typed answer to the bytes of a body.

use crate::error::{ApiError, ErrorCode};
use serde::Serialize;

/// Writes a body: the answer of an operation or, for our own client, its request.
///
/// # Errors
/// `InternalServerException`; no generated shape can cause it.
pub fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, ApiError> {
    serde_json::to_vec(value)
        .map_err(|_| ApiError::new(ErrorCode::InternalServer, "The answer could not be written."))
}
