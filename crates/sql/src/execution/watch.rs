//! Lets a query's work end soon after the query: every operator asks the query's sign at every batch it gives, and every
//! join at every batch of candidates its condition is asked about.
//!
//! DataFusion's own points of interruption are its sources. A join, a sort or an aggregation that has taken its inputs
//! in may then work for hours without coming by one.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, FieldRef, Schema, SchemaRef};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, internal_err};
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::execution_plan::replace_children_if_necessary;
use datafusion::physical_plan::joins::utils::JoinFilter;
use datafusion::physical_plan::joins::{HashJoinExec, NestedLoopJoinExec};
use datafusion::physical_plan::metrics::MetricsSet;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::{Stream, StreamExt};

use super::again::first_input;
use crate::functions::stop::{StopSign, within};
use crate::lower::row_error;

/// The plan with every operator under watch.
pub(super) fn watch(plan: Arc<dyn ExecutionPlan>, sign: &Arc<StopSign>) -> Result<Arc<dyn ExecutionPlan>> {
    let watched = plan.transform_up(|operator| {
        let operator = watch_condition(operator, sign)?;
        Ok(Transformed::yes(Arc::new(Watched { operator, sign: Arc::clone(sign) }) as Arc<dyn ExecutionPlan>))
    });
    Ok(watched?.data)
}

/// The joins that look for the pairs their condition wants, however many they have to try for one; nested loops with a
/// first input that can be run again.
fn watch_condition(operator: Arc<dyn ExecutionPlan>, sign: &Arc<StopSign>) -> Result<Arc<dyn ExecutionPlan>> {
    if let Some(join) = operator.downcast_ref::<NestedLoopJoinExec>() {
        let right = Arc::clone(join.right());
        let projection = join.projection().as_ref().map(|projection| projection.to_vec());
        let filter = join.filter().map(|filter| watched_filter(filter, sign));
        let join =
            NestedLoopJoinExec::try_new(first_input(join), right, filter, join.join_type(), projection)?;
        return Ok(Arc::new(join));
    }
    if let Some(join) = operator.downcast_ref::<HashJoinExec>()
        && let Some(filter) = join.filter()
    {
        let filter = Some(watched_filter(filter, sign));
        return Ok(Arc::new(join.builder().with_filter(filter).build()?));
    }
    Ok(operator)
}

fn watched_filter(filter: &JoinFilter, sign: &Arc<StopSign>) -> JoinFilter {
    let expr = Arc::new(WatchedExpr { expr: Arc::clone(filter.expression()), sign: Arc::clone(sign) });
    JoinFilter::new(expr, filter.column_indices().to_vec(), Arc::clone(filter.schema()))
}

/// An operator, shown and described as itself.
#[derive(Debug)]
struct Watched {
    operator: Arc<dyn ExecutionPlan>,
    sign: Arc<StopSign>,
}

impl DisplayAs for Watched {
    fn fmt_as(&self, form: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.operator.fmt_as(form, f)
    }
}

impl ExecutionPlan for Watched {
    fn name(&self) -> &str {
        self.operator.name()
    }

    fn downcast_delegate(&self) -> Option<&dyn ExecutionPlan> {
        Some(self.operator.as_ref())
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.operator.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.operator.children()
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.operator.apply_expressions(f)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let operator = replace_children_if_necessary(Arc::clone(&self.operator), children)?;
        Ok(Arc::new(Self { operator, sign: Arc::clone(&self.sign) }))
    }

    fn reset_state(self: Arc<Self>) -> Result<Arc<dyn ExecutionPlan>> {
        let operator = Arc::clone(&self.operator).reset_state()?;
        Ok(Arc::new(Self { operator, sign: Arc::clone(&self.sign) }))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        self.operator.metrics()
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let sign = Arc::clone(&self.sign);
        let stream = within(&self.sign, || self.operator.execute(partition, context))?;
        Ok(Box::pin(WatchedStream { stream, sign }))
    }
}

struct WatchedStream {
    stream: SendableRecordBatchStream,
    sign: Arc<StopSign>,
}

impl Stream for WatchedStream {
    type Item = Result<RecordBatch>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if let Err(stopped) = this.sign.check() {
            return Poll::Ready(Some(Err(row_error(stopped))));
        }
        within(&this.sign, || this.stream.poll_next_unpin(cx))
    }
}

impl RecordBatchStream for WatchedStream {
    fn schema(&self) -> SchemaRef {
        self.stream.schema()
    }
}

/// A condition that fails once its query is to end.
#[derive(Debug)]
struct WatchedExpr {
    expr: Arc<dyn PhysicalExpr>,
    sign: Arc<StopSign>,
}

impl fmt::Display for WatchedExpr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expr.fmt(f)
    }
}

impl PartialEq for WatchedExpr {
    fn eq(&self, other: &Self) -> bool {
        self.expr.as_ref() == other.expr.as_ref()
    }
}

impl Eq for WatchedExpr {}

impl Hash for WatchedExpr {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.expr.hash(state);
    }
}

impl PhysicalExpr for WatchedExpr {
    fn data_type(&self, input: &Schema) -> Result<DataType> {
        self.expr.data_type(input)
    }

    fn nullable(&self, input: &Schema) -> Result<bool> {
        self.expr.nullable(input)
    }

    fn return_field(&self, input: &Schema) -> Result<FieldRef> {
        self.expr.return_field(input)
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        self.sign.check().map_err(row_error)?;
        self.expr.evaluate(batch)
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.expr]
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn PhysicalExpr>>,
    ) -> Result<Arc<dyn PhysicalExpr>> {
        match children.pop() {
            Some(expr) => Ok(Arc::new(Self { expr, sign: Arc::clone(&self.sign) })),
            None => internal_err!("a condition without an expression"),
        }
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expr.fmt_sql(f)
    }
}

#[cfg(test)]
mod tests;
