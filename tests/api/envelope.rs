//! The two envelopes, ids, notifications, params and batches (docs/contract.md#envelopes).

mod malformed;

use rpc_schema::errors::ErrorCode;
use serde_json::{Value, json};

use test_support::*;

const UUID: &str = "7c9e6679-7425-40de-944b-e07fc1f90ae7";

/// An app for tables that touch no stored state.
async fn stateless() -> TestApp {
    TestApp::on(DatabaseKind::Sqlite).await.unwrap()
}

/// Posts each body, and compares the bytes of the reply.
async fn assert_replies(app: &TestApp, table: &[(&str, String)]) {
    for (body, expected) in table {
        let reply = app.post(*body).await;
        assert_eq!((reply.status, &reply.body), (200, expected), "{body}");
        assert_eq!(reply.header("content-type"), "application/json", "{body}");
    }
}

/// A call of `transactions.get` for a transaction that does not exist, with the first member as given.
fn get(first: &str) -> String {
    format!(r#"{{{first}"method":"transactions.get","params":{{"transactionId":1}}}}"#)
}

fn attach_params(card: TestCard) -> Value {
    let network = if card.pan.starts_with("9860") {
        "HUMO"
    } else {
        "UZCARD"
    };
    json!({"pan": card.pan, "expiry": "3012", "processingType": network, "phoneNumber": card.phone})
}

/// The examples of section 7 of the specification. It has positional params and methods of its own, which are refused.
#[tokio::test]
async fn the_examples_of_the_specification() {
    let app = stateless().await;
    let unknown = |id: &str| bare_error(id, ErrorCode::MethodNotFound);
    let parse_error = || bare_error("null", ErrorCode::ParseError);
    let invalid = || bare_error("null", ErrorCode::InvalidRequest);
    let table = [
        (
            r#"{"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": 1}"#,
            unknown("1"),
        ),
        (
            r#"{"jsonrpc": "2.0", "method": "subtract", "params": [23, 42], "id": 2}"#,
            unknown("2"),
        ),
        (
            r#"{"jsonrpc": "2.0", "method": "subtract", "params": {"subtrahend": 23, "minuend": 42}, "id": 3}"#,
            unknown("3"),
        ),
        (
            r#"{"jsonrpc": "2.0", "method": "subtract", "params": {"minuend": 42, "subtrahend": 23}, "id": 4}"#,
            unknown("4"),
        ),
        (
            r#"{"jsonrpc": "2.0", "method": "update", "params": [1,2,3,4,5]}"#,
            String::new(),
        ),
        (r#"{"jsonrpc": "2.0", "method": "foobar"}"#, String::new()),
        (
            r#"{"jsonrpc": "2.0", "method": "foobar", "id": "1"}"#,
            unknown(r#""1""#),
        ),
        (
            r#"{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]"#,
            parse_error(),
        ),
        (
            r#"{"jsonrpc": "2.0", "method": 1, "params": "bar"}"#,
            invalid(),
        ),
        (
            r#"[
                {"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},
                {"jsonrpc": "2.0", "method"
            ]"#,
            parse_error(),
        ),
        ("[]", invalid()),
        ("[1]", format!("[{}]", invalid())),
        (
            "[1,2,3]",
            format!("[{},{},{}]", invalid(), invalid(), invalid()),
        ),
        (
            r#"[
                {"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},
                {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]},
                {"jsonrpc": "2.0", "method": "subtract", "params": [42,23], "id": "2"},
                {"foo": "boo"},
                {"jsonrpc": "2.0", "method": "foo.get", "params": {"name": "myself"}, "id": "5"},
                {"jsonrpc": "2.0", "method": "get_data", "id": "9"}
            ]"#,
            // Without `jsonrpc`, the fourth is answered in the documented envelope.
            format!(
                "[{},{},{},{},{}]",
                unknown(r#""1""#),
                unknown(r#""2""#),
                documented_error("null", ErrorCode::InvalidRequest),
                unknown(r#""5""#),
                unknown(r#""9""#)
            ),
        ),
        (
            r#"[
                {"jsonrpc": "2.0", "method": "notify_sum", "params": [1,2,4]},
                {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]}
            ]"#,
            String::new(),
        ),
    ];
    assert_replies(&app, &table).await;
}

mostly_on_sqlite! {
    /// Also of a call that succeeds: all three members in the documented envelope, in 2.0 never the unused one.
    async fn each_call_is_answered_in_its_own_envelope(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let debit = |more: Value| {
            with(json!({"method": "transactions.debit", "params": debit_params(UZCARD, &token, 500)}), more)
        };
        let result = json!({
            "ext": "*", "refNum": "*", "merchantId": "90001", "terminalId": "92400001", "transactionId": "*",
        });
        let shown = |reply: Value| masked(reply, &["ext", "refNum", "transactionId"]);

        let strict = app.post(debit(json!({"jsonrpc": "2.0", "id": "a"})).to_string()).await.json();
        assert_eq!(shown(strict), json!({"jsonrpc": "2.0", "id": "a", "result": result}));
        let documented = app.post(debit(json!({"id": "b"})).to_string()).await.json();
        assert_eq!(shown(documented), json!({"id": "b", "result": result, "error": null}));
        let without_id = app.post(debit(json!({})).to_string()).await.json();
        assert_eq!(shown(without_id), json!({"id": null, "result": result, "error": null}));

        let mixed = json!([debit(json!({"id": 1})), debit(json!({"id": 2, "jsonrpc": "2.0"}))]);
        assert_eq!(
            shown(app.post(mixed.to_string()).await.json()),
            json!([{"id": 1, "result": result, "error": null}, {"jsonrpc": "2.0", "id": 2, "result": result}])
        );
        assert_eq!(app.moves().await, ["pay 500"; 5]);
    }

    async fn with_an_invalid_id_the_method_does_not_run(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let messages = app.messages(HUMO.phone).await;
        let debit = debit_params(UZCARD, &token, 500);
        let add = json!({"pan": HUMO.pan, "expiry": "1230", "phone": HUMO.phone});
        let ids = [
            r#""id":true"#,
            r#""id":false"#,
            r#""id":[]"#,
            r#""id":[1]"#,
            r#""id":{}"#,
            r#""id":{"id":1}"#,
            r#""id":1,"id":1"#,
            r#""id":1,"id":2"#,
            r#""id":null,"id":1"#,
            r#""id":[],"id":1"#,
            r#""\u0069d":1,"id":1"#,
        ];
        for id in ids {
            for (method, params) in [
                ("transactions.debit", &debit),
                ("cards.add", &add),
                ("cards.attach", &attach_params(HUMO)),
            ] {
                let call = format!(r#"{id},"method":"{method}","params":{params}}}"#);
                let strict = bare_error("null", ErrorCode::InvalidRequest);
                let documented = documented_error("null", ErrorCode::InvalidRequest);
                assert_eq!(app.post(format!(r#"{{"jsonrpc":"2.0",{call}"#)).await.body, strict, "{call}");
                assert_eq!(app.post(format!("{{{call}")).await.body, documented, "{call}");
                let batch = format!(r#"[{{"jsonrpc":"2.0",{call},{{{call}]"#);
                assert_eq!(app.post(batch).await.body, format!("[{strict},{documented}]"), "{call}");
            }
        }
        assert_eq!(app.moves().await, [""; 0]);
        assert_eq!(app.balance(UZCARD).await, 1_000_000_000);
        assert_eq!(app.messages(HUMO.phone).await, messages);
    }

    async fn a_notification_is_never_executed(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let notification =
            json!({"jsonrpc": "2.0", "method": "transactions.debit", "params": debit_params(UZCARD, &token, 500)});
        let add = json!({"pan": HUMO.pan, "expiry": "1230", "phone": HUMO.phone});
        let code = json!({"jsonrpc": "2.0", "method": "cards.add", "params": add});
        let attach = json!({"jsonrpc": "2.0", "method": "cards.attach", "params": attach_params(HUMO)});
        for silent in [notification.clone(), code.clone(), json!([notification]), json!([notification, code, attach])] {
            let reply = app.post(silent.to_string()).await;
            assert_eq!((reply.status, reply.body.as_str()), (200, ""), "{silent}");
        }
        let call = json!({"jsonrpc": "2.0", "id": 7, "method": "no.such.method"});
        let reply = app.post(json!([notification, call, notification]).to_string()).await;
        assert_eq!(reply.body, format!("[{}]", bare_error("7", ErrorCode::MethodNotFound)));
        assert_eq!(app.moves().await, [""; 0]);
        assert_eq!(app.messages(HUMO.phone).await, [""; 0]);
    }

    /// `null` is an id: the call is executed and answered.
    async fn a_call_with_id_null_is_no_notification(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let params = debit_params(UZCARD, &token, 500);
        let body = json!({"jsonrpc": "2.0", "id": null, "method": "transactions.debit", "params": params});
        let reply = app.post(body.to_string()).await.json();
        assert_eq!(
            masked(reply, &["ext", "refNum", "transactionId"]),
            json!({"jsonrpc": "2.0", "id": null, "result": {
                "ext": "*", "refNum": "*", "merchantId": "90001", "terminalId": "92400001", "transactionId": "*",
            }})
        );
        assert_eq!(app.moves().await, ["pay 500"]);
    }

    async fn in_the_documented_envelope_the_a_family_wants_a_uuid_as_id(app: TestApp) {
        let null = "Validation Error. Field: id, message: Field must be not null";
        let no_uuid = "Validation Error. Field: id, message: Accepts only uuid";
        let attach = attach_params(HUMO);
        let confirm = json!({"cardId": UUID, "otpCode": "111111"});
        let table = [
            ("", "null", null),
            (r#""id":null,"#, "null", null),
            (r#""id":1,"#, "1", no_uuid),
            (r#""id":0.5e1,"#, "0.5e1", no_uuid),
            (r#""id":"","#, r#""""#, no_uuid),
            (r#""id":"1","#, r#""1""#, no_uuid),
            (r#""id":"\ud800","#, r#""\ud800""#, no_uuid),
            (r#""id":"7c9e6679-7425-40de-944b-e07fc1f90ae","#, r#""7c9e6679-7425-40de-944b-e07fc1f90ae""#, no_uuid),
        ];
        for (member, id, message) in table {
            for (method, params) in [("cards.attach", &attach), ("cards.attach.confirm", &confirm)] {
                let body = format!(r#"{{{member}"method":"{method}","params":{params}}}"#);
                let error = json!({"code": 4, "message": message});
                assert_eq!(app.post(body.clone()).await.body, format!(r#"{{"id":{id},"result":null,"error":{error}}}"#), "{body}");
            }
        }
        assert_eq!(app.messages(HUMO.phone).await, [""; 0]);

        for id in [UUID, &UUID.to_uppercase()] {
            let body = json!({"id": id, "method": "cards.attach", "params": attach});
            let reply = app.post(body.to_string()).await.json();
            assert_eq!(masked(reply, &["cardId"]), json!({"id": id, "result": {"cardId": "*"}, "error": null}));
        }
        assert_eq!(app.messages(HUMO.phone).await.len(), 2);
    }

    async fn in_two_point_zero_the_a_family_takes_any_valid_id(app: TestApp) {
        for id in [json!(1), json!(-2.5), json!("x"), json!(null), json!(UUID)] {
            let body = json!({"jsonrpc": "2.0", "id": id, "method": "cards.attach", "params": attach_params(HUMO)});
            let reply = app.post(body.to_string()).await.json();
            assert_eq!(masked(reply, &["cardId"]), json!({"jsonrpc": "2.0", "id": id, "result": {"cardId": "*"}}));
        }
        assert_eq!(app.messages(HUMO.phone).await.len(), 5);
    }

    /// The second call of the batch sees what the first one did, although that takes its time.
    async fn the_calls_of_a_batch_run_one_after_another(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        app.fault(json!({"network": "UZCARD", "operation": "pay", "kind": "delay", "delayMs": 100, "times": 1})).await;
        let debit = with(debit_params(UZCARD, &token, 500), json!({"extId": "one"}));
        let batch = json!([
            {"id": "before", "method": "transactions.get", "params": {"extId": "one"}},
            {"id": "debit", "method": "transactions.debit", "params": debit},
            {"id": "after", "method": "transactions.get", "params": {"extId": "one"}},
        ]);
        let replies = app.post(batch.to_string()).await.json();
        let of = |index: usize| (&replies[index]["id"], &replies[index]["error"]["code"], &replies[index]["result"]["status"]);
        assert_eq!(of(0), (&json!("before"), &json!(-32314), &json!(null)));
        assert_eq!(of(1), (&json!("debit"), &json!(null), &json!(null)));
        assert_eq!(of(2), (&json!("after"), &json!(null), &json!("succeeded")));
        assert_eq!(replies[1]["result"], replies[2]["result"]["result"]);
        assert_eq!(replies.as_array().unwrap().len(), 3);
    }

    async fn the_same_id_twice_in_a_batch_is_two_calls(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let debit = |amount: i64| {
            let params = debit_params(UZCARD, &token, amount);
            json!({"jsonrpc": "2.0", "id": 1, "method": "transactions.debit", "params": params})
        };
        let replies = app.post(json!([debit(500), debit(700)]).to_string()).await.json();
        let reply = json!({"jsonrpc": "2.0", "id": 1, "result": {
            "ext": "*", "refNum": "*", "merchantId": "90001", "terminalId": "92400001", "transactionId": "*",
        }});
        assert_eq!(masked(replies, &["ext", "refNum", "transactionId"]), json!([reply, reply]));
        assert_eq!(app.moves().await, ["pay 500", "pay 700"]);
    }

    async fn a_batch_above_the_limit_is_refused_as_a_whole(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let params = debit_params(UZCARD, &token, 500);
        let batch = |size: i64| {
            let call = |id: i64| json!({"jsonrpc": "2.0", "id": id, "method": "transactions.debit", "params": params});
            Value::Array((0..size).map(call).collect()).to_string()
        };
        let refused = app.post(batch(21)).await;
        assert_eq!((refused.status, refused.body), (200, bare_error("null", ErrorCode::InvalidRequest)));
        assert_eq!(app.moves().await, [""; 0]);

        let served = app.post(batch(20)).await.json();
        let ids: Vec<i64> = served.as_array().unwrap().iter().map(|reply| reply["id"].as_i64().unwrap()).collect();
        assert_eq!(ids, (0..20).collect::<Vec<_>>());
        assert_eq!(app.moves().await, ["pay 500"; 20]);
    }
}

#[tokio::test]
async fn a_valid_id_is_echoed_byte_for_byte() {
    let app = stateless().await;
    let ids = [
        "0",
        "1",
        "-1",
        "-0",
        "1.5",
        "1.50",
        "0.1e1",
        "1e3",
        "1E+3",
        "1e-3",
        "1e999",
        "18446744073709551616",
        "-170141183460469231731687303715884105728",
        "123456789012345678901234567890.123456789012345678901234567890",
        r#""""#,
        r#""1""#,
        r#"" ""#,
        r#""7c9e6679-7425-40de-944b-e07fc1f90ae7""#,
        r#""\u0041\u00e9\ud83d\ude00""#,
        r#""é😀""#,
        r#""\"\\\/\b\f\n\r\t\u0000""#,
        r#""\ud800""#,
        r#""{\"jsonrpc\":\"2.0\"}""#,
        "null",
    ];
    for id in ids {
        let strict = app
            .post(get(&format!(r#""jsonrpc":"2.0","id":{id},"#)))
            .await;
        assert_eq!(strict.body, bare_error(id, ErrorCode::TransactionNotFound));
        let documented = app.post(get(&format!(r#""id" : {id} ,"#))).await;
        assert_eq!(
            documented.body,
            documented_error(id, ErrorCode::TransactionNotFound)
        );
    }
    let missing = app.post(get("")).await;
    assert_eq!(
        missing.body,
        documented_error("null", ErrorCode::TransactionNotFound)
    );
}

#[tokio::test]
async fn jsonrpc_is_two_point_zero_or_absent() {
    let app = stateless().await;
    let found = |id| bare_error(id, ErrorCode::TransactionNotFound);
    let invalid = |id| bare_error(id, ErrorCode::InvalidRequest);
    let table = [
        (r#""id":5,"jsonrpc":"2.0","#, found("5")),
        (r#""jsonrpc":"2\u002e0","id":5,"#, found("5")),
        (r#""\u006asonrpc":"2.0","id":5,"#, found("5")),
        (r#""jsonrpc":"1.0","id":5,"#, invalid("5")),
        (r#""jsonrpc":"2","id":5,"#, invalid("5")),
        (r#""jsonrpc":"2.0 ","id":5,"#, invalid("5")),
        (r#""jsonrpc":"","id":5,"#, invalid("5")),
        (r#""jsonrpc":2.0,"id":5,"#, invalid("5")),
        (r#""jsonrpc":2,"id":5,"#, invalid("5")),
        (r#""jsonrpc":true,"id":5,"#, invalid("5")),
        (r#""jsonrpc":["2.0"],"id":5,"#, invalid("5")),
        (r#""jsonrpc":{},"id":5,"#, invalid("5")),
        (r#""jsonrpc":"1.0","#, invalid("null")),
        (r#""jsonrpc":"2.0","jsonrpc":"2.0","id":5,"#, invalid("5")),
        // What cannot be told apart has no id either.
        (r#""jsonrpc":null,"id":5,"#, invalid("null")),
        (r#""id":5,"jsonrpc":null,"#, invalid("null")),
        (r#""jsonrpc":null,"#, invalid("null")),
        // Another spelling is another member.
        (
            r#""JSONRPC":"2.0","version":"2.0","id":5,"#,
            documented_error("5", ErrorCode::TransactionNotFound),
        ),
    ];
    for (members, expected) in table {
        assert_eq!(app.post(get(members)).await.body, expected, "{members}");
    }
}

#[tokio::test]
async fn unknown_members_of_the_envelope_are_ignored() {
    let app = stateless().await;
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let unknown = [
        r#""version":"1.1","#.to_owned(),
        r#""result":null,"error":{"code":1},"#.to_owned(),
        r#""x":1,"x":2,"ID":3,"Params":[],"#.to_owned(),
        format!(r#""x":{deep},"#),
    ];
    for members in unknown {
        let strict = get(&format!(r#"{members}"jsonrpc":"2.0","id":5,"#));
        assert_eq!(
            app.post(strict).await.body,
            bare_error("5", ErrorCode::TransactionNotFound)
        );
        let documented = get(&format!(r#"{members}"id":5,"#));
        assert_eq!(
            app.post(documented).await.body,
            documented_error("5", ErrorCode::TransactionNotFound)
        );
    }
}

#[tokio::test]
async fn method_is_one_string() {
    let app = stateless().await;
    for members in [
        r#""params":{}"#,
        r#""method":null"#,
        r#""method":1"#,
        r#""method":["rpc.discover"]"#,
        r#""method":{}"#,
        r#""method":"\ud800""#,
        r#""method":"rpc.discover","method":"rpc.discover""#,
        r#""method":"rpc.discover","params":{},"params":{}"#,
    ] {
        let strict = app
            .post(format!(r#"{{"jsonrpc":"2.0","id":"a",{members}}}"#))
            .await;
        assert_eq!(
            strict.body,
            bare_error(r#""a""#, ErrorCode::InvalidRequest),
            "{members}"
        );
        let documented = app.post(format!(r#"{{"id":"a",{members}}}"#)).await;
        assert_eq!(
            documented.body,
            documented_error(r#""a""#, ErrorCode::InvalidRequest),
            "{members}"
        );
    }
    for method in [
        "",
        "transactions",
        "transactions.get ",
        "Transactions.Get",
        "transactions/get",
        "rpc.other",
    ] {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method}).to_string();
        assert_eq!(
            app.post(body).await.body,
            bare_error("1", ErrorCode::MethodNotFound),
            "{method}"
        );
    }
}

#[tokio::test]
async fn params_are_an_object_or_absent() {
    let app = stateless().await;
    let b = |code: i64, message: &str, data: Value| json!({"code": code, "message": message, "data": data});
    let a = |message: &str| json!({"code": 4, "message": format!("Validation Error. Field: {message}")});
    let by_name = || {
        b(
            -32401,
            "Некорректный ввод данных",
            json!({"reason": "params_by_name_only"}),
        )
    };
    let missing = |field: &str| b(-32300, "Не хватает параметров", json!({"field": field}));
    let invalid = || json!({"code": -32600, "message": "Передан неправильный JSON-RPC объект"});
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
        ("rpc.discover", r#","params":[]"#, by_name()),
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
    for params in ["", r#","params":null"#, r#","params":{}"#] {
        let reply = app
            .post(format!(
                r#"{{"jsonrpc":"2.0","id":1,"method":"rpc.discover"{params}}}"#
            ))
            .await;
        assert_eq!(reply.json()["result"]["openrpc"], "1.3.2", "{params}");
    }
}
