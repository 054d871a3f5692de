//! The aggregates and windows found in the expressions of one SELECT. Each is computed once, below the select list,
//! and the expressions refer to its column.

use crate::bound::same::SameIndex;
use crate::bound::{AggregateCall, ColumnDef, ColumnId, Expr, WindowCall};
use crate::syntax::ast::Span;

#[derive(Debug, Default)]
pub(super) struct Calls {
    pub aggregates: Vec<AggregateCall>,
    known: SameIndex,
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
        let fingerprint = call.fingerprint();
        let mut candidates =
            self.known.candidates(fingerprint).filter_map(|position| self.aggregates.get(position));
        let known = candidates.find(|known| known.same(&call));
        if let Some(known) = known {
            return ColumnDef { id: known.id, ty: known.ty.clone() };
        }
        drop(candidates);
        let column = ColumnDef { id: call.id, ty: call.ty.clone() };
        self.known.insert(fingerprint, self.aggregates.len());
        self.aggregates.push(call);
        column
    }
}
