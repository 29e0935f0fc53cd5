//! The body of a reply, and whom it answers.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Frame, SizeHint};

use super::handing_over::Outgoing;
use crate::rpc::dispatch::Replies;

/// See the module.
pub(super) struct ReplyBody {
    bytes: Full<Bytes>,
    /// The replies in it; dropped with it, they are lost.
    pub(super) replies: Option<Replies>,
    /// Where they go when their bytes do.
    pub(super) outgoing: Outgoing,
}

impl ReplyBody {
    pub(super) fn of(bytes: Bytes) -> Self {
        Self {
            bytes: Full::new(bytes),
            replies: None,
            outgoing: Outgoing::default(),
        }
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let polled = Pin::new(&mut self.bytes).poll_frame(context);
        if let (Poll::Ready(Some(_)), Some(replies)) = (&polled, self.replies.take()) {
            self.outgoing.put(replies);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.bytes.size_hint()
    }
}
