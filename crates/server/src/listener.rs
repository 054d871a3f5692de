//! The accept loop: HTTP/1.1 and HTTP/2 with prior knowledge on one port, with every limit set by us.
//!
//! A connection beyond `connections_max` waits in the listen queue. A connection that does not end the head of a request
//! within the header timeout is closed, an idle one later. Shutdown stops accepting, lets requests in flight finish
//! until the deadline, and then drops what is left.

mod connection;
mod pace;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::router::Router;
use crate::settings::Settings;
use connection::Protocol;

/// Waits before the next accept after one failed, most often for want of file descriptors.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// A bound port.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
}

impl Listener {
    /// Binds the first address that the setting `listen` resolves to.
    pub async fn bind(listen: &str) -> io::Result<Self> {
        let socket = TcpListener::bind(listen).await?;
        let address = socket.local_addr()?;
        Ok(Self { socket, address })
    }

    /// The address in use; its port is never 0.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves connections until `stop` is ready, then until the last request is answered or the deadline has passed.
    pub async fn serve(self, router: Arc<Router>, settings: &Settings, stop: impl Future<Output = ()>) {
        let protocol = Protocol::new(settings);
        let slots =
            Arc::new(Semaphore::new(usize::try_from(settings.connections_max).unwrap_or(usize::MAX >> 3)));
        let open = GracefulShutdown::new();
        tokio::pin!(stop);
        loop {
            let accepted = tokio::select! {
                biased;
                () = &mut stop => break,
                accepted = accept(&self.socket, &slots) => accepted,
            };
            let Some((stream, slot)) = accepted else { continue };
            let watcher = open.watcher();
            let (protocol, router) = (protocol.clone(), Arc::clone(&router));
            tokio::spawn(async move {
                let metrics = Arc::clone(router.metrics());
                metrics.connections.inc();
                metrics.connections_open.inc();
                protocol.serve(stream, router, watcher).await;
                metrics.connections_open.dec();
                drop(slot);
            });
        }
        drop(self.socket);
        let deadline = Duration::from_secs(settings.shutdown_seconds_max);
        tracing::info!(connections = open.count(), "stopped accepting");
        if tokio::time::timeout(deadline, open.shutdown()).await.is_err() {
            tracing::warn!(seconds = deadline.as_secs(), "connections dropped at the shutdown deadline");
        }
    }
}

/// Takes a slot and then the next connection; `None` after a failure that may pass.
async fn accept(
    socket: &TcpListener,
    slots: &Arc<Semaphore>,
) -> Option<(tokio::net::TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let slot = Arc::clone(slots).acquire_owned().await.ok()?;
    match socket.accept().await {
        Ok((stream, _peer)) => Some((stream, slot)),
        Err(error) => {
            tracing::warn!(%error, "accepting a connection failed");
            tokio::time::sleep(ACCEPT_RETRY).await;
            None
        }
    }
}
