//! Tables as DataFusion sees them: a provider per reference to a table, planned through the scan contract.
//!
//! Fields are called `c<id>` by the bound column. Filters on time and on series are applied by the scan where it
//! understands them exactly ([`pushdown`]); others only skip data, and DataFusion applies them. Knows nothing of how parts
//! are stored. Start with [`table_provider`]; `execution` runs what [`ScanExec`] plans.

mod bounds;
mod bytes;
mod dynamic;
mod exec;
mod latest;
mod meter;
mod parts;
mod pushdown;
mod reading;
mod report;
mod statistics;
mod values;

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DataFusionError, Result, project_schema};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use model::scan::{ReadView, RowsWanted, Scan, ScanRequest, SeriesFilter, TableView, TimeRange};
use model::schema;

use crate::bound::ColumnDef;
use bounds::{Bounds, ColumnRoles};
use exec::{Output, ScanExec};
pub(crate) use latest::LatestRows;
pub use meter::ScanMeter;
use pushdown::Pushed;
pub(crate) use report::describe_scans;

/// The table of a `Scan` node, with the columns the query uses in the node's order.
pub fn table_provider(
    view: TableView,
    read_view: Arc<dyn ReadView>,
    columns: &[(ColumnDef, schema::ColumnId)],
) -> Arc<dyn TableProvider> {
    let fields = columns
        .iter()
        .map(|(column, _)| Field::new(format!("c{}", column.id.0), column.ty.data_type(), true))
        .collect::<Vec<_>>();
    let stored = columns.iter().map(|(_, stored)| *stored).collect();
    Arc::new(ScannedTable { view, read_view, schema: Arc::new(Schema::new(fields)), stored })
}

#[derive(Debug)]
struct ScannedTable {
    view: TableView,
    read_view: Arc<dyn ReadView>,
    schema: SchemaRef,
    /// The stored column behind each field.
    stored: Vec<schema::ColumnId>,
}

impl ScannedTable {
    fn roles(&self) -> ColumnRoles<'_> {
        ColumnRoles { fields: &self.schema, stored: &self.stored, table: &self.view.schema }
    }
}

#[async_trait]
impl TableProvider for ScannedTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let roles = self.roles();
        Ok(filters.iter().map(|filter| Pushed::of(filter, &roles).support()).collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let roles = self.roles();
        let mut bounds = Bounds::everything();
        let mut series_filters: Vec<Arc<dyn SeriesFilter>> = Vec::new();
        for filter in filters {
            let pushed = Pushed::of(filter, &roles);
            bounds = bounds.and(pushed.bounds);
            series_filters.extend(pushed.series.map(|filter| Arc::new(filter) as Arc<dyn SeriesFilter>));
        }
        let columns: Vec<_> = match projection {
            Some(fields) => fields.iter().filter_map(|&field| self.stored.get(field).copied()).collect(),
            None => self.stored.clone(),
        };
        let config = state.config();
        let asked = Asked {
            is_nothing: bounds.is_empty(),
            output: Output {
                schema: project_schema(&self.schema, projection)?,
                time_field: columns.iter().position(|column| *column == schema::TIME_COLUMN),
            },
            request: ScanRequest {
                columns,
                time_range: bounds.time_range,
                predicates: bounds.predicates(),
                series_filters,
                value_ranges: bounds.value_ranges(),
                rows: RowsWanted::All,
            },
            view: self.view.clone(),
            read_view: Arc::clone(&self.read_view),
            partitions_max: config.target_partitions(),
            batch_rows: config.batch_size(),
        };
        Ok(Arc::new(asked.plan(limit)?))
    }
}

/// What a scan is planned from.
#[derive(Debug, Clone)]
struct Asked {
    view: TableView,
    read_view: Arc<dyn ReadView>,
    request: ScanRequest,
    /// No row satisfies the request.
    is_nothing: bool,
    output: Output,
    partitions_max: usize,
    batch_rows: usize,
}

impl Asked {
    fn plan(self, fetch: Option<usize>) -> Result<ScanExec> {
        let scan = match self.is_nothing {
            true => Scan {
                schema: self.view.schema.scan_schema(&self.request.columns),
                parts: Vec::new(),
                metrics: Default::default(),
            },
            false => self
                .read_view
                .scan(self.view.table.id, &self.request)
                .map_err(|error| DataFusionError::External(Box::new(error)))?,
        };
        let partitions = parts::group(scan.parts, self.partitions_max, self.batch_rows);
        let exec = ScanExec::new(self.output.clone(), partitions, scan.metrics, fetch);
        Ok(exec.with_asked(Arc::new(self)))
    }

    fn name(&self) -> String {
        let table = &self.view.table;
        format!("\"{}\".\"{}\"", table.database, table.name)
    }

    /// What the request restricts, for plans.
    fn request_text(&self) -> String {
        use std::fmt::Write;
        let request = &self.request;
        let mut text = String::new();
        let TimeRange { start_ns, end_ns } = request.time_range;
        if request.time_range != TimeRange::ALL {
            let side = |open: i64, side: i64| if side == open { String::new() } else { side.to_string() };
            let _ = write!(text, ", time={}..{}", side(i64::MIN, start_ns), side(i64::MAX, end_ns));
        }
        let counts = [
            ("predicates", request.predicates.len()),
            ("series_filters", request.series_filters.len()),
            ("value_ranges", request.value_ranges.len()),
        ];
        for (name, count) in counts {
            if count > 0 {
                let _ = write!(text, ", {name}={count}");
            }
        }
        if request.rows == RowsWanted::LatestOfSeries {
            text.push_str(", latest rows of series");
        }
        text
    }
}
