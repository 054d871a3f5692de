//! Drops what nothing reads: scanned columns above all, since storage reads only those.
//!
//! Works from the top: ids are unique in the whole query, so one set of needed columns serves every node, and a node
//! is reached only after everything that could read its columns.

use std::collections::HashSet;

use crate::bound::{ColumnId, Expr, ExprKind, Plan, Query, SetOp};

/// Prunes a query to its output columns.
pub(super) fn prune(query: &mut Query) {
    let mut needed: Needed = query.output.iter().map(|column| column.id).collect();
    prune_plan(&mut query.plan, &mut needed);
}

type Needed = HashSet<ColumnId>;

fn prune_plan(plan: &mut Plan, needed: &mut Needed) {
    drop_unused(plan, needed);
    if let Plan::Project { input, exprs } = plan
        && exprs.is_empty()
    {
        *plan = std::mem::replace(&mut **input, Plan::SingleRow);
        return prune_plan(plan, needed);
    }
    for expr in plan.exprs_mut() {
        need(expr, needed);
    }
    for input in plan.inputs_mut() {
        prune_plan(input, needed);
    }
}

/// Removes what the node itself computes in vain, and notes what it needs without an expression.
fn drop_unused(plan: &mut Plan, needed: &mut Needed) {
    match plan {
        Plan::Scan { columns, .. } => columns.retain(|(column, _)| needed.contains(&column.id)),
        Plan::Project { exprs, .. } => exprs.retain(|(id, _)| needed.contains(id)),
        Plan::Aggregate { aggregates, .. } => aggregates.retain(|call| needed.contains(&call.id)),
        Plan::Window { calls, .. } => calls.retain(|call| needed.contains(&call.id)),
        Plan::Distinct { columns, .. } => needed.extend(columns.iter().copied()),
        Plan::Set { op, all, left_columns, right_columns, columns, .. } => {
            if *op == SetOp::Union && *all && columns.iter().any(|column| needed.contains(&column.id)) {
                let kept: Vec<bool> = columns.iter().map(|column| needed.contains(&column.id)).collect();
                keep(columns, &kept);
                keep(left_columns, &kept);
                keep(right_columns, &kept);
            }
            needed.extend(left_columns.iter().chain(right_columns.iter()).copied());
        }
        Plan::SingleRow
        | Plan::Values { .. }
        | Plan::Filter { .. }
        | Plan::Join { .. }
        | Plan::Unnest { .. }
        | Plan::Sort { .. }
        | Plan::Limit { .. } => {}
    }
}

fn keep<T>(items: &mut Vec<T>, kept: &[bool]) {
    let mut kept = kept.iter();
    items.retain(|_| kept.next().copied().unwrap_or(true));
}

/// Notes the columns an expression reads and prunes the subqueries in it.
fn need(expr: &mut Expr, needed: &mut Needed) {
    if let ExprKind::Column(id) | ExprKind::OuterColumn(id) = expr.kind {
        needed.insert(id);
    }
    let exists = matches!(expr.kind, ExprKind::Exists { .. });
    if let Some(plan) = expr.subquery_mut() {
        if !exists {
            needed.extend(plan.columns().iter().map(|column| column.id));
        }
        prune_plan(plan, needed);
    }
    for child in expr.children_mut() {
        need(child, needed);
    }
}
