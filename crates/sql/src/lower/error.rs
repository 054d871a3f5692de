//! Why a bound tree has no plan, and how errors of rows travel through DataFusion and back.

use std::error::Error;

use datafusion::error::DataFusionError;

use crate::functions::RowError;
use crate::syntax::ast::Span;

#[derive(Debug, thiserror::Error)]
pub enum LowerError {
    #[error("{what} is not supported")]
    Unsupported { what: &'static str, span: Span },
    #[error(transparent)]
    Engine(#[from] DataFusionError),
}

pub(super) type Result<T, E = LowerError> = std::result::Result<T, E>;

pub(super) fn unsupported<T>(what: &'static str, span: Span) -> Result<T> {
    Err(LowerError::Unsupported { what, span })
}

pub(crate) fn row_error(error: RowError) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// The error of a row inside whatever DataFusion and Arrow wrapped round it.
pub(crate) fn find_row_error(error: &DataFusionError) -> Option<&RowError> {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref::<RowError>() {
            return Some(found);
        }
        cause = match error.downcast_ref::<DataFusionError>() {
            Some(DataFusionError::External(inner)) => Some(inner.as_ref()),
            Some(DataFusionError::Shared(inner)) => Some(inner.as_ref()),
            Some(DataFusionError::Collection(list)) => return list.iter().find_map(find_row_error),
            _ => error.source(),
        };
    }
    None
}
