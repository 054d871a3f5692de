//! The analyzer's result: a relational tree in which every name is resolved, every expression has its final type and
//! every coercion is an explicit cast. Knows nothing of DataFusion; `lower` turns it into a DataFusion plan.
//!
//! Each column of each node has a [`ColumnId`] that is unique within the query, so no later step deals with names.

mod display;
pub mod expr;
pub mod plan;
pub mod same;
pub mod walk;

pub use expr::{
    AggregateCall, CompareOp, Expr, ExprKind, Frame, FrameBound, FrameUnits, SortKey, WindowCall,
    WindowFunctionRef,
};
pub use plan::{GroupBy, JoinKind, Plan, SetOp, UnnestItem};

use crate::types::Type;

/// A column of the bound tree, unique within the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnId(pub u32);

/// A typed column that a plan node produces.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnDef {
    pub id: ColumnId,
    pub ty: Type,
}

/// A whole query: `output` lists which columns of `plan` are returned, in order, under which names. The same column
/// may be returned twice; names may repeat.
#[derive(Debug, Clone)]
pub struct Query {
    pub plan: Plan,
    pub output: Vec<OutputColumn>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct OutputColumn {
    pub id: ColumnId,
    pub name: String,
    pub ty: Type,
    /// Whether the name is an alias given in the query.
    pub aliased: bool,
    /// The stored column this one is, where it is a plain reference.
    pub origin: Option<Origin>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub database: String,
    pub table: String,
}
