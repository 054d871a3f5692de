//! UntagResource of both APIs (api.md 2.4). Unknown keys are ignored.

use wire::ApiError;
use wire::write::input::UntagResourceRequest;
use wire::write::output::UntagResourceResponse;

use super::tags;
use crate::errors;
use crate::node::Node;

pub async fn run(node: &Node, input: UntagResourceRequest<'_>) -> Result<UntagResourceResponse, ApiError> {
    let resource = tags::resource(node, input.resource_arn())?;
    let keys: Vec<String> = input.tag_keys().iter().map(|key| key.to_string()).collect();
    node.engine.untag(resource, &keys).await.map_err(errors::storage)?;
    Ok(UntagResourceResponse {})
}
