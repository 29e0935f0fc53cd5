//! A request that calls methods: its headers are judged, then its sender, then its body is read and answered.

use std::sync::Arc;
use std::time::Duration;

use hyper::body::{Body as _, Incoming};
use hyper::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, EXPECT, HeaderMap, HeaderValue, RETRY_AFTER,
    WWW_AUTHENTICATE,
};
use hyper::{Request, StatusCode};
use listener::body::{NoBody, read};
use listener::browser::asks_its_user;
use listener::guarded::Progress;
use rpc_schema::errors::Lang;
use rpc_schema::hint::Hint;
use rpc_schema::reason::Reason;

use super::body::ReplyBody;
use super::content::{is_encoded, is_json};
use super::endpoint::{Asker, Endpoint};
use super::refusal::{Reply, because, closing, json, refusal, unavailable, with_body};
use crate::rpc::answer::Answer;
use crate::rpc::body::SentTo;
use crate::rpc::dispatch::lang;
use crate::rpc::sender::Sender;

/// The largest body without credentials, in bytes: it may call nothing but `rpc.discover`.
const WITHOUT_CREDENTIALS: usize = 4 * 1024;
/// How long such a body may take.
const WITHOUT_CREDENTIALS_TIME: Duration = Duration::from_secs(2);
/// How long the body of a refused request is awaited, so that the connection can go on and the refusal is not lost.
const DISCARD_TIME: Duration = Duration::from_secs(1);

impl Endpoint {
    /// Answers a request that calls methods.
    pub(super) async fn call(
        &self,
        request: Request<Incoming>,
        to: SentTo,
        asker: Asker<'_>,
    ) -> Reply {
        let (head, body) = request.into_parts();
        let headers = &head.headers;
        let asked = lang(headers);
        if let Some(refusal) = unfit(headers, asked) {
            return refusal;
        }
        let limit = self.limits.body_bytes;
        let declared = body.size_hint().lower();
        if declared > bytes(limit) {
            return self.without_body(NoBody::TooLarge, asked);
        }
        let sender = match self
            .dispatcher
            .authenticate(headers, asker.peer, asker.last_login)
            .await
        {
            Ok(sender) => sender,
            Err(answer) => {
                let refusal = reply_to(answer, headers);
                return self.discard(headers, body, refusal, asker.progress).await;
            }
        };
        let (limit, time) = match &sender {
            Sender::Partner(..) => {
                asker.progress.authenticated();
                (limit, self.limits.body_timeout)
            }
            Sender::Nobody(_) => {
                if declared > bytes(WITHOUT_CREDENTIALS) {
                    let answer = self
                        .dispatcher
                        .without_credentials(headers, asker.peer.source);
                    let refusal = reply_to(answer, headers);
                    return self.discard(headers, body, refusal, asker.progress).await;
                }
                let time = self.limits.body_timeout.min(WITHOUT_CREDENTIALS_TIME);
                (limit.min(WITHOUT_CREDENTIALS), time)
            }
        };
        asker.progress.await_body();
        let body = read(body, limit, time).await;
        asker.progress.go_on();
        let body = match body {
            Ok(body) => body,
            Err(NoBody::TooLarge) if matches!(sender, Sender::Nobody(_)) => {
                let answer = self
                    .dispatcher
                    .without_credentials(headers, asker.peer.source);
                return closing(reply_to(answer, headers));
            }
            Err(fault) => return self.without_body(fault, asked),
        };
        // Taken only now, so that slow senders do not use up the permits.
        let Ok(permit) = Arc::clone(&self.in_flight).try_acquire_owned() else {
            return unavailable(asked, Reason::Overloaded);
        };
        let answered = self.dispatcher.answer(
            to,
            sender,
            headers,
            &body,
            asker.request_id,
            Arc::new(permit),
        );
        reply_to(answered.await, headers)
    }

    fn without_body(&self, fault: NoBody, asked: Option<Lang>) -> Reply {
        let (status, reason, hint) = match fault {
            NoBody::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                Reason::BodyTooLarge,
                Hint::BodyLimit(self.limits.body_bytes),
            ),
            NoBody::Incomplete => (
                StatusCode::BAD_REQUEST,
                Reason::BodyIncomplete,
                Hint::BodyIncomplete,
            ),
            NoBody::TooSlow => (
                StatusCode::REQUEST_TIMEOUT,
                Reason::BodyTimeout,
                Hint::BodyTimeout,
            ),
        };
        closing(refusal(status, asked, reason, hint))
    }

    /// Refuses a request whose body was not read. What is small is taken from the connection, unread.
    async fn discard(
        &self,
        headers: &HeaderMap,
        body: Incoming,
        refusal: Reply,
        progress: &Progress,
    ) -> Reply {
        // One who asks first sends nothing now.
        if headers.contains_key(EXPECT) {
            return closing(refusal);
        }
        progress.await_body();
        let discarded = read(body, self.limits.body_bytes, DISCARD_TIME).await;
        progress.go_on();
        match discarded {
            Ok(_) => refusal,
            Err(_) => closing(refusal),
        }
    }
}

/// What HTTP refuses of these headers.
fn unfit(headers: &HeaderMap, asked: Option<Lang>) -> Option<Reply> {
    let unsupported = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    let is_twice = |name| headers.get_all(name).iter().nth(1).is_some();
    if is_twice(AUTHORIZATION) || is_twice(CONTENT_TYPE) {
        // Something in front of the gateway may have looked at the other one.
        let status = StatusCode::BAD_REQUEST;
        let (reason, hint) = (Reason::HeaderTwice, Hint::HeaderTwice);
        return Some(refusal(status, asked, reason, hint));
    }
    if !is_json(headers.get(CONTENT_TYPE)) {
        let (reason, hint) = (Reason::ContentType, Hint::ContentType);
        return Some(refusal(unsupported, asked, reason, hint));
    }
    if is_encoded(headers.get(CONTENT_ENCODING)) {
        let (reason, hint) = (Reason::ContentEncoding, Hint::ContentEncoding);
        return Some(refusal(unsupported, asked, reason, hint));
    }
    None
}

fn reply_to(answer: Answer, headers: &HeaderMap) -> Reply {
    match answer {
        Answer::Ok(body, replies) => {
            let body = ReplyBody::of_parts(body);
            let mut reply = with_body(StatusCode::OK, "application/json", body);
            reply.body_mut().replies = Some(replies);
            reply
        }
        Answer::Unauthorized(body, reason) => {
            let mut reply = because(json(StatusCode::UNAUTHORIZED, body), reason);
            if !asks_its_user(headers) {
                let realm =
                    HeaderValue::from_static(r#"Basic realm="AloqaGateway", charset="UTF-8""#);
                reply.headers_mut().insert(WWW_AUTHENTICATE, realm);
            }
            reply
        }
        Answer::Unavailable(lang) => unavailable(Some(lang), Reason::DatabaseAway),
        Answer::TooMany(body, reason, seconds) => {
            let mut reply = because(json(StatusCode::TOO_MANY_REQUESTS, body), reason);
            reply
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
            reply
        }
    }
}

fn bytes(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
