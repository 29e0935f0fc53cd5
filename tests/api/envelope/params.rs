//! What `params` may be as a whole.

use super::*;

#[tokio::test]
async fn params_are_an_object_or_absent() {
    let app = stateless().await;
    let b = |code: i64, message: &str, data: Value| json!({"code": code, "message": message, "data": data});
    let a = |message: &str| json!({"code": 4, "message": format!("Validation Error. Field: {message}")});
    let by_name = || {
        b(
            -32401,
            "Некорректный ввод данных",
            json!({"reason": "params_by_name_only", "hint": BY_NAME}),
        )
    };
    let missing = |field: &str| b(-32300, "Не хватает параметров", json!({"field": field}));
    let invalid = || invalid_call("params_invalid", "params");
    let member = |reason: &str, field: &str| {
        b(
            -32401,
            "Некорректный ввод данных",
            json!({"reason": reason, "field": field}),
        )
    };
    let table = [
        ("transactions.debit", r#","params":[]"#, by_name()),
        (
            "transactions.debit",
            r#","params":[{"token":"x"}]"#,
            by_name(),
        ),
        ("rpc.discover", r#","params":[1]"#, by_name()),
        (
            "transactions.get",
            r#","params":[]"#,
            missing("transactionId"),
        ),
        ("transactions.debit", r#","params":"x""#, invalid()),
        ("transactions.debit", r#","params":1"#, invalid()),
        ("transactions.debit", r#","params":true"#, invalid()),
        ("rpc.discover", r#","params":false"#, invalid()),
        ("transactions.debit", r#","params":null"#, missing("token")),
        ("transactions.debit", "", missing("token")),
        ("transactions.debit", r#","params":{}"#, missing("token")),
        ("transactions.get", "", missing("transactionId")),
        (
            "transactions.get",
            r#","params":{"x":1}"#,
            member("unknown_member", "x"),
        ),
        (
            "transactions.get",
            r#","params":{"extId":"a","extId":"a"}"#,
            member("duplicate_member", "extId"),
        ),
        (
            "rpc.discover",
            r#","params":{"x":1}"#,
            member("unknown_member", "x"),
        ),
        (
            "cards.attach",
            r#","params":[]"#,
            a("params, message: Accepts only object"),
        ),
        (
            "cards.attach",
            r#","params":[1]"#,
            a("params, message: Accepts only object"),
        ),
        ("cards.attach", r#","params":"x""#, invalid()),
        ("cards.attach", r#","params":1"#, invalid()),
        (
            "cards.attach",
            r#","params":null"#,
            a("params, message: Field must be not null"),
        ),
        (
            "cards.attach",
            "",
            a("params, message: Field must be not null"),
        ),
        (
            "cards.attach",
            r#","params":{}"#,
            a("params.pan, message: Field must be not null"),
        ),
        (
            "cards.attach.confirm",
            "",
            a("params, message: Field must be not null"),
        ),
        (
            "cards.attach",
            r#","params":{"x":1}"#,
            a("params.x, message: Unknown field"),
        ),
    ];
    for (method, params, error) in table {
        let call = format!(r#""id":"{UUID}","method":"{method}"{params}}}"#);
        let strict = app
            .post(format!(r#"{{"jsonrpc":"2.0",{call}"#))
            .await
            .json();
        assert_eq!(
            strict,
            json!({"jsonrpc": "2.0", "id": UUID, "error": error}),
            "{call}"
        );
        let documented = app.post(format!("{{{call}")).await.json();
        assert_eq!(
            documented,
            json!({"id": UUID, "result": null, "error": error}),
            "{call}"
        );
    }
    for params in [
        "",
        r#","params":null"#,
        r#","params":{}"#,
        r#","params":[]"#,
        r#","params":[ ]"#,
    ] {
        let reply = app
            .post(format!(
                r#"{{"jsonrpc":"2.0","id":1,"method":"rpc.discover"{params}}}"#
            ))
            .await;
        assert_eq!(reply.json()["result"]["openrpc"], "1.3.2", "{params}");
    }
}
