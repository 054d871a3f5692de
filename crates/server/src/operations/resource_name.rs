//! Names of new databases and tables. Their greatest length is documented but no constraint of the model, so it
//! is worded here in the grammar of constraints (api.md 1.3, 3.11); the model's pattern refuses an empty one.

use model::limits::RESOURCE_NAME_BYTES_MAX;
use model::names::{NameError, check_resource_name};
use wire::ApiError;

use crate::errors;

/// Checks a name; `what` and `member` say whose it is.
///
/// # Errors
/// ValidationException.
pub fn check(what: &'static str, member: &str, name: &str) -> Result<(), ApiError> {
    check_resource_name(what, name).map_err(|error| match error {
        NameError::Length { .. } => {
            let shown: String = name.chars().take(model::limits::MESSAGE_VALUE_CHARS_MAX).collect();
            ApiError::constraint(format!(
                "1 validation error detected: Value '{shown}' at '{member}' failed to satisfy constraint: \
                 Member must have length less than or equal to {RESOURCE_NAME_BYTES_MAX}"
            ))
        }
        other => errors::name(other),
    })
}
