//! DeleteDatabase (api.md 2.1). Only an empty database can be deleted.

use wire::ApiError;
use wire::shape::NoOutput;
use wire::write::input::DeleteDatabaseRequest;

use crate::errors;
use crate::node::Node;
use crate::telemetry;

pub async fn run(node: &Node, input: DeleteDatabaseRequest<'_>) -> Result<NoOutput, ApiError> {
    telemetry::name_database(input.database_name());
    node.engine.delete_database(input.database_name()).await.map_err(errors::storage)?;
    Ok(NoOutput {})
}
