//! The engine's errors as clients see them.

use std::error::Error;
use std::io;

use datafusion::error::DataFusionError;
use model::scan::ScanError;

use super::memory::ALL_USED_UP;
use crate::error::SqlError;
use crate::lower::{LowerError, SEVERAL_ROWS, find_row_error};

/// What a failure of the engine means to the client. Defects are logged here, once.
pub(super) fn classify(error: DataFusionError) -> SqlError {
    if let Some(found) = find_row_error(&error) {
        return found.clone().into();
    }
    if is_disk_full(&error) {
        tracing::error!(%error, "a query found no disk space");
        return SqlError::execution("There is no disk space for what exceeds the memory of the query");
    }
    match error.find_root() {
        // Others hold what it lacks: the same query may succeed later.
        DataFusionError::ResourcesExhausted(details) if details.contains(ALL_USED_UP) => {
            tracing::info!(details, "query found no memory");
            SqlError::Overloaded
        }
        DataFusionError::ResourcesExhausted(details) => {
            tracing::info!(details, "query exceeded its memory");
            SqlError::execution("Query exceeded the memory limit")
        }
        DataFusionError::Execution(text) if text.contains("Scalar subquery returned more than one row") => {
            SqlError::execution(SEVERAL_ROWS)
        }
        DataFusionError::Execution(text) => SqlError::execution(text.clone()),
        DataFusionError::ArrowError(arrow, _) => match arrow.as_ref() {
            arrow::error::ArrowError::DivideByZero => SqlError::execution("Division by zero"),
            arrow::error::ArrowError::ArithmeticOverflow(text) => SqlError::execution(text.clone()),
            _ => internal(&error),
        },
        DataFusionError::External(cause) => match cause.downcast_ref::<ScanError>() {
            Some(ScanError::TableGone) => {
                SqlError::execution("A table of the query was deleted while it ran")
            }
            Some(ScanError::Corrupt(_) | ScanError::Io(_) | ScanError::Cancelled) | None => internal(&error),
        },
        _ => internal(&error),
    }
}

/// Spilling wraps what the disk says in several errors of others.
fn is_disk_full(error: &DataFusionError) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(found) = cause {
        if found.downcast_ref::<io::Error>().is_some_and(|io| io.kind() == io::ErrorKind::StorageFull) {
            return true;
        }
        cause = found.source();
    }
    false
}

fn internal(error: &DataFusionError) -> SqlError {
    tracing::error!(%error, "query failed for an internal reason");
    SqlError::Internal
}

pub(super) fn classify_lowering(error: LowerError, text: &str) -> SqlError {
    match error {
        LowerError::Unsupported { what, span } => {
            SqlError::invalid(format!("line {}: {what} is not supported", span.position(text)))
        }
        LowerError::Engine(error) => classify(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_no_defect() {
        let disk = || DataFusionError::IoError(io::ErrorKind::StorageFull.into());
        let arrow = || DataFusionError::from(arrow::error::ArrowError::from(io::Error::other(disk())));
        let shared = || DataFusionError::Shared(std::sync::Arc::new(arrow()));
        for error in [disk(), arrow(), arrow().context("spilling"), shared()] {
            let text = error.to_string();
            assert!(matches!(classify(error), SqlError::Execution { .. }), "{text}");
        }
        assert_eq!(classify(DataFusionError::IoError(io::ErrorKind::NotFound.into())), SqlError::Internal);
    }
}
