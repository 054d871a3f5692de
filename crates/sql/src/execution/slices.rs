//! Hands batches on in slices, so that the lists computed for one of them stay small however long each is.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::{DataType, FieldRef, SchemaRef};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::Literal;
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateInputMode};
use datafusion::physical_plan::execution_plan::replace_children_if_necessary;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::windows::BoundedWindowAggExec;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::{Stream, StreamExt};

/// Rows whose lists are computed at once: of the longest sequences 20 MB.
const SLICE_ROWS_MAX: usize = 256;
/// A constant list this long is small in any batch.
const CONSTANT_ELEMENTS_MAX: usize = 16;

/// A rule that slices the input of operators that compute lists.
#[derive(Debug)]
pub(super) struct SliceLists;

impl PhysicalOptimizerRule for SliceLists {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|plan| {
            if !computes_lists(&plan) {
                return Ok(Transformed::no(plan));
            }
            let slice = |input: &Arc<dyn ExecutionPlan>| -> Arc<dyn ExecutionPlan> {
                Arc::new(SliceExec { input: Arc::clone(input) })
            };
            let inputs = plan.children().into_iter().map(slice).collect();
            Ok(Transformed::yes(replace_children_if_necessary(plan, inputs)?))
        })
        .data()
    }

    fn name(&self) -> &str {
        "slice_lists"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

fn computes_lists(plan: &Arc<dyn ExecutionPlan>) -> bool {
    if let Some(projection) = plan.downcast_ref::<ProjectionExec>() {
        return projection.expr().iter().any(|column| makes_list(&column.expr));
    }
    if let Some(filter) = plan.downcast_ref::<FilterExec>() {
        return makes_list(filter.predicate());
    }
    // Its results leave with the batches that end their frames.
    if let Some(window) = plan.downcast_ref::<BoundedWindowAggExec>() {
        let is_list = |field: &FieldRef| matches!(field.data_type(), DataType::List(_));
        return window.window_expr().iter().any(|call| call.field().is_ok_and(|field| is_list(&field)));
    }
    let Some(aggregate) = plan.downcast_ref::<AggregateExec>() else { return false };
    aggregate.mode().input_mode() == AggregateInputMode::Raw
        && (aggregate.aggr_expr().iter().any(|call| call.expressions().iter().any(makes_list))
            || aggregate.filter_expr().iter().flatten().any(makes_list)
            || aggregate.group_expr().expr().iter().any(|(key, _)| makes_list(key)))
}

/// Whether there is a list for each row of a batch, other than those of a column.
fn makes_list(expr: &Arc<dyn PhysicalExpr>) -> bool {
    if let Some(literal) = expr.downcast_ref::<Literal>() {
        return matches!(literal.value(), ScalarValue::List(list) if list.values().len() > CONSTANT_ELEMENTS_MAX);
    }
    let Some(call) = expr.downcast_ref::<ScalarFunctionExpr>() else {
        return expr.children().into_iter().any(makes_list);
    };
    // Constants stay single values as arguments.
    let mut arguments = call.args().iter().filter(|argument| !argument.is::<Literal>());
    matches!(call.return_type(), DataType::List(_)) || arguments.any(makes_list)
}

#[derive(Debug)]
struct SliceExec {
    input: Arc<dyn ExecutionPlan>,
}

impl DisplayAs for SliceExec {
    fn fmt_as(&self, _t: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SliceExec: rows={SLICE_ROWS_MAX}")
    }
}

impl ExecutionPlan for SliceExec {
    fn name(&self) -> &str {
        "SliceExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn apply_expressions(
        &self,
        _f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match children.pop() {
            Some(input) => Ok(Arc::new(Self { input })),
            None => internal_err!("slices of nothing"),
        }
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let input = self.input.execute(partition, context)?;
        let schema = input.schema();
        Ok(Box::pin(Slices { input, rest: RecordBatch::new_empty(schema) }))
    }
}

struct Slices {
    input: SendableRecordBatchStream,
    rest: RecordBatch,
}

impl Stream for Slices {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.rest.num_rows() == 0 {
            match ready!(this.input.poll_next_unpin(cx)) {
                Some(Ok(batch)) => this.rest = batch,
                other => return Poll::Ready(other),
            }
        }
        let rows = this.rest.num_rows().min(SLICE_ROWS_MAX);
        let slice = this.rest.slice(0, rows);
        this.rest = this.rest.slice(rows, this.rest.num_rows() - rows);
        Poll::Ready(Some(Ok(slice)))
    }
}

impl RecordBatchStream for Slices {
    fn schema(&self) -> SchemaRef {
        self.input.schema()
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Int64Array, RecordBatchOptions};
    use arrow::datatypes::{DataType, Field, Schema};
    use datafusion::physical_plan::stream::RecordBatchStreamAdapter;

    use super::*;

    #[tokio::test]
    async fn slices_are_small_and_lose_no_row() {
        let schema: SchemaRef = Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, false)]));
        let batch = |from: i64, to: i64| {
            let numbers = Arc::new(Int64Array::from_iter_values(from..to));
            RecordBatch::try_new(Arc::clone(&schema), vec![numbers])
        };
        let batches = [batch(0, 1_000), batch(1_000, 1_000), batch(1_000, 1_256), batch(1_256, 1_257)];
        let batches = batches.into_iter().map(|batch| Ok(batch?));
        let input = futures::stream::iter(batches.collect::<Vec<Result<RecordBatch>>>());
        let input = Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&schema), input));
        let slices = Slices { input, rest: RecordBatch::new_empty(Arc::clone(&schema)) };
        let slices: Vec<RecordBatch> = slices.map(|slice| slice.unwrap()).collect().await;
        let rows: Vec<usize> = slices.iter().map(RecordBatch::num_rows).collect();
        assert_eq!(rows, [256, 256, 256, 232, 0, 256, 1]);
        let all = arrow::compute::concat_batches(&schema, &slices).unwrap();
        assert_eq!(all, batch(0, 1_257).unwrap());
    }

    #[tokio::test]
    async fn rows_without_columns_are_sliced_too() {
        let schema: SchemaRef = Arc::new(Schema::empty());
        let options = RecordBatchOptions::new().with_row_count(Some(300));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&schema), Vec::new(), &options);
        let input = futures::stream::iter([Ok(batch.unwrap())]);
        let input = Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&schema), input));
        let slices = Slices { input, rest: RecordBatch::new_empty(schema) };
        let rows: Vec<usize> = slices.map(|slice| slice.unwrap().num_rows()).collect().await;
        assert_eq!(rows, [256, 44]);
    }
}
