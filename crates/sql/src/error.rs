//! Why a query failed, as its caller sees it.

use model::error::ErrorKind;

use crate::analyzer::AnalysisError;
use crate::functions::RowError;

/// A failed statement. The messages go to the client as they are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SqlError {
    /// The statement is wrong, found before execution.
    #[error("{message}")]
    Invalid { message: String },
    /// The query met data or a limit that fails it.
    #[error("{message}")]
    Execution { message: String },
    /// Too many queries run or wait already, or hold all memory.
    #[error("too many concurrent queries, retry later")]
    Overloaded,
    #[error("query was cancelled")]
    Cancelled,
    /// A defect or a failure of the machine; the details are in the log only.
    #[error("internal error")]
    Internal,
}

impl SqlError {
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid { .. } => ErrorKind::Invalid,
            Self::Execution { .. } => ErrorKind::Execution,
            Self::Overloaded => ErrorKind::Overloaded,
            Self::Cancelled => ErrorKind::Conflict,
            Self::Internal => ErrorKind::Internal,
        }
    }

    pub fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid { message: message.into() }
    }

    pub fn execution(message: impl Into<String>) -> Self {
        Self::Execution { message: message.into() }
    }
}

impl From<AnalysisError> for SqlError {
    fn from(error: AnalysisError) -> Self {
        Self::invalid(error.to_string())
    }
}

impl From<RowError> for SqlError {
    fn from(error: RowError) -> Self {
        Self::Execution { message: error.message }
    }
}
