//! What is answered over HTTP to a whole request.

use std::sync::Arc;

use bytes::Bytes;
use rpc_schema::errors::{ErrorCode, Lang};
use rpc_schema::hint::Hint;
use rpc_schema::reason::Reason;

use crate::caller::PendingReply;
use crate::rpc::envelope::{self, Form, JsonRpcId, Reply};
use crate::rpc::errors::WireError;

/// What to answer over HTTP.
#[derive(Debug)]
pub enum Answer {
    /// HTTP 200. The body is empty if no call wants an answer. The replies are lost unless they are handed over.
    Ok(Vec<Bytes>, Replies),
    /// HTTP 401, with the error and its reason.
    Unauthorized(String, Reason),
    /// HTTP 429, with the error and its reason, and after how many seconds a repeat can help.
    TooMany(String, Reason, i64),
    /// HTTP 503: the database cannot be reached.
    Unavailable(Lang),
}

/// The replies to the calls of a body. Dropped before they are handed over, they are lost.
#[derive(Debug, Default)]
pub struct Replies(Vec<Arc<PendingReply>>);

impl Replies {
    pub(super) fn add(&mut self, reply: Arc<PendingReply>) {
        self.0.push(reply);
    }

    /// They were handed to the connection.
    pub fn handed_over(mut self) {
        for reply in self.0.drain(..) {
            reply.handed_over();
        }
    }
}

impl Drop for Replies {
    fn drop(&mut self) {
        for reply in &self.0 {
            reply.lost();
        }
    }
}

/// A batch of these replies.
pub(super) fn joined(replies: Vec<Vec<Bytes>>) -> Vec<Bytes> {
    let mut parts = Vec::new();
    for reply in replies {
        let before = if parts.is_empty() { "[" } else { "," };
        parts.push(Bytes::from_static(before.as_bytes()));
        parts.extend(reply);
    }
    parts.push(Bytes::from_static(b"]"));
    parts
}

/// -32504 of a whole request.
pub(super) fn unauthorized(lang: Lang, reason: Reason, hint: Hint) -> Answer {
    let error = WireError::because(ErrorCode::AccessDenied, lang, reason, hint);
    Answer::Unauthorized(lone_error(&error), reason)
}

/// -32343 of a whole request: nothing was done, and `seconds` later it may be repeated.
pub(super) fn too_many(lang: Lang, reason: Reason, hint: Hint, seconds: i64) -> Answer {
    let error = WireError::because(ErrorCode::Overloaded, lang, reason, hint);
    Answer::TooMany(lone_error(&error), reason, seconds)
}

/// A reply with one error and no id, for what concerns no single call.
pub fn lone_error(error: &WireError) -> String {
    lone_error_as(Form::TwoPointZero, error)
}

pub(super) fn lone_error_as(form: Form, error: &WireError) -> String {
    envelope::write(form, &JsonRpcId::Absent, &Reply::Error(error.to_json()))
}
