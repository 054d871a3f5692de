//! The signals that stop a server.

use tokio::signal::unix::{SignalKind, signal};

use super::Failure;
use crate::running::RunningServer;

/// Ready at the next SIGINT or SIGTERM.
pub async fn stop_requested() -> std::io::Result<&'static str> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(tokio::select! {
        _ = interrupt.recv() => "SIGINT",
        _ = terminate.recv() => "SIGTERM",
    })
}

/// Stops a server in good order, unless a further signal says not to wait for it. Nothing acknowledged is lost then either.
pub async fn stop(server: RunningServer) -> Result<(), Failure> {
    tokio::select! {
        () = server.stop() => Ok(()),
        again = stop_requested() => Err(Failure(format!("ended by a second signal, {}", again?))),
    }
}
