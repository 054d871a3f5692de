//! Waiting for an object store from code that blocks: scans, merges and recovery are plain functions.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use tokio::runtime::Handle;

use crate::error::{Result, StorageError};

/// How often a waiting thread looks whether anybody still wants what it waits for.
const LOOK_PERIOD: Duration = Duration::from_millis(20);

/// Where the store's futures run.
#[derive(Debug, Clone)]
pub enum Bridge {
    /// On the waiting thread: for stores that block by themselves and need no reactor, as the local one.
    Inline,
    /// On a runtime that the waiting thread is not the only worker of.
    Runtime(Handle),
}

impl Bridge {
    /// Blocks until the future is done.
    pub fn wait<T: Send + 'static>(
        &self,
        future: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        self.wait_unless(future, || false)
    }

    /// Blocks until the future is done, or until it is found that it has become useless: then it is dropped.
    pub fn wait_unless<T: Send + 'static>(
        &self,
        future: impl Future<Output = Result<T>> + Send + 'static,
        is_useless: impl Fn() -> bool,
    ) -> Result<T> {
        let failed = |reason: &str| StorageError::Background { reason: reason.into() };
        if is_useless() {
            return Err(failed("nobody waits any more"));
        }
        let handle = match self {
            Self::Inline => return wait_here(future),
            Self::Runtime(handle) => handle,
        };
        let (sender, receiver) = std::sync::mpsc::sync_channel(1);
        let task = handle.spawn(async move {
            // Nobody listens when the waiting thread is gone.
            let _ = sender.send(future.await);
        });
        loop {
            match receiver.recv_timeout(LOOK_PERIOD) {
                Ok(result) => return result,
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(failed("the runtime of the object store ended"));
                }
                Err(RecvTimeoutError::Timeout) if is_useless() => {
                    task.abort();
                    return Err(failed("nobody waits any more"));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn wait_here<T>(future: impl Future<Output = T>) -> T {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    /// Says when it is dropped.
    struct Dropped(std::sync::mpsc::Sender<()>);

    impl Drop for Dropped {
        fn drop(&mut self) {
            let _ = self.0.send(());
        }
    }

    #[test]
    fn a_useless_future_is_dropped() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let bridge = Bridge::Runtime(runtime.handle().clone());
        let is_useless = Arc::new(AtomicBool::new(false));
        let (dropped, was_dropped) = std::sync::mpsc::channel();
        let started = Arc::clone(&is_useless);
        let answer = bridge.wait_unless(
            async move {
                let _dropped = Dropped(dropped);
                started.store(true, Ordering::Release);
                std::future::pending::<Result<()>>().await
            },
            || is_useless.load(Ordering::Acquire),
        );
        assert!(matches!(answer, Err(StorageError::Background { .. })));
        was_dropped.recv().unwrap();
        assert_eq!(bridge.wait(async { Ok(7) }).unwrap(), 7);
    }
}
