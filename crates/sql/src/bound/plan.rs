//! Bound relational nodes.

use super::{AggregateCall, ColumnDef, ColumnId, Expr, SortKey, WindowCall};
use model::scan::TableView;

/// A relational node. Columns of inputs keep their ids on the way up unless a node says it makes new ones.
#[derive(Debug, Clone)]
pub enum Plan {
    /// One row without columns.
    SingleRow,
    /// Rows of literals or expressions without columns; all rows have the types of `columns`.
    Values {
        columns: Vec<ColumnDef>,
        rows: Vec<Vec<Expr>>,
    },
    /// A table; each stored column that the query uses gets an id.
    Scan {
        table: TableView,
        columns: Vec<(ColumnDef, model::schema::ColumnId)>,
    },
    /// Computes `exprs` and passes nothing else on.
    Project {
        input: Box<Plan>,
        exprs: Vec<(ColumnId, Expr)>,
    },
    Filter {
        input: Box<Plan>,
        predicate: Expr,
    },
    Aggregate {
        input: Box<Plan>,
        group_by: GroupBy,
        aggregates: Vec<AggregateCall>,
    },
    /// Passes the input's columns on and adds one per call.
    Window {
        input: Box<Plan>,
        calls: Vec<WindowCall>,
    },
    /// Passes both sides' columns on. `on` may use both sides.
    Join {
        left: Box<Plan>,
        right: Box<Plan>,
        kind: JoinKind,
        on: Option<Expr>,
    },
    /// For each row of the input, the rows that its arrays hold, side by side, padded with NULL. Passes the input's
    /// columns on and adds the items' columns. With `keep_empty` a row whose arrays are empty or NULL stays, with
    /// NULLs (LEFT JOIN UNNEST ... ON TRUE).
    Unnest {
        input: Box<Plan>,
        items: Vec<UnnestItem>,
        ordinality: Option<ColumnId>,
        keep_empty: bool,
    },
    /// `columns` are new; `left` and `right` list the inputs' columns that feed them, by position, of equal types.
    Set {
        op: SetOp,
        all: bool,
        left: Box<Plan>,
        left_columns: Vec<ColumnId>,
        right: Box<Plan>,
        right_columns: Vec<ColumnId>,
        columns: Vec<ColumnDef>,
    },
    /// Removes duplicate rows, comparing `columns`, which are all that is passed on.
    Distinct {
        input: Box<Plan>,
        columns: Vec<ColumnId>,
    },
    Sort {
        input: Box<Plan>,
        keys: Vec<SortKey>,
    },
    Limit {
        input: Box<Plan>,
        offset: u64,
        count: Option<u64>,
    },
}

/// Grouping keys are columns computed by the aggregate: `(id, expression over the input)`.
#[derive(Debug, Clone)]
pub struct GroupBy {
    pub keys: Vec<(ColumnId, Expr)>,
    /// Grouping sets as positions in `keys`; `None` means one set of all keys. A set may be empty (the global group).
    pub sets: Option<Vec<Vec<usize>>>,
    /// The number of the set a row belongs to (BIGINT, 0-based), where `grouping()` is used.
    pub set_id: Option<ColumnId>,
}

#[derive(Debug, Clone)]
pub struct UnnestItem {
    /// An array or a series.
    pub expr: Expr,
    /// One column, or one per field for arrays of rows and for series.
    pub columns: Vec<ColumnDef>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinKind {
    Inner,
    Left,
    Right,
    Full,
    Cross,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetOp {
    Union,
    Intersect,
    Except,
}
