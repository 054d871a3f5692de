//! Aggregates that only look at the latest row of each series read only those.
//!
//! `max(time)` and `max_by(x, time)` over groups that are made of whole series depend on nothing but the latest row of
//! each series: a later row of the same series beats every other of it, and two rows of one series never have the same
//! time. What groups there are, and what does not count how often it sees a dimension, takes any row of each series.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{
    BinaryExpr, CaseExpr, Column, InListExpr, IsNotNullExpr, IsNullExpr, Literal, NotExpr,
};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateInputMode};
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::execution_plan::replace_children_if_necessary;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::repartition::RepartitionExec;
use model::schema::ColumnRole;

use super::exec::ScanExec;

/// A rule that replaces scans below such aggregates.
#[derive(Debug)]
pub(crate) struct LatestRows;

impl PhysicalOptimizerRule for LatestRows {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_down(|plan| {
            let Some(aggregate) = plan.downcast_ref::<AggregateExec>() else {
                return Ok(Transformed::no(plan));
            };
            let Some(input) = latest_input(aggregate)? else { return Ok(Transformed::no(plan)) };
            let replaced = replace_children_if_necessary(Arc::clone(&plan), vec![input])?;
            Ok(Transformed::new(replaced, true, TreeNodeRecursion::Jump))
        })
        .data()
    }

    fn name(&self) -> &str {
        "latest_rows"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// The aggregate's input with a scan of the latest rows, if that is enough for it.
fn latest_input(aggregate: &AggregateExec) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let is_raw = aggregate.mode().input_mode() == AggregateInputMode::Raw;
    let has_filter = aggregate.filter_expr().iter().any(Option::is_some);
    if !is_raw || has_filter {
        return Ok(None);
    }
    let Some(columns) = trace(aggregate.input()) else { return Ok(None) };
    let is_time = |expr: &Arc<dyn PhysicalExpr>| traced(expr, &columns) == Traced::Time;
    let needs_latest =
        aggregate.aggr_expr().iter().all(|call| match (call.fun().name(), call.expressions().as_slice()) {
            ("max", [time]) if is_time(time) => true,
            ("max" | "min", [value]) => traced(value, &columns) == Traced::Series,
            ("count", [value]) => call.is_distinct() && traced(value, &columns) == Traced::Series,
            ("max_by", [value, time]) => is_time(time) && is_plain(value),
            _ => false,
        });
    let mut keys = aggregate.group_expr().expr().iter();
    if !needs_latest || !keys.all(|(key, _)| traced(key, &columns) == Traced::Series) {
        return Ok(None);
    }
    replace(aggregate.input())
}

/// What a column of an operator's output is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Traced {
    Time,
    /// The same for all rows of a series.
    Series,
    Other,
}

/// The columns of a scan behind operators that change no row and can't fail; `None` behind others.
fn trace(plan: &Arc<dyn ExecutionPlan>) -> Option<Vec<Traced>> {
    if let Some(scan) = plan.downcast_ref::<ScanExec>() {
        let asked = scan.asked()?;
        let columns = asked.request.columns.iter();
        let role = |column| asked.view.schema.column(column).map(|column| column.role);
        return Some(
            columns
                .map(|column| match role(*column) {
                    Some(ColumnRole::Time) => Traced::Time,
                    Some(ColumnRole::Dimension | ColumnRole::MeasureName) => Traced::Series,
                    _ => Traced::Other,
                })
                .collect(),
        );
    }
    if let Some(projection) = plan.downcast_ref::<ProjectionExec>() {
        let input = trace(projection.input())?;
        let is_safe = projection.expr().iter().all(|column| is_plain(&column.expr));
        let columns = projection.expr().iter().map(|column| traced(&column.expr, &input));
        return is_safe.then(|| columns.collect());
    }
    is_passing(plan).then(|| plan.children().first().and_then(|input| trace(input)))?
}

fn is_passing(plan: &Arc<dyn ExecutionPlan>) -> bool {
    (plan.is::<RepartitionExec>() || plan.is::<CoalescePartitionsExec>()) && plan.fetch().is_none()
}

fn traced(expr: &Arc<dyn PhysicalExpr>, input: &[Traced]) -> Traced {
    if let Some(column) = expr.downcast_ref::<Column>() {
        return input.get(column.index()).copied().unwrap_or(Traced::Other);
    }
    let children = expr.children();
    let is_series =
        is_plain_node(expr) && children.into_iter().all(|child| traced(child, input) == Traced::Series);
    if is_series { Traced::Series } else { Traced::Other }
}

/// Whether the value follows from the row and can't be an error.
fn is_plain(expr: &Arc<dyn PhysicalExpr>) -> bool {
    is_plain_node(expr) && expr.children().into_iter().all(is_plain)
}

fn is_plain_node(expr: &Arc<dyn PhysicalExpr>) -> bool {
    let is_comparison = |binary: &BinaryExpr| {
        binary.op().supports_propagation() || matches!(binary.op(), Operator::And | Operator::Or)
    };
    expr.is::<Column>()
        || expr.is::<Literal>()
        || expr.is::<CaseExpr>()
        || expr.is::<InListExpr>()
        || expr.is::<IsNullExpr>()
        || expr.is::<IsNotNullExpr>()
        || expr.is::<NotExpr>()
        || expr.downcast_ref::<BinaryExpr>().is_some_and(is_comparison)
}

/// The plan with a scan of the latest rows in the place of its scan.
fn replace(plan: &Arc<dyn ExecutionPlan>) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    if let Some(scan) = plan.downcast_ref::<ScanExec>() {
        return Ok(scan.of_latest_rows()?.map(|scan| Arc::new(scan) as Arc<dyn ExecutionPlan>));
    }
    let children = plan.children();
    let Some(input) = children.first() else { return Ok(None) };
    match replace(input)? {
        Some(input) => Ok(Some(replace_children_if_necessary(Arc::clone(plan), vec![input])?)),
        None => Ok(None),
    }
}
