//! CreateDatabase (api.md 2.1). A database is ready when the call returns.

use storage::metastore::decide::NewDatabase;
use wire::ApiError;
use wire::write::input::CreateDatabaseRequest;
use wire::write::output::CreateDatabaseResponse;

use super::{kms_key, resource_name, tags, views};
use crate::errors;
use crate::node::Node;
use crate::telemetry;

pub async fn run(node: &Node, input: CreateDatabaseRequest<'_>) -> Result<CreateDatabaseResponse, ApiError> {
    telemetry::name_database(input.database_name());
    resource_name::check("database", "databaseName", input.database_name())?;
    let new = NewDatabase {
        name: input.database_name().to_owned(),
        kms_key_id: kms_key::resolve(node.arns(), input.kms_key_id())?,
        tags: tags::checked(input.tags())?,
    };
    let created = node.engine.create_database(new).await.map_err(errors::storage)?;
    Ok(CreateDatabaseResponse { database: Some(views::database(node.arns(), &created)) })
}
