//! SELECT: expressions first, then the nodes from below: FROM, WHERE, aggregation, HAVING, windows, select list,
//! DISTINCT, ORDER BY (sql.md 5.1).

use std::cell::RefCell;
use std::collections::HashMap;

use super::Analyzer;
use super::calls::Calls;
use super::clause::Clause;
use super::error::{Reason, Result};
use super::items::Item;
use super::order::{ordinal, sort_key};
use super::query::{BoundQuery, QueryColumn};
use super::scope::{Field, Place, Relation, Scope};
use crate::bound::same::SameIndex;
use crate::bound::{ColumnDef, ColumnId, Expr, ExprKind, Plan, SortKey};
use crate::syntax::ast::{self, Select, SortItem};
use crate::types::Type;

/// The expressions of a SELECT above its FROM and WHERE, with the calls they share.
#[derive(Debug)]
pub(super) struct Selection {
    pub items: Vec<Item>,
    pub having: Option<Expr>,
    pub keys: Vec<SortKey>,
    pub calls: Calls,
}

/// The columns that the select list and ORDER BY can be computed from.
pub(super) type Available = HashMap<ColumnId, Type>;

impl<'a> Analyzer<'a> {
    pub(super) fn select(
        &mut self,
        select: &'a Select,
        order_by: &'a [SortItem],
        outer: Option<&Scope<'_>>,
    ) -> Result<BoundQuery> {
        for (index, window) in select.windows.iter().enumerate() {
            let mut before = select.windows.iter().take(index);
            if before.any(|known| known.name.is(&window.name.text)) {
                return Reason::WindowTwice(window.name.text.clone()).at(window.name.span);
            }
        }
        let windows_around = std::mem::replace(&mut self.named_windows, &select.windows);
        let bound = self.bind_select(select, order_by, outer);
        self.named_windows = windows_around;
        bound
    }

    fn bind_select(
        &mut self,
        select: &'a Select,
        order_by: &'a [SortItem],
        outer: Option<&Scope<'_>>,
    ) -> Result<BoundQuery> {
        let relation = self.from(&select.from, outer)?;
        let scope = Scope::of_query(&relation, outer);
        let predicate = match &select.filter {
            Some(filter) => {
                let place = Place::plain(&scope, Clause::Where);
                Some(self.condition(filter, place, Reason::WhereCondition)?)
            }
            None => None,
        };
        let mut selection = self.selection(select, order_by, &scope, &relation.fields)?;
        let grouping = match &select.group_by {
            Some(group_by) => Some(self.group_by(group_by, &selection, &scope)?),
            None => None,
        };
        let Relation { mut plan, fields, .. } = relation;
        if let Some(predicate) = predicate {
            plan = Plan::Filter { input: Box::new(plan), predicate };
        }
        let aggregated = grouping.is_some()
            || selection.having.is_some()
            || !selection.calls.aggregates.is_empty()
            || !selection.calls.groupings.is_empty();
        let mut available: Available =
            fields.iter().map(|field| (field.column.id, field.column.ty.clone())).collect();
        if aggregated {
            let grouping = grouping.unwrap_or_default();
            (plan, available) = self.aggregate(plan, grouping, &mut selection, &fields, select)?;
        }
        if let Some(predicate) = selection.having.take() {
            plan = Plan::Filter { input: Box::new(plan), predicate };
        }
        if !selection.calls.windows.is_empty() {
            available.extend(selection.calls.windows.iter().map(|call| (call.id, call.ty.clone())));
            let calls = std::mem::take(&mut selection.calls.windows);
            plan = Plan::Window { input: Box::new(plan), calls };
        }
        output(plan, selection, &available, select.distinct, order_by)
    }

    /// Binds everything that can hold aggregates and windows.
    fn selection(
        &mut self,
        select: &'a Select,
        order_by: &'a [SortItem],
        scope: &Scope<'_>,
        fields: &[Field],
    ) -> Result<Selection> {
        let calls = RefCell::new(Calls::default());
        let place = Place { scope, source: scope, clause: Clause::Select, calls: Some(&calls) };
        let items = self.select_items(&select.items, fields, place)?;
        let having = match &select.having {
            Some(having) => {
                let place = Place { clause: Clause::Having, ..place };
                Some(self.condition(having, place, Reason::HavingCondition)?)
            }
            None => None,
        };
        let output = output_fields(&items);
        let order_scope = Scope::within(&output, scope);
        let place =
            Place { scope: &order_scope, source: scope, clause: Clause::OrderBy, calls: Some(&calls) };
        let keys = self.sort_keys(order_by, &items, place)?;
        Ok(Selection { items, having, keys, calls: calls.into_inner() })
    }

    fn sort_keys(
        &mut self,
        order_by: &'a [SortItem],
        items: &[Item],
        place: Place<'_>,
    ) -> Result<Vec<SortKey>> {
        let mut keys = Vec::with_capacity(order_by.len());
        for item in order_by {
            let position = ordinal(&item.expr, items.len(), "ORDER BY")?;
            let expr = match position.and_then(|index| items.get(index)) {
                Some(selected) => Expr::column(&selected.column(), item.expr.span),
                None => self.expression(&item.expr, place)?,
            };
            keys.push(sort_key(expr, item)?);
        }
        Ok(keys)
    }
}

/// What ORDER BY can name of the select list. A name that stands for equal expressions twice is not ambiguous.
fn output_fields(items: &[Item]) -> Vec<Field> {
    let mut fields = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let earlier = items.get(..index).unwrap_or_default();
        let repeated = |other: &Item| other.name == item.name && other.expr.same(&item.expr);
        if !earlier.iter().any(repeated) {
            fields.push(Field::unqualified(item.name.clone(), item.column()));
        }
    }
    fields
}

/// The nodes of the select list, DISTINCT and ORDER BY.
fn output(
    plan: Plan,
    selection: Selection,
    available: &Available,
    distinct: bool,
    order_by: &[ast::SortItem],
) -> Result<BoundQuery> {
    let Selection { items, mut keys, .. } = selection;
    let mut known = SameIndex::default();
    for (position, item) in items.iter().enumerate() {
        known.insert(item.expr.fingerprint(), position);
    }
    for key in &mut keys {
        key.expr
            .rewrite_with_fingerprints(&mut |part, fingerprint| use_item(part, fingerprint, &items, &known));
    }
    let carried = carried_columns(&keys, available);
    if distinct {
        check_distinct(&items, &keys, available, order_by)?;
    }
    let columns: Vec<QueryColumn> = items.iter().map(Item::output).collect();
    let mut exprs: Vec<(ColumnId, Expr)> = items.into_iter().map(|item| (item.id, item.expr)).collect();
    exprs.extend(carried.into_iter().map(|column| (column.id, Expr::column(&column, Default::default()))));
    let mut plan = Plan::Project { input: Box::new(plan), exprs };
    if distinct {
        let columns = columns.iter().map(|column| column.column.id).collect();
        plan = Plan::Distinct { input: Box::new(plan), columns };
    }
    if !keys.is_empty() {
        plan = Plan::Sort { input: Box::new(plan), keys };
    }
    Ok(BoundQuery { plan, columns })
}

fn check_distinct(
    items: &[Item],
    keys: &[SortKey],
    available: &Available,
    order_by: &[ast::SortItem],
) -> Result<()> {
    if let Some(item) = items.iter().find(|item| !item.expr.ty.is_comparable()) {
        return Reason::DistinctType(item.expr.ty.clone()).at(item.expr.span);
    }
    for (key, item) in keys.iter().zip(order_by) {
        if !carried_columns(std::slice::from_ref(key), available).is_empty() {
            return Reason::DistinctOrder.at(item.expr.span);
        }
    }
    Ok(())
}

/// Replaces what the select list already computes by its column; returns whether it does not, as a whole.
fn use_item(expr: &mut Expr, fingerprint: u64, items: &[Item], known: &SameIndex) -> bool {
    if matches!(expr.kind, ExprKind::Literal(_)) {
        return false;
    }
    let mut candidates = known.candidates(fingerprint).filter_map(|position| items.get(position));
    match candidates.find(|item| item.expr.same(expr)) {
        Some(item) => {
            expr.kind = ExprKind::Column(item.id);
            false
        }
        None => true,
    }
}

/// The columns below the select list that sort keys need.
fn carried_columns(keys: &[SortKey], available: &Available) -> Vec<ColumnDef> {
    let mut carried: Vec<ColumnDef> = Vec::new();
    for key in keys {
        key.expr.for_each_deep(&mut |expr| {
            let (ExprKind::Column(id) | ExprKind::OuterColumn(id)) = expr.kind else { return };
            if let Some(ty) = available.get(&id)
                && !carried.iter().any(|column| column.id == id)
            {
                carried.push(ColumnDef { id, ty: ty.clone() });
            }
        });
    }
    carried
}
