//! Another SMS provider: Eskiz, of which the gateway uses the login and the sending of one message.

use hyper::{HeaderMap, StatusCode, header::AUTHORIZATION};
use serde_json::json;

use crate::{
    faults::{Fault, Operation},
    http::{NetworkRequest, Reply},
    network::Network,
    records::Message,
    simulator::Simulator,
    state::Change,
};

/// Thirty days.
const TOKEN_LIFE_MS: i64 = 30 * 86_400_000;

/// A login, which is answered with a token that tells when it was made.
pub(crate) fn log_in(simulator: &Simulator, body: &[u8]) -> Reply {
    let named = |name: &str| field(body, name).is_some_and(|value| !value.is_empty());
    if !named("email") || !named("password") {
        let refusal = json!({"message": "Invalid credentials"});
        return Reply::json(StatusCode::UNAUTHORIZED, &refusal);
    }
    let token = format!("eskiz.{}", simulator.clock().now());
    Reply::json(
        StatusCode::OK,
        &json!({"message": "token_generated", "data": {"token": token}, "token_type": "bearer"}),
    )
}

/// A valid request to send a message.
pub(crate) struct SendRequest {
    phone: String,
    text: String,
    id: String,
}

impl SendRequest {
    pub(crate) fn parse(
        simulator: &Simulator,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Self, Reply> {
        if !is_fresh(headers, simulator.clock().now()) {
            let refusal = json!({"message": "Expired"});
            return Err(Reply::json(StatusCode::UNAUTHORIZED, &refusal));
        }
        let wrong = |name: &str| {
            let refusal = json!({"status": "error", "message": format!("{name} is not right")});
            Reply::json(StatusCode::BAD_REQUEST, &refusal)
        };
        let named = |name: &str| {
            let value = field(body, name).filter(|value| !value.is_empty());
            value.ok_or_else(|| wrong(name))
        };
        let phone = named("mobile_phone")?;
        if phone.len() != 12 || !phone.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(wrong("mobile_phone"));
        }
        named("from")?;
        Ok(Self {
            phone,
            text: named("message")?,
            id: named("user_sms_id")?,
        })
    }
}

/// Whether the token was made less than thirty days ago.
fn is_fresh(headers: &HeaderMap, now: i64) -> bool {
    let header = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let made_at = header
        .and_then(|value| value.strip_prefix("Bearer eskiz."))
        .and_then(|made_at| made_at.parse::<i64>().ok());
    made_at.is_some_and(|made_at| now - made_at < TOKEN_LIFE_MS)
}

/// A field of a form.
fn field(body: &[u8], name: &str) -> Option<String> {
    form_urlencoded::parse(body)
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

fn refusal(code: i64) -> Reply {
    let refusal = json!({"status": "error", "message": format!("refused by the sandbox: {code}")});
    Reply::json(StatusCode::BAD_REQUEST, &refusal)
}

impl NetworkRequest for SendRequest {
    const NETWORK: Network = Network::Sms;

    fn operation(&self, _: &Simulator) -> Operation {
        Operation::Code
    }

    fn card_fault(&self, _: &Simulator) -> Option<Fault> {
        None
    }

    fn execute(self, simulator: &Simulator) -> Reply {
        let Self { phone, text, id } = self;
        let sent = simulator.change(|_, at| {
            let change = Change {
                messages: vec![Message { phone, text, at }],
                ..Change::default()
            };
            Ok::<_, crate::journal::NotWritten>((change, ()))
        });
        match sent {
            Ok(()) => Reply::json(
                StatusCode::OK,
                &json!({"id": id, "message": "Waiting for SMS provider", "status": "waiting"}),
            ),
            Err(_) => Reply::text(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
        }
    }

    fn answer_with(&self, code: i64) -> Reply {
        refusal(code)
    }

    fn keep_refused(&self, _: &Simulator, _: i64) {}
}
