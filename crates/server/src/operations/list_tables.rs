//! ListTables (api.md 2.2): tables of one database or of all, in the order of names.

use wire::ApiError;
use wire::write::input::ListTablesRequest;
use wire::write::output::ListTablesResponse;

use super::{next_token, views};
use crate::errors;
use crate::node::Node;

pub fn run(node: &Node, input: &ListTablesRequest<'_>) -> Result<ListTablesResponse, ApiError> {
    let database = input.database_name();
    let purpose = format!("ListTables {}", database.unwrap_or("*"));
    let position = next_token::read(node, &purpose, input.next_token())?;
    // Names hold no slash, so the first one separates them.
    let start_after = position.as_deref().and_then(|position| position.split_once('/'));
    let page = node.engine.list_tables(database, start_after, next_token::page_rows(input.max_results));
    let page = page.map_err(errors::storage)?;
    let last = page.items.last().filter(|_| page.is_truncated);
    let make = |position: String| next_token::make(node, &purpose, &position);
    let next_token = last.map(|last| make(format!("{}/{}", last.database, last.name))).transpose()?;
    let tables = page.items.iter().map(|table| views::table(node.arns(), table)).collect();
    Ok(ListTablesResponse { tables: Some(tables), next_token })
}
