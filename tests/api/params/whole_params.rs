//! Params as a whole: by name, absent, in an order.

use test_support::refused_calls::invalid_call;

use super::*;

/// Missing members are told before bad values, both in the document's order, whatever the caller's order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_are_told_in_the_documents_order() {
    let table = Table::new().await;
    for method in METHODS
        .iter()
        .filter(|method| method.name != "transactions.get")
    {
        let (members, _) = good(method.name);
        let bad_value = |field: &Field| *table.bad(method, field).last().unwrap();
        let bad_members = || -> Members {
            method
                .fields
                .iter()
                .map(|field| (field.name, bad_value(field).0.to_owned()))
                .collect()
        };
        for (index, field) in method.fields.iter().enumerate() {
            // Good up to here, bad from here on.
            let mut faulty = members[..index].to_vec();
            faulty.extend_from_slice(&bad_members()[index..]);
            let refusal = bad_value(field).1;
            for turn in 0..faulty.len() {
                let mut turned = faulty.clone();
                turned.rotate_left(turn);
                table.refuses(method, &turned, field.name, refusal).await;
                turned.reverse();
                table.refuses(method, &turned, field.name, refusal).await;
            }
            // Bad up to here, and nothing that is required from here on.
            if field.required {
                let mut short = bad_members()[..index].to_vec();
                if !short.is_empty() {
                    table.refuses(method, &short, field.name, MISSING).await;
                    short.reverse();
                    table.refuses(method, &short, field.name, MISSING).await;
                }
                // Only this one is missing, and everything else is bad.
                let lacking = without(&bad_members(), field.name);
                if !lacking.is_empty() {
                    table.refuses(method, &lacking, field.name, MISSING).await;
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn params_are_by_name() {
    let table = Table::new().await;
    let by_name = Refusal {
        code: InvalidInput,
        reason: Some("params_by_name_only"),
        text: "Accepts only object",
        hint: Some("Отправьте параметры по именам, в объекте JSON."),
    };
    for method in METHODS {
        let takes_none = method.fields.iter().all(|field| !field.required);
        for array in [
            "[]",
            r#"["8600010132441332"]"#,
            r#"[{"pan":"8600010132441332"}]"#,
        ] {
            // What several clients send for no params.
            if array == "[]" && takes_none {
                let named = table.ask(method, "{}").await;
                assert_eq!(table.ask(method, array).await, named, "{}", method.name);
                continue;
            }
            let reply = table.ask(method, array).await;
            assert_eq!(
                reply,
                expected(method, None, by_name),
                "{} {array}",
                method.name
            );
        }
        for scalar in ["1", r#""canary""#, "true"] {
            assert_eq!(
                table.ask(method, scalar).await,
                json!({"jsonrpc": "2.0", "id": 1, "error": invalid_call("params_invalid", "params")})
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn params_that_are_absent_null_or_empty_lack_the_first_required_member() {
    let table = Table::new().await;
    for method in METHODS {
        let absent = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{}"}}"#, method.name);
        let replies = [
            table.app.post(absent).await.json(),
            table.ask(method, "null").await,
            table.ask(method, "{}").await,
        ];
        let first = match method.fields.iter().find(|field| field.required) {
            Some(field) => field.name,
            None if method.name == "transactions.get" => "transactionId",
            None => {
                for reply in replies {
                    assert!(reply.get("result").is_some(), "{}: {reply}", method.name);
                }
                continue;
            }
        };
        let [absent, null, empty] = replies;
        match method.family {
            // The document's own sample: the params themselves are what is null.
            Family::Attach => assert_eq!([&absent, &null], [&expected(method, None, MISSING); 2]),
            Family::Gateway => assert_eq!(
                [&absent, &null],
                [&expected(method, Some(first), MISSING); 2]
            ),
        }
        assert_eq!(empty, expected(method, Some(first), MISSING));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transactions_get_takes_exactly_one_member() {
    let table = Table::new().await;
    let method = METHODS
        .iter()
        .find(|method| method.name == "transactions.get")
        .unwrap();
    let both = Refusal {
        code: InvalidInput,
        reason: Some("exactly_one_of"),
        text: "-",
        hint: None,
    };
    let neither: &[&str] = &[
        "{}",
        r#"{"extId":null}"#,
        r#"{"transactionId":null,"extId":null}"#,
    ];
    for params in neither {
        assert_eq!(
            table.ask(method, params).await,
            expected(method, Some("transactionId"), MISSING),
            "{params}"
        );
    }
    for params in [
        r#"{"transactionId":1,"extId":"order-1042"}"#,
        r#"{"extId":"order-1042","transactionId":0}"#,
    ] {
        assert_eq!(
            table.ask(method, params).await,
            expected(method, Some("transactionId"), both),
            "{params}"
        );
    }
    // Formats come first.
    let bad_ext_id = Refusal {
        hint: Some(rule("ExtId")),
        ..Refusal::bad_format("-")
    };
    let reply = table.ask(method, r#"{"transactionId":1,"extId":""}"#).await;
    assert_eq!(reply, expected(method, Some("extId"), bad_ext_id));
    let one: &[&str] = &[
        r#"{"extId":"order-1042"}"#,
        r#"{"transactionId":7,"extId":null}"#,
        r#"{"transactionId":0}"#,
    ];
    for params in one {
        assert_eq!(
            table.ask(method, params).await,
            refused(TransactionNotFound, Value::Null),
            "{params}"
        );
    }
}

/// A B-family token that is not a UUID is an unknown token, whatever it looks like.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_no_uuid_is_an_unknown_token() {
    let table = Table::new().await;
    let method = METHODS
        .iter()
        .find(|method| method.name == "transactions.debit")
        .unwrap();
    let (members, _) = good(method.name);
    for token in [
        r#"" ""#,
        r#""canary""#,
        r#""8600010132441332""#,
        r#""a1807840-4577-11ee-bec9-ddd6006913ab""#,
    ] {
        let reply = table
            .ask_members(method, &set(method.name, &members, "token", token))
            .await;
        assert_eq!(reply, refused(CardNotRegistered, Value::Null), "{token}");
    }
}

/// `data` and code are the same in every language; only the message differs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_are_told_in_the_callers_language() {
    let table = Table::new().await;
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"cards.add","params":{"pan":"canary"}}"#;
    for (header, lang) in [
        ("", Lang::Ru),
        ("ru", Lang::Ru),
        ("uz", Lang::Uz),
        ("en", Lang::En),
        ("EN", Lang::En),
    ] {
        let request = HttpRequest::post(body)
            .header("lang", header)
            .credentials(&Credentials::demo());
        let reply = send(table.app.running.address, request).await.json();
        assert_eq!(
            reply,
            refused_in(lang, MissingParams, json!({"field": "expiry"}))
        );
    }
}
