//! Whether two expressions compute the same, wherever they stand in the text: GROUP BY keys and the expressions that
//! repeat them, equal aggregates, ORDER BY and the select list.

use super::{AggregateCall, ColumnId, Expr, ExprKind, SortKey, WindowCall};

impl Expr {
    /// Structural equality. Subqueries are equal to nothing.
    pub fn same(&self, other: &Expr) -> bool {
        same(self, other, &mut Vec::new())
    }
}

impl AggregateCall {
    /// Whether two calls compute the same column.
    pub fn same(&self, other: &AggregateCall) -> bool {
        self.function.name == other.function.name
            && self.overload == other.overload
            && self.distinct == other.distinct
            && all_same(&self.args, &other.args)
            && option_same(self.filter.as_ref(), other.filter.as_ref())
            && keys_same(&self.order_by, &other.order_by)
    }
}

impl WindowCall {
    /// Whether the two calls have the same partitions and order.
    pub fn same_window(&self, other: &WindowCall) -> bool {
        all_same(&self.partition_by, &other.partition_by) && keys_same(&self.order_by, &other.order_by)
    }
}

fn keys_same(left: &[SortKey], right: &[SortKey]) -> bool {
    left.len() == right.len()
        && left.iter().zip(right).all(|(left, right)| {
            left.descending == right.descending
                && left.nulls_first == right.nulls_first
                && left.expr.same(&right.expr)
        })
}

fn all_same(left: &[Expr], right: &[Expr]) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|(left, right)| left.same(right))
}

fn option_same(left: Option<&Expr>, right: Option<&Expr>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => left.same(right),
        (None, None) => true,
        _ => false,
    }
}

/// `renamed` pairs the parameters of the lambdas around the two expressions.
fn same(left: &Expr, right: &Expr, renamed: &mut Vec<(ColumnId, ColumnId)>) -> bool {
    if left.ty != right.ty || !same_node(&left.kind, &right.kind, renamed) {
        return false;
    }
    let depth = renamed.len();
    if let (ExprKind::Lambda { parameters: left, .. }, ExprKind::Lambda { parameters: right, .. }) =
        (&left.kind, &right.kind)
    {
        renamed.extend(left.iter().zip(right).map(|(left, right)| (left.id, right.id)));
    }
    let (left_parts, right_parts) = (left.children(), right.children());
    let equal = left_parts.len() == right_parts.len()
        && left_parts.into_iter().zip(right_parts).all(|(left, right)| same(left, right, renamed));
    renamed.truncate(depth);
    equal
}

/// Compares everything of two nodes but their operands.
fn same_node(left: &ExprKind, right: &ExprKind, renamed: &[(ColumnId, ColumnId)]) -> bool {
    match (left, right) {
        (ExprKind::Literal(left), ExprKind::Literal(right)) => left == right,
        (ExprKind::Column(left), ExprKind::Column(right)) => {
            left == right || renamed.contains(&(*left, *right))
        }
        (ExprKind::OuterColumn(left), ExprKind::OuterColumn(right)) => left == right,
        (
            ExprKind::Call { function: left, overload: left_overload, .. },
            ExprKind::Call { function: right, overload: right_overload, .. },
        ) => left.name == right.name && left_overload == right_overload,
        (ExprKind::Cast { or_null: left, .. }, ExprKind::Cast { or_null: right, .. })
        | (ExprKind::InList { negated: left, .. }, ExprKind::InList { negated: right, .. }) => left == right,
        (ExprKind::Compare { op: left, .. }, ExprKind::Compare { op: right, .. }) => left == right,
        (ExprKind::Field { index: left, .. }, ExprKind::Field { index: right, .. }) => left == right,
        (
            ExprKind::Case { branches: left, otherwise: left_else },
            ExprKind::Case { branches: right, otherwise: right_else },
        ) => left.len() == right.len() && left_else.is_some() == right_else.is_some(),
        (ExprKind::Lambda { parameters: left, .. }, ExprKind::Lambda { parameters: right, .. }) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| left.ty == right.ty)
        }
        (ExprKind::And(_), ExprKind::And(_))
        | (ExprKind::Or(_), ExprKind::Or(_))
        | (ExprKind::Not(_), ExprKind::Not(_))
        | (ExprKind::IsNull(_), ExprKind::IsNull(_))
        | (ExprKind::Coalesce(_), ExprKind::Coalesce(_))
        | (ExprKind::Row(_), ExprKind::Row(_))
        | (ExprKind::Array(_), ExprKind::Array(_))
        | (ExprKind::Try(_), ExprKind::Try(_)) => true,
        _ => false,
    }
}
