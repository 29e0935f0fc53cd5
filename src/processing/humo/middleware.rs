//! The JSON envelope of HUMO's middleware (docs/networks.md#humo-card-information).

use rpc_schema::errors::ErrorCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::codes;
use crate::domain::call::Refusal;
use crate::domain::inquiry::AskError;
use crate::processing::exchange::Reply;
use crate::processing::lenient::{self, Scalar};

#[derive(Deserialize)]
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
        (_, Some(error)) => Err(refused(&error)),
        (Some(info), None) if reply.status.is_success() => Ok(info),
        (Some(_) | None, None) => Err(AskError::unreadable(format!(
            "HTTP {}: a reply without a result",
            reply.status.as_u16()
        ))),
    }
}

/// Of the middleware's own codes only 404, card not found, is published. It is an HTTP status, so the other codes are
/// read as HTTP statuses too, or else as action codes.
fn refused(error: &ErrorObject) -> AskError {
    let refusal = |code, told: i64| {
        AskError::Refused(Refusal {
            code,
            processing_code: told.to_string(),
        })
    };
    let by_code =
        |code: i64| AskError::by_code(format!("the middleware answered with code {code}"));
    match error.code.code() {
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
