//! Replies as the catalogue words them.

use rpc_schema::errors::{ErrorCode, Lang};
use rpc_schema::method::COMMON_ERRORS;
use rpc_schema::methods::METHODS;
use serde_json::{Value, json};

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
