//! The body of a reply, and whom it answers.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use super::handing_over::Outgoing;
use crate::rpc::answer::Replies;

/// See the module.
pub(super) struct ReplyBody {
    /// What is still to be written.
    parts: VecDeque<Bytes>,
    /// The replies in it; dropped with it, they are lost.
    pub(super) replies: Option<Replies>,
    /// Where they go when their bytes do.
    pub(super) outgoing: Outgoing,
}

impl ReplyBody {
    /// A body of these parts, none of which is copied.
    pub(super) fn of_parts(parts: Vec<Bytes>) -> Self {
        Self {
            parts: parts.into(),
            ..Self::of(Bytes::new())
        }
    }

    pub(super) fn of(bytes: Bytes) -> Self {
        Self {
            parts: VecDeque::from_iter(Some(bytes).filter(|bytes| !bytes.is_empty())),
            replies: None,
            outgoing: Outgoing::default(),
        }
    }
}

fn bytes(parts: &VecDeque<Bytes>) -> u64 {
    let all = parts.iter().map(Bytes::len).sum::<usize>();
    u64::try_from(all).unwrap_or(u64::MAX)
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Some(part) = self.parts.pop_front() else {
            return Poll::Ready(None);
        };
        if let Some(replies) = self.replies.take() {
            self.outgoing.put(replies);
        }
        Poll::Ready(Some(Ok(Frame::data(part))))
    }

    fn is_end_stream(&self) -> bool {
        self.parts.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(bytes(&self.parts))
    }
}
