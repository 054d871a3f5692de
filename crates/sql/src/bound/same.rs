//! Whether two expressions compute the same, wherever they stand in the text: GROUP BY keys and the expressions that
//! repeat them, equal aggregates, ORDER BY and the select list.

mod plan;

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::{AggregateCall, ColumnId, Expr, ExprKind, Plan, SortKey};
use plan::same_plan;

/// Finds equal expressions among many: positions in a list by fingerprint. Equal expressions have equal fingerprints;
/// the converse is for [`Expr::same`] to tell.
#[derive(Debug, Default)]
pub struct SameIndex {
    positions: HashMap<u64, Vec<usize>>,
}

impl SameIndex {
    pub fn insert(&mut self, fingerprint: u64, position: usize) {
        self.positions.entry(fingerprint).or_default().push(position);
    }

    /// The positions that may hold an equal expression.
    pub fn candidates(&self, fingerprint: u64) -> impl Iterator<Item = usize> {
        self.positions.get(&fingerprint).into_iter().flatten().copied()
    }
}

impl Expr {
    /// Structural equality, whatever the numbers of the columns that lambdas and subqueries make for themselves.
    pub fn same(&self, other: &Expr) -> bool {
        same(self, other, &mut Renamed::default())
    }

    pub fn fingerprint(&self) -> u64 {
        let mut prints = Vec::new();
        fingerprints(self, &mut Vec::new(), &mut prints)
    }

    /// Visits the expression and its operands from the top with their fingerprints, as long as `visit` asks for the
    /// operands of what it was given.
    pub fn rewrite_with_fingerprints(&mut self, visit: &mut dyn FnMut(&mut Expr, u64) -> bool) {
        let mut prints = Vec::new();
        fingerprints(self, &mut Vec::new(), &mut prints);
        rewrite(self, &prints, 0, visit);
    }
}

/// A node's fingerprint and the number of nodes from it down, in the order of [`Expr::children`], parents first.
type Fingerprint = (u64, usize);

/// `around` holds the parameters of the lambdas around the expression; they count from the innermost.
fn fingerprints(expr: &Expr, around: &mut Vec<ColumnId>, prints: &mut Vec<Fingerprint>) -> u64 {
    let at = prints.len();
    prints.push((0, 0));
    let mut hasher = DefaultHasher::new();
    hash_node(expr, around, &mut hasher);
    let depth = around.len();
    if let ExprKind::Lambda { parameters, .. } = &expr.kind {
        around.extend(parameters.iter().map(|parameter| parameter.id));
    }
    for child in expr.children() {
        hasher.write_u64(fingerprints(child, around, prints));
    }
    around.truncate(depth);
    let print = hasher.finish();
    let nodes = prints.len() - at;
    if let Some(own) = prints.get_mut(at) {
        *own = (print, nodes);
    }
    print
}

fn hash_node(expr: &Expr, around: &[ColumnId], hasher: &mut DefaultHasher) {
    expr.ty.hash(hasher);
    std::mem::discriminant(&expr.kind).hash(hasher);
    match &expr.kind {
        ExprKind::Literal(value) => value.to_string().hash(hasher),
        ExprKind::Column(id) => match around.iter().rev().position(|parameter| parameter == id) {
            Some(position) => position.hash(hasher),
            None => id.hash(hasher),
        },
        ExprKind::OuterColumn(id) => id.hash(hasher),
        ExprKind::Call { function, overload, .. } => (function.name, overload).hash(hasher),
        ExprKind::Compare { op, .. } => op.hash(hasher),
        ExprKind::Field { index, .. } => index.hash(hasher),
        _ => {}
    }
    if let Some(plan) = expr.subquery() {
        hash_constants(plan, hasher);
    }
}

/// What tells most subqueries apart; the numbers of their columns differ between equal ones.
fn hash_constants(plan: &Plan, hasher: &mut DefaultHasher) {
    plan.for_each_deep(&mut |part| match &part.kind {
        ExprKind::Literal(value) => value.to_string().hash(hasher),
        ExprKind::Call { function, .. } => function.name.hash(hasher),
        _ => {}
    });
}

fn rewrite(
    expr: &mut Expr,
    prints: &[Fingerprint],
    at: usize,
    visit: &mut dyn FnMut(&mut Expr, u64) -> bool,
) {
    let Some((print, _)) = prints.get(at) else { return };
    if !visit(expr, *print) {
        return;
    }
    let mut next = at + 1;
    for child in expr.children_mut() {
        rewrite(child, prints, next, visit);
        next += prints.get(next).map_or(0, |(_, nodes)| *nodes);
    }
}

impl AggregateCall {
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.function.name, self.overload, self.distinct).hash(&mut hasher);
        for arg in &self.args {
            hasher.write_u64(arg.fingerprint());
        }
        hasher.finish()
    }

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

/// The columns that the lambdas and subqueries of the left expression make, with those of the right one that stand
/// for them.
#[derive(Debug, Default)]
struct Renamed {
    columns: HashMap<ColumnId, ColumnId>,
}

impl Renamed {
    fn pair(&mut self, left: ColumnId, right: ColumnId) {
        self.columns.insert(left, right);
    }

    fn same(&self, left: ColumnId, right: ColumnId) -> bool {
        self.columns.get(&left).map_or(left == right, |renamed| *renamed == right)
    }

    fn all_same(&self, left: &[ColumnId], right: &[ColumnId]) -> bool {
        left.len() == right.len() && left.iter().zip(right).all(|(left, right)| self.same(*left, *right))
    }
}

fn same(left: &Expr, right: &Expr, renamed: &mut Renamed) -> bool {
    if left.ty != right.ty || !same_node(&left.kind, &right.kind, renamed) {
        return false;
    }
    if let (ExprKind::Lambda { parameters: left, .. }, ExprKind::Lambda { parameters: right, .. }) =
        (&left.kind, &right.kind)
    {
        left.iter().zip(right).for_each(|(left, right)| renamed.pair(left.id, right.id));
    }
    let (left_parts, right_parts) = (left.children(), right.children());
    let equal = left_parts.len() == right_parts.len()
        && left_parts.into_iter().zip(right_parts).all(|(left, right)| same(left, right, renamed));
    equal
        && match (left.subquery(), right.subquery()) {
            (Some(left), Some(right)) => same_plan(left, right, renamed),
            _ => true,
        }
}

/// Compares everything of two nodes but their operands and subqueries.
fn same_node(left: &ExprKind, right: &ExprKind, renamed: &Renamed) -> bool {
    match (left, right) {
        (ExprKind::Literal(left), ExprKind::Literal(right)) => left == right,
        (ExprKind::Column(left), ExprKind::Column(right))
        | (ExprKind::OuterColumn(left), ExprKind::OuterColumn(right)) => renamed.same(*left, *right),
        (
            ExprKind::Call { function: left, overload: left_overload, .. },
            ExprKind::Call { function: right, overload: right_overload, .. },
        ) => left.name == right.name && left_overload == right_overload,
        (ExprKind::Cast { or_null: left, .. }, ExprKind::Cast { or_null: right, .. })
        | (ExprKind::InList { negated: left, .. }, ExprKind::InList { negated: right, .. })
        | (ExprKind::Exists { negated: left, .. }, ExprKind::Exists { negated: right, .. })
        | (ExprKind::InSubquery { negated: left, .. }, ExprKind::InSubquery { negated: right, .. }) => {
            left == right
        }
        (
            ExprKind::Quantified { op: left, all: left_all, .. },
            ExprKind::Quantified { op: right, all: right_all, .. },
        ) => left == right && left_all == right_all,
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
        | (ExprKind::Try(_), ExprKind::Try(_))
        | (ExprKind::ScalarSubquery(_), ExprKind::ScalarSubquery(_)) => true,
        _ => false,
    }
}
