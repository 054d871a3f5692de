//! Subqueries in expressions become joins.
//!
//! A subquery that uses columns of the query around it is run once for all their distinct values, the domain:
//! `correlate.rs` rewrites its plan so that it carries the domain's columns along, and the result is joined back on
//! them (Neumann, Kemper: Unnesting Arbitrary Queries, BTW 2015).

mod correlate;
mod free;

use std::sync::Arc;

use datafusion::common::{Column, JoinType, NullEquality, Spans};
use datafusion::functions_aggregate::bool_and_or::{bool_and_udaf, bool_or_udaf};
use datafusion::functions_aggregate::count::count_udaf;
use datafusion::functions_aggregate::min_max::{max_udaf, min_udaf};
use datafusion::logical_expr::expr::{AggregateFunction, AggregateFunctionParams};
use datafusion::logical_expr::{
    Aggregate, AggregateUDF, Expr, LogicalPlan, LogicalPlanBuilder, Operator, Subquery, lit,
};

use super::error::unsupported;
use super::expression::{binary, case};
use super::input::Input;
use super::logic::{Same, balanced};
use super::operation::{Kind, Operation};
use super::relation::{all_same, distinct, equals, filter, is_true, join, mark, named};
use super::single_value::single_value_udaf;
use super::{Lowering, Result, column, constant, extend, project};
use crate::bound::{self, ColumnDef, ColumnId, CompareOp, ExprKind, Plan};
use crate::syntax::ast::Span;
use crate::types::Type;
use correlate::Correlation;
use free::free_columns;

impl Lowering {
    /// The only value of the plan's only column; NULL without a row.
    pub(super) fn scalar_subquery(&mut self, plan: &Plan, ty: &Type, input: &mut Input) -> Result<Expr> {
        let value = single_column(plan)?;
        let outer = free_columns(plan);
        if outer.is_empty() {
            let lowered = self.plan(plan)?;
            let nullable = self.nullable(column(value.id), ty);
            let output = named(nullable, self.fresh());
            return Ok(engine_subquery(project(lowered, vec![output])?));
        }
        let correlation = self.correlate(plan, &outer, input)?;
        let mut lowered = self.plan(&correlation.plan)?;
        let keys = self.renamed_keys(&correlation);
        let result = self.fresh();
        let mut output: Vec<Expr> = keys.iter().map(|(from, to)| named(column(*from), *to)).collect();
        output.push(named(column(value.id), result));
        lowered = project(lowered, output)?;
        if !plan.has_at_most_one_row() {
            let groups = keys.iter().map(|(_, key)| column(*key)).collect();
            let calls = vec![call(single_value_udaf(), vec![column(result)], result)];
            lowered = group(lowered, groups, calls)?;
        }
        self.join_back(lowered, &outer, &keys, input)?;
        Ok(column(result))
    }

    pub(super) fn exists(&mut self, plan: &Plan, negated: bool, input: &mut Input) -> Result<Expr> {
        let found = self.fresh();
        let outer = free_columns(plan);
        let is_found = if outer.is_empty() {
            let rows = project(self.plan(plan)?, vec![mark(found)])?;
            let first = LogicalPlanBuilder::from(rows).limit(0, Some(1))?.build()?;
            let nullable = self.nullable(column(found), &Type::Boolean);
            let output = named(nullable, self.fresh());
            Expr::IsTrue(Box::new(engine_subquery(project(first, vec![output])?)))
        } else {
            let correlation = self.correlate(plan, &outer, input)?;
            let lowered = self.plan(&correlation.plan)?;
            let keys = self.renamed_keys(&correlation);
            let output = keys.iter().map(|(from, to)| named(column(*from), *to)).collect();
            let lowered = extend(distinct(project(lowered, output)?)?, vec![mark(found)])?;
            self.join_back(lowered, &outer, &keys, input)?;
            is_true(found)
        };
        Ok(if negated { Expr::Not(Box::new(is_found)) } else { is_found })
    }

    /// `left op ANY|ALL (plan)`; IN is `= ANY` and NOT IN is `<> ALL`.
    pub(super) fn quantified(
        &mut self,
        left: &bound::Expr,
        op: CompareOp,
        all: bool,
        plan: &Plan,
        input: &mut Input,
    ) -> Result<Expr> {
        let left_id = self.computed(left, input)?;
        let is_scalar =
            !matches!(left.ty, Type::Unknown | Type::Row(_) | Type::Array(_) | Type::Timeseries(_));
        if !free_columns(plan).is_empty() || !is_scalar {
            return self.quantified_by_domain(left_id, &left.ty, op, all, plan, input);
        }
        match (op, all) {
            (CompareOp::Eq, false) => self.contained(left_id, &left.ty, false, plan, input),
            (CompareOp::NotEq, true) => self.contained(left_id, &left.ty, true, plan, input),
            // A NaN decides some comparisons, and is no extreme.
            _ if left.ty == Type::Double => {
                self.quantified_by_domain(left_id, &left.ty, op, all, plan, input)
            }
            _ => self.quantified_by_extremes(left_id, &left.ty, op, all, plan, input),
        }
    }

    /// Filters `input` by `expr IN (plan)`, if that is what the term is and a semi-join answers it.
    pub(super) fn semi_join(&mut self, term: &bound::Expr, input: &mut Input) -> Result<bool> {
        let ExprKind::InSubquery { expr, plan, negated: false } = &term.kind else { return Ok(false) };
        let joins = !matches!(expr.ty, Type::Unknown | Type::Row(_) | Type::Array(_) | Type::Timeseries(_));
        if !joins || !free_columns(plan).is_empty() {
            return Ok(false);
        }
        let left = self.computed(expr, input)?;
        let (right, key) = self.only_column(plan)?;
        let right = self.without_nan(right, key, &expr.ty)?;
        let on = all_same(&[(left, key)]);
        input.change(|plan| {
            join(plan, right, JoinType::LeftSemi, on, None, NullEquality::NullEqualsNothing)
        })?;
        Ok(true)
    }

    /// `left IN (plan)` as a value: three-valued, so it needs to know whether the plan has rows and NULLs.
    fn contained(
        &mut self,
        left: ColumnId,
        ty: &Type,
        negated: bool,
        plan: &Plan,
        input: &mut Input,
    ) -> Result<Expr> {
        let (rows, key) = self.only_column(plan)?;
        let rows = self.without_nan(rows, key, ty)?;
        let found = self.fresh();
        let keys = distinct(filter(rows, column(key).is_not_null())?)?;
        let keys = extend(keys, vec![mark(found)])?;
        let on = all_same(&[(left, key)]);
        input.change(|plan| join(plan, keys, JoinType::Left, on, None, NullEquality::NullEqualsNothing))?;

        let (rows, key) = self.only_column(plan)?;
        let counts = Counts { rows: self.fresh(), values: self.fresh() };
        let summary = group(rows, Vec::new(), counts.calls(column(key)))?;
        self.cross_join(summary, input)?;
        let branches = vec![
            (is_true(found), constant::boolean(!negated)),
            (equals(column(counts.rows), lit(0_i64)), constant::boolean(negated)),
            (counts.has_null().or(column(left).is_null()), constant::unknown()),
        ];
        Ok(case(branches, constant::boolean(negated)))
    }

    /// Compares with the smallest and the largest value of the plan.
    fn quantified_by_extremes(
        &mut self,
        left: ColumnId,
        ty: &Type,
        op: CompareOp,
        all: bool,
        plan: &Plan,
        input: &mut Input,
    ) -> Result<Expr> {
        let (rows, key) = self.only_column(plan)?;
        let counts = Counts { rows: self.fresh(), values: self.fresh() };
        let (low, high) = (self.fresh(), self.fresh());
        let mut calls = counts.calls(column(key));
        calls.push(call(min_udaf(), vec![column(key)], low));
        calls.push(call(max_udaf(), vec![column(key)], high));
        self.cross_join(group(rows, Vec::new(), calls)?, input)?;
        let test = |bound: ColumnId| self.own_compare(op, ty, column(left), column(bound));
        let test = match (op, all) {
            (CompareOp::Lt | CompareOp::LtEq, false) | (CompareOp::Gt | CompareOp::GtEq, true) => test(high),
            (CompareOp::Gt | CompareOp::GtEq, false) | (CompareOp::Lt | CompareOp::LtEq, true) => test(low),
            (_, false) => test(low).or(test(high)),
            (_, true) => test(low).and(test(high)),
        };
        Ok(decide(all, &counts, Expr::IsTrue(Box::new(test.clone())), Expr::IsFalse(Box::new(test)), left))
    }

    /// Compares each value of `left`, as part of the domain, with the rows of the plan.
    fn quantified_by_domain(
        &mut self,
        left: ColumnId,
        ty: &Type,
        op: CompareOp,
        all: bool,
        plan: &Plan,
        input: &mut Input,
    ) -> Result<Expr> {
        let value = single_column(plan)?;
        let mut outer = free_columns(plan);
        let position = outer.iter().position(|column| column.id == left);
        let position = position.unwrap_or_else(|| {
            outer.push(ColumnDef { id: left, ty: ty.clone() });
            outer.len() - 1
        });
        let correlation = self.correlate(plan, &outer, input)?;
        let lowered = self.plan(&correlation.plan)?;
        let keys = self.renamed_keys(&correlation);
        let Some((_, left_key)) = keys.get(position).copied() else {
            return unsupported("this subquery", Span::default());
        };
        let result = self.fresh();
        let mut output: Vec<Expr> = keys.iter().map(|(from, to)| named(column(*from), *to)).collect();
        output.push(named(column(value.id), result));
        let lowered = project(lowered, output)?;

        let comparison = self.own_compare(op, ty, column(left_key), column(result));
        let counts = Counts { rows: self.fresh(), values: self.fresh() };
        let (any_true, all_true) = (self.fresh(), self.fresh());
        let mut calls = counts.calls(comparison.clone());
        calls.push(call(bool_or_udaf(), vec![comparison.clone()], any_true));
        calls.push(call(bool_and_udaf(), vec![comparison], all_true));
        let groups = keys.iter().map(|(_, key)| column(*key)).collect();
        self.join_back(group(lowered, groups, calls)?, &outer, &keys, input)?;
        let is_false = Expr::IsFalse(Box::new(column(all_true)));
        Ok(decide(all, &counts, is_true(any_true), is_false, left))
    }

    /// Rows whose key equals something: joins take NaN for equal to itself.
    fn without_nan(&self, rows: LogicalPlan, key: ColumnId, ty: &Type) -> Result<LogicalPlan> {
        if *ty != Type::Double {
            return Ok(rows);
        }
        filter(rows, self.own_compare(CompareOp::Eq, ty, column(key), column(key)))
    }

    /// The expression as a column of the input.
    fn computed(&mut self, expr: &bound::Expr, input: &mut Input) -> Result<ColumnId> {
        if let ExprKind::Column(id) = expr.kind {
            return Ok(id);
        }
        let lowered = self.expr(expr, input)?;
        let id = self.fresh();
        input.change(|plan| extend(plan, vec![named(lowered, id)]))?;
        Ok(id)
    }

    /// The plan's only column under a new id, and nothing else.
    fn only_column(&mut self, plan: &Plan) -> Result<(LogicalPlan, ColumnId)> {
        let value = single_column(plan)?;
        let id = self.fresh();
        let lowered = self.plan(plan)?;
        Ok((project(lowered, vec![named(column(value.id), id)])?, id))
    }

    pub(super) fn nullable(&self, value: Expr, ty: &Type) -> Expr {
        Operation::new("nullable".into(), Kind::Nullable, vec![ty.clone()], ty.clone(), self.clock)
            .call(vec![value])
    }

    fn correlate(&mut self, plan: &Plan, outer: &[ColumnDef], input: &Input) -> Result<Correlation> {
        let domain: Vec<ColumnDef> =
            outer.iter().map(|column| ColumnDef { id: self.fresh(), ty: column.ty.clone() }).collect();
        let ids: Vec<ColumnId> = domain.iter().map(|column| column.id).collect();
        let values = distinct(input.renamed(outer, &ids)?)?;
        if let Some(first) = domain.first() {
            self.domains.insert(first.id, values);
        }
        correlate::correlate(self, plan, outer, domain)
    }

    /// New names for the domain's columns in the result, so that they differ from those of the input.
    fn renamed_keys(&mut self, correlation: &Correlation) -> Vec<(ColumnId, ColumnId)> {
        correlation.keys.iter().map(|key| (*key, self.fresh())).collect()
    }

    fn join_back(
        &mut self,
        result: LogicalPlan,
        outer: &[ColumnDef],
        keys: &[(ColumnId, ColumnId)],
        input: &mut Input,
    ) -> Result<()> {
        let (mut on, mut rest) = (Vec::new(), Vec::new());
        for (outer, (_, key)) in outer.iter().zip(keys) {
            match self.same(&outer.ty, column(outer.id), column(*key))? {
                Same::Keys(keys) => on.extend(keys),
                Same::Condition(condition) => rest.push(condition),
            }
        }
        let rest = balanced(rest, Operator::And);
        input.change(|plan| join(plan, result, JoinType::Left, on, rest, NullEquality::NullEqualsNothing))
    }

    fn cross_join(&mut self, one_row: LogicalPlan, input: &mut Input) -> Result<()> {
        let nulls = NullEquality::NullEqualsNothing;
        input.change(|plan| join(plan, one_row, JoinType::Inner, Vec::new(), None, nulls))
    }
}

/// How many rows a subquery has, and how many of its values or comparisons are not NULL.
struct Counts {
    rows: ColumnId,
    values: ColumnId,
}

impl Counts {
    fn calls(&self, value: Expr) -> Vec<Expr> {
        vec![call(count_udaf(), vec![lit(1_i64)], self.rows), call(count_udaf(), vec![value], self.values)]
    }

    fn has_null(&self) -> Expr {
        binary(column(self.values), Operator::Lt, column(self.rows))
    }

    /// No rows; a domain value that met none has no counts at all.
    fn is_empty(&self) -> Expr {
        column(self.rows).is_null().or(equals(column(self.rows), lit(0_i64)))
    }
}

fn decide(all: bool, counts: &Counts, any_true: Expr, any_false: Expr, left: ColumnId) -> Expr {
    let decided =
        if all { (any_false, constant::boolean(false)) } else { (any_true, constant::boolean(true)) };
    let branches = vec![
        (counts.is_empty(), constant::boolean(all)),
        decided,
        (counts.has_null().or(column(left).is_null()), constant::unknown()),
    ];
    case(branches, constant::boolean(all))
}

fn single_column(plan: &Plan) -> Result<ColumnDef> {
    match plan.columns().into_iter().next() {
        Some(column) => Ok(column),
        None => unsupported("a subquery without columns", Span::default()),
    }
}

fn engine_subquery(plan: LogicalPlan) -> Expr {
    Expr::ScalarSubquery(Subquery {
        subquery: Arc::new(plan),
        outer_ref_columns: Vec::new(),
        spans: Spans::new(),
    })
}

fn call(function: Arc<AggregateUDF>, args: Vec<Expr>, id: ColumnId) -> Expr {
    let params = AggregateFunctionParams {
        args,
        distinct: false,
        filter: None,
        order_by: Vec::new(),
        null_treatment: None,
    };
    Expr::AggregateFunction(AggregateFunction { func: function, params }).alias(format!("a{}", id.0))
}

/// Aggregates; the calls' results become columns under the ids they were made with.
fn group(input: LogicalPlan, groups: Vec<Expr>, calls: Vec<Expr>) -> Result<LogicalPlan> {
    let aggregate = Aggregate::try_new(Arc::new(input), groups, calls)?;
    let output = aggregate.schema.columns().into_iter().map(|column| {
        let name = match column.name.strip_prefix('a') {
            Some(id) => format!("c{id}"),
            None => column.name.clone(),
        };
        Expr::Column(Column::new_unqualified(column.name)).alias_if_changed(name)
    });
    let output = output.collect::<datafusion::common::Result<Vec<_>>>()?;
    project(LogicalPlan::Aggregate(aggregate), output)
}
