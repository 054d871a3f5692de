//! Bound expressions.

use super::{ColumnDef, ColumnId, Plan};
use crate::functions::operator::once::{KEY, ONCE};
use crate::functions::{AggregateFunction, ScalarFunction, Volatility, WindowFunction};
use crate::syntax::ast::Span;
use crate::types::Type;
use crate::value::Value;

#[derive(Debug, Clone)]
pub struct Expr {
    pub kind: ExprKind,
    pub ty: Type,
    /// Where the expression stands in the query text; run-time errors point there.
    pub span: Span,
}

impl Expr {
    pub fn new(kind: ExprKind, ty: Type, span: Span) -> Self {
        Self { kind, ty, span }
    }

    pub fn literal(value: Value, span: Span) -> Self {
        let ty = value.ty();
        Self { kind: ExprKind::Literal(value), ty, span }
    }

    pub fn column(column: &ColumnDef, span: Span) -> Self {
        Self { kind: ExprKind::Column(column.id), ty: column.ty.clone(), span }
    }

    pub fn compare(op: CompareOp, left: Expr, right: Expr, span: Span) -> Self {
        let kind = ExprKind::Compare { op, left: Box::new(left), right: Box::new(right) };
        Self { kind, ty: Type::Boolean, span }
    }

    /// Whether each evaluation may give another value.
    pub fn is_volatile(&self) -> bool {
        let mut is_volatile = false;
        self.for_each_deep(&mut |expr| {
            is_volatile |= matches!(&expr.kind, ExprKind::Call { function, .. }
                if function.volatility == Volatility::Volatile);
        });
        is_volatile
    }

    /// `body`, which uses `parameter` for `value`, with `value` evaluated once.
    pub fn once(value: Self, parameter: ColumnDef, body: Self) -> Self {
        let (ty, span) = (body.ty.clone(), body.span);
        let kind = ExprKind::Lambda { parameters: vec![parameter], body: Box::new(body) };
        let lambda = Self { kind, ty: ty.clone(), span };
        let kind = ExprKind::Call { function: &ONCE, overload: 0, args: vec![value, lambda] };
        Self { kind, ty, span }
    }

    /// The key by which joins find equal doubles.
    pub fn join_key(self) -> Self {
        let span = self.span;
        let kind = ExprKind::Call { function: &KEY, overload: 0, args: vec![self] };
        Self { kind, ty: Type::Bigint, span }
    }

    pub fn negate(self) -> Self {
        let span = self.span;
        Self { kind: ExprKind::Not(Box::new(self)), ty: Type::Boolean, span }
    }
}

#[derive(Debug, Clone)]
pub enum ExprKind {
    Literal(Value),
    /// A column of the node's input, or a parameter of an enclosing lambda.
    Column(ColumnId),
    /// A column of the query around this subquery.
    OuterColumn(ColumnId),
    /// A scalar function or operator; arguments have exactly the types the overload asks for. Arithmetic, `||`, LIKE,
    /// subscripts and the like are functions with names such as `$add`.
    Call {
        function: &'static ScalarFunction,
        /// The chosen one of the function's overloads.
        overload: usize,
        args: Vec<Expr>,
    },
    /// A cast to the expression's own type; with `or_null` a failure is NULL (TRY_CAST).
    Cast {
        expr: Box<Expr>,
        or_null: bool,
    },
    /// Both sides have the same type.
    Compare {
        op: CompareOp,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Not(Box<Expr>),
    IsNull(Box<Expr>),
    /// `expr IN (list)`; all of one type; three-valued.
    InList {
        expr: Box<Expr>,
        list: Vec<Expr>,
        negated: bool,
    },
    /// Searched CASE: branches are evaluated only for the rows that take them.
    Case {
        branches: Vec<(Expr, Expr)>,
        otherwise: Option<Box<Expr>>,
    },
    Coalesce(Vec<Expr>),
    /// `ROW(...)`.
    Row(Vec<Expr>),
    /// `ARRAY[...]`; all of the element type.
    Array(Vec<Expr>),
    /// Field `index` of a row.
    Field {
        row: Box<Expr>,
        index: usize,
    },
    /// NULL where evaluating fails for a row.
    Try(Box<Expr>),
    /// An argument of a function that takes lambdas; `ty` is the body's type.
    Lambda {
        parameters: Vec<ColumnDef>,
        body: Box<Expr>,
    },
    /// One column, at most one row; NULL for no row, an error for more.
    ScalarSubquery(Box<Plan>),
    Exists {
        plan: Box<Plan>,
        negated: bool,
    },
    /// The plan has one column of the type of `expr`.
    InSubquery {
        expr: Box<Expr>,
        plan: Box<Plan>,
        negated: bool,
    },
    /// `left op ALL|ANY (plan)`; the plan has one column of the type of `left`.
    Quantified {
        left: Box<Expr>,
        op: CompareOp,
        all: bool,
        plan: Box<Plan>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CompareOp {
    Eq,
    NotEq,
    Lt,
    LtEq,
    Gt,
    GtEq,
    /// NULLs are equal to each other.
    IsDistinctFrom,
    IsNotDistinctFrom,
}

#[derive(Debug, Clone)]
pub struct SortKey {
    pub expr: Expr,
    pub descending: bool,
    pub nulls_first: bool,
}

#[derive(Debug, Clone)]
pub struct AggregateCall {
    pub id: ColumnId,
    pub function: &'static AggregateFunction,
    pub overload: usize,
    pub args: Vec<Expr>,
    pub ty: Type,
    pub distinct: bool,
    pub filter: Option<Expr>,
    pub order_by: Vec<SortKey>,
    pub span: Span,
}

#[derive(Debug, Clone, Copy)]
pub enum WindowFunctionRef {
    Window(&'static WindowFunction),
    Aggregate(&'static AggregateFunction),
}

#[derive(Debug, Clone)]
pub struct WindowCall {
    pub id: ColumnId,
    pub function: WindowFunctionRef,
    pub overload: usize,
    pub args: Vec<Expr>,
    pub ty: Type,
    pub partition_by: Vec<Expr>,
    pub order_by: Vec<SortKey>,
    /// Always explicit: the analyzer fills the default in.
    pub frame: Frame,
    pub ignore_nulls: bool,
    pub filter: Option<Expr>,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub struct Frame {
    pub units: FrameUnits,
    pub start: FrameBound,
    pub end: FrameBound,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameUnits {
    Rows,
    Range,
    Groups,
}

#[derive(Debug, Clone)]
pub enum FrameBound {
    UnboundedPreceding,
    Preceding(Expr),
    CurrentRow,
    Following(Expr),
    UnboundedFollowing,
}
