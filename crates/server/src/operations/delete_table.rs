//! DeleteTable (api.md 2.2). The table is gone when the call returns; it never shows DELETING.

use wire::ApiError;
use wire::shape::NoOutput;
use wire::write::input::DeleteTableRequest;

use crate::errors;
use crate::node::Node;
use crate::telemetry;

pub async fn run(node: &Node, input: DeleteTableRequest<'_>) -> Result<NoOutput, ApiError> {
    telemetry::name_table(input.database_name(), input.table_name());
    node.engine.delete_table(input.database_name(), input.table_name()).await.map_err(errors::storage)?;
    Ok(NoOutput {})
}
