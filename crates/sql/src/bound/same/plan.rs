//! Whether two subqueries compute the same. Their columns have different numbers; each node pairs those that it makes.

use std::mem::discriminant;

use super::{Renamed, same};
use crate::bound::{AggregateCall, Expr, Frame, GroupBy, Plan, SortKey, WindowCall, WindowFunctionRef};

pub(super) fn same_plan(left: &Plan, right: &Plan, renamed: &mut Renamed) -> bool {
    let (left_inputs, right_inputs) = (left.inputs(), right.inputs());
    let same_inputs = left_inputs.len() == right_inputs.len()
        && left_inputs.into_iter().zip(right_inputs).all(|(left, right)| same_plan(left, right, renamed));
    if !same_inputs || !same_node(left, right, renamed) {
        return false;
    }
    let (left_exprs, right_exprs) = (left.exprs(), right.exprs());
    let same_exprs = left_exprs.len() == right_exprs.len()
        && left_exprs.into_iter().zip(right_exprs).all(|(left, right)| same(left, right, renamed));
    same_exprs && pair_columns(left, right, renamed)
}

fn pair_columns(left: &Plan, right: &Plan, renamed: &mut Renamed) -> bool {
    let (left, right) = (left.columns(), right.columns());
    if left.len() != right.len() {
        return false;
    }
    left.into_iter().zip(right).all(|(left, right)| {
        renamed.pair(left.id, right.id);
        left.ty == right.ty
    })
}

/// Compares everything of two nodes but their inputs, expressions and columns.
fn same_node(left: &Plan, right: &Plan, renamed: &Renamed) -> bool {
    match (left, right) {
        (Plan::Values { rows: left, .. }, Plan::Values { rows: right, .. }) => left.len() == right.len(),
        (
            Plan::Scan { table: left, columns: left_columns },
            Plan::Scan { table: right, columns: right_columns },
        ) => {
            left.table.database == right.table.database
                && left.table.name == right.table.name
                && all(left_columns, right_columns, |(_, left), (_, right)| left == right)
        }
        (
            Plan::Aggregate { group_by: left, aggregates: left_calls, .. },
            Plan::Aggregate { group_by: right, aggregates: right_calls, .. },
        ) => same_grouping(left, right) && all(left_calls, right_calls, same_aggregate),
        (Plan::Window { calls: left, .. }, Plan::Window { calls: right, .. }) => {
            all(left, right, same_window)
        }
        (Plan::Join { kind: left, on: left_on, .. }, Plan::Join { kind: right, on: right_on, .. }) => {
            left == right && left_on.is_some() == right_on.is_some()
        }
        (
            Plan::Unnest { items: left, ordinality: left_number, keep_empty: left_keeps, .. },
            Plan::Unnest { items: right, ordinality: right_number, keep_empty: right_keeps, .. },
        ) => {
            left_number.is_some() == right_number.is_some()
                && left_keeps == right_keeps
                && all(left, right, |left, right| left.columns.len() == right.columns.len())
        }
        (
            Plan::Set { op: left, all: left_all, left_columns: ll, right_columns: lr, .. },
            Plan::Set { op: right, all: right_all, left_columns: rl, right_columns: rr, .. },
        ) => left == right && left_all == right_all && renamed.all_same(ll, rl) && renamed.all_same(lr, rr),
        (Plan::Distinct { columns: left, .. }, Plan::Distinct { columns: right, .. }) => {
            renamed.all_same(left, right)
        }
        (Plan::Sort { keys: left, .. }, Plan::Sort { keys: right, .. }) => all(left, right, same_direction),
        (
            Plan::Limit { offset: left, count: left_count, .. },
            Plan::Limit { offset: right, count: right_count, .. },
        ) => left == right && left_count == right_count,
        (Plan::SingleRow, Plan::SingleRow)
        | (Plan::Project { .. }, Plan::Project { .. })
        | (Plan::Filter { .. }, Plan::Filter { .. }) => true,
        _ => false,
    }
}

fn same_grouping(left: &GroupBy, right: &GroupBy) -> bool {
    left.keys.len() == right.keys.len()
        && left.sets == right.sets
        && left.set_id.is_some() == right.set_id.is_some()
}

fn same_aggregate(left: &AggregateCall, right: &AggregateCall) -> bool {
    left.function.name == right.function.name
        && left.overload == right.overload
        && left.distinct == right.distinct
        && same_parts(&left.args, &right.args, left.filter.as_ref(), right.filter.as_ref())
        && all(&left.order_by, &right.order_by, same_direction)
}

fn same_window(left: &WindowCall, right: &WindowCall) -> bool {
    window_name(left) == window_name(right)
        && left.overload == right.overload
        && left.ignore_nulls == right.ignore_nulls
        && left.partition_by.len() == right.partition_by.len()
        && same_parts(&left.args, &right.args, left.filter.as_ref(), right.filter.as_ref())
        && all(&left.order_by, &right.order_by, same_direction)
        && same_frame(&left.frame, &right.frame)
}

fn window_name(call: &WindowCall) -> &'static str {
    match call.function {
        WindowFunctionRef::Window(function) => function.name,
        WindowFunctionRef::Aggregate(function) => function.name,
    }
}

fn same_frame(left: &Frame, right: &Frame) -> bool {
    left.units == right.units
        && discriminant(&left.start) == discriminant(&right.start)
        && discriminant(&left.end) == discriminant(&right.end)
}

fn same_parts(
    left: &[Expr],
    right: &[Expr],
    left_filter: Option<&Expr>,
    right_filter: Option<&Expr>,
) -> bool {
    left.len() == right.len() && left_filter.is_some() == right_filter.is_some()
}

fn same_direction(left: &SortKey, right: &SortKey) -> bool {
    left.descending == right.descending && left.nulls_first == right.nulls_first
}

fn all<T>(left: &[T], right: &[T], is_same: impl Fn(&T, &T) -> bool) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|(left, right)| is_same(left, right))
}
