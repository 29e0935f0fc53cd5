//! Calls to HUMO's middleware: JSON over HTTP, and its envelope (docs/networks.md#humo-card-information).

use std::sync::Arc;

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{ACCEPT, AUTHORIZATION, HeaderName, HeaderValue};
use rpc_schema::errors::ErrorCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::codes;
use super::token::{Authorization, Token};
use crate::domain::call::Refusal;
use crate::domain::inquiry::AskError;
use crate::processing::bulkhead::CallClass;
use crate::processing::exchange::{Endpoint, Failure, Reply};
use crate::processing::lenient::{self, Scalar};
use crate::processing::login::{Denied, LoginError};

/// One method of the middleware.
#[derive(Debug)]
pub(super) struct Middleware {
    pub(super) endpoint: Endpoint,
    pub(super) token: Arc<Token>,
    /// For the figures.
    pub(super) operation: &'static str,
}

impl Middleware {
    /// Asks; once more with another token, where there is one and the first was not taken.
    pub(super) async fn ask(&self, id: &str, params: Value) -> Result<Reply, Failure> {
        // Whatever goes wrong with a login, what it was for was not carried out.
        let without = |error: LoginError| Failure::NotSent(error.to_string());
        let body = written(id, &params);
        let token = self.token.current(None).await.map_err(without)?;
        let reply = self.post(&token, body.clone()).await?;
        let Some(denied) = denial(&reply) else {
            return Ok(reply);
        };
        let former = token.as_ref().map(|token| (token, denied));
        let renewed = match self.token.current(former).await {
            Ok(renewed) if renewed != token => renewed,
            Ok(_) => return Ok(reply),
            // There it is said twice that we are not let in.
            Err(error @ LoginError::Refused(_)) => {
                let operation = self.operation;
                tracing::warn!(operation, %error, "HUMO's middleware denies a question");
                return Ok(reply);
            }
            Err(error @ (LoginError::NotSent(_) | LoginError::NoAnswer(_))) => {
                return Err(without(error));
            }
        };
        let again = self.post(&renewed, body).await?;
        if denial(&again).is_none() {
            self.token.helped(denied);
        }
        Ok(again)
    }

    async fn post(&self, token: &Authorization, body: Bytes) -> Result<Reply, Failure> {
        let headers = headers(token);
        let posted =
            self.endpoint
                .post(CallClass::New, self.operation, &headers, CONTENT_TYPE, body);
        posted.await
    }
}

pub(super) const CONTENT_TYPE: &str = "application/json; charset=utf-8";

/// The body of a request.
pub(super) fn written(id: &str, params: &Value) -> Bytes {
    json!({"id": id, "params": params}).to_string().into()
}

/// The headers of a request.
pub(super) fn headers(token: &Authorization) -> Vec<(HeaderName, HeaderValue)> {
    let mut headers = vec![(ACCEPT, HeaderValue::from_static("application/json"))];
    headers.extend((token.as_ref()).map(|value| (AUTHORIZATION, (**value).clone())));
    headers
}

/// How the question is denied, by the status or inside the reply; `None`: it is not.
fn denial(reply: &Reply) -> Option<Denied> {
    match reply.status {
        StatusCode::UNAUTHORIZED => return Some(Denied::Unauthorized),
        StatusCode::FORBIDDEN => return Some(Denied::Forbidden),
        // An error is short; a history is not read twice.
        _ if reply.body.len() > 1_024 => return None,
        _ => {}
    }
    let response: Response<Value> = lenient::json(&reply.body)?;
    match response.error?.code.code() {
        Some(401) => Some(Denied::Unauthorized),
        Some(403) => Some(Denied::Forbidden),
        Some(_) | None => None,
    }
}

#[derive(Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
struct Response<T> {
    #[serde(default)]
    id: Scalar,
    result: Option<T>,
    error: Option<ErrorObject>,
}

#[derive(Deserialize)]
struct ErrorObject {
    #[serde(default)]
    code: Scalar,
}

pub(super) fn unavailable(cause: &str) -> AskError {
    AskError::unreadable(cause)
}

/// Takes the result from a reply to the request with this id. An error counts whatever the HTTP status is.
pub(super) fn read<T: DeserializeOwned>(reply: &Reply, id: &str) -> Result<T, AskError> {
    let response: Response<T> = lenient::json(&reply.body).ok_or_else(|| {
        AskError::unreadable(format!(
            "HTTP {}: the reply cannot be read",
            reply.status.as_u16()
        ))
    })?;
    if !response.id.echoes(id) {
        return Err(unavailable("the reply has the id of another request"));
    }
    match (response.result, response.error) {
        (_, Some(error)) => Err(refused(error.code.code())),
        (Some(info), None) if reply.status.is_success() => Ok(info),
        (Some(_) | None, None) => Err(AskError::unreadable(format!(
            "HTTP {}: a reply without a result",
            reply.status.as_u16()
        ))),
    }
}

/// Of the middleware's own codes only 404, card not found, is published. It is an HTTP status, so the other codes are
/// read as HTTP statuses too, or else as action codes.
pub(super) fn refused(code: Option<i64>) -> AskError {
    let refusal = |code, told: i64| {
        AskError::Refused(Refusal {
            code,
            processing_code: told.to_string(),
        })
    };
    let by_code =
        |code: i64| AskError::by_code(format!("the card information answered with code {code}"));
    match code {
        None => unavailable("an error without a code"),
        Some(code @ 404) => refusal(ErrorCode::CardNotFound, code),
        Some(code @ (401 | 403)) => refusal(ErrorCode::HumoAccessDenied, code),
        // The card number had sixteen digits, so the middleware rejects the form of our request.
        Some(code @ (400 | 422)) => refusal(ErrorCode::ProcessingSystemError, code),
        Some(code @ (408 | 429 | 500..=599)) => by_code(code),
        // A question moves no money, so any refusal is plain; a code of success says nothing.
        Some(code) => match codes::read(code) {
            (_, ErrorCode::HumoUnavailable) => by_code(code),
            _ if matches!(code, 0..=7 | 400 | 499) => by_code(code),
            (_, error) => AskError::Refused(codes::refusal(error, code)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_is_not_taken_is_told_by_the_status_or_inside() {
        let long = format!(
            "{{\"error\":{{\"code\":401}},\"x\":\"{}\"}}",
            "x".repeat(1_024)
        );
        let (token, question) = (Some(Denied::Unauthorized), Some(Denied::Forbidden));
        for (status, body, expected) in [
            (401, "", token),
            (403, "<html>", question),
            (
                200,
                r#"{"id":"1","error":{"code":401,"message":"no token"}}"#,
                token,
            ),
            (200, r#"{"error":{"code":"403"}}"#, question),
            (200, r#"{"error":{"code":404}}"#, None),
            (400, r#"{"error":{"code":400}}"#, None),
            (200, r#"{"result":{"code":401}}"#, None),
            (200, "", None),
            (200, &long, None),
        ] {
            let reply = Reply {
                status: StatusCode::from_u16(status).unwrap(),
                body: Bytes::copy_from_slice(body.as_bytes()),
            };
            assert_eq!(denial(&reply), expected, "{status} {body}");
        }
    }
}
