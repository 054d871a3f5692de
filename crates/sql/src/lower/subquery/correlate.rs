//! Rewrites a plan that uses outer columns into one that carries them.

use std::collections::HashMap;

use super::super::error::unsupported;
use super::super::{Lowering, Result};
use super::free::free_columns;
use crate::bound::{
    AggregateCall, ColumnDef, ColumnId, CompareOp, Expr, ExprKind, Frame, FrameBound, FrameUnits, GroupBy,
    JoinKind, Plan, SetOp, SortKey, UnnestItem, WindowCall, WindowFunctionRef,
};
use crate::functions::Registry;
use crate::syntax::ast::Span;
use crate::types::Type;
use crate::value::Value;

/// Aggregates that are not NULL over no rows but 0.
const ZERO_WHEN_EMPTY: &[&str] = &["count", "count_if", "approx_distinct"];

/// A rewritten plan and the columns in it that hold the domain's values, in the order of the domain.
pub(in super::super) struct Correlation {
    pub(super) plan: Plan,
    pub(super) keys: Vec<ColumnId>,
}

/// `domain` holds the values of the columns `outer` by position; a `VALUES` node without rows stands for it.
pub(super) fn correlate(
    lowering: &mut Lowering,
    plan: &Plan,
    outer: &[ColumnDef],
    domain: Vec<ColumnDef>,
) -> Result<Correlation> {
    let outer = outer.iter().map(|column| column.id).collect();
    Rewrite { lowering, outer, domain }.plan(plan)
}

struct Rewrite<'a> {
    lowering: &'a mut Lowering,
    outer: Vec<ColumnId>,
    domain: Vec<ColumnDef>,
}

impl Rewrite<'_> {
    fn plan(&mut self, plan: &Plan) -> Result<Correlation> {
        if !self.uses_outer(plan) {
            let Correlation { plan: domain, keys } = self.domain_copy();
            if matches!(plan, Plan::SingleRow) {
                return Ok(Correlation { plan: domain, keys });
            }
            let plan = cross_join(domain, plan.clone());
            return Ok(Correlation { plan, keys });
        }
        match plan {
            Plan::SingleRow | Plan::Scan { .. } => self.plan(&Plan::SingleRow),
            Plan::Values { columns, rows } => self.values(columns, rows),
            Plan::Project { input, exprs } => {
                let Correlation { plan: input, keys } = self.plan(input)?;
                let mut exprs = exprs.clone();
                exprs.iter_mut().for_each(|(_, expr)| self.substitute(expr, &keys));
                exprs.extend(self.key_exprs(&keys));
                Ok(Correlation { plan: Plan::Project { input: Box::new(input), exprs }, keys })
            }
            Plan::Filter { input, predicate } => {
                let Correlation { plan: input, keys } = self.plan(input)?;
                let mut predicate = predicate.clone();
                self.substitute(&mut predicate, &keys);
                Ok(Correlation { plan: Plan::Filter { input: Box::new(input), predicate }, keys })
            }
            Plan::Aggregate { input, group_by, aggregates } => self.aggregate(input, group_by, aggregates),
            Plan::Window { input, calls } => {
                let Correlation { plan: input, keys } = self.plan(input)?;
                let mut plan = Plan::Window { input: Box::new(input), calls: calls.clone() };
                plan.exprs_mut().into_iter().for_each(|expr| self.substitute(expr, &keys));
                if let Plan::Window { calls, .. } = &mut plan {
                    for call in calls {
                        call.partition_by.extend(self.key_exprs(&keys).map(|(_, expr)| expr));
                    }
                }
                Ok(Correlation { plan, keys })
            }
            Plan::Join { left, right, kind, on } => self.join(left, right, *kind, on.as_ref()),
            Plan::Unnest { input, items, ordinality, keep_empty } => {
                let Correlation { plan: input, keys } = self.plan(input)?;
                let mut items: Vec<UnnestItem> = items.clone();
                items.iter_mut().for_each(|item| self.substitute(&mut item.expr, &keys));
                let (ordinality, keep_empty) = (*ordinality, *keep_empty);
                let plan = Plan::Unnest { input: Box::new(input), items, ordinality, keep_empty };
                Ok(Correlation { plan, keys })
            }
            Plan::Set { .. } => self.set(plan),
            Plan::Distinct { input, columns } => {
                let Correlation { plan: input, keys } = self.plan(input)?;
                let columns = columns.iter().chain(&keys).copied().collect();
                Ok(Correlation { plan: Plan::Distinct { input: Box::new(input), columns }, keys })
            }
            Plan::Sort { input, keys: sort } => {
                let Correlation { plan: input, keys } = self.plan(input)?;
                let sort = self.sort_keys(sort, &keys);
                Ok(Correlation { plan: Plan::Sort { input: Box::new(input), keys: sort }, keys })
            }
            Plan::Limit { input, offset, count } => self.limit(input, *offset, *count),
        }
    }

    /// The domain under new column ids, so that it can stand in several places.
    fn domain_copy(&mut self) -> Correlation {
        let keys: Vec<ColumnId> = self.domain.iter().map(|_| self.lowering.fresh()).collect();
        let values = Plan::Values { columns: self.domain.clone(), rows: Vec::new() };
        let exprs =
            keys.iter().zip(&self.domain).map(|(key, column)| (*key, column_expr(column.id, &column.ty)));
        Correlation { plan: Plan::Project { input: Box::new(values), exprs: exprs.collect() }, keys }
    }

    fn values(&mut self, columns: &[ColumnDef], rows: &[Vec<Expr>]) -> Result<Correlation> {
        let mut branches = Vec::with_capacity(rows.len());
        for row in rows {
            let exprs = columns.iter().map(|_| self.lowering.fresh()).zip(row.iter().cloned()).collect();
            branches.push(Plan::Project { input: Box::new(Plan::SingleRow), exprs });
        }
        let ids = |plan: &Plan| plan.columns().into_iter().map(|column| column.id).collect();
        let union = branches.into_iter().reduce(|left, right| Plan::Set {
            op: SetOp::Union,
            all: true,
            left_columns: ids(&left),
            right_columns: ids(&right),
            columns: columns
                .iter()
                .map(|c| ColumnDef { id: self.lowering.fresh(), ty: c.ty.clone() })
                .collect(),
            left: Box::new(left),
            right: Box::new(right),
        });
        let Some(union) = union else { return unsupported("this subquery", Span::default()) };
        let made: Vec<ColumnDef> = union.columns();
        let exprs =
            columns.iter().zip(made).map(|(to, from)| (to.id, column_expr(from.id, &from.ty))).collect();
        self.plan(&Plan::Project { input: Box::new(union), exprs })
    }

    /// A global aggregate has a row even where there is nothing to aggregate: the domain is joined to what was found.
    fn aggregate(
        &mut self,
        input: &Plan,
        group_by: &GroupBy,
        aggregates: &[AggregateCall],
    ) -> Result<Correlation> {
        let Correlation { plan: input, keys } = self.plan(input)?;
        let mut group_by = group_by.clone();
        let is_global = group_by.keys.is_empty() && group_by.sets.is_none();
        // The set without keys, if there is one, and its number.
        let mut empty_sets = group_by.sets.iter().flatten().zip(0_i64..).filter(|(set, _)| set.is_empty());
        let empty_set = empty_sets.next().map(|(_, number)| number);
        if empty_sets.next().is_some() {
            return unsupported("several empty grouping sets in a correlated subquery", Span::default());
        }
        drop(empty_sets);
        let made: Vec<ColumnDef> =
            group_by.keys.iter().map(|(id, key)| ColumnDef { id: *id, ty: key.ty.clone() }).collect();
        let set_id = group_by.set_id;
        let first = group_by.keys.len();
        group_by.keys.extend(self.key_exprs(&keys));
        for set in group_by.sets.iter_mut().flatten() {
            set.extend(first..first + keys.len());
        }
        let mut plan = Plan::Aggregate { input: Box::new(input), group_by, aggregates: aggregates.to_vec() };
        plan.exprs_mut().into_iter().for_each(|expr| self.substitute(expr, &keys));
        if !is_global && empty_set.is_none() {
            return Ok(Correlation { plan, keys });
        }
        let Correlation { plan: domain, keys: all_keys } = self.domain_copy();
        let on = self.same_keys(&all_keys, &keys);
        let joined = Plan::Join { left: Box::new(domain), right: Box::new(plan), kind: JoinKind::Left, on };
        // The aggregates keep their ids; what counts becomes 0 where nothing was found.
        let exprs = aggregates.iter().map(|call| {
            let value = column_expr(call.id, &call.ty);
            if !ZERO_WHEN_EMPTY.contains(&call.function.name) {
                return (call.id, value);
            }
            (call.id, or_number(value, 0))
        });
        let made = made.iter().map(|column| (column.id, column_expr(column.id, &column.ty)));
        let set_id = set_id.zip(empty_set);
        let set_id = set_id.map(|(id, number)| (id, or_number(column_expr(id, &Type::Bigint), number)));
        let exprs = exprs.chain(made).chain(set_id).chain(self.key_exprs(&all_keys)).collect();
        Ok(Correlation { plan: Plan::Project { input: Box::new(joined), exprs }, keys: all_keys })
    }

    fn join(&mut self, left: &Plan, right: &Plan, kind: JoinKind, on: Option<&Expr>) -> Result<Correlation> {
        let left_suffices =
            !self.uses_outer(right) && matches!(kind, JoinKind::Inner | JoinKind::Cross | JoinKind::Left);
        let right_suffices =
            !self.uses_outer(left) && matches!(kind, JoinKind::Inner | JoinKind::Cross | JoinKind::Right);
        let mut on = on.cloned();
        let (left, right, keys, kind) = if left_suffices {
            let Correlation { plan, keys } = self.plan(left)?;
            (plan, right.clone(), keys, kind)
        } else if right_suffices {
            let Correlation { plan, keys } = self.plan(right)?;
            (left.clone(), plan, keys, kind)
        } else {
            let (left, right) = (self.plan(left)?, self.plan(right)?);
            if kind == JoinKind::Full {
                return Ok(self.full_join(left, right, on));
            }
            let same = self.same_keys(&left.keys, &right.keys);
            on = Some(all_of(on.into_iter().chain(same).collect()));
            let keys = match kind {
                JoinKind::Right => right.keys,
                _ => left.keys,
            };
            let kind = if kind == JoinKind::Cross { JoinKind::Inner } else { kind };
            (left.plan, right.plan, keys, kind)
        };
        if let Some(on) = &mut on {
            self.substitute(on, &keys);
        }
        let plan = Plan::Join { left: Box::new(left), right: Box::new(right), kind, on };
        Ok(Correlation { plan, keys })
    }

    /// A row that found no partner has its values of the domain on its own side only.
    fn full_join(&mut self, left: Correlation, right: Correlation, on: Option<Expr>) -> Correlation {
        let same = self.same_keys(&left.keys, &right.keys);
        let mut on = all_of(on.into_iter().chain(same).collect());
        // The condition is asked of pairs with the same values.
        self.substitute(&mut on, &left.keys);
        let keys: Vec<ColumnId> = self.domain.iter().map(|_| self.lowering.fresh()).collect();
        let columns = left.plan.columns().into_iter().chain(right.plan.columns());
        let passed = columns.map(|column| (column.id, column_expr(column.id, &column.ty)));
        let made = keys.iter().zip(left.keys.iter().zip(&right.keys)).zip(&self.domain);
        let made = made.map(|((key, (left, right)), column)| {
            let sides = vec![column_expr(*left, &column.ty), column_expr(*right, &column.ty)];
            let kind = ExprKind::Coalesce(sides);
            (*key, Expr { kind, ty: column.ty.clone(), span: Span::default() })
        });
        let exprs = passed.chain(made).collect();
        let (left, right) = (Box::new(left.plan), Box::new(right.plan));
        let joined = Plan::Join { left, right, kind: JoinKind::Full, on: Some(on) };
        Correlation { plan: Plan::Project { input: Box::new(joined), exprs }, keys }
    }

    fn set(&mut self, plan: &Plan) -> Result<Correlation> {
        let Plan::Set { op, all, left, left_columns, right, right_columns, columns } = plan else {
            return self.plan(plan);
        };
        let (left, right) = (self.plan(left)?, self.plan(right)?);
        let keys: Vec<ColumnId> = self.domain.iter().map(|_| self.lowering.fresh()).collect();
        let made = keys.iter().zip(&self.domain);
        let made = made.map(|(id, column)| ColumnDef { id: *id, ty: column.ty.clone() });
        let plan = Plan::Set {
            op: *op,
            all: *all,
            left: Box::new(left.plan),
            left_columns: left_columns.iter().copied().chain(left.keys).collect(),
            right: Box::new(right.plan),
            right_columns: right_columns.iter().copied().chain(right.keys).collect(),
            columns: columns.iter().cloned().chain(made).collect(),
        };
        Ok(Correlation { plan, keys })
    }

    /// LIMIT counts per value of the domain.
    fn limit(&mut self, input: &Plan, offset: u64, count: Option<u64>) -> Result<Correlation> {
        let (input, sort) = match input {
            Plan::Sort { input, keys } => (&**input, keys.as_slice()),
            input => (input, [].as_slice()),
        };
        let Some((row_number, _)) = Registry::get().window("row_number") else {
            return unsupported("LIMIT in a correlated subquery", Span::default());
        };
        let Correlation { plan: input, keys } = self.plan(input)?;
        let number = self.lowering.fresh();
        let call = WindowCall {
            id: number,
            function: WindowFunctionRef::Window(row_number),
            overload: 0,
            args: Vec::new(),
            ty: Type::Bigint,
            partition_by: self.key_exprs(&keys).map(|(_, expr)| expr).collect(),
            order_by: self.sort_keys(sort, &keys),
            frame: Frame {
                units: FrameUnits::Rows,
                start: FrameBound::UnboundedPreceding,
                end: FrameBound::CurrentRow,
            },
            ignore_nulls: false,
            filter: None,
            span: Span::default(),
        };
        let numbered = Plan::Window { input: Box::new(input), calls: vec![call] };
        let test = |op, rows: u64| {
            compare_with(op, column_expr(number, &Type::Bigint), i64::try_from(rows).unwrap_or(i64::MAX))
        };
        let mut terms = vec![test(CompareOp::Gt, offset)];
        terms.extend(count.map(|count| test(CompareOp::LtEq, offset.saturating_add(count))));
        let plan = Plan::Filter { input: Box::new(numbered), predicate: all_of(terms) };
        Ok(Correlation { plan, keys })
    }

    fn uses_outer(&self, plan: &Plan) -> bool {
        free_columns(plan).iter().any(|column| self.outer.contains(&column.id))
    }

    fn sort_keys(&self, sort: &[SortKey], keys: &[ColumnId]) -> Vec<SortKey> {
        let mut sort = sort.to_vec();
        sort.iter_mut().for_each(|key| self.substitute(&mut key.expr, keys));
        sort
    }

    fn key_exprs<'k>(&'k self, keys: &'k [ColumnId]) -> impl Iterator<Item = (ColumnId, Expr)> + 'k {
        keys.iter().zip(&self.domain).map(|(key, column)| (*key, column_expr(*key, &column.ty)))
    }

    fn same_keys(&self, left: &[ColumnId], right: &[ColumnId]) -> Option<Expr> {
        let pairs = left.iter().zip(right).zip(&self.domain);
        let terms = pairs.map(|((left, right), column)| Expr {
            kind: ExprKind::Compare {
                op: CompareOp::IsNotDistinctFrom,
                left: Box::new(column_expr(*left, &column.ty)),
                right: Box::new(column_expr(*right, &column.ty)),
            },
            ty: Type::Boolean,
            span: Span::default(),
        });
        Some(all_of(terms.collect()))
    }

    /// Puts the domain's columns in the place of the outer ones; within subqueries they stay outer columns.
    fn substitute(&self, expr: &mut Expr, keys: &[ColumnId]) {
        let map = self.outer.iter().copied().zip(keys.iter().copied()).collect();
        substitute(expr, &map, false);
    }
}

fn substitute(expr: &mut Expr, map: &HashMap<ColumnId, ColumnId>, is_nested: bool) {
    if let ExprKind::OuterColumn(id) = expr.kind
        && let Some(key) = map.get(&id)
    {
        expr.kind = if is_nested { ExprKind::OuterColumn(*key) } else { ExprKind::Column(*key) };
    }
    if let Some(plan) = expr.subquery_mut() {
        substitute_in_plan(plan, map);
    }
    for child in expr.children_mut() {
        substitute(child, map, is_nested);
    }
}

fn substitute_in_plan(plan: &mut Plan, map: &HashMap<ColumnId, ColumnId>) {
    for expr in plan.exprs_mut() {
        substitute(expr, map, true);
    }
    for input in plan.inputs_mut() {
        substitute_in_plan(input, map);
    }
}

fn cross_join(left: Plan, right: Plan) -> Plan {
    Plan::Join { left: Box::new(left), right: Box::new(right), kind: JoinKind::Cross, on: None }
}

fn column_expr(id: ColumnId, ty: &Type) -> Expr {
    Expr { kind: ExprKind::Column(id), ty: ty.clone(), span: Span::default() }
}

/// The conjunction of conditions, of which there is at least one.
fn all_of(mut terms: Vec<Expr>) -> Expr {
    match terms.pop() {
        Some(only) if terms.is_empty() => only,
        last => {
            terms.extend(last);
            Expr { kind: ExprKind::And(terms), ty: Type::Boolean, span: Span::default() }
        }
    }
}

/// A bigint, or the number where it is NULL.
fn or_number(value: Expr, number: i64) -> Expr {
    let span = value.span;
    let number = Expr { kind: ExprKind::Literal(Value::Bigint(number)), ty: Type::Bigint, span };
    Expr { kind: ExprKind::Coalesce(vec![value, number]), ty: Type::Bigint, span }
}

fn compare_with(op: CompareOp, left: Expr, right: i64) -> Expr {
    let right =
        Expr { kind: ExprKind::Literal(Value::Bigint(right)), ty: Type::Bigint, span: Span::default() };
    let kind = ExprKind::Compare { op, left: Box::new(left), right: Box::new(right) };
    Expr { kind, ty: Type::Boolean, span: Span::default() }
}
