//! The way of an API call: verify the signature, find the operation, wait for a turn, run it, word the answer.
//!
//! A call runs as its own task to its end, also when the client has gone: what was begun is never left half done. A
//! panic ends the task alone, is counted, and becomes `InternalServerException`.

use std::sync::Arc;

use http::Version;
use http::request::Parts;
use prometheus_client::metrics::gauge::Gauge;
use tracing::field::Empty;
use tracing::{Instrument, info_span};
use wire::sigv4::{Principal, Request, Verified};
use wire::{ApiError, ErrorCode, Operation, target_operation};

use crate::admission::Admission;
use crate::node::Node;
use crate::operations;
use crate::router::{Answer, ReceivedBody, api_error, api_success, closing};
use crate::telemetry::OperationLabel;

/// An API call as it was received.
#[derive(Debug)]
pub struct Call {
    pub head: Parts,
    pub body: ReceivedBody,
    pub request_id: String,
}

/// Who calls, as far as it was proven or is needed for the answer.
#[derive(Debug)]
pub struct Caller {
    pub principal: Arc<Principal>,
    pub head: Parts,
}

impl Caller {
    /// The host and port the client used to reach us.
    pub fn host(&self) -> &str {
        host(&self.head).unwrap_or_default()
    }

    pub fn user_agent(&self) -> &str {
        self.head
            .headers
            .get(http::header::USER_AGENT)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

/// Answers a call; never fails.
pub async fn answer(node: &Arc<Node>, admission: &Arc<Admission>, call: Call) -> Answer {
    let verified = match verify(node, &call) {
        Ok(verified) => verified,
        Err(refused) => {
            node.metrics.authentication_failures.inc();
            tracing::debug!(request_id = call.request_id, error = %refused, "call refused");
            return closing(api_error(&refused));
        }
    };
    let operation = match find_operation(&call.head) {
        Ok(operation) => operation,
        Err(unknown) => {
            node.metrics.user_errors.get_or_create(&OperationLabel { operation: "unknown" }).inc();
            return api_error(&unknown);
        }
    };
    let span = info_span!(
        "request",
        request_id = call.request_id,
        operation = operation.name(),
        database = Empty,
        table = Empty
    );
    let task = run(Arc::clone(node), Arc::clone(admission), operation, verified.principal, call);
    match node.tasks.spawn(task.instrument(span.clone())).await {
        Ok(answer) => answer,
        Err(failed) => {
            let _entered = span.enter();
            count(node, operation, ErrorCode::InternalServer);
            tracing::error!(error = %failed, "a call ended in a panic");
            api_error(&ApiError::internal())
        }
    }
}

/// One call among those being worked on, until it is answered or has panicked.
struct InFlight(Gauge);

impl InFlight {
    fn count(gauge: Gauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

async fn run(
    node: Arc<Node>,
    admission: Arc<Admission>,
    operation: Operation,
    principal: Arc<Principal>,
    call: Call,
) -> Answer {
    let label = OperationLabel { operation: operation.name() };
    let started_ns = node.machine_clock.monotonic_ns();
    let in_flight = InFlight::count(node.metrics.requests_in_flight.get_or_create_owned(&label));
    let outcome = match admission.turn(operation).await {
        Ok(turn) => {
            let caller = Caller { principal, head: call.head };
            let outcome = operations::run(&node, operation, &caller, &call.body.bytes).await;
            drop(turn);
            outcome
        }
        Err(throttled) => Err(throttled),
    };
    drop(in_flight);
    let elapsed_s = node.machine_clock.monotonic_ns().saturating_sub(started_ns) as f64 / 1e9;
    match outcome {
        Ok(body) => {
            node.metrics.latency_seconds.get_or_create(&label).observe(elapsed_s);
            tracing::debug!(elapsed_s, body_bytes = body.len(), "call answered");
            api_success(body)
        }
        Err(error) => {
            count(&node, operation, error.code);
            match error.code {
                // The client has the request id to ask with; what failed was logged where it did, maybe without it.
                ErrorCode::InternalServer => tracing::error!(elapsed_s, "call failed for a fault of ours"),
                // As text, whose control characters are escaped: it may repeat what the client sent.
                _ => tracing::debug!(elapsed_s, error = error.to_string(), "call failed"),
            }
            api_error(&error)
        }
    }
}

fn verify(node: &Node, call: &Call) -> Result<Verified, ApiError> {
    let head = &call.head;
    let mut headers: Vec<(&str, &[u8])> = Vec::with_capacity(head.headers.len() + 1);
    headers.extend(head.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())));
    // HTTP/2 carries the host outside of the headers; it is what the client signed as `host`.
    if head.version >= Version::HTTP_2
        && !head.headers.contains_key(http::header::HOST)
        && let Some(authority) = head.uri.authority()
    {
        headers.push(("host", authority.as_str().as_bytes()));
    }
    let request = Request {
        method: head.method.as_str(),
        path: head.uri.path(),
        query: head.uri.query().unwrap_or_default(),
        headers: &headers,
        body: &call.body.bytes,
    };
    // Signatures are judged by the real time, also under a test clock.
    let now_ns = node.machine_clock.now_ns();
    Ok(node.verifier.verify(&request, &node.credentials, now_ns)?)
}

fn find_operation(head: &Parts) -> Result<Operation, ApiError> {
    let target = head.headers.get("x-amz-target").and_then(|value| value.to_str().ok());
    target_operation(target.unwrap_or_default())
}

fn host(head: &Parts) -> Option<&str> {
    match head.headers.get(http::header::HOST) {
        Some(host) => host.to_str().ok(),
        None => head.uri.authority().map(|authority| authority.as_str()),
    }
}

fn count(node: &Node, operation: Operation, code: ErrorCode) {
    let label = OperationLabel { operation: operation.name() };
    let family = match code {
        ErrorCode::InternalServer => &node.metrics.system_errors,
        ErrorCode::Throttling => &node.metrics.throttled,
        _ => &node.metrics.user_errors,
    };
    family.get_or_create(&label).inc();
}
