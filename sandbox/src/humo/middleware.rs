//! What the calls of the JSON middleware share (docs/networks.md#humo-card-information): `{id, params}` with a Bearer
//! header, answered by `{id, result}` or `{id, error}`.

use hyper::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};

use crate::http::{Reply, has_bearer};

/// Reads the id and the params of a call.
pub(super) fn open(headers: &HeaderMap, body: &[u8]) -> Result<(Value, Map<String, Value>), Reply> {
    if !has_bearer(headers) {
        return Err(error(
            StatusCode::UNAUTHORIZED,
            &Value::Null,
            401,
            "Token not provided",
        ));
    }
    let Ok(mut body) = serde_json::from_slice::<Map<String, Value>>(body) else {
        return Err(bad_request(&Value::Null, "Body validation error"));
    };
    let id = body.remove("id").unwrap_or(Value::Null);
    let params = match body.remove("params") {
        Some(Value::Object(params)) => params,
        _ => Map::new(),
    };
    Ok((id, params))
}

/// A required string.
pub(super) fn text(id: &Value, params: &Map<String, Value>, name: &str) -> Result<String, Reply> {
    match params.get(name) {
        Some(Value::String(text)) => Ok(text.clone()),
        _ => Err(bad_request(id, &format!("{name} is required"))),
    }
}

/// The reply to invalid input.
pub(super) fn bad_request(id: &Value, message: &str) -> Reply {
    error(StatusCode::BAD_REQUEST, id, 400, message)
}

pub(super) fn error(status: StatusCode, id: &Value, code: i64, message: &str) -> Reply {
    Reply::json(
        status,
        &json!({"id": id, "error": {"code": code, "message": message}}),
    )
}
