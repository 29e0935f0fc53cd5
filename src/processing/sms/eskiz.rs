//! Eskiz: forms over HTTP, and a token that a login gives for thirty days (docs/networks.md#messages-and-receipts).

use std::sync::Arc;

use bytes::Bytes;
use form_urlencoded::Serializer;
use hyper::StatusCode;
use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue};
use rpc_schema::values::Phone;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::error::SmsError;
use crate::config;
use crate::processing::bulkhead::CallClass;
use crate::processing::exchange::{Endpoint, Reply, SetupError, Way};
use crate::processing::lenient::{self, Scalar};
use crate::processing::login::{Denied, LoginError, LoginToken};
use crate::processing::told_server::ToldServer;

pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// The client of the provider.
pub struct Eskiz {
    pub(super) login: Endpoint,
    send: Endpoint,
    email: String,
    password: SecretString,
    /// The sender: 4546 until a name is bought.
    from: String,
    token: LoginToken,
}

impl std::fmt::Debug for Eskiz {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Eskiz")
            .field("send", &self.send)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct LoggedIn {
    data: Token,
}

#[derive(Deserialize)]
struct Token {
    token: String,
}

impl Eskiz {
    /// `url` is the address before the paths `/auth/login` and `/message/sms/send`.
    ///
    /// # Errors
    /// The URL cannot be used.
    pub fn new(config: &config::Sms, url: &str, told: ToldServer) -> Result<Self, SetupError> {
        let (connect, total) = (config.connect_timeout_ms, config.timeout_ms);
        let way = || Way::of(&config.tls, &config.route, connect, total);
        let url = url.trim_end_matches('/');
        let endpoint = |path: &str, told| {
            let endpoint = Endpoint::new(&format!("{url}{path}"), way())?;
            Ok::<_, SetupError>(endpoint.telling(told))
        };
        Ok(Self {
            login: endpoint("/auth/login", told.clone())?,
            send: endpoint("/message/sms/send", told)?,
            email: config.user.clone(),
            password: config.password.clone(),
            from: config.originator.clone(),
            token: LoginToken::default(),
        })
    }

    /// Sends one message, once. A token that is not taken any more is renewed, once.
    ///
    /// # Errors
    /// See [`SmsError`].
    pub async fn send(&self, phone: &Phone, text: &str, message_id: &str) -> Result<(), SmsError> {
        let body = Serializer::new(String::new())
            .append_pair("mobile_phone", phone.digits())
            .append_pair("message", text)
            .append_pair("from", &self.from)
            .append_pair("user_sms_id", message_id)
            .finish();
        let body = Bytes::from(body);
        let token = self.token.current(None, self.log_in()).await?;
        let reply = self.post(&token, body.clone()).await?;
        if reply.status != StatusCode::UNAUTHORIZED {
            return read(&reply);
        }
        let denied = Denied::Unauthorized;
        let former = Some((&token, denied));
        let renewed = self.token.current(former, self.log_in()).await?;
        if renewed == token {
            return read(&reply);
        }
        let again = self.post(&renewed, body).await?;
        if again.status != StatusCode::UNAUTHORIZED {
            self.token.helped(denied);
        }
        read(&again)
    }

    async fn post(&self, token: &Arc<HeaderValue>, body: Bytes) -> Result<Reply, SmsError> {
        let headers: [(HeaderName, HeaderValue); 1] = [(AUTHORIZATION, HeaderValue::clone(token))];
        let sent = self.send.post(CallClass::New, "send", &headers, FORM, body);
        Ok(sent.await?)
    }

    /// The body of a login.
    pub(super) fn login_form(&self) -> Bytes {
        let form = Serializer::new(String::new())
            .append_pair("email", &self.email)
            .append_pair("password", self.password.expose_secret())
            .finish();
        form.into()
    }

    async fn log_in(&self) -> Result<HeaderValue, LoginError> {
        let asked = self
            .login
            .post(CallClass::New, "login", &[], FORM, self.login_form());
        let reply = asked.await?;
        match token(&reply) {
            Some(header) => Ok(header),
            None => {
                let error = LoginError::of_reply(reply.status);
                if let LoginError::Refused(cause) = &error {
                    tracing::error!(
                        cause,
                        "the SMS provider does not let us in: see sms.user and sms.password, as no code is sent"
                    );
                }
                Err(error)
            }
        }
    }
}

/// The token that a login has given, as the header has it.
pub(super) fn token(reply: &Reply) -> Option<HeaderValue> {
    let told = lenient::json::<LoggedIn>(&reply.body).filter(|_| reply.status.is_success())?;
    let mut header = HeaderValue::from_str(&format!("Bearer {}", told.data.token)).ok()?;
    header.set_sensitive(true);
    Some(header)
}

/// What a reply says of the message.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Taken {
    status: Scalar,
}

/// A success is a message that was taken, not yet delivered, unless it says the opposite itself. Of a server that has trouble of
/// its own, nobody knows.
pub(crate) fn read(reply: &Reply) -> Result<(), SmsError> {
    if reply.status.is_success() {
        let taken = lenient::json::<Taken>(&reply.body).unwrap_or_default();
        let word = taken.status.text().to_ascii_lowercase();
        return match word.as_str() {
            "fail" | "error" => Err(SmsError::Refused(format!("status {word}"))),
            _ => Ok(()),
        };
    }
    let status = reply.status.as_u16();
    if reply.status.is_server_error() {
        return Err(SmsError::NoAnswer(format!("HTTP {status}")));
    }
    // What else it says may quote the message, and with it the code.
    Err(SmsError::Refused(format!("HTTP {status}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_success_may_say_that_nothing_was_sent() {
        let told = |status: u16, body: &'static str| {
            read(&Reply {
                status: StatusCode::from_u16(status).unwrap(),
                body: Bytes::from_static(body.as_bytes()),
            })
        };
        for body in [
            "",
            "ok",
            "[]",
            r#"{"id":"1","status":"waiting","message":"error"}"#,
            r#"{"status":null}"#,
            r#"{"data":{"status":"error"}}"#,
        ] {
            assert_eq!(told(200, body), Ok(()), "{body}");
        }
        for body in [
            r#"{"status":"error","message":"m"}"#,
            r#"{"status":"FAIL","data":{"alert":"a"}}"#,
        ] {
            assert!(matches!(told(200, body), Err(SmsError::Refused(_))));
            assert!(matches!(told(500, body), Err(SmsError::NoAnswer(_))));
        }
    }
}
