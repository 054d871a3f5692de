//! CreateTable (api.md 2.2). A table is ACTIVE when the call returns.

use storage::metastore::decide::NewTable;
use wire::ApiError;
use wire::write::input::{CreateTableRequest, Schema};
use wire::write::output::CreateTableResponse;

use super::{resource_name, table_shape, tags, views};
use crate::errors;
use crate::node::Node;
use crate::telemetry;

pub async fn run(node: &Node, input: CreateTableRequest<'_>) -> Result<CreateTableResponse, ApiError> {
    telemetry::name_table(input.database_name(), input.table_name());
    resource_name::check("table", "tableName", input.table_name())?;
    let magnetic_writes = input.magnetic_store_write_properties.as_ref().map(table_shape::magnetic_writes);
    let new = NewTable {
        database: input.database_name().to_owned(),
        name: input.table_name().to_owned(),
        retention: input.retention_properties.as_ref().map(table_shape::retention).unwrap_or_default(),
        magnetic_writes: magnetic_writes.transpose()?.unwrap_or_default(),
        partition_key: table_shape::partition_key(input.schema.as_ref().unwrap_or(&Schema::default()))?,
        tags: tags::checked(input.tags())?,
    };
    let created = node.engine.create_table(new).await.map_err(errors::storage)?;
    Ok(CreateTableResponse { table: Some(views::table(node.arns(), &created)) })
}
