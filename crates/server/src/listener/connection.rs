//! One connection and the protocol limits that hold for each.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Version};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::Watcher;
use model::limits;
use tokio::net::TcpStream;

use super::pace::{Pace, Paced};
use crate::router::Router;
use crate::settings::Settings;

/// The read buffer of HTTP/1.1. Larger than the header limit, which [`Router`] applies, so that a typical write
/// arrives in few reads.
const HTTP1_BUFFER_BYTES: usize = 64 * 1_024;
/// Streams a peer may reset before they were answered; more is the rapid-reset attack.
const HTTP2_PENDING_RESETS_MAX: usize = 20;
const HTTP2_WINDOW_BYTES: u32 = 1_024 * 1_024;
const HTTP2_PING_INTERVAL: Duration = Duration::from_secs(20);

/// The configured protocol, cheap to clone.
#[derive(Clone)]
pub struct Protocol {
    builder: Builder<TokioExecutor>,
    header_timeout: Duration,
}

impl Protocol {
    pub fn new(settings: &Settings) -> Self {
        let header_timeout = Duration::from_millis(settings.header_timeout_ms);
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(Duration::from_millis(
                settings.idle_timeout_ms.max(settings.header_timeout_ms),
            ))
            .max_headers(limits::HEADER_FIELDS_MAX)
            .max_buf_size(HTTP1_BUFFER_BYTES)
            .half_close(false);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(u32::try_from(settings.http2_streams_max).unwrap_or(u32::MAX))
            .max_header_list_size(u32::try_from(settings.header_bytes_max).unwrap_or(u32::MAX))
            .max_pending_accept_reset_streams(HTTP2_PENDING_RESETS_MAX)
            .max_local_error_reset_streams(HTTP2_PENDING_RESETS_MAX)
            .initial_stream_window_size(HTTP2_WINDOW_BYTES)
            .initial_connection_window_size(HTTP2_WINDOW_BYTES)
            .keep_alive_interval(HTTP2_PING_INTERVAL)
            .keep_alive_timeout(HTTP2_PING_INTERVAL);
        Self { builder, header_timeout }
    }

    /// Serves one connection until it closes. Errors of the peer end it and are only logged.
    pub async fn serve(&self, stream: TcpStream, router: Arc<Router>, watcher: Watcher) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection refused an option");
        }
        let pace = Arc::new(Pace::default());
        let service = service_fn(|request: Request<Incoming>| {
            pace.request_began(request.version() >= Version::HTTP_2);
            let (router, pace) = (Arc::clone(&router), Arc::clone(&pace));
            async move {
                let answer = router.answer(request).await;
                pace.request_ended();
                Ok::<_, Infallible>(answer)
            }
        });
        let stream = Paced::new(TokioIo::new(stream), Arc::clone(&pace));
        let connection = self.builder.serve_connection(stream, service).into_owned();
        tokio::select! {
            ended = watcher.watch(connection) => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection ended early");
                }
            }
            () = pace.head_is_late(self.header_timeout) => {
                tracing::debug!("a connection sent no whole request head in time");
            }
        }
    }
}
