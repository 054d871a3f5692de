//! UpdateDatabase (api.md 2.1): changes the key.

use wire::ApiError;
use wire::write::input::UpdateDatabaseRequest;
use wire::write::output::UpdateDatabaseResponse;

use super::{kms_key, views};
use crate::errors;
use crate::node::Node;
use crate::telemetry;

pub async fn run(node: &Node, input: UpdateDatabaseRequest<'_>) -> Result<UpdateDatabaseResponse, ApiError> {
    telemetry::name_database(input.database_name());
    let kms_key_id = kms_key::resolve(node.arns(), Some(input.kms_key_id()))?;
    let updated = node.engine.update_database(input.database_name(), kms_key_id).await;
    let updated = updated.map_err(errors::storage)?;
    Ok(UpdateDatabaseResponse { database: Some(views::database(node.arns(), &updated)) })
}
