//! DescribeDatabase (api.md 2.1).

use wire::ApiError;
use wire::write::input::DescribeDatabaseRequest;
use wire::write::output::DescribeDatabaseResponse;

use super::views;
use crate::errors;
use crate::node::Node;
use crate::telemetry;

pub fn run(node: &Node, input: &DescribeDatabaseRequest<'_>) -> Result<DescribeDatabaseResponse, ApiError> {
    telemetry::name_database(input.database_name());
    let database = node.engine.describe_database(input.database_name()).map_err(errors::storage)?;
    Ok(DescribeDatabaseResponse { database: Some(views::database(node.arns(), &database)) })
}
