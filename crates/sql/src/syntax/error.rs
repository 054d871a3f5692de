//! Why a text is no statement.

use model::limits;

use super::ast::{Position, Span};

/// The first fault of a query text. Printed as clients see it (sql.md 1, api.md 4.12); [`SyntaxError::detail`] says more.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SyntaxError {
    /// The text leaves the grammar at `span`.
    #[error("The query syntax is invalid at line {position}")]
    Invalid { position: Position, span: Span, detail: String },
    /// The text is grammatical as far as it was read, but larger than a limit of ours.
    #[error("line {position}: {limit}")]
    Limit { position: Position, span: Span, limit: Limit },
}

/// The limits a statement can exceed; each names its bound in its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Limit {
    #[error("The query text exceeds {} characters", limits::QUERY_TEXT_CHARS_MAX)]
    TextCharacters,
    #[error("The query is nested deeper than {} levels", limits::SQL_NESTING_MAX)]
    Nesting,
    #[error("The expression needs more than {} levels of evaluation", limits::SQL_EXPRESSION_HEIGHT_MAX)]
    ExpressionHeight,
    #[error("Subqueries are nested deeper than {} levels", limits::SQL_SUBQUERY_DEPTH_MAX)]
    SubqueryDepth,
    #[error("The query has more than {} branches of set operations", limits::SQL_SET_BRANCHES_MAX)]
    SetBranches,
    #[error("A FROM clause has more than {} joins", limits::SQL_JOINS_MAX)]
    Joins,
    #[error("GROUP BY makes more than {} grouping sets", limits::SQL_GROUPING_SETS_MAX)]
    GroupingSets,
    #[error("A query has more than {} output columns", limits::SQL_OUTPUT_COLUMNS_MAX)]
    OutputColumns,
    #[error("The type is nested deeper than {} levels", limits::SQL_TYPE_NESTING_MAX)]
    TypeNesting,
    #[error("References to WITH queries expand to more than {} query parts", limits::SQL_WITH_EXPANSION_MAX)]
    WithExpansion,
}

impl SyntaxError {
    pub(super) fn invalid(text: &str, span: Span, detail: impl Into<String>) -> Self {
        Self::Invalid { position: span.position(text), span, detail: detail.into() }
    }

    pub(super) fn limit(text: &str, span: Span, limit: Limit) -> Self {
        Self::Limit { position: span.position(text), span, limit }
    }

    pub fn position(&self) -> Position {
        match self {
            Self::Invalid { position, .. } | Self::Limit { position, .. } => *position,
        }
    }

    pub fn span(&self) -> Span {
        match self {
            Self::Invalid { span, .. } | Self::Limit { span, .. } => *span,
        }
    }

    /// What was found and what was expected, for logs and terminals. The service does not tell this.
    pub fn detail(&self) -> String {
        match self {
            Self::Invalid { detail, .. } => detail.clone(),
            Self::Limit { limit, .. } => limit.to_string(),
        }
    }
}
