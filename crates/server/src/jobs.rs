//! What runs in the background of a server: the engine's maintenance, and putting reports into buckets.
//!
//! A run that fails or panics is logged, counted, and tried again later, each time twice as late, up to a minute: the
//! engine left everything as it was. What is due and how it is done is the engine's (`storage::engine::Engine::maintain`).

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use model::limits;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::node::Node;
use crate::reports;

/// The background jobs of one server, until they are stopped.
#[derive(Debug)]
pub struct Jobs {
    stop: watch::Sender<bool>,
    maintenance: JoinHandle<()>,
    reports: JoinHandle<()>,
}

impl Jobs {
    pub fn start(node: Arc<Node>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let reports = tokio::spawn(put_reports(Arc::clone(&node), stopped.clone()));
        Self { stop, maintenance: tokio::spawn(maintain(node, stopped)), reports }
    }

    /// Waits for the run in progress and starts no other.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if let Err(error) = self.maintenance.await {
            tracing::error!(%error, "background maintenance had ended");
        }
        if let Err(error) = self.reports.await {
            tracing::error!(%error, "putting reports had ended");
        }
    }
}

async fn maintain(node: Arc<Node>, mut stopped: watch::Receiver<bool>) {
    let period = Duration::from_millis(node.settings.maintenance_period_ms);
    let mut pause = period;
    loop {
        tokio::select! {
            biased;
            _ = stopped.wait_for(|is_stopped| *is_stopped) => return,
            () = tokio::time::sleep(pause) => {}
            // What failed is not tried again at once, however many writes wait for it.
            () = node.engine.maintenance_wanted(), if pause == period => {}
        }
        pause = if run(&node).await { period } else { longer(pause) };
        node.query_engine.release_view();
    }
}

/// A bucket may be slow or away: maintenance does not wait for it.
async fn put_reports(node: Arc<Node>, mut stopped: watch::Receiver<bool>) {
    let period = Duration::from_millis(node.settings.maintenance_period_ms);
    let mut pause = period;
    loop {
        tokio::select! {
            biased;
            _ = stopped.wait_for(|is_stopped| *is_stopped) => return,
            () = tokio::time::sleep(pause) => {}
        }
        let put = AssertUnwindSafe(reports::put_waiting(&node)).catch_unwind();
        let outcome = tokio::select! {
            biased;
            _ = stopped.wait_for(|is_stopped| *is_stopped) => return,
            outcome = put => outcome,
        };
        pause = match outcome {
            Ok(true) => period,
            Ok(false) => longer(pause),
            Err(_) => {
                tracing::error!("putting reports panicked");
                longer(pause)
            }
        };
    }
}

/// Whether it succeeded.
async fn run(node: &Node) -> bool {
    match AssertUnwindSafe(node.engine.maintain()).catch_unwind().await {
        Ok(Ok(done)) => {
            if done != Default::default() {
                tracing::debug!(?done, "maintained");
            }
            true
        }
        Ok(Err(error)) => {
            node.metrics.maintenance_failures.inc();
            tracing::error!(%error, "maintenance failed");
            false
        }
        Err(_) => {
            tracing::error!("maintenance panicked");
            false
        }
    }
}

fn longer(pause: Duration) -> Duration {
    (pause * 2).min(Duration::from_millis(limits::MAINTENANCE_PAUSE_MS_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_after_a_failure_doubles_up_to_its_limit() {
        let longest = Duration::from_millis(limits::MAINTENANCE_PAUSE_MS_MAX);
        assert_eq!(longer(Duration::from_secs(1)), Duration::from_secs(2));
        assert_eq!(longer(longest), longest);
    }
}
