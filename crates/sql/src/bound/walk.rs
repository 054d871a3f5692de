//! The children of expressions and plans, for passes over the tree.

use super::{ColumnDef, ColumnId, Expr, ExprKind, FrameBound, Plan, SetOp, SortKey, WindowCall};
use crate::types::Type;

impl Expr {
    /// The expressions this one is made of; what stands in a subquery's plan is not among them.
    pub fn children(&self) -> Vec<&Expr> {
        match &self.kind {
            ExprKind::Literal(_) | ExprKind::Column(_) | ExprKind::OuterColumn(_) => Vec::new(),
            ExprKind::ScalarSubquery(_) | ExprKind::Exists { .. } => Vec::new(),
            ExprKind::Call { args, .. } => args.iter().collect(),
            ExprKind::And(list) | ExprKind::Or(list) | ExprKind::Coalesce(list) => list.iter().collect(),
            ExprKind::Row(list) | ExprKind::Array(list) => list.iter().collect(),
            ExprKind::Cast { expr, .. } | ExprKind::InSubquery { expr, .. } => vec![expr],
            ExprKind::Not(expr) | ExprKind::IsNull(expr) | ExprKind::Try(expr) => vec![expr],
            ExprKind::Lambda { body, .. } => vec![body],
            ExprKind::Field { row, .. } => vec![row],
            ExprKind::Quantified { left, .. } => vec![left],
            ExprKind::Compare { left, right, .. } => vec![left, right],
            ExprKind::InList { expr, list, .. } => std::iter::once(&**expr).chain(list).collect(),
            ExprKind::Case { branches, otherwise } => {
                let branches = branches.iter().flat_map(|(when, then)| [when, then]);
                branches.chain(otherwise.as_deref()).collect()
            }
        }
    }

    /// Like [`Self::children`].
    pub fn children_mut(&mut self) -> Vec<&mut Expr> {
        match &mut self.kind {
            ExprKind::Literal(_) | ExprKind::Column(_) | ExprKind::OuterColumn(_) => Vec::new(),
            ExprKind::ScalarSubquery(_) | ExprKind::Exists { .. } => Vec::new(),
            ExprKind::Call { args, .. } => args.iter_mut().collect(),
            ExprKind::And(list) | ExprKind::Or(list) | ExprKind::Coalesce(list) => list.iter_mut().collect(),
            ExprKind::Row(list) | ExprKind::Array(list) => list.iter_mut().collect(),
            ExprKind::Cast { expr, .. } | ExprKind::InSubquery { expr, .. } => vec![expr],
            ExprKind::Not(expr) | ExprKind::IsNull(expr) | ExprKind::Try(expr) => vec![expr],
            ExprKind::Lambda { body, .. } => vec![body],
            ExprKind::Field { row, .. } => vec![row],
            ExprKind::Quantified { left, .. } => vec![left],
            ExprKind::Compare { left, right, .. } => vec![left, right],
            ExprKind::InList { expr, list, .. } => std::iter::once(&mut **expr).chain(list).collect(),
            ExprKind::Case { branches, otherwise } => {
                let branches = branches.iter_mut().flat_map(|(when, then)| [when, then]);
                branches.chain(otherwise.as_deref_mut()).collect()
            }
        }
    }

    /// The plan of a subquery expression.
    pub fn subquery(&self) -> Option<&Plan> {
        match &self.kind {
            ExprKind::ScalarSubquery(plan)
            | ExprKind::Exists { plan, .. }
            | ExprKind::InSubquery { plan, .. }
            | ExprKind::Quantified { plan, .. } => Some(plan),
            _ => None,
        }
    }

    /// Like [`Self::subquery`].
    pub fn subquery_mut(&mut self) -> Option<&mut Plan> {
        match &mut self.kind {
            ExprKind::ScalarSubquery(plan)
            | ExprKind::Exists { plan, .. }
            | ExprKind::InSubquery { plan, .. }
            | ExprKind::Quantified { plan, .. } => Some(plan),
            _ => None,
        }
    }
}

impl Expr {
    /// Visits the expression and everything below it, also in the plans of subqueries; parents first.
    pub fn for_each_deep(&self, visit: &mut dyn FnMut(&Expr)) {
        visit(self);
        if let Some(plan) = self.subquery() {
            plan.for_each_deep(visit);
        }
        for child in self.children() {
            child.for_each_deep(visit);
        }
    }

    /// Like [`Self::for_each_deep`].
    pub fn for_each_deep_mut(&mut self, visit: &mut dyn FnMut(&mut Expr)) {
        visit(self);
        if let Some(plan) = self.subquery_mut() {
            plan.for_each_deep_mut(visit);
        }
        for child in self.children_mut() {
            child.for_each_deep_mut(visit);
        }
    }
}

impl Plan {
    /// Visits every expression of the plan and of the subqueries in it.
    pub fn for_each_deep(&self, visit: &mut dyn FnMut(&Expr)) {
        for expr in self.exprs() {
            expr.for_each_deep(visit);
        }
        for input in self.inputs() {
            input.for_each_deep(visit);
        }
    }

    /// Like [`Self::for_each_deep`].
    pub fn for_each_deep_mut(&mut self, visit: &mut dyn FnMut(&mut Expr)) {
        for expr in self.exprs_mut() {
            expr.for_each_deep_mut(visit);
        }
        for input in self.inputs_mut() {
            input.for_each_deep_mut(visit);
        }
    }

    pub fn inputs(&self) -> Vec<&Plan> {
        match self {
            Self::SingleRow | Self::Values { .. } | Self::Scan { .. } => Vec::new(),
            Self::Project { input, .. }
            | Self::Filter { input, .. }
            | Self::Aggregate { input, .. }
            | Self::Window { input, .. }
            | Self::Unnest { input, .. }
            | Self::Distinct { input, .. }
            | Self::Sort { input, .. }
            | Self::Limit { input, .. } => vec![input],
            Self::Join { left, right, .. } | Self::Set { left, right, .. } => vec![left, right],
        }
    }

    /// Like [`Self::inputs`].
    pub fn inputs_mut(&mut self) -> Vec<&mut Plan> {
        match self {
            Self::SingleRow | Self::Values { .. } | Self::Scan { .. } => Vec::new(),
            Self::Project { input, .. }
            | Self::Filter { input, .. }
            | Self::Aggregate { input, .. }
            | Self::Window { input, .. }
            | Self::Unnest { input, .. }
            | Self::Distinct { input, .. }
            | Self::Sort { input, .. }
            | Self::Limit { input, .. } => vec![input],
            Self::Join { left, right, .. } | Self::Set { left, right, .. } => vec![left, right],
        }
    }

    /// The expressions of this node, not those of its inputs.
    pub fn exprs(&self) -> Vec<&Expr> {
        match self {
            Self::SingleRow
            | Self::Scan { .. }
            | Self::Set { .. }
            | Self::Distinct { .. }
            | Self::Limit { .. } => Vec::new(),
            Self::Values { rows, .. } => rows.iter().flatten().collect(),
            Self::Project { exprs, .. } => exprs.iter().map(|(_, expr)| expr).collect(),
            Self::Filter { predicate, .. } => vec![predicate],
            Self::Aggregate { group_by, aggregates, .. } => {
                let keys = group_by.keys.iter().map(|(_, expr)| expr);
                let calls = aggregates
                    .iter()
                    .flat_map(|call| call.args.iter().chain(&call.filter).chain(sort_exprs(&call.order_by)));
                keys.chain(calls).collect()
            }
            Self::Window { calls, .. } => calls.iter().flat_map(window_exprs).collect(),
            Self::Join { on, .. } => on.iter().collect(),
            Self::Unnest { items, .. } => items.iter().map(|item| &item.expr).collect(),
            Self::Sort { keys, .. } => sort_exprs(keys).collect(),
        }
    }

    /// Like [`Self::exprs`].
    pub fn exprs_mut(&mut self) -> Vec<&mut Expr> {
        match self {
            Self::SingleRow
            | Self::Scan { .. }
            | Self::Set { .. }
            | Self::Distinct { .. }
            | Self::Limit { .. } => Vec::new(),
            Self::Values { rows, .. } => rows.iter_mut().flatten().collect(),
            Self::Project { exprs, .. } => exprs.iter_mut().map(|(_, expr)| expr).collect(),
            Self::Filter { predicate, .. } => vec![predicate],
            Self::Aggregate { group_by, aggregates, .. } => {
                let keys = group_by.keys.iter_mut().map(|(_, expr)| expr);
                let calls = aggregates.iter_mut().flat_map(|call| {
                    call.args.iter_mut().chain(&mut call.filter).chain(sort_exprs_mut(&mut call.order_by))
                });
                keys.chain(calls).collect()
            }
            Self::Window { calls, .. } => calls.iter_mut().flat_map(window_exprs_mut).collect(),
            Self::Join { on, .. } => on.iter_mut().collect(),
            Self::Unnest { items, .. } => items.iter_mut().map(|item| &mut item.expr).collect(),
            Self::Sort { keys, .. } => sort_exprs_mut(keys).collect(),
        }
    }

    /// The columns this node passes on.
    pub fn columns(&self) -> Vec<ColumnDef> {
        match self {
            Self::SingleRow => Vec::new(),
            Self::Values { columns, .. } => columns.clone(),
            Self::Scan { columns, .. } => columns.iter().map(|(column, _)| column.clone()).collect(),
            Self::Project { exprs, .. } => exprs.iter().map(|(id, expr)| column(*id, &expr.ty)).collect(),
            Self::Filter { input, .. } | Self::Sort { input, .. } | Self::Limit { input, .. } => {
                input.columns()
            }
            Self::Aggregate { group_by, aggregates, .. } => {
                let keys = group_by.keys.iter().map(|(id, expr)| column(*id, &expr.ty));
                let calls = aggregates.iter().map(|call| column(call.id, &call.ty));
                let set = group_by.set_id.map(|id| column(id, &Type::Bigint));
                keys.chain(calls).chain(set).collect()
            }
            Self::Window { input, calls } => {
                let mut columns = input.columns();
                columns.extend(calls.iter().map(|call| column(call.id, &call.ty)));
                columns
            }
            Self::Join { left, right, .. } => {
                let mut columns = left.columns();
                columns.extend(right.columns());
                columns
            }
            Self::Unnest { input, items, ordinality, .. } => {
                let mut columns = input.columns();
                columns.extend(items.iter().flat_map(|item| item.columns.iter().cloned()));
                columns.extend(ordinality.map(|id| column(id, &Type::Bigint)));
                columns
            }
            Self::Set { columns, .. } => columns.clone(),
            Self::Distinct { input, columns } => {
                let available = input.columns();
                let find = |id: &ColumnId| available.iter().find(|column| column.id == *id).cloned();
                columns.iter().filter_map(find).collect()
            }
        }
    }

    /// Whether the plan has at most one row whatever the data: a global aggregate, a single row, LIMIT 1.
    pub fn has_at_most_one_row(&self) -> bool {
        match self {
            Self::SingleRow => true,
            Self::Values { rows, .. } => rows.len() <= 1,
            Self::Aggregate { group_by, .. } => group_by.keys.is_empty() && group_by.sets.is_none(),
            Self::Limit { count: Some(count), .. } if *count <= 1 => true,
            Self::Project { input, .. }
            | Self::Filter { input, .. }
            | Self::Window { input, .. }
            | Self::Distinct { input, .. }
            | Self::Sort { input, .. }
            | Self::Limit { input, .. } => input.has_at_most_one_row(),
            Self::Set { op: SetOp::Intersect | SetOp::Except, left, .. } => left.has_at_most_one_row(),
            Self::Scan { .. } | Self::Join { .. } | Self::Unnest { .. } | Self::Set { .. } => false,
        }
    }
}

fn column(id: ColumnId, ty: &Type) -> ColumnDef {
    ColumnDef { id, ty: ty.clone() }
}

fn sort_exprs(keys: &[SortKey]) -> impl Iterator<Item = &Expr> {
    keys.iter().map(|key| &key.expr)
}

fn sort_exprs_mut(keys: &mut [SortKey]) -> impl Iterator<Item = &mut Expr> {
    keys.iter_mut().map(|key| &mut key.expr)
}

fn bound_expr(bound: &FrameBound) -> Option<&Expr> {
    match bound {
        FrameBound::Preceding(expr) | FrameBound::Following(expr) => Some(expr),
        FrameBound::UnboundedPreceding | FrameBound::CurrentRow | FrameBound::UnboundedFollowing => None,
    }
}

fn bound_expr_mut(bound: &mut FrameBound) -> Option<&mut Expr> {
    match bound {
        FrameBound::Preceding(expr) | FrameBound::Following(expr) => Some(expr),
        FrameBound::UnboundedPreceding | FrameBound::CurrentRow | FrameBound::UnboundedFollowing => None,
    }
}

fn window_exprs(call: &WindowCall) -> impl Iterator<Item = &Expr> {
    let bounds = bound_expr(&call.frame.start).into_iter().chain(bound_expr(&call.frame.end));
    call.args
        .iter()
        .chain(&call.partition_by)
        .chain(sort_exprs(&call.order_by))
        .chain(&call.filter)
        .chain(bounds)
}

/// Every expression of a window call.
pub fn window_exprs_mut(call: &mut WindowCall) -> impl Iterator<Item = &mut Expr> {
    let bounds = bound_expr_mut(&mut call.frame.start).into_iter().chain(bound_expr_mut(&mut call.frame.end));
    let keys = call.args.iter_mut().chain(&mut call.partition_by).chain(sort_exprs_mut(&mut call.order_by));
    keys.chain(&mut call.filter).chain(bounds)
}
