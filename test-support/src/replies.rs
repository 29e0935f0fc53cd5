//! Whole replies: the expected ones, and the received ones with everything masked that cannot be known beforehand.

use rpc_schema::errors::{ErrorCode, Lang};
use rpc_schema::method::COMMON_ERRORS;
use rpc_schema::methods::METHODS;
use serde_json::{Value, json};

use crate::CODE;

/// The whole 2.0 reply with this result.
pub fn success(result: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "result": result})
}

/// The whole 2.0 reply with this error, in Russian; `data` is left out when it is null.
pub fn refusal(code: i32, data: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "error": error_object(code, Lang::Ru, data)})
}

/// An error object in a language; `data` is left out when it is null.
pub fn error_object(code: i32, lang: Lang, data: &Value) -> Value {
    let known = ErrorCode::from_code(code)
        .unwrap_or_else(|| panic!("no documented error has the code {code}"));
    let mut error = json!({"code": code, "message": known.message(lang)});
    if !data.is_null() {
        error["data"] = data.clone();
    }
    error
}

/// The whole 2.0 reply to a call with id 1 that is refused in the B family's own language; `null` data are left out.
pub fn refused(code: ErrorCode, data: Value) -> Value {
    refused_in(Lang::Ru, code, data)
}

/// The same in another language, such as the A family's own, English.
pub fn refused_in(lang: Lang, code: ErrorCode, data: Value) -> Value {
    let mut error = json!({"code": code.code(), "message": code.message(lang)});
    if !data.is_null() {
        error["data"] = data;
    }
    json!({"jsonrpc": "2.0", "id": 1, "error": error})
}

/// -32379 about this transaction.
pub fn outcome_unknown(transaction_id: i64) -> Value {
    refusal(-32379, &json!({"transactionId": transaction_id}))
}

/// -32365 about this transaction.
pub fn in_process(transaction_id: i64, reason: &str) -> Value {
    refusal(
        -32365,
        &json!({"reason": reason, "transactionId": transaction_id, "retryable": true}),
    )
}

/// Params that confirm this transaction.
pub fn right_code(transaction_id: i64) -> Value {
    json!({"transactionId": transaction_id, "confirmedCode": CODE})
}

/// The bytes of a reply in 2.0 form with an error that has no `data`, in Russian; `id` as JSON.
pub fn bare_error(id: &str, code: ErrorCode) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{}}}"#, bare(code))
}

/// The same in the documented form.
pub fn documented_error(id: &str, code: ErrorCode) -> String {
    format!(r#"{{"id":{id},"result":null,"error":{}}}"#, bare(code))
}

fn bare(code: ErrorCode) -> String {
    format!(
        r#"{{"code":{},"message":{}}}"#,
        code.code(),
        json!(code.message(Lang::Ru))
    )
}

/// Fails if the reply is an error that the method's definition does not list.
#[track_caller]
pub fn assert_listed(method: &str, reply: &Value) {
    let Some(code) = reply["error"]["code"].as_i64() else {
        return;
    };
    let definition = METHODS.iter().find(|definition| definition.name == method);
    let definition = definition.unwrap_or_else(|| panic!("no method {method}"));
    let mut listed = COMMON_ERRORS.iter().chain(definition.errors);
    assert!(
        listed.any(|error| i64::from(error.code()) == code),
        "{method} does not list {code}: {reply}"
    );
}

/// `params` with more members.
pub fn with(mut params: Value, more: Value) -> Value {
    let more = more.as_object().unwrap().clone();
    params.as_object_mut().unwrap().extend(more);
    params
}

/// `value` with the members of these names replaced by `"*"` wherever they stand, after a check that each is a string
/// that is not empty, or a number.
pub fn masked(mut value: Value, names: &[&str]) -> Value {
    for name in names {
        let found = mask(&mut value, name);
        assert!(found > 0, "no member {name} in {value}");
    }
    value
}

fn mask(value: &mut Value, name: &str) -> usize {
    match value {
        Value::Object(members) => {
            let mut found = 0;
            for (key, member) in members {
                if key == name {
                    assert!(
                        member.is_number() || member.as_str().is_some_and(|text| !text.is_empty()),
                        "{name}: {member}"
                    );
                    *member = json!("*");
                    found += 1;
                } else {
                    found += mask(member, name);
                }
            }
            found
        }
        Value::Array(entries) => entries.iter_mut().map(|entry| mask(entry, name)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// Names and JSON types of a reply, values left out.
pub fn shape(value: &Value) -> Value {
    match value {
        Value::Null => json!("null"),
        Value::Bool(_) => json!("boolean"),
        Value::Number(number) if number.is_f64() => json!("number"),
        Value::Number(_) => json!("integer"),
        Value::String(_) => json!("string"),
        Value::Array(entries) => entries.iter().map(shape).collect(),
        Value::Object(members) => {
            let shapes = members
                .iter()
                .map(|(name, member)| (name.clone(), shape(member)));
            Value::Object(shapes.collect())
        }
    }
}
