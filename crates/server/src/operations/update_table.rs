//! UpdateTable (api.md 2.2). Blocks that are not given stay as they are; of a partition key only the enforcement can
//! change.

use storage::metastore::decide::TableUpdate;
use wire::ApiError;
use wire::write::input::UpdateTableRequest;
use wire::write::output::UpdateTableResponse;

use super::{table_shape, views};
use crate::errors;
use crate::node::Node;
use crate::telemetry;

pub async fn run(node: &Node, input: UpdateTableRequest<'_>) -> Result<UpdateTableResponse, ApiError> {
    telemetry::name_table(input.database_name(), input.table_name());
    let magnetic_writes = input.magnetic_store_write_properties.as_ref().map(table_shape::magnetic_writes);
    let schema = input.schema.as_ref().filter(|schema| schema.composite_partition_key.is_some());
    let update = TableUpdate {
        retention: input.retention_properties.as_ref().map(table_shape::retention),
        magnetic_writes: magnetic_writes.transpose()?,
        partition_key: schema.map(table_shape::partition_key).transpose()?,
    };
    let updated = node.engine.update_table(input.database_name(), input.table_name(), update).await;
    let updated = updated.map_err(errors::storage)?;
    Ok(UpdateTableResponse { table: Some(views::table(node.arns(), &updated)) })
}
