//! A running server: bound, recovered, serving. Used by `serve`, `demo` and tests alike.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::jobs::Jobs;
use crate::listener::Listener;
use crate::node::{Node, OpenError, World};
use crate::router::Router;
use crate::settings::Settings;
use crate::telemetry::Metrics;

/// A server that accepts requests until it is stopped.
#[derive(Debug)]
pub struct RunningServer {
    address: SocketAddr,
    node: Arc<Node>,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
    jobs: Jobs,
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("can't listen on {listen}: {source}")]
    Listen { listen: String, source: io::Error },
    #[error("setting test_clock is refused unless listening on a loopback address, not on {0}")]
    TestClock(SocketAddr),
    #[error(transparent)]
    Open(#[from] OpenError),
}

impl RunningServer {
    /// Binds, starts to answer health checks, recovers, and then lets API calls through.
    pub async fn start(settings: Settings, world: World) -> Result<Self, StartError> {
        let listener = Listener::bind(&settings.listen)
            .await
            .map_err(|source| StartError::Listen { listen: settings.listen.clone(), source })?;
        let address = listener.address();
        if settings.test_clock.0.is_some() && !address.ip().is_loopback() {
            return Err(StartError::TestClock(address));
        }
        if !address.ip().is_loopback() {
            tracing::warn!(%address, "listening without TLS beyond this machine: put a TLS proxy in front");
        }
        let metrics = Arc::new(Metrics::new());
        let (clock, entropy) = (Arc::clone(&world.machine_clock), Arc::clone(&world.entropy));
        let router = Arc::new(Router::new(&settings, clock, entropy, Arc::clone(&metrics)));
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn({
            let (router, settings) = (Arc::clone(&router), settings.clone());
            async move {
                // A dropped sender stops the server too.
                let stop = async { stopped.await.unwrap_or_default() };
                listener.serve(router, &settings, stop).await;
            }
        });
        let node = Arc::new(Node::open(settings, world, metrics).await?);
        router.open(Arc::clone(&node));
        tracing::info!(%address, data_dir = %node.settings.data_dir.display(), "ready");
        let jobs = Jobs::start(Arc::clone(&node));
        Ok(Self { address, node, stop, serving, jobs })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn node(&self) -> &Arc<Node> {
        &self.node
    }

    /// Stops accepting, lets calls in flight finish, and closes the data directory.
    pub async fn stop(self) {
        if self.stop.send(()).is_err() {
            tracing::warn!("the listener had ended before it was stopped");
        }
        if let Err(error) = self.serving.await {
            tracing::error!(%error, "the listener failed");
        }
        self.jobs.stop().await;
        self.node.close().await;
        tracing::info!("stopped");
    }
}
