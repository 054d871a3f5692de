//! The operator that reads parts.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::compute::SortOptions;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, Statistics, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::{Column, DynamicFilterTracking};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalSortExpr};
use datafusion::physical_plan::coop::cooperative;
use datafusion::physical_plan::execution_plan::{
    Boundedness, EmissionType, ReplaceChildrenOptions, SchedulingType,
};
use datafusion::physical_plan::filter_pushdown::{
    ChildPushdownResult, FilterPushdownPhase, FilterPushdownPropagation, PushedDown,
};
use datafusion::physical_plan::metrics::{
    BaselineMetrics, Count, ExecutionPlanMetricsSet, Metric, MetricBuilder, MetricValue, MetricsSet,
};
use datafusion::physical_plan::sort_pushdown::SortOrderPushdownResult;
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PhysicalExpr, PlanProperties,
};
use model::scan::{ReadControl, ReadCount, ReadCounts, RowsWanted, ScanMetrics};

use super::meter::ScanMeter;
use super::parts::{self, Order, Partition};
use super::reading::Reading;
use super::{Asked, statistics};

/// What a scan gives, apart from its rows.
#[derive(Debug, Clone)]
pub(super) struct Output {
    pub schema: SchemaRef,
    /// Where `time` stands in the schema.
    pub time_field: Option<usize>,
}

/// Reads the parts of each partition one after the other, lazily, at most `fetch` rows per partition.
#[derive(Debug, Clone)]
pub(crate) struct ScanExec {
    output: Output,
    partitions: Vec<Partition>,
    order: Order,
    planned: ScanMetrics,
    fetch: Option<usize>,
    /// What this scan was planned from.
    asked: Option<Arc<Asked>>,
    /// Filters that operators above fill in while they run.
    dynamic: Vec<Arc<dyn PhysicalExpr>>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
    counts: Arc<ReadCounts>,
}

impl ScanExec {
    pub(super) fn new(
        output: Output,
        (partitions, order): (Vec<Partition>, Order),
        planned: ScanMetrics,
        fetch: Option<usize>,
    ) -> Self {
        Self {
            properties: properties(&output, partitions.len(), order),
            output,
            partitions,
            order,
            planned,
            fetch,
            asked: None,
            dynamic: Vec::new(),
            metrics: ExecutionPlanMetricsSet::new(),
            counts: Arc::default(),
        }
    }

    pub(super) fn with_asked(self, asked: Arc<Asked>) -> Self {
        Self { asked: Some(asked), ..self }
    }

    /// Counts of its own, for a plan of its own.
    fn renewed(&self) -> Self {
        Self { metrics: ExecutionPlanMetricsSet::new(), counts: Arc::default(), ..self.clone() }
    }

    pub(super) fn asked(&self) -> Option<&Arc<Asked>> {
        self.asked.as_ref()
    }

    pub(super) fn planned(&self) -> ScanMetrics {
        self.planned
    }

    pub(super) fn count(&self, what: ReadCount) -> u64 {
        self.counts.get(what)
    }

    fn with_order(&self, order: Order) -> Self {
        let mut changed = self.renewed();
        parts::arrange(&mut changed.partitions, order);
        changed.properties = properties(&self.output, self.partitions.len(), order);
        Self { order, ..changed }
    }
}

/// Times are never NULL, so they are in order wherever NULLs stand.
fn properties(output: &Output, partitions: usize, order: Order) -> Arc<PlanProperties> {
    let schema = Arc::clone(&output.schema);
    let equivalences = match (order, output.time_field) {
        (Order::Ascending, Some(field)) => {
            let time: Arc<dyn PhysicalExpr> = Arc::new(Column::new(schema.field(field).name(), field));
            let orderings = [false, true].map(|nulls_first| {
                let options = SortOptions { descending: false, nulls_first };
                [PhysicalSortExpr { expr: Arc::clone(&time), options }]
            });
            EquivalenceProperties::new_with_orderings(schema, orderings)
        }
        _ => EquivalenceProperties::new(schema),
    };
    let properties = PlanProperties::new(
        equivalences,
        Partitioning::UnknownPartitioning(partitions),
        EmissionType::Incremental,
        Boundedness::Bounded,
    );
    Arc::new(properties.with_scheduling_type(SchedulingType::Cooperative))
}

impl DisplayAs for ScanExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: usize = self.partitions.iter().map(Vec::len).sum();
        let ScanMetrics { partitions_total, partitions_kept, rows_total, rows_kept, .. } = self.planned;
        write!(
            f,
            "ScanExec: partitions={}, parts={parts}, stored_partitions={partitions_kept}/{partitions_total}, \
             stored_rows={rows_kept}/{rows_total}",
            self.partitions.len()
        )?;
        match self.order {
            Order::Ascending => write!(f, ", order=time")?,
            Order::EarliestFirst => write!(f, ", earliest parts first")?,
            Order::LatestFirst => write!(f, ", latest parts first")?,
            Order::None => {}
        }
        if let Some(asked) = &self.asked {
            write!(f, "{}", asked.request_text())?;
        }
        if !self.dynamic.is_empty() {
            write!(f, ", dynamic_filters={}", self.dynamic.len())?;
        }
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

    /// Filters that operators above narrow belong to their state: when that begins anew, rows they have excluded count again.
    fn reset_state(self: Arc<Self>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(Self { dynamic: Vec::new(), ..self.as_ref().clone() }))
    }

    fn apply_expressions(
        &self,
        visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        for filter in &self.dynamic {
            if visit(filter)? == TreeNodeRecursion::Stop {
                return Ok(TreeNodeRecursion::Stop);
            }
        }
        Ok(TreeNodeRecursion::Continue)
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let Some(parts) = self.partitions.get(partition) else {
            return internal_err!("no partition {partition} in a scan of {}", self.partitions.len());
        };
        let config = context.session_config();
        let may_narrow = !self.dynamic.is_empty() || self.fetch.is_some();
        let control = ReadControl::new(Arc::clone(&self.counts), may_narrow);
        let reading = Reading {
            task: Arc::clone(&context),
            schema: Arc::clone(&self.output.schema),
            time_field: self.output.time_field,
            dynamic: self.dynamic.clone(),
            control: Arc::new(control),
            rows_left: self.fetch.unwrap_or(usize::MAX),
            meter: config.get_extension::<ScanMeter>().unwrap_or_default(),
            baseline: BaselineMetrics::new(&self.metrics, partition),
            bytes_scanned: MetricBuilder::new(&self.metrics).counter("bytes_scanned", partition),
            read_time: MetricBuilder::new(&self.metrics).subset_time("read_time", partition),
        };
        let rows: usize = parts.iter().map(|part| part.rows_max()).fold(0, usize::saturating_add);
        reading.meter.open(rows.min(reading.rows_left) as u64);
        let batches = reading.batches(parts.clone(), config.batch_size());
        // Gives the runtime its turn between batches, so that a cancelled query ends there.
        let stream = cooperative(RecordBatchStreamAdapter::new(Arc::clone(&self.output.schema), batches));
        Ok(Box::pin(stream))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        let mut metrics = MetricsSet::new();
        // Batches share the memory of parts, so their bytes are not the scan's; `bytes_scanned` are those of values.
        let own = self.metrics.clone_inner();
        own.iter()
            .filter(|metric| metric.value().name() != "output_bytes")
            .cloned()
            .for_each(|it| metrics.push(it));
        for what in ReadCount::ALL {
            let count = Count::new();
            count.add(usize::try_from(self.counts.get(what)).unwrap_or(usize::MAX));
            let value = MetricValue::Count { name: what.name().into(), count };
            metrics.push(Arc::new(Metric::new(value, None)));
        }
        Some(metrics)
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
        let is_whole = args.partition().is_none();
        let parts = partitions.iter().flatten();
        let (schema, time_field) = (&self.output.schema, self.output.time_field);
        let statistics = statistics::of_parts(parts, schema, time_field, is_whole);
        Ok(Arc::new(match self.fetch {
            Some(fetch) => statistics.with_fetch(Some(fetch), 0, 1)?.to_inexact(),
            None => statistics,
        }))
    }

    fn supports_limit_pushdown(&self) -> bool {
        false
    }

    fn with_fetch(&self, fetch: Option<usize>) -> Option<Arc<dyn ExecutionPlan>> {
        Some(Arc::new(Self { fetch, ..self.renewed() }))
    }

    fn fetch(&self) -> Option<usize> {
        self.fetch
    }

    /// Takes the filters that change while the query runs to skip what they exclude; whoever made them applies them.
    fn handle_child_pushdown_result(
        &self,
        phase: FilterPushdownPhase,
        result: ChildPushdownResult,
        _: &ConfigOptions,
    ) -> Result<FilterPushdownPropagation<Arc<dyn ExecutionPlan>>> {
        let filters: Vec<_> = result.parent_filters.into_iter().map(|parent| parent.filter).collect();
        let answer =
            FilterPushdownPropagation::with_parent_pushdown_result(vec![PushedDown::No; filters.len()]);
        if phase == FilterPushdownPhase::Pre || self.output.time_field.is_none() || self.fetch.is_some() {
            return Ok(answer);
        }
        let dynamic = filters
            .into_iter()
            .filter(|filter| DynamicFilterTracking::classify(filter).contains_dynamic_filter());
        let dynamic: Vec<_> = self.dynamic.iter().cloned().chain(dynamic).collect();
        if dynamic.len() == self.dynamic.len() {
            return Ok(answer);
        }
        Ok(answer.with_updated_node(Arc::new(Self { dynamic, ..self.renewed() })))
    }

    /// For those who want the first rows by time: the parts that have them come first.
    fn try_pushdown_sort(
        &self,
        order: &[PhysicalSortExpr],
    ) -> Result<SortOrderPushdownResult<Arc<dyn ExecutionPlan>>> {
        let is_time = |sort: &&PhysicalSortExpr| {
            let column = sort.expr.downcast_ref::<Column>();
            column.is_some_and(|column| Some(column.index()) == self.output.time_field)
        };
        let Some(first) = order.first().filter(is_time) else {
            return Ok(SortOrderPushdownResult::Unsupported);
        };
        let order = match first.options.descending {
            true => Order::LatestFirst,
            false => Order::EarliestFirst,
        };
        let is_kept =
            self.order == order || (self.order == Order::Ascending && order == Order::EarliestFirst);
        if is_kept || self.fetch.is_some() {
            return Ok(SortOrderPushdownResult::Unsupported);
        }
        Ok(SortOrderPushdownResult::Inexact { inner: Arc::new(self.with_order(order)) })
    }
}

impl ScanExec {
    /// The same scan for those who only want the latest row of each series.
    pub(super) fn of_latest_rows(&self) -> Result<Option<Self>> {
        let Some(asked) = self.asked.as_ref().filter(|_| self.fetch.is_none()) else { return Ok(None) };
        let mut request = asked.request.clone();
        if request.rows != RowsWanted::All || !request.value_ranges.is_empty() || self.planned.rows_kept == 0
        {
            return Ok(None);
        }
        request.rows = RowsWanted::LatestOfSeries;
        Asked { request, ..Asked::clone(asked) }.plan(None).map(Some)
    }
}

#[cfg(test)]
mod tests;
