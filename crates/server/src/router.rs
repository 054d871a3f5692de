//! From an HTTP request to an HTTP answer: paths, limits on header and body, health and metrics.
//!
//! API calls are `POST /`. Before the node is open every call but `GET /metrics` is answered with a retryable error.
//! Every answer carries a request id. An answer given before the signature was verified closes its connection, so what
//! a hostile request smuggles behind itself is never read.

mod body;

pub use body::ReceivedBody;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Method, Request, Response, StatusCode, Version};
use http_body_util::Full;
use hyper::body::Body;
use model::clock::Clock;
use model::entropy::{Entropy, base32_id};
use model::limits;
use wire::{ApiError, ErrorCode};

use crate::admission::Admission;
use crate::gateway::{self, Call};
use crate::node::Node;
use crate::settings::Settings;
use crate::telemetry::{self, Metrics};

pub type Answer = Response<Full<Bytes>>;

/// Answers requests. Lives from before recovery until the process ends.
#[derive(Debug)]
pub struct Router {
    node: OnceLock<Arc<Node>>,
    metrics: Arc<Metrics>,
    admission: Arc<Admission>,
    entropy: Arc<dyn Entropy>,
    clock: Arc<dyn Clock>,
    started_ns: u64,
    header_bytes_max: u64,
    body_bytes_max: u64,
    body_timeout: Duration,
}

impl Router {
    /// `clock` is the machine's clock, whatever the data's clock is.
    pub fn new(
        settings: &Settings,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self {
            node: OnceLock::new(),
            metrics,
            admission: Arc::new(Admission::new(settings, Arc::clone(&clock))),
            entropy,
            started_ns: clock.monotonic_ns(),
            clock,
            header_bytes_max: settings.header_bytes_max,
            body_bytes_max: settings.body_bytes_max,
            body_timeout: Duration::from_millis(settings.body_timeout_ms),
        }
    }

    /// Lets calls through to a node that has recovered. Only the first call counts.
    pub fn open(&self, node: Arc<Node>) {
        if self.node.set(node).is_err() {
            tracing::error!("a router was opened twice");
        }
    }

    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    pub fn admission(&self) -> &Arc<Admission> {
        &self.admission
    }

    /// Answers one request; never fails.
    pub async fn answer<B>(&self, request: Request<B>) -> Answer
    where
        B: Body<Data = Bytes>,
        B::Error: std::fmt::Display,
    {
        let request_id = base32_id(&*self.entropy, limits::REQUEST_ID_CHARS);
        let version = request.version();
        let mut answer = match (request.method(), request.uri().path()) {
            (&Method::POST, "/") => self.call(request, &request_id).await,
            (&Method::GET | &Method::HEAD, "/health") => self.health(),
            (&Method::GET | &Method::HEAD, "/metrics") => self.scrape().await,
            (_, "/" | "/health" | "/metrics") => {
                closing(text(StatusCode::METHOD_NOT_ALLOWED, "method not allowed\n"))
            }
            _ => closing(text(StatusCode::NOT_FOUND, "not found\n")),
        };
        if version >= Version::HTTP_2 {
            answer.headers_mut().remove(CONNECTION);
        }
        if let Ok(id) = HeaderValue::try_from(request_id) {
            answer.headers_mut().insert("x-amzn-requestid", id);
        }
        answer
    }

    async fn call<B>(&self, request: Request<B>, request_id: &str) -> Answer
    where
        B: Body<Data = Bytes>,
        B::Error: std::fmt::Display,
    {
        let (head, body) = request.into_parts();
        let Some(node) = self.node.get() else {
            let message = "The service is starting and not ready yet. Try again later.";
            return closing(api_error(&ApiError::new(ErrorCode::InternalServer, message)));
        };
        if header_bytes(&head.headers) > self.header_bytes_max {
            return closing(text(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "request header too large\n"));
        }
        let length = content_length(&head.headers);
        let received =
            body::receive(body, length, self.body_bytes_max, self.body_timeout, &self.admission).await;
        let body = match received {
            Ok(body) => body,
            Err(refused) => return closing(api_error(&refused)),
        };
        self.metrics.body_bytes.inc_by(body.bytes.len() as u64);
        let call = Call { head, body, request_id: request_id.to_owned() };
        gateway::answer(node, &self.admission, call).await
    }

    fn health(&self) -> Answer {
        match self.node.get() {
            Some(node) if node.is_healthy() => text(StatusCode::OK, "ok\n"),
            Some(_) => {
                text(StatusCode::SERVICE_UNAVAILABLE, "writes are refused until the server is restarted\n")
            }
            None => text(StatusCode::SERVICE_UNAVAILABLE, "starting\n"),
        }
    }

    async fn scrape(&self) -> Answer {
        let uptime = Duration::from_nanos(self.clock.monotonic_ns().saturating_sub(self.started_ns));
        let node = self.node.get();
        if let Some(node) = node {
            self.metrics.queries_running.set(i64::try_from(node.queries.running()).unwrap_or(i64::MAX));
        }
        // They are counted over all partitions, which takes a while where there are many.
        let stats = match node.cloned() {
            Some(node) => tokio::task::spawn_blocking(move || node.engine.stats()).await.ok(),
            None => None,
        };
        let mut answer =
            text(StatusCode::OK, &self.metrics.encode(uptime, telemetry::panics(), stats.as_ref()));
        let openmetrics =
            HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
        answer.headers_mut().insert(CONTENT_TYPE, openmetrics);
        answer
    }
}

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const CLOSE: HeaderValue = HeaderValue::from_static("close");
const JSON: HeaderValue = HeaderValue::from_static(wire::CONTENT_TYPE);

fn text(status: StatusCode, text: &str) -> Answer {
    respond(status, TEXT, Bytes::copy_from_slice(text.as_bytes()))
}

/// The answer to a call that succeeded.
pub fn api_success(body: Bytes) -> Answer {
    respond(StatusCode::OK, JSON, body)
}

/// The answer to a call that failed.
pub fn api_error(error: &ApiError) -> Answer {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = respond(status, JSON, error.body().into());
    answer.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(error.code.name()));
    answer
}

/// Makes an answer the last one of its connection.
pub fn closing(mut answer: Answer) -> Answer {
    answer.headers_mut().insert(CONNECTION, CLOSE);
    answer
}

fn respond(status: StatusCode, content_type: HeaderValue, body: Bytes) -> Answer {
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, content_type);
    answer
}

fn header_bytes(headers: &HeaderMap) -> u64 {
    headers.iter().map(|(name, value)| (name.as_str().len() + value.len() + 4) as u64).sum()
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
