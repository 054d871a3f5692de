//! NextToken of the list operations: the position after the last item of the page before, sealed.

use model::limits;
use wire::ApiError;
use wire::page_token::{open, seal};

use crate::node::Node;

/// Makes the token of a position. `purpose` names the operation and what it lists, so that the token of one list means
/// nothing to another.
pub fn make(node: &Node, purpose: &str, position: &str) -> Result<String, ApiError> {
    seal(&node.token_key, purpose, position.as_bytes()).ok_or_else(|| {
        tracing::error!(purpose, "a page token would be too long");
        ApiError::internal()
    })
}

/// The position of a token that [`make`] made for the same purpose.
///
/// # Errors
/// ValidationException for any other text.
pub fn read(node: &Node, purpose: &str, token: Option<&str>) -> Result<Option<String>, ApiError> {
    let Some(token) = token else { return Ok(None) };
    let position = open(&node.token_key, purpose, token).and_then(|bytes| String::from_utf8(bytes).ok());
    position.map(Some).ok_or_else(|| ApiError::validation("Invalid pagination token"))
}

/// The number of items of a page.
pub fn page_rows(max_results: Option<i32>) -> usize {
    max_results.and_then(|max| usize::try_from(max).ok()).unwrap_or(limits::LIST_PAGE_ROWS_MAX)
}
