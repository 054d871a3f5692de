//! CancelQuery (api.md 4.8). Cancelling again is answered with a message; a query that has ended can't be cancelled.

use wire::ApiError;
use wire::query::input::CancelQueryRequest;
use wire::query::output::CancelQueryResponse;

use crate::gateway::Caller;
use crate::node::Node;
use crate::queries::Cancellation;

pub fn run(
    node: &Node,
    caller: &Caller,
    input: &CancelQueryRequest<'_>,
) -> Result<CancelQueryResponse, ApiError> {
    let cancellation_message = match node.queries.cancel(&caller.principal.arn, input.query_id())? {
        Cancellation::Done => None,
        Cancellation::DoneBefore => Some(format!("The query {} was cancelled before.", input.query_id())),
    };
    Ok(CancelQueryResponse { cancellation_message })
}
