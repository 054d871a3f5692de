//! What a failure of another crate means to the client: one exhaustive match per crate, from kind to AWS error. Details
//! of internal failures are logged here, once, and never sent.

use model::error::ErrorKind;
use model::names::NameError;
use sql::error::SqlError;
use storage::error::StorageError;
use wire::{ApiError, ErrorCode};

/// The answer for a failure of storage.
pub fn storage(error: StorageError) -> ApiError {
    match error.kind() {
        ErrorKind::Invalid => ApiError::validation(storage_message(&error)),
        ErrorKind::Execution => ApiError::new(ErrorCode::QueryExecution, storage_message(&error)),
        ErrorKind::NotFound => ApiError::not_found(storage_message(&error)),
        ErrorKind::Conflict => ApiError::conflict(storage_message(&error)),
        ErrorKind::QuotaExceeded => ApiError::new(ErrorCode::ServiceQuotaExceeded, storage_message(&error)),
        ErrorKind::Overloaded => {
            ApiError::new(ErrorCode::Throttling, "The service is overloaded. Try again later.")
        }
        // Clients retry when throttled, and writes are accepted again when space returns. The engine says once that there
        // is none: a line for each refused call would fill what is left.
        ErrorKind::StorageFull => {
            tracing::debug!(%error, "storage is full");
            ApiError::new(ErrorCode::Throttling, "The storage is full. Try again later.")
        }
        ErrorKind::Corrupt | ErrorKind::Internal => {
            tracing::error!(%error, source = std::error::Error::source(&error), "storage failed");
            ApiError::internal()
        }
    }
}

/// Texts of the conditions a client can cause (api.md 10, number 2).
fn storage_message(error: &StorageError) -> String {
    match error {
        StorageError::AlreadyExists { what, name } => format!("The {what} {name} already exists."),
        StorageError::DatabaseNotFound { name } => format!("The database {name} does not exist."),
        StorageError::TableNotFound { table, .. } => format!("The table {table} does not exist."),
        StorageError::DatabaseNotEmpty { name } => {
            format!("The database {name} cannot be deleted because it contains tables.")
        }
        StorageError::QuotaExceeded { what, max } => format!("The limit of {max} {what} is reached."),
        StorageError::PartitionKeyFixed { .. } => {
            "Only the EnforcementInRecord of a partition key can be changed.".to_owned()
        }
        _ => "The request can't be processed as it is.".to_owned(),
    }
}

/// The answer for a failed statement. Its messages are made for clients; internal failures were logged where they
/// happened.
pub fn sql(error: SqlError) -> ApiError {
    match error.kind() {
        ErrorKind::Invalid | ErrorKind::NotFound => ApiError::validation(error.to_string()),
        ErrorKind::Execution | ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            ApiError::new(ErrorCode::QueryExecution, error.to_string())
        }
        ErrorKind::Conflict => ApiError::conflict("The query was cancelled: its results can't be polled."),
        ErrorKind::Overloaded => {
            ApiError::new(ErrorCode::Throttling, "Too many queries are running. Try again later.")
        }
        ErrorKind::Corrupt | ErrorKind::Internal => ApiError::internal(),
    }
}

/// The answer for a name that can't be given.
pub fn name(error: NameError) -> ApiError {
    ApiError::validation(error.to_string())
}
