//! The SMS provider, through the broker API of Play Mobile. It delivers the confirmation codes.

use bytes::Bytes;
use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue};
use rpc_schema::values::Phone;
use serde::Deserialize;
use serde_json::json;

use super::bulkhead::CallClass;
use super::exchange::{Endpoint, Failure, Reply, SetupError, Way, basic};
use super::lenient::{self, Scalar};
use super::told_server::ToldServer;
use crate::config;

/// The client of the provider.
#[derive(Debug)]
pub struct Sms {
    endpoint: Endpoint,
    headers: [(HeaderName, HeaderValue); 1],
    originator: String,
}

/// Why a message may not have been sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SmsError {
    /// The provider refused to send the message.
    #[error("the SMS provider refused: {0}")]
    Refused(String),
    /// Provably, nothing reached the provider.
    #[error("the SMS provider cannot be reached: {0}")]
    NotSent(String),
    /// The message may have been sent.
    #[error("the SMS provider did not answer: {0}")]
    NoAnswer(String),
}

impl Sms {
    /// `url` is the address before the path `/send`.
    ///
    /// # Errors
    /// The URL or the credentials cannot be used.
    pub fn new(config: &config::Sms, url: &str, told: ToldServer) -> Result<Self, SetupError> {
        let (connect, total) = (config.connect_timeout_ms, config.timeout_ms);
        let way = Way::of(&config.tls, &config.route, connect, total);
        let url = format!("{}/send", url.trim_end_matches('/'));
        Ok(Self {
            endpoint: Endpoint::new(&url, way)?.telling(told),
            headers: [(AUTHORIZATION, basic(&config.user, &config.password)?)],
            originator: config.originator.clone(),
        })
    }

    /// Sends one message, once. `message_id` identifies it at the provider.
    ///
    /// # Errors
    /// See [`SmsError`].
    pub async fn send(&self, phone: &Phone, text: &str, message_id: &str) -> Result<(), SmsError> {
        let body = Bytes::from(self.body(phone, text, message_id));
        let sent = self
            .endpoint
            .post(
                CallClass::New,
                "send",
                &self.headers,
                "application/json; charset=utf-8",
                body,
            )
            .await;
        match sent {
            Ok(reply) => read(&reply),
            Err(Failure::NotSent(cause)) => Err(SmsError::NotSent(cause)),
            Err(Failure::NoAnswer(cause)) => Err(SmsError::NoAnswer(cause)),
            Err(failure @ Failure::TooLong(_)) => Err(SmsError::NoAnswer(failure.to_string())),
        }
    }

    fn body(&self, phone: &Phone, text: &str, message_id: &str) -> String {
        json!({"messages": [{
            "recipient": phone.digits(),
            "message-id": message_id,
            "sms": {"originator": self.originator, "content": {"text": text}},
        }]})
        .to_string()
    }
}

#[derive(Deserialize)]
struct ErrorBody {
    #[serde(rename = "error-code", default)]
    code: Scalar,
}

/// The HTTP status decides, because the body of a success is a plain sentence.
pub(super) fn read(reply: &Reply) -> Result<(), SmsError> {
    if reply.status.is_success() {
        return Ok(());
    }
    let code = lenient::json::<ErrorBody>(&reply.body).and_then(|body| body.code.code());
    Err(SmsError::Refused(match code {
        Some(code) => format!("HTTP {}, error-code {code}", reply.status.as_u16()),
        None => format!("HTTP {}", reply.status.as_u16()),
    }))
}

#[cfg(test)]
mod tests {
    use hyper::StatusCode;
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_request_has_the_brokers_form() {
        let sms = Sms::new(
            &config::Sms::default(),
            "http://127.0.0.1:1/broker-api/",
            ToldServer::default(),
        )
        .unwrap();
        let body: Value = serde_json::from_str(&sms.body(
            &Phone::parse("998901234567").unwrap(),
            "code \"1\"",
            "m1",
        ))
        .unwrap();
        assert_eq!(
            body,
            json!({"messages": [{"recipient": "998901234567", "message-id": "m1",
                "sms": {"originator": "3700", "content": {"text": "code \"1\""}}}]})
        );
    }

    #[test]
    fn the_http_status_decides() {
        let answer = |status: StatusCode, body: &'static str| {
            read(&Reply {
                status,
                body: Bytes::from_static(body.as_bytes()),
            })
        };
        assert_eq!(answer(StatusCode::OK, "Request is received"), Ok(()));
        assert_eq!(
            answer(
                StatusCode::BAD_REQUEST,
                r#"{"error-code":"202","error-description":"Empty recipient"}"#
            ),
            Err(SmsError::Refused("HTTP 400, error-code 202".to_owned()))
        );
        assert_eq!(
            answer(StatusCode::INTERNAL_SERVER_ERROR, "x"),
            Err(SmsError::Refused("HTTP 500".to_owned()))
        );
    }
}
