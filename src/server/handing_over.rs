//! When was a reply handed over? When it is written to a connection whose other end is still there.
//!
//! A caller who has shut down its sending side still gets its reply, but cannot be told from one who is gone. So its reply
//! counts as lost: what it told is told again, by webhook. That is judged before the reply is written, as one who has it may
//! go.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use listener::tcp::Accepted;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::rpc::answer::Replies;

/// The replies whose bytes a connection is writing; shared with the bodies of its replies.
#[derive(Debug, Clone, Default)]
pub(super) struct Outgoing(Arc<Mutex<Option<Replies>>>);

impl Outgoing {
    /// The bytes with these replies are to be written now.
    pub(super) fn put(&self, replies: Replies) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(replies);
    }

    fn take(&self) -> Option<Replies> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// A connection that says of its replies whether they were handed over.
pub(super) struct HandingOver {
    stream: Accepted,
    outgoing: Outgoing,
}

impl HandingOver {
    pub(super) fn new(stream: Accepted, outgoing: Outgoing) -> Self {
        Self { stream, outgoing }
    }

    /// Judges the replies that are about to be written; those that are not handed over are dropped, and so lost.
    fn judge(&self, context: &mut Context<'_>) {
        if let Some(replies) = self.outgoing.take()
            && self.stream.is_open(context)
        {
            replies.handed_over();
        }
    }
}

impl AsyncRead for HandingOver {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for HandingOver {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.judge(context);
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.judge(context);
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
