//! Hands batches on in slices, so that the lists computed for one of them stay small however long each is.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, internal_err};
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::execution_plan::replace_children_if_necessary;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::{Stream, StreamExt};

/// Rows whose lists are computed at once: of the longest sequences 20 MB.
const SLICE_ROWS_MAX: usize = 256;

/// The input of an UNNEST; where it computes lists, it does so slice by slice.
pub(super) fn sliced(input: &Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let Some(projection) = input.downcast_ref::<ProjectionExec>() else { return Ok(Arc::clone(input)) };
    if projection.expr().iter().all(|item| item.expr.downcast_ref::<Column>().is_some()) {
        return Ok(Arc::clone(input));
    }
    let below = Arc::new(SliceExec { input: Arc::clone(projection.input()) });
    replace_children_if_necessary(Arc::clone(input), vec![below])
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
