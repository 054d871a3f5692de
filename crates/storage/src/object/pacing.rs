//! How retries wait. Apart from the clock, because a test must not wait at all.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;

/// Lets a task wait.
#[async_trait]
pub trait Pacing: Send + Sync + Debug {
    async fn pause(&self, duration: Duration);
}

/// Waits by the runtime's timer.
#[derive(Debug, Clone, Copy, Default)]
pub struct TimerPacing;

#[async_trait]
impl Pacing for TimerPacing {
    async fn pause(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}
