//! Why a statement means nothing: every text the analyzer can answer.

use crate::syntax::ast::{Position, Span};

/// The first fault of a statement, as clients see it (sql.md 1, api.md 4.12).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnalysisError {
    #[error("line {position}: {message}")]
    Invalid { position: Position, message: String },
    #[error("Requested database '{database}' not found for identifier '{identifier}' at line {position}")]
    DatabaseMissing { position: Position, database: String, identifier: String },
}

/// A fault that does not know its line yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub span: Span,
    pub reason: Reason,
}

/// The conditions a statement can fail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Reason {
    #[error("Requested database '{database}' not found for identifier '{identifier}'")]
    DatabaseMissing { database: String, identifier: String },
    #[error("Table '{0}' does not exist")]
    TableMissing(String),
    #[error("{0} is not supported")]
    Unsupported(&'static str),
    #[error("Escape string must be a single character")]
    EscapeLength,
}

pub(super) type Result<T> = std::result::Result<T, Fault>;

impl Reason {
    pub fn at<T>(self, span: Span) -> Result<T> {
        Err(Fault { span, reason: self })
    }
}

impl Fault {
    pub fn locate(self, text: &str) -> AnalysisError {
        let position = self.span.position(text);
        match self.reason {
            Reason::DatabaseMissing { database, identifier } => {
                AnalysisError::DatabaseMissing { position, database, identifier }
            }
            reason => AnalysisError::Invalid { position, message: reason.to_string() },
        }
    }
}

impl AnalysisError {
    pub fn position(&self) -> Position {
        match self {
            Self::Invalid { position, .. } | Self::DatabaseMissing { position, .. } => *position,
        }
    }
}
