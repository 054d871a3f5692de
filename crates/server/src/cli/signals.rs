//! Waits for the signals that stop a server.

use tokio::signal::unix::{SignalKind, signal};

/// Ready at the first SIGINT or SIGTERM. A second one ends the process at once, as it does by default.
pub async fn stop_requested() -> std::io::Result<&'static str> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(tokio::select! {
        _ = interrupt.recv() => "SIGINT",
        _ = terminate.recv() => "SIGTERM",
    })
}
