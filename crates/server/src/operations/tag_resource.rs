//! TagResource of both APIs (api.md 2.4). An existing key gets the new value.

use wire::ApiError;
use wire::write::input::TagResourceRequest;
use wire::write::output::TagResourceResponse;

use super::tags;
use crate::errors;
use crate::node::Node;

pub async fn run(node: &Node, input: TagResourceRequest<'_>) -> Result<TagResourceResponse, ApiError> {
    let given = tags::checked(input.tags())?;
    let resource = tags::resource(node, input.resource_arn())?;
    node.engine.tag(resource, given).await.map_err(errors::storage)?;
    Ok(TagResourceResponse {})
}
