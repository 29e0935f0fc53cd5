//! The SMS provider: Play Mobile's broker API, of which the gateway uses only `send`.

use hyper::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::json;

use crate::{
    faults::{Fault, Operation},
    http::{NetworkRequest, Reply, basic_user},
    journal::NotWritten,
    network::Network,
    records::Message,
    simulator::Simulator,
    state::Change,
};

/// The provider's error codes, sent with HTTP 400.
#[derive(Clone, Copy)]
enum Refusal {
    InternalError,
    SyntaxError,
    EmptyRecipient,
    EmptyMessageId,
    EmptyOriginator,
    EmptyContent,
}

impl Refusal {
    fn reply(self) -> Reply {
        let (code, description) = match self {
            Self::InternalError => (100, "Internal server error"),
            Self::SyntaxError => (101, "Syntax error"),
            Self::EmptyRecipient => (202, "Empty recipient"),
            Self::EmptyMessageId => (205, "Empty message-id"),
            Self::EmptyOriginator => (401, "Empty originator"),
            Self::EmptyContent => (404, "Empty content"),
        };
        refusal(code, description)
    }
}

fn refusal(code: i64, description: &str) -> Reply {
    Reply::json(
        StatusCode::BAD_REQUEST,
        &json!({"error-code": code.to_string(), "error-description": description}),
    )
}

impl From<NotWritten> for Refusal {
    fn from(NotWritten: NotWritten) -> Self {
        Self::InternalError
    }
}

#[derive(Deserialize)]
struct Body {
    messages: Vec<BrokerMessage>,
    /// Defaults for messages that lack a field of their own.
    sms: Option<Sms>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct BrokerMessage {
    #[serde(default)]
    recipient: String,
    #[serde(default)]
    message_id: serde_json::Value,
    sms: Option<Sms>,
}

#[derive(Deserialize)]
struct Sms {
    originator: Option<String>,
    content: Option<Content>,
}

#[derive(Deserialize)]
struct Content {
    #[serde(default)]
    text: String,
}

/// A valid request to send messages.
pub(crate) struct SmsRequest {
    /// Phone and text of each message.
    messages: Vec<(String, String)>,
}

impl SmsRequest {
    pub(crate) fn parse(headers: &HeaderMap, body: &[u8]) -> Result<Self, Reply> {
        if basic_user(headers).is_none() {
            return Err(Reply::text(StatusCode::UNAUTHORIZED, "Unauthorized"));
        }
        read(body).map_err(Refusal::reply)
    }
}

fn read(body: &[u8]) -> Result<SmsRequest, Refusal> {
    let body: Body = serde_json::from_slice(body).map_err(|_| Refusal::SyntaxError)?;
    if body.messages.is_empty() {
        return Err(Refusal::EmptyRecipient);
    }
    let defaults = body.sms.as_ref();
    let messages = body
        .messages
        .iter()
        .map(|message| read_message(message, defaults))
        .collect::<Result<_, _>>()?;
    Ok(SmsRequest { messages })
}

fn read_message(
    message: &BrokerMessage,
    defaults: Option<&Sms>,
) -> Result<(String, String), Refusal> {
    let phone = message.recipient.trim_start_matches('+');
    if phone.is_empty() {
        return Err(Refusal::EmptyRecipient);
    }
    if phone.len() != 12
        || !phone.starts_with("998")
        || !phone.bytes().all(|byte| byte.is_ascii_digit())
    {
        return Err(Refusal::SyntaxError);
    }
    let named = match &message.message_id {
        serde_json::Value::String(id) => !id.is_empty(),
        serde_json::Value::Number(_) => true,
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Array(_)
        | serde_json::Value::Object(_) => false,
    };
    if !named {
        return Err(Refusal::EmptyMessageId);
    }
    let own = message.sms.as_ref();
    let originator = own
        .and_then(|sms| sms.originator.as_deref())
        .or(defaults.and_then(|sms| sms.originator.as_deref()));
    if originator.is_none_or(str::is_empty) {
        return Err(Refusal::EmptyOriginator);
    }
    let content = own
        .and_then(|sms| sms.content.as_ref())
        .or(defaults.and_then(|sms| sms.content.as_ref()));
    let text = content
        .map(|content| content.text.as_str())
        .filter(|text| !text.is_empty());
    Ok((
        phone.to_owned(),
        text.ok_or(Refusal::EmptyContent)?.to_owned(),
    ))
}

impl NetworkRequest for SmsRequest {
    const NETWORK: Network = Network::Sms;

    fn operation(&self, _: &Simulator) -> Operation {
        Operation::Code
    }

    fn card_fault(&self, _: &Simulator) -> Option<Fault> {
        None
    }

    fn execute(self, simulator: &Simulator) -> Reply {
        let sent = simulator.change(|_, at| {
            let messages = self
                .messages
                .into_iter()
                .map(|(phone, text)| Message { phone, text, at })
                .collect();
            Ok::<_, Refusal>((
                Change {
                    messages,
                    ..Change::default()
                },
                (),
            ))
        });
        match sent {
            Ok(()) => Reply::text(StatusCode::OK, "Request is received"),
            Err(refused) => refused.reply(),
        }
    }

    fn answer_with(&self, code: i64) -> Reply {
        refusal(code, "Refused by the sandbox")
    }

    fn keep_refused(&self, _: &Simulator, _: i64) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(body: &str) -> i64 {
        match read(body.as_bytes()) {
            Ok(_) => 0,
            Err(refused) => {
                let body: serde_json::Value =
                    serde_json::from_slice(&refused.reply().body).unwrap();
                body["error-code"].as_str().unwrap().parse().unwrap()
            }
        }
    }

    #[test]
    fn incomplete_messages_get_the_providers_codes() {
        let message = |recipient: &str, id: &str, sms: &str| {
            format!(
                r#"{{"messages":[{{"recipient":"{recipient}","message-id":{id},"sms":{sms}}}]}}"#
            )
        };
        let sms = r#"{"originator":"3700","content":{"text":"hi"}}"#;
        assert_eq!(code(&message("998901234567", "\"a1\"", sms)), 0);
        assert_eq!(code(&message("998901234567", "7", sms)), 0);
        assert_eq!(code("nonsense"), 101);
        assert_eq!(code(r#"{"messages":[]}"#), 202);
        assert_eq!(code(&message("", "\"a1\"", sms)), 202);
        assert_eq!(code(&message("12345", "\"a1\"", sms)), 101);
        assert_eq!(code(&message("998901234567", "\"\"", sms)), 205);
        assert_eq!(
            code(&message(
                "998901234567",
                "\"a1\"",
                r#"{"content":{"text":"hi"}}"#
            )),
            401
        );
        assert_eq!(
            code(&message(
                "998901234567",
                "\"a1\"",
                r#"{"originator":"3700"}"#
            )),
            404
        );
    }
}
