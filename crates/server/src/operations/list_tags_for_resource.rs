//! ListTagsForResource of both APIs (api.md 2.4). All tags of a resource fit one page, so there is never a NextToken.

use wire::ApiError;
use wire::write::input::ListTagsForResourceRequest;
use wire::write::output::{ListTagsForResourceResponse, Tag};

use super::tags;
use crate::errors;
use crate::node::Node;

pub fn run(
    node: &Node,
    input: &ListTagsForResourceRequest<'_>,
) -> Result<ListTagsForResourceResponse, ApiError> {
    let resource = tags::resource(node, input.resource_arn())?;
    let stored = node.engine.tags(resource).map_err(errors::storage)?;
    let tags = stored.into_iter().map(|tag| Tag { key: tag.key, value: tag.value }).collect();
    Ok(ListTagsForResourceResponse { tags: Some(tags) })
}
