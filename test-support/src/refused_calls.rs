//! Refusals of a body or of a call as a whole: reason, hint and member, typed by hand from docs/contract.md.

use rpc_schema::errors::{ErrorCode, Lang};
use serde_json::{Value, json};

use crate::refusal;

/// `data.reason` of -32600, and `data.hint` in Russian.
const OF_CALLS: [(&str, &str); 11] = [
    (
        "batch_too_large",
        "В одном пакете может быть не больше 20 вызовов; ни один не выполнен.",
    ),
    (
        "batch_empty",
        "В пакете нет вызовов. Отправьте хотя бы один.",
    ),
    (
        "not_an_object",
        r#"Вызов должен быть объектом JSON: {"jsonrpc": "2.0", "id": 1, "method": "…", "params": {…}}."#,
    ),
    (
        "not_unicode",
        r"В именах не должно быть непарных суррогатов, таких как \ud800.",
    ),
    (
        "version_unknown",
        r#"Отправьте "jsonrpc": "2.0" или не отправляйте это поле."#,
    ),
    ("id_invalid", "id может быть строкой, числом или null."),
    ("duplicate_member", "Отправьте поле data.field один раз."),
    (
        "method_missing",
        "Укажите имя метода в поле method; список — GET /docs.",
    ),
    ("method_invalid", "method должен быть строкой."),
    (
        "params_invalid",
        "params должен быть объектом, значения по именам.",
    ),
    // In the documented form.
    (
        "method_of_path",
        r#"Вместо пути из документации укажите метод: для /cards/add это {"id": 1, "method": "cards.add", "params": {…}}."#,
    ),
];

/// `data.reason` of -32700, and `data.hint` in Russian.
const OF_BODIES: [(&str, &str); 4] = [
    (
        "body_empty",
        "Тело запроса пустое. Отправьте объект JSON-RPC.",
    ),
    (
        "not_utf8",
        "Тело запроса не в кодировке UTF-8. Отправьте его в UTF-8.",
    ),
    (
        "byte_order_mark",
        "Тело начинается с метки порядка байтов (BOM, U+FEFF). Отправьте его без неё.",
    ),
    (
        "syntax",
        "JSON нарушен в месте, указанном в data.line и data.column.",
    ),
];

fn hint(table: &[(&str, &'static str)], reason: &str) -> &'static str {
    let found = table.iter().find(|(known, _)| *known == reason);
    found.unwrap_or_else(|| panic!("no hint for {reason}")).1
}

fn error(code: ErrorCode, data: &str) -> String {
    let message = json!(code.message(Lang::Ru));
    let code = code.code();
    format!(r#"{{"code":{code},"message":{message},"data":{{{data}}}}}"#)
}

fn data(reason: &str, hint: &str, field: &str) -> String {
    let field = match field {
        "" => String::new(),
        field => format!(r#","field":"{field}""#),
    };
    format!(r#""reason":"{reason}","hint":{}{field}"#, json!(hint))
}

/// The error object of -32600 for this reason, about this member; `""`: about none.
pub fn invalid_call(reason: &str, field: &str) -> Value {
    let hint = hint(&OF_CALLS, reason);
    serde_json::from_str(&error(
        ErrorCode::InvalidRequest,
        &data(reason, hint, field),
    ))
    .unwrap()
}

/// The bytes of a reply in 2.0 form with -32600; `id` as JSON.
pub fn invalid(id: &str, reason: &str, field: &str) -> String {
    let data = data(reason, hint(&OF_CALLS, reason), field);
    let error = error(ErrorCode::InvalidRequest, &data);
    format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{error}}}"#)
}

/// The same in the documented form, where a missing method has a hint of its own.
pub fn documented_invalid(id: &str, reason: &str, field: &str) -> String {
    let hint = match reason {
        "method_missing" => hint(&OF_CALLS, "method_of_path"),
        reason => hint(&OF_CALLS, reason),
    };
    let error = error(ErrorCode::InvalidRequest, &data(reason, hint, field));
    format!(r#"{{"id":{id},"result":null,"error":{error}}}"#)
}

/// The bytes of a reply with -32700; `at` are line and column, where the text breaks.
pub fn parse_error(reason: &str, at: Option<(u32, u32)>) -> String {
    let place = at.map_or(String::new(), |(line, column)| {
        format!(r#","line":{line},"column":{column}"#)
    });
    let data = data(reason, hint(&OF_BODIES, reason), "") + &place;
    let error = error(ErrorCode::ParseError, &data);
    format!(r#"{{"jsonrpc":"2.0","id":null,"error":{error}}}"#)
}

/// -32328 with the least amount, in tiyin.
pub fn amount_too_small(least: i64) -> Value {
    let hint = format!("Наименьшая сумма — {least} тийин.");
    refusal(-32328, &json!({"hint": hint}))
}

/// -32329 with the greatest amount, in tiyin.
pub fn amount_too_large(greatest: i64) -> Value {
    let hint = format!("Наибольшая сумма — {greatest} тийин.");
    refusal(-32329, &json!({"hint": hint}))
}

/// -32329 with the amount from which on the sender's details are needed, in tiyin.
pub fn sender_details_required(from: i64) -> Value {
    let hint = format!("Отправьте sender, либо сумма должна быть меньше {from} тийин.");
    refusal(
        -32329,
        &json!({"reason": "sender_details_required", "field": "sender", "hint": hint}),
    )
}

/// -32372 with the day's limit.
pub fn sms_limit_reached(messages: u32) -> Value {
    let hint = format!(
        "На один номер отправляется не больше {messages} SMS в сутки по ташкентскому времени."
    );
    refusal(-32372, &json!({"hint": hint, "retryable": true}))
}

/// -32362 with the card's network.
pub fn no_such_terminal(network: &str) -> Value {
    let hint = format!(
        "Карта сети {network}: отправьте merchantId и terminalId, зарегистрированные для вас в {network}."
    );
    refusal(-32362, &json!({"hint": hint, "network": network}))
}

/// The bytes of a reply with -32504 to a whole request.
pub fn denied(reason: &str) -> String {
    let hint = match reason {
        "credentials_missing" => "Отправьте заголовок Authorization: Basic и base64(логин:секрет).",
        "credentials_not_basic" => {
            "Заголовок Authorization не в форме HTTP Basic. Отправьте: Basic и base64(логин:секрет)."
        }
        _ => {
            "Логин или секрет неверны либо отключены. Проверьте их или обратитесь к оператору шлюза."
        }
    };
    let error = error(ErrorCode::AccessDenied, &data(reason, hint, ""));
    format!(r#"{{"jsonrpc":"2.0","id":null,"error":{error}}}"#)
}
