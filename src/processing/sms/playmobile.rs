//! Play Mobile, through its broker API (docs/networks.md#messages-and-receipts).

use bytes::Bytes;
use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue};
use rpc_schema::values::Phone;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::error::SmsError;
use crate::config;
use crate::processing::bulkhead::CallClass;
use crate::processing::exchange::{Endpoint, Reply, SetupError, Way, basic};
use crate::processing::lenient::{self, Scalar};
use crate::processing::told_server::ToldServer;

/// The client of the provider.
#[derive(Debug)]
pub struct PlayMobile {
    pub(super) endpoint: Endpoint,
    pub(super) headers: [(HeaderName, HeaderValue); 1],
    originator: String,
    priority: Option<String>,
    ttl_s: Option<u32>,
}

impl PlayMobile {
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
            priority: config.priority.clone(),
            ttl_s: config.ttl_s,
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
        read(&sent?)
    }

    fn body(&self, phone: &Phone, text: &str, message_id: &str) -> String {
        let message = json!({
            "recipient": phone.digits(),
            "message-id": message_id,
            "sms": {"originator": self.originator, "content": {"text": text}},
        });
        let mut body = Map::new();
        body.insert("messages".to_owned(), json!([message]));
        if let Some(priority) = &self.priority {
            body.insert("priority".to_owned(), json!(priority));
        }
        if let Some(seconds) = self.ttl_s {
            body.insert("sms".to_owned(), json!({"ttl": seconds}));
        }
        Value::Object(body).to_string()
    }
}

#[derive(Deserialize)]
struct ErrorBody {
    #[serde(rename = "error-code", alias = "error_code", default)]
    code: Scalar,
}

/// The provider's own trouble: nothing is known of the message.
const INTERNAL: i64 = 100;
/// Our account is locked: no message leaves before somebody speaks to the provider.
const LOCKED: i64 = 102;

/// The HTTP status decides, because the body of a success is a plain sentence.
pub(crate) fn read(reply: &Reply) -> Result<(), SmsError> {
    if reply.status.is_success() {
        return Ok(());
    }
    let status = reply.status.as_u16();
    let code = lenient::json::<ErrorBody>(&reply.body).and_then(|body| body.code.code());
    let Some(code) = code else {
        return Err(SmsError::Refused(format!("HTTP {status}")));
    };
    let cause = format!("HTTP {status}, error-code {code}");
    match code {
        INTERNAL => Err(SmsError::NoAnswer(cause)),
        LOCKED => {
            tracing::error!(
                "the SMS provider has locked our account (102): speak to it, as no code is sent"
            );
            Err(SmsError::Refused(cause))
        }
        _ => Err(SmsError::Refused(cause)),
    }
}

#[cfg(test)]
mod tests {
    use hyper::StatusCode;

    use super::*;

    #[test]
    fn the_request_has_the_brokers_form() {
        let sms = PlayMobile::new(
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
    fn priority_and_life_are_told_where_they_are_set() {
        let config = config::Sms {
            priority: Some("realtime".to_owned()),
            ttl_s: Some(120),
            ..config::Sms::default()
        };
        let sms = PlayMobile::new(&config, "http://127.0.0.1:1/", ToldServer::default()).unwrap();
        let phone = Phone::parse("998901234567").unwrap();
        let body: Value = serde_json::from_str(&sms.body(&phone, "x", "m1")).unwrap();
        assert_eq!(
            body,
            json!({"priority": "realtime", "sms": {"ttl": 120}, "messages": [{"recipient": "998901234567",
                "message-id": "m1", "sms": {"originator": "3700", "content": {"text": "x"}}}]})
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
            answer(StatusCode::BAD_REQUEST, r#"{"error_code":401}"#),
            Err(SmsError::Refused("HTTP 400, error-code 401".to_owned()))
        );
        assert_eq!(
            answer(StatusCode::BAD_REQUEST, r#"{"error-code":"102"}"#),
            Err(SmsError::Refused("HTTP 400, error-code 102".to_owned()))
        );
        // Its own trouble: the message may leave all the same.
        assert_eq!(
            answer(StatusCode::BAD_REQUEST, r#"{"error-code":100}"#),
            Err(SmsError::NoAnswer("HTTP 400, error-code 100".to_owned()))
        );
        assert_eq!(
            answer(StatusCode::INTERNAL_SERVER_ERROR, "x"),
            Err(SmsError::Refused("HTTP 500".to_owned()))
        );
    }
}
