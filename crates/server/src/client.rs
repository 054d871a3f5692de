//! A small client of our own APIs for `query` and `demo`: signs requests with Signature Version 4, keeps connections.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use model::clock::Clock;
use wire::shape::Input;
use wire::sigv4::{Request as SignedRequest, Signer, sign};
use wire::{ApiError, Operation, decode, encode};

use crate::credentials::KeyPair;

/// Above the size of any answer: a page and its metadata.
const ANSWER_BYTES_MAX: usize = 64 * 1_024 * 1_024;

/// A client of one endpoint. Clones share connections.
#[derive(Debug, Clone)]
pub struct Client {
    http: HttpClient<HttpConnector, Full<Bytes>>,
    authority: Arc<str>,
    key_pair: KeyPair,
    session_token: Option<Arc<str>>,
    region: Arc<str>,
    clock: Arc<dyn Clock>,
}

/// Why a call gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("the endpoint must look like http://HOST:PORT, not {0}")]
    Endpoint(String),
    #[error("can't reach http://{authority}: {reason}")]
    Unreachable { authority: String, reason: String },
    #[error("the answer has status {0} and no readable error")]
    Answer(u16),
    #[error("a task of the client failed: {0}")]
    Task(String),
    #[error(transparent)]
    Api(#[from] ApiError),
}

impl Client {
    /// A client of `endpoint`, which must be `http://HOST:PORT`. `clock` must be the real one.
    pub fn new(
        endpoint: &str,
        region: &str,
        key_pair: KeyPair,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ClientError> {
        let authority = endpoint.strip_prefix("http://").map(|rest| rest.trim_end_matches('/'));
        let authority = authority
            .filter(|authority| !authority.is_empty() && !authority.contains(['/', '?', '@', ' ']))
            .ok_or_else(|| ClientError::Endpoint(endpoint.to_owned()))?;
        let mut connector = HttpConnector::new();
        // A small body behind a header must not wait for the acknowledgement of the header.
        connector.set_nodelay(true);
        let http = HttpClient::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(5))
            .build(connector);
        Ok(Self {
            http,
            authority: authority.into(),
            key_pair,
            session_token: None,
            region: region.into(),
            clock,
        })
    }

    pub fn with_session_token(self, session_token: Option<String>) -> Self {
        Self { session_token: session_token.map(Arc::from), ..self }
    }

    /// Calls the operation that the input belongs to.
    pub async fn call<'a, I: Input<'a> + serde::Serialize>(
        &self,
        input: &I,
    ) -> Result<I::Output, ClientError> {
        let body = self.send(I::OPERATION, encode::encode(input)?.into()).await?;
        Ok(decode::decode_output(&body)?)
    }

    /// Sends a body that is encoded already and returns the body of a successful answer.
    pub async fn send(&self, operation: Operation, body: Bytes) -> Result<Bytes, ClientError> {
        let target = format!("{}.{}", wire::TARGET_PREFIX, operation.name());
        let request = self.signed(&target, body)?;
        let answer = self.http.request(request).await.map_err(|error| self.unreachable(&error))?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await;
        let body = body.map_err(|error| self.unreachable(&*error))?.to_bytes();
        if status.is_success() {
            return Ok(body);
        }
        Err(ApiError::parse(&body).map_or(ClientError::Answer(status.as_u16()), ClientError::Api))
    }

    fn signed(&self, target: &str, body: Bytes) -> Result<Request<Full<Bytes>>, ClientError> {
        let headers: [(&str, &[u8]); 3] = [
            ("content-type", wire::CONTENT_TYPE.as_bytes()),
            ("host", self.authority.as_bytes()),
            ("x-amz-target", target.as_bytes()),
        ];
        let unsigned = SignedRequest { method: "POST", path: "/", query: "", headers: &headers, body: &body };
        let signer = Signer {
            access_key_id: &self.key_pair.access_key_id,
            secret_access_key: self.key_pair.secret_access_key.as_str(),
            session_token: self.session_token.as_deref(),
            region: &self.region,
        };
        let added = sign(&unsigned, &signer, self.clock.now_ns());
        let mut request = Request::post(format!("http://{}/", self.authority));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        for (name, value) in added {
            request = request.header(name, value);
        }
        request.body(Full::new(body)).map_err(|_| ClientError::Endpoint(format!("http://{}", self.authority)))
    }

    fn unreachable(&self, error: &dyn std::error::Error) -> ClientError {
        let mut reason = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            reason.push_str(&format!(": {cause}"));
            source = cause.source();
        }
        ClientError::Unreachable { authority: self.authority.to_string(), reason }
    }
}
