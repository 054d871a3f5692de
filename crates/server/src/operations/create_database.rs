//! CreateDatabase (api.md 2.1). A database is ready when the call returns.

use model::names::check_resource_name;
use storage::metastore::decide::NewDatabase;
use wire::ApiError;
use wire::write::input::CreateDatabaseRequest;
use wire::write::output::CreateDatabaseResponse;

use super::{kms_key, tags, views};
use crate::errors;
use crate::node::Node;

pub async fn run(node: &Node, input: CreateDatabaseRequest<'_>) -> Result<CreateDatabaseResponse, ApiError> {
    check_resource_name("database", input.database_name()).map_err(errors::name)?;
    let new = NewDatabase {
        name: input.database_name().to_owned(),
        kms_key_id: kms_key::resolve(node.arns(), input.kms_key_id())?,
        tags: tags::checked(input.tags())?,
    };
    let created = node.engine.create_database(new).await.map_err(errors::storage)?;
    Ok(CreateDatabaseResponse { database: Some(views::database(node.arns(), &created)) })
}
