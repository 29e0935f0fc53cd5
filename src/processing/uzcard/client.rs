//! SVGate's envelope: JSON-RPC 2.0 over one HTTP endpoint (docs/networks.md#svgate-envelope).

use bytes::Bytes;
use hyper::header::{ACCEPT, AUTHORIZATION, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::config;
use crate::domain::call::Reference;
use crate::processing::bulkhead::{Bulkhead, CallClass};
use crate::processing::exchange::{Endpoint, Failure, Login, Reply, SetupError, Way, basic};
use crate::processing::history::REPLY_LIMIT;
use crate::processing::lenient::{self, Scalar};

/// Why a call gave no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CallError {
    /// There is no HTTP reply.
    Failed(Failure),
    /// The reply does not answer our request. The text says why and quotes nothing of the reply.
    Unreadable(String),
    /// SVGate answered with an `error` of this code.
    Code(i64),
}

#[derive(Debug)]
pub(super) struct Client {
    pub(super) endpoint: Endpoint,
    pub(super) headers: [(HeaderName, HeaderValue); 2],
    user: String,
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
    id: Scalar,
    result: Option<Value>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct ErrorObject {
    #[serde(default)]
    code: Scalar,
}

impl Client {
    pub(super) fn new(
        config: &config::Uzcard,
        url: &str,
        bulkhead: &Bulkhead,
    ) -> Result<Self, SetupError> {
        let (connect, total) = (config.connect_timeout_ms, config.timeout_ms);
        let way = Way::of(&config.tls, &config.route, connect, total);
        Ok(Self {
            endpoint: Endpoint::new(url, way)?.within(bulkhead),
            headers: headers(config)?,
            user: config.user.clone(),
        })
    }

    /// `trans.ext`: what SVGate has under a reference of ours.
    pub(super) async fn by_reference(&self, reference: &Reference) -> Result<Value, CallError> {
        self.look_up("trans.ext", json!({"extId": reference.0}))
            .await
    }

    /// A client for `trans.history` and `report.short`, whose replies are long and slow.
    pub(super) fn for_history(
        config: &config::Uzcard,
        url: &str,
        history: &config::History,
        bulkhead: &Bulkhead,
    ) -> Result<Self, SetupError> {
        let (connect, total) = (config.connect_timeout_ms, history.timeout_ms);
        let way = Way::of(&config.tls, &config.route, connect, total);
        let endpoint = Endpoint::new(url, way)?
            .within(bulkhead)
            .with_room_for(REPLY_LIMIT);
        Ok(Self {
            endpoint,
            headers: headers(config)?,
            user: config.user.clone(),
        })
    }

    /// Makes a call, once.
    pub(super) async fn call(
        &self,
        method: &'static str,
        params: impl Serialize,
    ) -> Result<Value, CallError> {
        self.exchange(CallClass::New, method, params).await
    }

    /// Makes a call that settles something already started, once. See [`CallClass::Settling`].
    pub(super) async fn call_settling(
        &self,
        method: &'static str,
        params: impl Serialize,
    ) -> Result<Value, CallError> {
        self.exchange(CallClass::Settling, method, params).await
    }

    /// Asks what became of a call, once. See [`CallClass::LookUp`].
    pub(super) async fn look_up(
        &self,
        method: &'static str,
        params: impl Serialize,
    ) -> Result<Value, CallError> {
        self.exchange(CallClass::LookUp, method, params).await
    }

    async fn exchange(
        &self,
        class: CallClass,
        method: &'static str,
        params: impl Serialize,
    ) -> Result<Value, CallError> {
        // Each request has an id of its own, so a reply to another request is detected.
        let id = Uuid::new_v4().to_string();
        let body = envelope(&id, method, params)?;
        let is_own = |reply: &Reply| !matches!(read(reply, &id), Err(CallError::Unreadable(_)));
        let login = Login {
            user: &self.user,
            is_own: &is_own,
        };
        let content = (CONTENT_TYPE, body);
        let posted = self
            .endpoint
            .post_under(Some(login), class, method, &self.headers, content);
        read(&posted.await.map_err(CallError::Failed)?, &id)
    }
}

/// The headers of a request.
fn headers(config: &config::Uzcard) -> Result<[(HeaderName, HeaderValue); 2], SetupError> {
    let accept = HeaderValue::from_static("application/json");
    let login = basic(&config.user, &config.password)?;
    Ok([(ACCEPT, accept), (AUTHORIZATION, login)])
}

/// What requests are.
pub(super) const CONTENT_TYPE: &str = "application/json; charset=utf-8";

/// The body of the request with this id.
pub(super) fn envelope(
    id: &str,
    method: &'static str,
    params: impl Serialize,
) -> Result<Bytes, CallError> {
    let request = Request {
        jsonrpc: "2.0",
        id,
        method,
        params,
    };
    let body = serde_json::to_vec(&request).map_err(|_| {
        CallError::Failed(Failure::NotSent(
            "the request cannot be written as JSON".to_owned(),
        ))
    })?;
    Ok(body.into())
}

/// Takes the result from a reply to the request with this id.
pub(super) fn read(reply: &Reply, id: &str) -> Result<Value, CallError> {
    let unreadable =
        |cause: &str| CallError::Unreadable(format!("HTTP {}: {cause}", reply.status.as_u16()));
    let response: Response = lenient::json(&reply.body)
        .ok_or_else(|| unreadable("the reply is not a JSON-RPC response"))?;
    if response.id.text() != id {
        return Err(unreadable("the reply has the id of another request"));
    }
    let (result, error) = split(response);
    match (result, error) {
        (None, Some(error)) => {
            Err(code(error).map_or_else(|| unreadable("the error has no code"), CallError::Code))
        }
        (Some(_), Some(_)) => Err(unreadable("the reply has both a result and an error")),
        (None, None) => Err(unreadable("the reply has neither result nor error")),
        (Some(_), None) if !reply.status.is_success() => {
            Err(unreadable("a result with an HTTP error status"))
        }
        (Some(result), None) => Ok(result),
    }
}

/// Result and error. One client has seen errors inside the result (docs/networks.md#svgate-envelope), so such a result
/// counts as an error.
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
        .code()
}

#[cfg(test)]
mod tests {
    use hyper::StatusCode;
    use serde_json::json;

    use super::*;

    fn answer(status: u16, body: &str) -> Result<Value, CallError> {
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
        matches!(answer(status, body), Err(CallError::Unreadable(_)))
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
            Err(CallError::Code(-240))
        );
        assert_eq!(
            answer(200, r#"{"id":"a1","result":null,"error":{"code":"-240"}}"#),
            Err(CallError::Code(-240))
        );
    }

    #[test]
    fn errors_count_with_any_http_status_and_inside_a_result() {
        assert_eq!(
            answer(500, r#"{"id":"a1","error":{"code":-205}}"#),
            Err(CallError::Code(-205))
        );
        assert_eq!(
            answer(200, r#"{"id":"a1","result":{"error":{"code":-205}}}"#),
            Err(CallError::Code(-205))
        );
        assert_eq!(
            answer(200, r#"{"id":"a1","result":{"a":1,"error":null}}"#),
            Ok(json!({"a": 1, "error": null}))
        );
    }

    #[test]
    fn a_reply_with_another_id_is_unreadable() {
        assert!(is_unreadable(200, r#"{"id":"a2","result":{}}"#));
        assert!(is_unreadable(200, r#"{"id":null,"error":{"code":-240}}"#));
        assert!(is_unreadable(200, r#"{"result":{}}"#));
    }

    #[test]
    fn a_reply_that_is_not_a_response_is_unreadable() {
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
