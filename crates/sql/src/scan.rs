//! Tables as DataFusion sees them: a provider per reference to a table, planned through the scan contract.
//!
//! Fields are called `c<id>` by the bound column. Filters are only ever used to skip data ([`bounds`]), so DataFusion
//! keeps and applies all of them. Knows nothing of how parts are stored. Start with [`table_provider`]; `execution` runs
//! what [`ScanExec`] plans.

mod bounds;
mod bytes;
mod exec;
mod meter;
mod parts;
mod statistics;

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DataFusionError, Result, project_schema};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use model::scan::{ReadView, Scan, ScanRequest, TableView};
use model::schema;

use crate::bound::ColumnDef;
use bounds::{Bounds, ColumnRoles};
use exec::ScanExec;
pub use meter::ScanMeter;

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

    /// The parts that may hold rows within `bounds`.
    fn plan(&self, bounds: Bounds, columns: Vec<schema::ColumnId>) -> Result<Scan> {
        let request = ScanRequest { columns, time_range: bounds.time_range, predicates: bounds.predicates() };
        if bounds.is_empty() {
            let schema = self.view.schema.scan_schema(&request.columns);
            return Ok(Scan { schema, parts: Vec::new(), metrics: Default::default() });
        }
        self.read_view
            .scan(self.view.table.id, &request)
            .map_err(|error| DataFusionError::External(Box::new(error)))
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
        let is_useful = |filter: &&Expr| Bounds::of(filter, &roles) != Bounds::default();
        Ok(filters
            .iter()
            .map(|filter| match is_useful(filter) {
                true => TableProviderFilterPushDown::Inexact,
                false => TableProviderFilterPushDown::Unsupported,
            })
            .collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let roles = self.roles();
        let bounds = filters
            .iter()
            .map(|filter| Bounds::of(filter, &roles))
            .fold(Bounds::default(), |all, one| all.and(one));
        let columns = match projection {
            Some(fields) => fields.iter().filter_map(|&field| self.stored.get(field).copied()).collect(),
            None => self.stored.clone(),
        };
        let time_field = columns.iter().position(|column| *column == schema::TIME_COLUMN);
        let scan = self.plan(bounds, columns)?;
        let schema = project_schema(&self.schema, projection)?;
        let config = state.config();
        let partitions = parts::group(scan.parts, config.target_partitions(), config.batch_size());
        Ok(Arc::new(ScanExec::new(schema, time_field, partitions, scan.metrics, limit)))
    }
}
