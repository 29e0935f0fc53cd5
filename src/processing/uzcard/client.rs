//! SVGate's envelope: JSON-RPC 2.0 over one HTTP endpoint (the protocol notes, section 1.1).

use std::time::Duration;

use bytes::Bytes;
use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::config;
use crate::domain::call::Reference;
use crate::processing::breaker::{Lane, Stage};
use crate::processing::exchange::{Endpoint, Failure, Reply, SetupError, basic};
use crate::processing::history::REPLY_LIMIT;
use crate::processing::lenient::Loose;

/// Why a call gave no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// No HTTP reply.
    Failed(Failure),
    /// A reply that is no answer to our call; the text says why and quotes nothing of it.
    Unreadable(String),
    /// An `error` with this code.
    Code(i64),
}

#[derive(Debug)]
pub(super) struct Client {
    endpoint: Endpoint,
    headers: [(HeaderName, HeaderValue); 1],
}

#[derive(Serialize)]
struct Request<'a, P> {
    jsonrpc: &'static str,
    id: &'a str,
    method: &'static str,
    params: P,
}

#[derive(Deserialize)]
struct Response {
    #[serde(default)]
    id: Loose,
    result: Option<Value>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct ErrorObject {
    #[serde(default)]
    code: Loose,
}

impl Client {
    pub(super) fn new(config: &config::Uzcard, url: &str, lane: &Lane) -> Result<Self, SetupError> {
        let connect = Duration::from_millis(config.connect_timeout_ms);
        let total = Duration::from_millis(config.timeout_ms);
        Ok(Self {
            endpoint: Endpoint::new(url, connect, total)?.in_lane(lane),
            headers: [(AUTHORIZATION, basic(&config.user, &config.password)?)],
        })
    }

    /// `trans.ext`: what SVGate has under a reference of ours.
    pub(super) async fn by_reference(&self, reference: &Reference) -> Result<Value, Trouble> {
        self.go_on("trans.ext", json!({"extId": reference.0})).await
    }

    /// For `trans.history`, whose replies are long and slow.
    pub(super) fn for_history(
        config: &config::Uzcard,
        url: &str,
        history: &config::History,
        lane: &Lane,
    ) -> Result<Self, SetupError> {
        let connect = Duration::from_millis(config.connect_timeout_ms);
        let total = Duration::from_millis(history.timeout_ms);
        let endpoint = Endpoint::new(url, connect, total)?
            .in_lane(lane)
            .with_reply_limit(REPLY_LIMIT);
        Ok(Self {
            endpoint,
            headers: [(AUTHORIZATION, basic(&config.user, &config.password)?)],
        })
    }

    /// Makes one call, once.
    pub(super) async fn call(
        &self,
        method: &'static str,
        params: impl Serialize,
    ) -> Result<Value, Trouble> {
        self.exchange(Stage::Begins, method, params).await
    }

    /// The same about a movement that has begun: it has room where new ones have none.
    pub(super) async fn go_on(
        &self,
        method: &'static str,
        params: impl Serialize,
    ) -> Result<Value, Trouble> {
        self.exchange(Stage::GoesOn, method, params).await
    }

    async fn exchange(
        &self,
        stage: Stage,
        method: &'static str,
        params: impl Serialize,
    ) -> Result<Value, Trouble> {
        // Only the caller of this very request knows the id, so a reply to another one is noticed.
        let id = Uuid::new_v4().to_string();
        let request = Request {
            jsonrpc: "2.0",
            id: &id,
            method,
            params,
        };
        let body = serde_json::to_vec(&request).map_err(|_| {
            Trouble::Failed(Failure::NotSent(
                "the request cannot be written as JSON".to_owned(),
            ))
        })?;
        let reply = self
            .endpoint
            .post(
                stage,
                &self.headers,
                "application/json; charset=utf-8",
                Bytes::from(body),
            )
            .await
            .map_err(Trouble::Failed)?;
        read(&reply, &id)
    }
}

/// Takes the result out of a reply to the request with this id.
fn read(reply: &Reply, id: &str) -> Result<Value, Trouble> {
    let unreadable =
        |cause: &str| Trouble::Unreadable(format!("HTTP {}: {cause}", reply.status.as_u16()));
    let response: Response = serde_json::from_slice(&reply.body)
        .map_err(|_| unreadable("the reply is no JSON-RPC response"))?;
    if response.id.text() != id {
        return Err(unreadable("the reply has the id of another request"));
    }
    let (result, error) = split(response);
    match (result, error) {
        (None, Some(error)) => {
            Err(code(error).map_or_else(|| unreadable("the error has no code"), Trouble::Code))
        }
        (Some(_), Some(_)) => Err(unreadable("the reply has both a result and an error")),
        (None, None) => Err(unreadable("the reply has neither result nor error")),
        (Some(_), None) if !reply.status.is_success() => {
            Err(unreadable("a result in a reply that failed"))
        }
        (Some(result), None) => Ok(result),
    }
}

/// Result and error. One client met errors inside the result (section 1.1): such a result is an error.
fn split(mut response: Response) -> (Option<Value>, Option<Value>) {
    let nested = response
        .result
        .as_mut()
        .and_then(|result| result.get_mut("error"))
        .map(Value::take);
    match (nested, response.error) {
        (Some(nested), None) if !nested.is_null() => (None, Some(nested)),
        (_, error) => (response.result, error),
    }
}

fn code(error: Value) -> Option<i64> {
    serde_json::from_value::<ErrorObject>(error)
        .ok()?
        .code
        .int()
}

#[cfg(test)]
mod tests {
    use hyper::StatusCode;
    use serde_json::json;

    use super::*;

    fn answer(status: u16, body: &str) -> Result<Value, Trouble> {
        let body = Bytes::copy_from_slice(body.as_bytes());
        read(
            &Reply {
                status: StatusCode::from_u16(status).unwrap(),
                body,
            },
            "a1",
        )
    }

    fn is_unreadable(status: u16, body: &str) -> bool {
        matches!(answer(status, body), Err(Trouble::Unreadable(_)))
    }

    #[test]
    fn results_and_errors() {
        assert_eq!(
            answer(200, r#"{"jsonrpc":"2.0","id":"a1","result":[1]}"#),
            Ok(json!([1]))
        );
        assert_eq!(
            answer(200, r#"{"id":"a1","result":{"x":1},"error":null}"#),
            Ok(json!({"x": 1}))
        );
        assert_eq!(
            answer(200, r#"{"id":"a1","error":{"code":-240,"message":"m"}}"#),
            Err(Trouble::Code(-240))
        );
        assert_eq!(
            answer(200, r#"{"id":"a1","result":null,"error":{"code":"-240"}}"#),
            Err(Trouble::Code(-240))
        );
    }

    #[test]
    fn errors_count_with_any_http_status_and_inside_a_result() {
        assert_eq!(
            answer(500, r#"{"id":"a1","error":{"code":-205}}"#),
            Err(Trouble::Code(-205))
        );
        assert_eq!(
            answer(200, r#"{"id":"a1","result":{"error":{"code":-205}}}"#),
            Err(Trouble::Code(-205))
        );
        assert_eq!(
            answer(200, r#"{"id":"a1","result":{"a":1,"error":null}}"#),
            Ok(json!({"a": 1, "error": null}))
        );
    }

    #[test]
    fn another_id_is_no_answer() {
        assert!(is_unreadable(200, r#"{"id":"a2","result":{}}"#));
        assert!(is_unreadable(200, r#"{"id":null,"error":{"code":-240}}"#));
        assert!(is_unreadable(200, r#"{"result":{}}"#));
    }

    #[test]
    fn what_is_no_envelope_is_no_answer() {
        for body in [
            "",
            "<html>",
            "[]",
            r#"{"id":"a1"}"#,
            r#"{"id":"a1","result":{},"error":{"code":-240}}"#,
            r#"{"id":"a1","error":{}}"#,
            r#"{"id":"a1","error":"-240"}"#,
            r#"{"id":"a1","error":{"code":"EOPC -32003"}}"#,
        ] {
            assert!(is_unreadable(200, body), "{body}");
        }
        assert!(is_unreadable(502, r#"{"id":"a1","result":{}}"#));
    }
}
