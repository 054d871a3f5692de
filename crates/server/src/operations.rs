//! All operations of both APIs, one line each; an operation without a handler answers a declared error.

mod describe_endpoints;

use wire::decode::decode;
use wire::encode::encode;
use wire::{ApiError, Operation};

use crate::gateway::Caller;
use crate::node::Node;

/// Runs one operation: from the bytes of a request body to the bytes of the answer.
pub async fn run(node: &Node, operation: Operation, caller: &Caller, body: &[u8]) -> Result<Vec<u8>, ApiError> {
    match operation {
        Operation::DescribeEndpoints => encode(&describe_endpoints::run(node, caller, &decode(body)?)?),
        _ => Err(unsupported(operation)),
    }
}

/// The answer of an operation that has no handler yet. A ValidationException tells every SDK not to retry.
fn unsupported(operation: Operation) -> ApiError {
    ApiError::validation(format!("The operation {} is not supported by this release.", operation.name()))
}
