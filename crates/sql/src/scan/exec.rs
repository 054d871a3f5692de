//! The operator that reads parts.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result, Statistics, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::EquivalenceProperties;
use datafusion::physical_plan::coop::cooperative;
use datafusion::physical_plan::execution_plan::{
    Boundedness, EmissionType, ReplaceChildrenOptions, SchedulingType,
};
use datafusion::physical_plan::metrics::{
    BaselineMetrics, Count, ExecutionPlanMetricsSet, MetricBuilder, MetricsSet,
};
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PhysicalExpr, PlanProperties,
};
use model::scan::{ScanError, ScanMetrics};

use super::bytes::value_bytes;
use super::meter::ScanMeter;
use super::parts::Partition;
use super::statistics;

/// Reads the parts of each partition one after the other, lazily, at most `fetch` rows per partition.
#[derive(Debug, Clone)]
pub(super) struct ScanExec {
    schema: SchemaRef,
    /// Where `time` stands in the schema.
    time_field: Option<usize>,
    partitions: Vec<Partition>,
    planned: ScanMetrics,
    fetch: Option<usize>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl ScanExec {
    pub fn new(
        schema: SchemaRef,
        time_field: Option<usize>,
        partitions: Vec<Partition>,
        planned: ScanMetrics,
        fetch: Option<usize>,
    ) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&schema)),
            Partitioning::UnknownPartitioning(partitions.len()),
            EmissionType::Incremental,
            Boundedness::Bounded,
        )
        .with_scheduling_type(SchedulingType::Cooperative);
        let properties = Arc::new(properties);
        let metrics = ExecutionPlanMetricsSet::new();
        Self { schema, time_field, partitions, planned, fetch, properties, metrics }
    }
}

impl DisplayAs for ScanExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: usize = self.partitions.iter().map(Vec::len).sum();
        let ScanMetrics { partitions_total, partitions_kept, rows_total, rows_kept } = self.planned;
        write!(
            f,
            "ScanExec: partitions={}, parts={parts}, stored_partitions={partitions_kept}/{partitions_total}, \
             stored_rows={rows_kept}/{rows_total}",
            self.partitions.len()
        )?;
        match self.fetch {
            Some(fetch) => write!(f, ", fetch={fetch}"),
            None => Ok(()),
        }
    }
}

impl ExecutionPlan for ScanExec {
    fn name(&self) -> &str {
        "ScanExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn replace_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    // The trait still demands the deprecated form.
    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let Some(parts) = self.partitions.get(partition) else {
            return internal_err!("no partition {partition} in a scan of {}", self.partitions.len());
        };
        let config = context.session_config();
        let reading = Reading {
            task: Arc::clone(&context),
            schema: Arc::clone(&self.schema),
            rows_left: self.fetch.unwrap_or(usize::MAX),
            meter: config.get_extension::<ScanMeter>().unwrap_or_default(),
            baseline: BaselineMetrics::new(&self.metrics, partition),
            parts_read: MetricBuilder::new(&self.metrics).counter("parts_read", partition),
            bytes_scanned: MetricBuilder::new(&self.metrics).counter("bytes_scanned", partition),
        };
        let rows: usize = parts.iter().map(|part| part.rows_max()).fold(0, usize::saturating_add);
        reading.meter.open(rows.min(reading.rows_left) as u64);
        let batches = reading.batches(parts.clone(), config.batch_size());
        let stream = futures::stream::iter(batches);
        // Gives the runtime its turn between batches, so that a cancelled query ends there.
        let stream = cooperative(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), stream));
        Ok(Box::pin(stream))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn statistics_from_inputs(
        &self,
        _: &[Arc<Statistics>],
        args: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        let partitions = match args.partition() {
            Some(partition) => self.partitions.get(partition..=partition).unwrap_or_default(),
            None => self.partitions.as_slice(),
        };
        let parts = partitions.iter().flatten();
        Ok(Arc::new(statistics::of_parts(parts, &self.schema, self.time_field, self.fetch)))
    }

    fn supports_limit_pushdown(&self) -> bool {
        false
    }

    fn with_fetch(&self, fetch: Option<usize>) -> Option<Arc<dyn ExecutionPlan>> {
        Some(Arc::new(Self { fetch, metrics: ExecutionPlanMetricsSet::new(), ..self.clone() }))
    }

    fn fetch(&self) -> Option<usize> {
        self.fetch
    }
}

/// The state of reading one partition.
struct Reading {
    /// Keeps what the query holds (memory, its permit) until the last batch is read.
    #[expect(dead_code, reason = "held, never read")]
    task: Arc<TaskContext>,
    schema: SchemaRef,
    rows_left: usize,
    meter: Arc<ScanMeter>,
    baseline: BaselineMetrics,
    parts_read: Count,
    bytes_scanned: Count,
}

impl Reading {
    /// Opens a part only when the one before it is read to its end; stops after the first error.
    fn batches(
        mut self,
        parts: Partition,
        batch_rows_max: usize,
    ) -> impl Iterator<Item = Result<RecordBatch>> + Send {
        let mut waiting = parts.into_iter();
        let mut open: Option<Box<dyn Iterator<Item = Result<RecordBatch, ScanError>> + Send>> = None;
        let mut failed = false;
        std::iter::from_fn(move || {
            while self.rows_left > 0 && !failed {
                let compute = self.baseline.elapsed_compute().clone();
                let _timed = compute.timer();
                let Some(part) = &mut open else {
                    open = Some(waiting.next()?.read(batch_rows_max));
                    self.parts_read.add(1);
                    continue;
                };
                let Some(read) = part.next() else {
                    open = None;
                    continue;
                };
                let batch = read
                    .map_err(|error| DataFusionError::External(Box::new(error)))
                    .and_then(|b| self.take(&b));
                failed = batch.is_err();
                return Some(batch);
            }
            None
        })
    }

    /// Counts a batch, cuts it at the fetch limit and gives it the plan's schema.
    fn take(&mut self, batch: &RecordBatch) -> Result<RecordBatch> {
        let bytes = value_bytes(batch);
        self.meter.read(batch.num_rows() as u64, bytes);
        self.bytes_scanned.add(usize::try_from(bytes).unwrap_or(usize::MAX));
        let rows = batch.num_rows().min(self.rows_left);
        self.rows_left -= rows;
        self.baseline.record_output(rows);
        let batch = batch.slice(0, rows);
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch =
            RecordBatch::try_new_with_options(Arc::clone(&self.schema), batch.columns().to_vec(), &options)?;
        Ok(batch)
    }
}

#[cfg(test)]
mod tests;
