//! ListDatabases (api.md 2.1), in the order of names.

use wire::ApiError;
use wire::write::input::ListDatabasesRequest;
use wire::write::output::ListDatabasesResponse;

use super::{next_token, views};
use crate::node::Node;

const PURPOSE: &str = "ListDatabases";

pub fn run(node: &Node, input: &ListDatabasesRequest<'_>) -> Result<ListDatabasesResponse, ApiError> {
    let start_after = next_token::read(node, PURPOSE, input.next_token())?;
    let page = node.engine.list_databases(start_after.as_deref(), next_token::page_rows(input.max_results));
    let last = page.items.last().filter(|_| page.is_truncated);
    let next_token = last.map(|last| next_token::make(node, PURPOSE, &last.database.name)).transpose()?;
    let databases = page.items.iter().map(|item| views::database(node.arns(), item)).collect();
    Ok(ListDatabasesResponse { databases: Some(databases), next_token })
}
