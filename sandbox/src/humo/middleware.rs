//! What the calls of the JSON middleware share (docs/networks.md#humo-card-information): `{id, params}` with a Bearer
//! header, answered by `{id, result}` or `{id, error}`.

use hyper::{HeaderMap, StatusCode, header::AUTHORIZATION};
use serde_json::{Map, Value, json};

use crate::{
    http::{Reply, has_bearer},
    simulator::Simulator,
};

/// The life of a token that a login has given: a day.
const TOKEN_LIFE_MS: i64 = 86_400_000;
/// How such a token begins. Any other one is taken.
const TOKEN: &str = "humo.";

/// A login. No client shows one: the members are the sandbox's.
pub(crate) fn log_in(simulator: &Simulator, body: &[u8]) -> Reply {
    let told: Value = serde_json::from_slice(body).unwrap_or_default();
    let has = |name: &str| {
        told.get(name)
            .and_then(Value::as_str)
            .is_some_and(|text| !text.is_empty())
    };
    if !has("login") || !has("password") {
        return error(StatusCode::UNAUTHORIZED, &Value::Null, 401, "Unauthorized");
    }
    let token = format!("{TOKEN}{}", simulator.clock().now());
    Reply::json(StatusCode::OK, &json!({"result": {"token": token}}))
}

/// Whether it is no token of a login, or one that still lives.
fn is_fresh(headers: &HeaderMap, now: i64) -> bool {
    let header = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let made_at = header
        .and_then(|value| value.split_once(TOKEN))
        .and_then(|(_, made_at)| made_at.parse::<i64>().ok());
    made_at.is_none_or(|made_at| now - made_at < TOKEN_LIFE_MS)
}

/// Reads the id and the params of a call.
pub(super) fn open(
    simulator: &Simulator,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(Value, Map<String, Value>), Reply> {
    if !has_bearer(headers) || !is_fresh(headers, simulator.clock().now()) {
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
