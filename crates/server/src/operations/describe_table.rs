//! DescribeTable (api.md 2.2).

use wire::ApiError;
use wire::write::input::DescribeTableRequest;
use wire::write::output::DescribeTableResponse;

use super::views;
use crate::errors;
use crate::node::Node;

pub fn run(node: &Node, input: &DescribeTableRequest<'_>) -> Result<DescribeTableResponse, ApiError> {
    let table = node.engine.describe_table(input.database_name(), input.table_name());
    let table = table.map_err(errors::storage)?;
    Ok(DescribeTableResponse { table: Some(views::table(node.arns(), &table)) })
}
