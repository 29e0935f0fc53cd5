//! How long may a connection say nothing? hyper has one time for waiting, whether a request has begun or not. Partners keep
//! connections open between their calls, and a call that is sent just when its connection is closed looks like a lost one. So
//! an idle connection is kept for long, while one that is new or has begun a request must send its head soon.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// The head of a request is awaited: the connection is new, or has begun one.
const HEAD: u8 = 0;
/// A request is served.
const SERVED: u8 = 1;
/// The reply is made, and the next request has not begun.
const IDLE: u8 = 2;

/// What a connection waits for; shared with the service that answers its requests.
#[derive(Debug, Clone, Default)]
pub(super) struct Phase(Arc<AtomicU8>);

impl Phase {
    /// The head of a request has arrived.
    pub(super) fn serve(&self) {
        self.0.store(SERVED, Ordering::Relaxed);
    }

    /// The request is answered.
    pub(super) fn rest(&self) {
        self.0.store(IDLE, Ordering::Relaxed);
    }

    fn begin(&self) {
        self.0.store(HEAD, Ordering::Relaxed);
    }

    fn get(&self) -> u8 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A connection that ends when the head of a request does not arrive in time.
pub(super) struct Patient<S> {
    stream: S,
    phase: Phase,
    head_timeout: Duration,
    head_due: Pin<Box<Sleep>>,
}

impl<S> Patient<S> {
    pub(super) fn new(stream: S, phase: Phase, head_timeout: Duration) -> Self {
        Self {
            stream,
            phase,
            head_timeout,
            head_due: Box::pin(sleep(head_timeout)),
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(context, buffer);
        if buffer.filled().len() > before && this.phase.get() == IDLE {
            this.phase.begin();
            this.head_due = Box::pin(sleep(this.head_timeout));
        }
        if read.is_pending()
            && this.phase.get() == HEAD
            && this.head_due.as_mut().poll(context).is_ready()
        {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
