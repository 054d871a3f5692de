//! Waiting for an object store from code that blocks: scans, merges and recovery are plain functions.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use tokio::runtime::Handle;

use crate::error::{Result, StorageError};

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
        match self {
            Self::Inline => wait_here(future),
            Self::Runtime(handle) => {
                let (sender, receiver) = std::sync::mpsc::sync_channel(1);
                handle.spawn(async move {
                    // Nobody listens when the waiting thread is gone.
                    let _ = sender.send(future.await);
                });
                let gone =
                    || StorageError::Background { reason: "the runtime of the object store ended".into() };
                receiver.recv().unwrap_or_else(|_| Err(gone()))
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
