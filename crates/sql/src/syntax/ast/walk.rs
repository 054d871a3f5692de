//! The direct parts of a node, and the height of an expression made from them.

use super::{
    Expr, ExprKind, FrameBound, FunctionCall, GroupingElement, GroupingSet, JoinConstraint, QualifiedName,
    Query, QueryBody, Relation, RelationKind, Select, SelectItem, SortItem, Window, WindowSpecification,
};

/// A part of a node.
#[derive(Debug, Clone, Copy)]
pub enum Child<'a> {
    Expr(&'a Expr),
    Query(&'a Query),
    /// A reference to a table or a WITH query.
    Table(&'a QualifiedName),
}

type Visit<'v, 'a> = &'v mut dyn FnMut(Child<'a>);

impl Expr {
    /// Visits the direct parts in the order of the text. The queries of subqueries are parts.
    pub fn for_each_child<'a>(&'a self, visit: Visit<'_, 'a>) {
        match &self.kind {
            ExprKind::Literal(_) | ExprKind::Identifier(_) | ExprKind::Parameter(_) => {}
            ExprKind::Logical { terms: list, .. }
            | ExprKind::Concat(list)
            | ExprKind::Array(list)
            | ExprKind::Row { fields: list, .. } => visit_all(list, visit),
            ExprKind::Dereference { base: one, .. }
            | ExprKind::Not(one)
            | ExprKind::Sign { operand: one, .. }
            | ExprKind::IsNull { operand: one, .. }
            | ExprKind::Cast { operand: one, .. }
            | ExprKind::Try(one)
            | ExprKind::Extract { operand: one, .. }
            | ExprKind::Lambda { body: one, .. } => visit(Child::Expr(one)),
            ExprKind::AtTimeZone { operand: one, zone: two }
            | ExprKind::Comparison { left: one, right: two, .. }
            | ExprKind::IsDistinctFrom { left: one, right: two, .. }
            | ExprKind::Position { needle: one, haystack: two }
            | ExprKind::Subscript { base: one, index: two } => {
                visit(Child::Expr(one));
                visit(Child::Expr(two));
            }
            ExprKind::Arithmetic { first, links } => {
                visit(Child::Expr(first));
                links.iter().for_each(|link| visit(Child::Expr(&link.operand)));
            }
            ExprKind::QuantifiedComparison { left: one, query, .. }
            | ExprKind::InSubquery { operand: one, query, .. } => {
                visit(Child::Expr(one));
                visit(Child::Query(query));
            }
            ExprKind::Exists(query) | ExprKind::ScalarSubquery(query) => visit(Child::Query(query)),
            ExprKind::Between { operand, low, high, .. } => {
                [operand, low, high].into_iter().for_each(|expr| visit(Child::Expr(expr)));
            }
            ExprKind::InList { operand, list, .. } => {
                visit(Child::Expr(operand));
                visit_all(list, visit);
            }
            ExprKind::Like { operand, pattern, escape, .. } => {
                visit(Child::Expr(operand));
                visit(Child::Expr(pattern));
                visit_option(escape.as_deref(), visit);
            }
            ExprKind::Trim { characters, operand, .. } => {
                visit_option(characters.as_deref(), visit);
                visit(Child::Expr(operand));
            }
            ExprKind::Case { operand, branches, otherwise } => {
                visit_option(operand.as_deref(), visit);
                for branch in branches {
                    visit(Child::Expr(&branch.when));
                    visit(Child::Expr(&branch.then));
                }
                visit_option(otherwise.as_deref(), visit);
            }
            ExprKind::Function(call) => call.for_each_child(visit),
        }
    }
}

impl FunctionCall {
    fn for_each_child<'a>(&'a self, visit: Visit<'_, 'a>) {
        visit_all(&self.arguments, visit);
        visit_sort_items(&self.order_by, visit);
        visit_option(self.filter.as_ref(), visit);
        if let Some(Window::Specification(window)) = &self.over {
            window.for_each_child(visit);
        }
    }
}

impl WindowSpecification {
    fn for_each_child<'a>(&'a self, visit: Visit<'_, 'a>) {
        visit_all(&self.partition_by, visit);
        visit_sort_items(&self.order_by, visit);
        let Some(frame) = &self.frame else { return };
        for bound in [Some(&frame.start), frame.end.as_ref()].into_iter().flatten() {
            if let FrameBound::Preceding(expr) | FrameBound::Following(expr) = bound {
                visit(Child::Expr(expr));
            }
        }
    }
}

impl Query {
    /// Visits the WITH queries, then [`Self::for_each_child_behind_with`].
    pub fn for_each_child<'a>(&'a self, visit: Visit<'_, 'a>) {
        for table in self.with.iter().flat_map(|with| &with.tables) {
            visit(Child::Query(&table.query));
        }
        self.for_each_child_behind_with(visit);
    }

    /// Visits what the select lists, relations, branches and sort items hold directly.
    pub fn for_each_child_behind_with<'a>(&'a self, visit: Visit<'_, 'a>) {
        self.body.for_each_child(visit);
        visit_sort_items(&self.order_by, visit);
    }
}

impl QueryBody {
    fn for_each_child<'a>(&'a self, visit: Visit<'_, 'a>) {
        match self {
            Self::Select(select) => select.for_each_child(visit),
            Self::Values(values) => visit_all(&values.rows, visit),
            Self::SetOperation(operation) => {
                operation.branches.iter().for_each(|branch| branch.for_each_child(visit));
            }
            Self::Table(name) => visit(Child::Table(name)),
            Self::Query(query) => visit(Child::Query(query)),
        }
    }
}

impl Select {
    fn for_each_child<'a>(&'a self, visit: Visit<'_, 'a>) {
        for item in &self.items {
            if let SelectItem::Expression { expr, .. } = item {
                visit(Child::Expr(expr));
            }
        }
        self.from.iter().for_each(|relation| relation.for_each_child(visit));
        visit_option(self.filter.as_ref(), visit);
        for element in self.group_by.iter().flat_map(|group_by| &group_by.elements) {
            element.sets().iter().for_each(|set| visit_all(&set.expressions, visit));
        }
        visit_option(self.having.as_ref(), visit);
        self.windows.iter().for_each(|definition| definition.window.for_each_child(visit));
    }
}

impl GroupingElement {
    /// The sets as written inside the element.
    pub fn sets(&self) -> &[GroupingSet] {
        match self {
            Self::Set(set) => std::slice::from_ref(set),
            Self::Rollup(sets) | Self::Cube(sets) | Self::GroupingSets(sets) => sets,
        }
    }
}

impl Relation {
    fn for_each_child<'a>(&'a self, visit: Visit<'_, 'a>) {
        match &self.kind {
            RelationKind::Table(name) => visit(Child::Table(name)),
            RelationKind::Subquery(query) => visit(Child::Query(query)),
            RelationKind::Unnest { arguments, .. } => visit_all(arguments, visit),
            RelationKind::Parenthesized(relation) => relation.for_each_child(visit),
            RelationKind::Join(join) => {
                join.left.for_each_child(visit);
                join.right.for_each_child(visit);
                if let Some(JoinConstraint::On(condition)) = &join.constraint {
                    visit(Child::Expr(condition));
                }
            }
        }
    }
}

fn visit_all<'a>(list: &'a [Expr], visit: Visit<'_, 'a>) {
    list.iter().for_each(|expr| visit(Child::Expr(expr)));
}

fn visit_option<'a>(expr: Option<&'a Expr>, visit: Visit<'_, 'a>) {
    if let Some(expr) = expr {
        visit(Child::Expr(expr));
    }
}

fn visit_sort_items<'a>(items: &'a [SortItem], visit: Visit<'_, 'a>) {
    items.iter().for_each(|item| visit(Child::Expr(&item.expr)));
}

/// The height of a node made of this kind: the levels of evaluation when lists of AND, OR and `||` become balanced trees
/// and each link of an arithmetic chain becomes a level of its own.
pub(super) fn height(expr: &Expr) -> u16 {
    if let ExprKind::Arithmetic { first, links } = &expr.kind {
        let mut highest = first.height();
        for link in links {
            highest = highest.max(link.operand.height()).saturating_add(1);
        }
        return highest;
    }
    let mut highest = 0;
    expr.for_each_child(&mut |child| highest = highest.max(child_height(child)));
    let own = match &expr.kind {
        ExprKind::Logical { terms, .. } | ExprKind::Concat(terms) => {
            terms.len().next_power_of_two().ilog2() as u16
        }
        _ => 1,
    };
    highest.saturating_add(own)
}

/// Recurses over queries only, whose nesting the parser bounds; expressions know their height.
fn child_height(child: Child<'_>) -> u16 {
    match child {
        Child::Expr(expr) => expr.height(),
        Child::Table(_) => 0,
        Child::Query(query) => {
            let mut highest = 0;
            query.for_each_child(&mut |part| highest = highest.max(child_height(part)));
            highest.saturating_add(1)
        }
    }
}
