//! The parts of a query an expression can stand in.

/// Decides what an expression may contain and how errors call the place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clause<'c> {
    Select,
    Where,
    GroupBy,
    Having,
    OrderBy,
    JoinOn,
    Values,
    Unnest,
    /// Inside an aggregate of this name.
    Aggregate(&'c str),
    /// In the filter of an aggregate.
    Filter,
    /// Inside a window function or its window.
    Window,
    Lambda,
}

impl Clause<'_> {
    /// How error texts call a clause that takes no aggregates.
    pub fn name(self) -> &'static str {
        match self {
            Self::Select => "SELECT clause",
            Self::Where => "WHERE clause",
            Self::GroupBy => "GROUP BY clause",
            Self::Having => "HAVING clause",
            Self::OrderBy => "ORDER BY clause",
            Self::JoinOn => "JOIN clause",
            Self::Values => "VALUES",
            Self::Unnest => "UNNEST",
            Self::Aggregate(_) => "Aggregation",
            Self::Filter => "FILTER clause",
            Self::Window => "Window",
            Self::Lambda => "Lambda expression",
        }
    }
}
