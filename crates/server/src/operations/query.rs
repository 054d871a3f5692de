//! Query (api.md 4): starts a query or follows the NextToken of one.

use bytes::Bytes;
use sql::syntax::is_unload;
use wire::ApiError;
use wire::query::QueryInsightsMode;
use wire::query::input::QueryRequest;
use wire::shape::Choice;

use crate::admission::rate_exceeded;
use crate::gateway::Caller;
use crate::node::Node;
use crate::queries::PageRequest;

/// Returns the body of the answer: pages are written as bytes.
pub async fn run(node: &Node, caller: &Caller, input: &QueryRequest<'_>) -> Result<Bytes, ApiError> {
    let insights = input.query_insights.as_ref().and_then(|insights| insights.mode.as_ref());
    let request = PageRequest {
        principal: &caller.principal.arn,
        text: input.query_string(),
        client_token: input.client_token(),
        max_rows: input.max_rows.and_then(|max| usize::try_from(max).ok()),
        with_insights: insights.and_then(Choice::known) == Some(QueryInsightsMode::EnabledWithRateControl),
    };
    match input.next_token() {
        // A paginator sends a new ClientToken with every page: only NextToken says what continues.
        Some(next_token) => node.queries.next_page(request, next_token).await,
        None => {
            check_rates(node, &request)?;
            node.queries.first_page(request).await
        }
    }
}

/// UNLOAD and queries with insights have rates of their own (api.md 4.11, 4.13).
fn check_rates(node: &Node, request: &PageRequest<'_>) -> Result<(), ApiError> {
    let unload_rate = node.unload_rate.as_ref().filter(|_| is_unload(request.text));
    let insights_rate = node.insights_rate.as_ref().filter(|_| request.with_insights);
    let now_ns = node.machine_clock.monotonic_ns();
    match [unload_rate, insights_rate].into_iter().flatten().all(|rate| rate.allow(now_ns)) {
        true => Ok(()),
        false => Err(rate_exceeded()),
    }
}
