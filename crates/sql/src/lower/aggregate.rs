//! Aggregation and grouping sets.

use std::sync::Arc;

use datafusion::common::{Column, ScalarValue};
use datafusion::functions_aggregate::count::count_udaf;
use datafusion::functions_aggregate::min_max::{max_udaf, min_udaf};
use datafusion::logical_expr::expr::{AggregateFunction, AggregateFunctionParams};
use datafusion::logical_expr::type_coercion::functions::fields_with_udf;
use datafusion::logical_expr::{
    Aggregate, AggregateUDF, Expr, ExprSchemable, GroupingSet, LogicalPlan, LogicalPlanBuilder, lit,
};

use super::error::unsupported;
use super::expression::{case, engine_cast};
use super::input::Input;
use super::relation::{equals, named, one_zero, single_row};
use super::{Lowering, Result, column, column_name, constant, project};
use crate::bound::{AggregateCall, ColumnId, GroupBy, Plan};
use crate::functions::aggregate::engine;
use crate::types::Type;

/// Aggregates that return what they were given.
const PASSING: &[&str] = &["approx_percentile", "arbitrary", "max", "max_by", "min", "min_by"];
/// More rows than any result has.
const ROWS_MAX: usize = i64::MAX as usize;

impl Lowering {
    pub(super) fn aggregate(
        &mut self,
        input: &Plan,
        group_by: &GroupBy,
        calls: &[AggregateCall],
    ) -> Result<LogicalPlan> {
        if group_by.keys.is_empty() && calls.is_empty() && group_by.set_id.is_none() {
            // The global group is one row, whatever the input has; DataFusion has no aggregate without a column.
            return Ok(single_row());
        }
        let mut input = Input::new(self.plan(input)?);
        let mut keys = Vec::with_capacity(group_by.keys.len());
        for (id, expr) in &group_by.keys {
            let key = self.expr(expr, &mut input)?;
            keys.push((*id, self.group_key(key, group_by, &expr.ty)));
        }
        let mut lowered = Vec::with_capacity(calls.len());
        for call in calls {
            lowered.push(self.aggregate_call(call, &mut input)?);
        }
        if lowered.is_empty() && keys.is_empty() {
            // The engine wants something to compute even where only the group itself counts.
            lowered.push(count(self.fresh()));
        }
        let input = Arc::new(with_keys(input.into_plan(), keys)?);
        let groups = group_exprs(group_by);
        let aggregate = Aggregate::try_new(input, groups.exprs, lowered)?;
        let fields = aggregate.schema.columns();
        let mut output: Vec<Expr> = Vec::new();
        for (id, key) in &group_by.keys {
            let is_grouped = fields.iter().any(|field| field.name == column_name(*id));
            output.push(match is_grouped {
                true => column(*id),
                false => named(constant::null_expr(&key.ty)?, *id),
            });
        }
        for call in calls {
            let value = Expr::Column(Column::new_unqualified(raw_name(call.id)));
            let value = self.result_cast(value, &call.ty, &aggregate)?;
            output.push(named(self.one_nan(value, &call.ty, call.function.name), call.id));
        }
        if let Some(id) = group_by.set_id {
            output.push(named(set_id(&groups.set_bits), id));
        }
        let has_global_group = match &group_by.sets {
            Some(sets) => sets.iter().any(Vec::is_empty),
            None => group_by.keys.is_empty(),
        };
        let aggregate = LogicalPlan::Aggregate(aggregate);
        project(if has_global_group { barrier(aggregate)? } else { aggregate }, output)
    }

    /// A key that is constant in the input is NULL in the groups of some sets; DataFusion takes it for constant in the
    /// groups too, and leaves out the sorting by it.
    fn group_key(&self, key: Expr, group_by: &GroupBy, ty: &Type) -> Expr {
        if group_by.sets.is_some() { self.nullable(key, ty) } else { key }
    }

    fn aggregate_call(&mut self, call: &AggregateCall, input: &mut Input) -> Result<Expr> {
        let Some(overload) = call.function.overloads.get(call.overload) else {
            return unsupported("this aggregate", call.span);
        };
        let types: Vec<Type> = call.args.iter().map(|arg| arg.ty.clone()).collect();
        let mut distinct = call.distinct;
        let function = match (self.stored_extreme(call), call.function.name, types.as_slice()) {
            (Some(function), ..) => function,
            (None, "array_agg", [value]) if distinct && call.order_by.is_empty() => {
                distinct = false;
                engine::distinct_values(value)
            }
            _ => (overload.engine)(&types, &call.ty),
        };
        let mut args = self.exprs(&call.args, input)?;
        if call.distinct || call.function.name == "approx_distinct" {
            args = args.into_iter().zip(&types).map(|(arg, ty)| one_zero(arg, ty)).collect();
        }
        if args.is_empty() {
            // count(*) counts rows, whatever they hold.
            args.push(lit(1_i64));
        }
        let args = coerce(args, &function, input)?;
        let filter = match &call.filter {
            Some(filter) => Some(Box::new(self.expr(filter, input)?)),
            None => None,
        };
        let order_by = self.sort_keys(&call.order_by, input)?;
        let params = AggregateFunctionParams { args, distinct, filter, order_by, null_treatment: None };
        let lowered = Expr::AggregateFunction(AggregateFunction { func: function, params });
        Ok(lowered.alias(raw_name(call.id)))
    }

    /// The engine's own `max` or `min` of a stored column, in which there is no NaN and no infinity.
    fn stored_extreme(&self, call: &AggregateCall) -> Option<Arc<AggregateUDF>> {
        match (call.function.name, call.args.as_slice()) {
            ("max", [arg]) if self.is_stored(arg) => Some(max_udaf()),
            ("min", [arg]) if self.is_stored(arg) => Some(min_udaf()),
            _ => None,
        }
    }

    /// The result of an aggregate, with its NaNs as the language has them.
    pub(super) fn one_nan(&self, value: Expr, ty: &Type, function: &str) -> Expr {
        if *ty == Type::Double && !PASSING.contains(&function) { self.canonical(value) } else { value }
    }

    fn result_cast(&self, value: Expr, ty: &Type, aggregate: &Aggregate) -> Result<Expr> {
        let actual = value.get_type(aggregate.schema.as_ref())?;
        Ok(if actual == ty.data_type() { value } else { engine_cast(value, ty) })
    }
}

/// Adds the keys, in the place of columns of the same names.
fn with_keys(input: LogicalPlan, keys: Vec<(ColumnId, Expr)>) -> Result<LogicalPlan> {
    let is_kept = |name: &str| !keys.iter().any(|(id, _)| column_name(*id) == name);
    let kept: Vec<Expr> = input
        .schema()
        .columns()
        .into_iter()
        .filter(|column| is_kept(&column.name))
        .map(Expr::Column)
        .collect();
    let is_unchanged = keys.iter().all(|(id, key)| *key == column(*id));
    if is_unchanged {
        return Ok(input);
    }
    let keys = keys.into_iter().map(|(id, key)| named(key, id));
    project(input, kept.into_iter().chain(keys).collect())
}

/// All rows, but no filter passes through. DataFusion moves conditions without columns below an aggregate, where they
/// leave the row that a global group has even without input.
fn barrier(aggregate: LogicalPlan) -> Result<LogicalPlan> {
    Ok(LogicalPlanBuilder::from(aggregate).limit(0, Some(ROWS_MAX))?.build()?)
}

/// count(*).
fn count(id: ColumnId) -> Expr {
    let args = vec![lit(1_i64)];
    let params = AggregateFunctionParams {
        args,
        distinct: false,
        filter: None,
        order_by: Vec::new(),
        null_treatment: None,
    };
    Expr::AggregateFunction(AggregateFunction { func: count_udaf(), params }).alias(raw_name(id))
}

/// The name of an aggregate's result before it has its declared type.
fn raw_name(id: ColumnId) -> String {
    format!("a{}", id.0)
}

/// Casts arguments to the types that the engine's function asks for, as its analyzer would.
pub(super) fn coerce(args: Vec<Expr>, function: &AggregateUDF, input: &Input) -> Result<Vec<Expr>> {
    let fields = args.iter().map(|arg| Ok(arg.to_field(input.plan().schema().as_ref())?.1));
    let fields = fields.collect::<Result<Vec<_>>>()?;
    let coerced = fields_with_udf(&fields, function)?;
    let cast = |(arg, (from, to)): (Expr, (_, &arrow::datatypes::FieldRef))| {
        let from: &arrow::datatypes::FieldRef = from;
        if from.data_type() == to.data_type() {
            return arg;
        }
        Expr::Cast(datafusion::logical_expr::Cast::new(Box::new(arg), to.data_type().clone()))
    };
    Ok(args.into_iter().zip(fields.iter().zip(&coerced)).map(cast).collect())
}

struct Groups {
    exprs: Vec<Expr>,
    /// For each grouping set the value of DataFusion's grouping id; empty for a single set.
    set_bits: Vec<u64>,
}

/// DataFusion's grouping id holds one bit per key, the last key lowest, set where the key is not grouped by; above
/// them stands how many equal sets came before.
fn group_exprs(group_by: &GroupBy) -> Groups {
    let Some(sets) = &group_by.sets else {
        return Groups {
            exprs: group_by.keys.iter().map(|(id, _)| column(*id)).collect(),
            set_bits: Vec::new(),
        };
    };
    let mut order: Vec<usize> = Vec::new();
    for position in sets.iter().flatten() {
        if !order.contains(position) {
            order.push(*position);
        }
    }
    let mut patterns: Vec<u64> = Vec::with_capacity(sets.len());
    let mut set_bits = Vec::with_capacity(sets.len());
    for set in sets {
        let pattern =
            order.iter().fold(0_u64, |bits, position| (bits << 1) | u64::from(!set.contains(position)));
        let copies = patterns.iter().filter(|known| **known == pattern).count() as u64;
        patterns.push(pattern);
        set_bits.push(pattern | (copies << order.len().min(63)));
    }
    let key = |position: &usize| group_by.keys.get(*position).map(|(id, _)| column(*id));
    let sets = sets.iter().map(|set| set.iter().filter_map(key).collect()).collect();
    Groups { exprs: vec![Expr::GroupingSet(GroupingSet::GroupingSets(sets))], set_bits }
}

/// The number of the grouping set of a row.
fn set_id(set_bits: &[u64]) -> Expr {
    let zero = Expr::Literal(ScalarValue::Int64(Some(0)), None);
    if set_bits.is_empty() {
        return zero;
    }
    let bits = Expr::Column(Column::new_unqualified(Aggregate::INTERNAL_GROUPING_ID));
    let bits =
        Expr::Cast(datafusion::logical_expr::Cast::new(Box::new(bits), arrow::datatypes::DataType::UInt64));
    let branches =
        set_bits.iter().zip(0_i64..).map(|(value, number)| (equals(bits.clone(), lit(*value)), lit(number)));
    case(branches.collect(), zero)
}
