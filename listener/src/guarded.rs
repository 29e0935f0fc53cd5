//! How slow may the other end of a connection be? HTTP's own library has a time-out for heads alone; a client that never
//! reads its reply would hold a connection for ever, and one that is kept open between calls must not be closed as soon as
//! one that says nothing.
//!
//! A connection is new or has begun a request (its head is awaited, then its body), is served, or rests. What waits for a write that makes
//! no progress is cut.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

#[cfg(test)]
mod tests;

/// How slow the other end may be.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Within this time the head of a request must be there: from the beginning of the connection, or from its own first
    /// byte. So long, too, may one rest that has never authenticated.
    pub head: Duration,
    /// In each such time in which a write has to wait, ...
    pub window: Duration,
    /// ... the other end must have taken this many bytes.
    pub least_bytes: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(5),
            window: Duration::from_secs(5),
            least_bytes: 4_096,
        }
    }
}

/// Why a connection was cut for being too slow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooSlow {
    /// The head of a request did not arrive.
    Head,
    /// The reply was not taken.
    Reading,
}

impl TooSlow {
    /// The word for it in logs and figures.
    #[must_use]
    pub fn cause(self) -> &'static str {
        match self {
            Self::Head => "slow_head",
            Self::Reading => "slow_reader",
        }
    }
}

/// A request's head is awaited.
const HEAD: u32 = 0;
/// A request is served.
const SERVED: u32 = 1;
/// The reply is made, and the next request has not begun.
const RESTS: u32 = 2;
/// The head is there, and the body is awaited.
const BODY: u32 = 3;
/// The phase is in the lowest bits, the number of changes above them.
const PHASE: u32 = 3;
const CHANGE: u32 = 4;

/// What a connection is at; shared by the connection, the service that answers its requests and whoever must choose one to
/// close.
#[derive(Debug)]
pub struct Progress {
    born: Instant,
    state: AtomicU32,
    /// Milliseconds from `born` to the last change.
    changed: AtomicU64,
    has_authenticated: AtomicBool,
    too_slow: AtomicU8,
    is_aborted: AtomicBool,
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            born: Instant::now(),
            state: AtomicU32::new(HEAD),
            changed: AtomicU64::new(0),
            has_authenticated: AtomicBool::new(false),
            too_slow: AtomicU8::new(0),
            is_aborted: AtomicBool::new(false),
        }
    }
}

impl Progress {
    /// The head of a request has arrived.
    pub fn serve(&self) {
        self.change(SERVED);
    }

    /// Its body is awaited. However many send theirs slowly, there is room for others.
    pub fn await_body(&self) {
        self.switch(BODY);
    }

    /// Its body is there, or is awaited no longer.
    pub fn go_on(&self) {
        self.switch(SERVED);
    }

    /// The request is answered.
    pub fn rest(&self) {
        self.change(RESTS);
    }

    /// A request had the credentials of a partner.
    pub fn authenticated(&self) {
        self.has_authenticated.store(true, Ordering::Relaxed);
    }

    /// Whether a request ever had.
    pub fn has_authenticated(&self) -> bool {
        self.has_authenticated.load(Ordering::Relaxed)
    }

    /// Since when it has been waiting for its other end; `None` while a request is served. The body of a request is awaited since
    /// its head was there.
    pub fn idle_since(&self) -> Option<Instant> {
        let is_idle = self.state.load(Ordering::Relaxed) & PHASE != SERVED;
        let changed = Duration::from_millis(self.changed.load(Ordering::Relaxed));
        is_idle.then(|| self.born + changed)
    }

    /// Why it was cut, if it was.
    pub fn too_slow(&self) -> Option<TooSlow> {
        match self.too_slow.load(Ordering::Relaxed) {
            1 => Some(TooSlow::Head),
            2 => Some(TooSlow::Reading),
            _ => None,
        }
    }

    /// What it has not been sent yet is not worth keeping.
    pub fn abort(&self) {
        self.is_aborted.store(true, Ordering::Relaxed);
    }

    /// Whether its end is to be a reset. Otherwise the system would keep the unsent for one who never reads.
    pub fn is_aborted(&self) -> bool {
        self.is_aborted.load(Ordering::Relaxed)
    }

    fn change(&self, phase: u32) {
        let millis = u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.changed.store(millis, Ordering::Relaxed);
        self.switch(phase);
    }

    fn switch(&self, phase: u32) {
        let changes = self.state.load(Ordering::Relaxed) & !PHASE;
        let next = changes.wrapping_add(CHANGE) | phase;
        self.state.store(next, Ordering::Relaxed);
    }

    fn cut(&self, why: TooSlow) -> io::Error {
        let number = match why {
            TooSlow::Head => 1,
            TooSlow::Reading => 2,
        };
        self.too_slow.store(number, Ordering::Relaxed);
        if why == TooSlow::Reading {
            self.abort();
        }
        io::ErrorKind::TimedOut.into()
    }
}

/// A connection that ends when its other end is too slow.
pub struct Guarded<S> {
    stream: S,
    progress: Arc<Progress>,
    pace: Pace,
    /// When the head is due, and for which state it was set.
    head_due: Pin<Box<Sleep>>,
    due_for: Option<u32>,
    /// When a write must have made progress; `None` while none waits.
    window: Option<Pin<Box<Sleep>>>,
    /// Bytes taken in this window.
    moved: usize,
}

impl<S> Guarded<S> {
    /// Guards this stream.
    pub fn new(stream: S, progress: Arc<Progress>, pace: Pace) -> Self {
        Self {
            stream,
            progress,
            pace,
            head_due: Box::pin(sleep(pace.head)),
            due_for: Some(HEAD),
            window: None,
            moved: 0,
        }
    }

    /// Judges a write that was tried: one that waits for too long is an error.
    fn written<T>(
        &mut self,
        context: &mut Context<'_>,
        tried: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if tried.is_ready() {
            return tried;
        }
        if self.window.is_none() {
            self.moved = 0;
        }
        let window = self
            .window
            .get_or_insert_with(|| Box::pin(sleep(self.pace.window)));
        loop {
            ready!(window.as_mut().poll(context));
            if self.moved < self.pace.least_bytes {
                return Poll::Ready(Err(self.progress.cut(TooSlow::Reading)));
            }
            self.moved = 0;
            *window = Box::pin(sleep(self.pace.window));
        }
    }

    fn count(&mut self, written: &Poll<io::Result<usize>>) {
        if let Poll::Ready(Ok(bytes)) = written {
            self.moved = self.moved.saturating_add(*bytes);
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guarded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(context, buffer);
        let is_new = buffer.filled().len() > before;
        if is_new && this.progress.state.load(Ordering::Relaxed) & PHASE == RESTS {
            this.progress.change(HEAD);
        }
        if read.is_ready() {
            return read;
        }
        let state = this.progress.state.load(Ordering::Relaxed);
        let is_due = match state & PHASE {
            SERVED | BODY => false,
            RESTS => !this.progress.has_authenticated(),
            _ => true,
        };
        if !is_due {
            return Poll::Pending;
        }
        if this.due_for != Some(state) {
            this.due_for = Some(state);
            this.head_due = Box::pin(sleep(this.pace.head));
        }
        ready!(this.head_due.as_mut().poll(context));
        if state & PHASE == RESTS {
            // It ends as if the other end had said that it has nothing more to ask.
            return Poll::Ready(Ok(()));
        }
        Poll::Ready(Err(this.progress.cut(TooSlow::Head)))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guarded<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let tried = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.count(&tried);
        self.written(context, tried)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let tried = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.count(&tried);
        self.written(context, tried)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let tried = Pin::new(&mut self.stream).poll_flush(context);
        if tried.is_ready() {
            // All was taken: nothing waits.
            self.window = None;
        }
        self.written(context, tried)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let tried = Pin::new(&mut self.stream).poll_shutdown(context);
        self.written(context, tried)
    }
}
