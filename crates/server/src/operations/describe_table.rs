//! DescribeTable (api.md 2.2).

use wire::ApiError;
use wire::write::input::DescribeTableRequest;
use wire::write::output::DescribeTableResponse;

use super::views;
use crate::errors;
use crate::node::Node;
use crate::telemetry;

pub fn run(node: &Node, input: &DescribeTableRequest<'_>) -> Result<DescribeTableResponse, ApiError> {
    telemetry::name_table(input.database_name(), input.table_name());
    let table = node.engine.describe_table(input.database_name(), input.table_name());
    let table = table.map_err(errors::storage)?;
    Ok(DescribeTableResponse { table: Some(views::table(node.arns(), &table)) })
}
