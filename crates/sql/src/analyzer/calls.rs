//! The aggregates and windows found in the expressions of one SELECT. Each is computed once, below the select list,
//! and the expressions refer to its column.

use crate::bound::{AggregateCall, ColumnDef, ColumnId, Expr, WindowCall};
use crate::syntax::ast::Span;

#[derive(Debug, Default)]
pub(super) struct Calls {
    pub aggregates: Vec<AggregateCall>,
    pub windows: Vec<WindowCall>,
    pub groupings: Vec<GroupingCall>,
}

/// `grouping(columns)`: its value per grouping set is known only when the sets are.
#[derive(Debug)]
pub(super) struct GroupingCall {
    pub id: ColumnId,
    pub columns: Vec<Expr>,
    pub span: Span,
}

impl Calls {
    /// Adds an aggregate, or finds the one that already computes the same, and returns its column.
    pub fn aggregate(&mut self, call: AggregateCall) -> ColumnDef {
        let known = self.aggregates.iter().find(|known| known.same(&call));
        let column = known.map_or(call.id, |known| known.id);
        let column = ColumnDef { id: column, ty: call.ty.clone() };
        if known.is_none() {
            self.aggregates.push(call);
        }
        column
    }
}
