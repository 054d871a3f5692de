//! Queries: everything round expressions.

use super::{Expr, Identifier, QualifiedName, Span};

/// `[WITH ...] body [ORDER BY ...] [OFFSET n] [LIMIT n]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    pub span: Span,
    pub with: Option<With>,
    pub body: QueryBody,
    pub order_by: Vec<SortItem>,
    pub offset: Option<RowCount>,
    /// `None` also for `LIMIT ALL`.
    pub limit: Option<RowCount>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct With {
    pub span: Span,
    pub recursive: bool,
    pub tables: Vec<CommonTable>,
}

/// `name [(column, ...)] AS (query)`.
#[derive(Debug, Clone, PartialEq)]
pub struct CommonTable {
    pub name: Identifier,
    pub columns: Vec<Identifier>,
    pub query: Query,
}

#[derive(Debug, Clone, PartialEq)]
pub enum QueryBody {
    Select(Box<Select>),
    Values(Values),
    SetOperation(Box<SetOperation>),
    /// `TABLE name`.
    Table(QualifiedName),
    /// A query in parentheses.
    Query(Box<Query>),
}

/// `VALUES item, ...`. A parenthesised list is an [`super::ExprKind::Row`], a bare expression stands for itself; parentheses
/// round a single item leave no trace, so a row wrapped once more is that row.
#[derive(Debug, Clone, PartialEq)]
pub struct Values {
    pub span: Span,
    pub rows: Vec<Expr>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetOperator {
    Union,
    Intersect,
    Except,
}

/// Two or more branches joined by the same operator, to be taken from the left: `a EXCEPT b EXCEPT c` removes b and c.
#[derive(Debug, Clone, PartialEq)]
pub struct SetOperation {
    pub span: Span,
    pub operator: SetOperator,
    /// ALL: duplicates stay.
    pub all: bool,
    pub branches: Vec<QueryBody>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Select {
    pub span: Span,
    pub distinct: bool,
    pub items: Vec<SelectItem>,
    /// The members of a comma list; empty without FROM.
    pub from: Vec<Relation>,
    pub filter: Option<Expr>,
    pub group_by: Option<GroupBy>,
    pub having: Option<Expr>,
    pub windows: Vec<WindowDefinition>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum SelectItem {
    Expression {
        expr: Expr,
        alias: Option<Identifier>,
    },
    /// `*`
    Wildcard {
        span: Span,
    },
    /// `t.*`, `"db"."table".*`
    QualifiedWildcard {
        span: Span,
        qualifier: QualifiedName,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub struct Relation {
    pub span: Span,
    pub kind: RelationKind,
    pub alias: Option<TableAlias>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum RelationKind {
    Table(QualifiedName),
    Subquery(Box<Query>),
    Unnest {
        arguments: Vec<Expr>,
        with_ordinality: bool,
    },
    Join(Box<Join>),
    /// A relation in parentheses that has an alias of its own under another one: `(t AS a) AS b`.
    Parenthesized(Box<Relation>),
}

/// `[AS] name [(column, ...)]`.
#[derive(Debug, Clone, PartialEq)]
pub struct TableAlias {
    pub span: Span,
    pub name: Identifier,
    pub columns: Vec<Identifier>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinKind {
    Inner,
    Left,
    Right,
    Full,
    Cross,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Join {
    pub kind: JoinKind,
    pub left: Relation,
    pub right: Relation,
    /// `None` for CROSS JOIN only.
    pub constraint: Option<JoinConstraint>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum JoinConstraint {
    On(Expr),
    Using(Vec<Identifier>),
}

/// `GROUP BY [ALL | DISTINCT] element, ...`. The sets are the cross product of the elements.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupBy {
    pub span: Span,
    /// DISTINCT: equal grouping sets count once.
    pub distinct: bool,
    pub elements: Vec<GroupingElement>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum GroupingElement {
    Set(GroupingSet),
    Rollup(Vec<GroupingSet>),
    Cube(Vec<GroupingSet>),
    GroupingSets(Vec<GroupingSet>),
}

/// `x` or `(x, y)` or `()`.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupingSet {
    pub span: Span,
    pub expressions: Vec<Expr>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct SortItem {
    pub expr: Expr,
    pub descending: bool,
    /// As written; `None` means last, whatever the direction (sql.md 5.1).
    pub nulls_first: Option<bool>,
}

/// The number of LIMIT or OFFSET: digits as written, or a parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct RowCount {
    pub span: Span,
    pub kind: RowCountKind,
}

#[derive(Debug, Clone, PartialEq)]
pub enum RowCountKind {
    Number(String),
    Parameter(String),
}

/// `name AS (specification)` of a WINDOW clause.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowDefinition {
    pub name: Identifier,
    pub window: WindowSpecification,
}

/// `[name] [PARTITION BY ...] [ORDER BY ...] [frame]`.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowSpecification {
    pub span: Span,
    /// The named window this one extends.
    pub base: Option<Identifier>,
    pub partition_by: Vec<Expr>,
    pub order_by: Vec<SortItem>,
    pub frame: Option<WindowFrame>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameUnit {
    Rows,
    Range,
    Groups,
}

#[derive(Debug, Clone, PartialEq)]
pub struct WindowFrame {
    pub span: Span,
    pub unit: FrameUnit,
    pub start: FrameBound,
    /// `None`: the short form, which ends at the current row.
    pub end: Option<FrameBound>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum FrameBound {
    UnboundedPreceding,
    Preceding(Expr),
    CurrentRow,
    Following(Expr),
    UnboundedFollowing,
}
