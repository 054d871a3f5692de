//! From the bytes of a body to a typed, validated input.

use crate::constraint::{Path, Violations, excerpt};
use crate::error::ApiError;
use crate::shape::Input;

/// Reads the body of a request. An empty body counts as `{}`.
///
/// # Errors
/// `SerializationException` when the body is not JSON of the operation's shape; `ValidationException` when a
/// constraint of the model is violated.
pub fn decode<'a, T: Input<'a>>(body: &'a [u8]) -> Result<T, ApiError> {
    let input: T = if body.is_empty() { T::default() } else { read(body)? };
    let mut found = Violations::default();
    input.validate(&Path::ROOT, &mut found);
    match found.message() {
        None => Ok(input),
        Some(message) => Err(ApiError::constraint(message)),
    }
}

/// Reads the body of a successful answer, for our own client.
///
/// # Errors
/// `SerializationException` when the body is not JSON of the operation's shape.
pub fn decode_output<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| ApiError::serialization(excerpt(&error.to_string())))
}

fn read<'a, T: Input<'a>>(body: &'a [u8]) -> Result<T, ApiError> {
    // One check of the whole body is cheaper than one per string, and covers members that are skipped.
    let text = std::str::from_utf8(body)
        .map_err(|error| ApiError::serialization(format!("invalid UTF-8 at byte {}", error.valid_up_to())))?;
    serde_json::from_str(text).map_err(|error| ApiError::serialization(excerpt(&error.to_string())))
}
