//! The columns a subquery takes from the queries around it.

use std::collections::HashSet;

use crate::bound::{ColumnDef, ColumnId, Expr, ExprKind, Plan};

/// The outer columns that occur anywhere in the plan and that no part of it makes, each once.
pub(super) fn free_columns(plan: &Plan) -> Vec<ColumnDef> {
    let mut walk = Walk { used: Vec::new(), made: HashSet::new() };
    walk.plan(plan);
    let made = walk.made;
    walk.used.retain(|column| !made.contains(&column.id));
    walk.used
}

struct Walk {
    used: Vec<ColumnDef>,
    made: HashSet<ColumnId>,
}

impl Walk {
    fn plan(&mut self, plan: &Plan) {
        self.made.extend(plan.columns().into_iter().map(|column| column.id));
        for input in plan.inputs() {
            self.plan(input);
        }
        for expr in plan.exprs() {
            self.expr(expr);
        }
    }

    fn expr(&mut self, expr: &Expr) {
        if let ExprKind::OuterColumn(id) = expr.kind
            && !self.used.iter().any(|column| column.id == id)
        {
            self.used.push(ColumnDef { id, ty: expr.ty.clone() });
        }
        if let Some(plan) = expr.subquery() {
            self.plan(plan);
        }
        for child in expr.children() {
            self.expr(child);
        }
    }
}
