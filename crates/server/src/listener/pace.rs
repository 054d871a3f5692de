//! Finds peers that begin the head of a request and do not end it, on connections that may be idle for longer.
//!
//! Hyper has one timeout for both. It is set to the idle timeout; this keeps the shorter one for heads.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::rt::{Read, ReadBufCursor, Write};

const IDLE: u64 = 0;
const HEAD: u64 = 1;
const BUSY: u64 = 2;
/// HTTP/2 interleaves requests and watches its peers with pings.
const MULTIPLEXED: u64 = 3;
const STATES: u64 = 4;

/// Where a connection is: a state, and above it how many heads have begun.
#[derive(Debug)]
pub struct Pace(AtomicU64);

impl Default for Pace {
    /// A new connection is expected to send a head at once.
    fn default() -> Self {
        Self(AtomicU64::new(HEAD))
    }
}

impl Pace {
    fn bytes_arrived(&self) {
        let now = self.0.load(Ordering::Relaxed);
        if now % STATES == IDLE {
            self.0.store(now + STATES + HEAD, Ordering::Relaxed);
        }
    }

    /// The head of a request is complete.
    pub fn request_began(&self, is_multiplexed: bool) {
        let state = if is_multiplexed { MULTIPLEXED } else { BUSY };
        let now = self.0.load(Ordering::Relaxed);
        self.0.store(now - now % STATES + state, Ordering::Relaxed);
    }

    pub fn request_ended(&self) {
        let now = self.0.load(Ordering::Relaxed);
        if now % STATES == BUSY {
            self.0.store(now - BUSY + IDLE, Ordering::Relaxed);
        }
    }

    /// The number of the head that is being received.
    fn head(&self) -> Option<u64> {
        let now = self.0.load(Ordering::Relaxed);
        (now % STATES == HEAD).then_some(now / STATES)
    }

    /// Ready when a head took at least `timeout`, and at most twice as long.
    pub async fn head_is_late(&self, timeout: Duration) {
        let mut seen = self.head();
        loop {
            tokio::time::sleep(timeout).await;
            let now = self.head();
            if now.is_some() && now == seen {
                return;
            }
            seen = now;
        }
    }
}

/// A stream that tells its pace when bytes arrive.
#[derive(Debug)]
pub struct Paced<S> {
    stream: S,
    pace: Arc<Pace>,
}

impl<S> Paced<S> {
    pub fn new(stream: S, pace: Arc<Pace>) -> Self {
        Self { stream, pace }
    }
}

impl<S: Read + Unpin> Read for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if read.is_ready() {
            self.pace.bytes_arrived();
        }
        read
    }
}

impl<S: Write + Unpin> Write for Paced<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_told_from_idleness_and_from_each_other() {
        let pace = Pace::default();
        assert_eq!(pace.head(), Some(0), "a new connection owes a head");
        pace.request_began(false);
        pace.bytes_arrived();
        assert_eq!(pace.head(), None, "bytes of a body are no head");
        pace.request_ended();
        assert_eq!(pace.head(), None, "idle");
        pace.bytes_arrived();
        pace.bytes_arrived();
        assert_eq!(pace.head(), Some(1));
        pace.request_began(true);
        pace.request_ended();
        pace.bytes_arrived();
        assert_eq!(pace.head(), None, "frames are no heads");
    }
}
