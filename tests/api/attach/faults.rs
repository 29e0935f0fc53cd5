//! Faults of the params, and in which language and envelope they are told.

use super::*;

/// English without the header `lang`, as the document has them; validation errors are in English alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_are_in_english_unless_asked_otherwise() {
    let app = TestApp::on(DatabaseKind::Sqlite).await.unwrap();
    let not_found = json!({"jsonrpc": "2.0", "id": 1, "method": "cards.attach.confirm", "params": confirm_params(UNKNOWN, CODE)});
    let invalid =
        json!({"jsonrpc": "2.0", "id": 1, "method": "cards.attach.confirm", "params": {}});
    for (header, lang) in [
        ("", Lang::En),
        ("en", Lang::En),
        ("ru", Lang::Ru),
        ("uz", Lang::Uz),
        ("fr", Lang::En),
    ] {
        let ask = |body: &Value| {
            let request = HttpRequest::post(body.to_string()).header("lang", header);
            send(
                app.running.address,
                request.credentials(&Credentials::demo()),
            )
        };
        assert_eq!(
            ask(&not_found).await.json(),
            refused_in(lang, AttachCardNotFound, Value::Null)
        );
        let message = "Validation Error. Field: params.cardId, message: Field must be not null";
        let expected = json!({"jsonrpc": "2.0", "id": 1, "error": {"code": 4, "message": message}});
        assert_eq!(ask(&invalid).await.json(), expected);
    }
}

/// In the documented envelope the id is a UUID, and its faults come before those of the params.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_id_of_the_documented_envelope_is_a_uuid() {
    let app = TestApp::on(DatabaseKind::Sqlite).await.unwrap();
    let (missing, no_uuid) = ("Field must be not null", "Accepts only uuid");
    for method in ["cards.attach", "cards.attach.confirm"] {
        for (member, echoed, text) in [
            ("", "null", missing),
            (r#""id":null,"#, "null", missing),
            (r#""id":"","#, r#""""#, no_uuid),
            (r#""id":1,"#, "1", no_uuid),
            (r#""id":1.50,"#, "1.50", no_uuid),
            (r#""id":"e20ba72f","#, r#""e20ba72f""#, no_uuid),
            (
                r#""id":"e20ba72f-bc54-449f-ae13-7458afef64cg","#,
                r#""e20ba72f-bc54-449f-ae13-7458afef64cg""#,
                no_uuid,
            ),
        ] {
            let reply = app
                .post(format!(
                    r#"{{{member}"method":"{method}","params":{{"x":1}}}}"#
                ))
                .await;
            let expected = format!(
                r#"{{"id":{echoed},"result":null,"error":{{"code":4,"message":"Validation Error. Field: id, message: {text}"}}}}"#
            );
            assert_eq!(reply.body, expected);
        }
        // A 2.0 client may use any valid id.
        for id in [r#""x""#, "1", "null", "-1.5"] {
            let reply = app
                .post(format!(
                    r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{{"x":1}}}}"#
                ))
                .await;
            let expected = format!(
                r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":4,"message":"Validation Error. Field: params.x, message: Unknown field"}}}}"#
            );
            assert_eq!(reply.body, expected);
        }
    }
}

/// Every field, every fault, every text; in the documented envelope.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_of_a_field_is_code_4_with_its_text() {
    let app = TestApp::on(DatabaseKind::Sqlite).await.unwrap();
    let pan = "Must contain only digits. Allowed length 16 characters";
    let date = "Only valid dates (yyMM)";
    let network = "Accepts only constants (UZCARD, HUMO)";
    let phone = "Must contain only digits. Allowed length 12 characters";
    let prefix = "Number must start with 998";
    let uuid = "Accepts only uuid";
    let code = "Must contain only digits. Allowed length 6 characters";
    let null = "Field must be not null";
    let good = |method: &str| match method {
        "cards.attach" => attach_params(UZCARD),
        _ => confirm_params(UNKNOWN, CODE),
    };
    type Row<'a> = (&'a str, &'a str, &'a [(Value, &'a str)]);
    let rows: &[Row<'_>] = &[
        (
            "cards.attach",
            "pan",
            &[
                (json!(null), null),
                (json!(""), null),
                (json!(8_600_010_132_441_332_i64), pan),
                (json!(true), pan),
                (json!([]), pan),
                (json!({}), pan),
                (json!("860001013244133"), pan),
                (json!("86000101324413321"), pan),
                (json!("86000101324413 2"), pan),
                (json!("8600 0101 3244 1332"), pan),
                (json!("+600010132441332"), pan),
                (json!("８６０００１０１３２４４１３３２"), pan),
                (json!(" "), pan),
            ],
        ),
        (
            "cards.attach",
            "expiry",
            &[
                (json!(null), null),
                (json!(""), null),
                (json!(3012), date),
                (json!(false), date),
                (json!("3013"), date),
                (json!("3000"), date),
                (json!("301"), date),
                (json!("30123"), date),
                (json!("30/12"), date),
                (json!("1230"), date),
                (json!("2030-12"), date),
            ],
        ),
        (
            "cards.attach",
            "processingType",
            &[
                (json!(null), null),
                (json!(""), null),
                (json!(1), network),
                (json!("uzcard"), network),
                (json!("VISA"), network),
                (json!("UZCARD "), network),
                (json!(["UZCARD"]), network),
            ],
        ),
        (
            "cards.attach",
            "phoneNumber",
            &[
                (json!(null), null),
                (json!(""), null),
                (json!(998_901_234_567_i64), phone),
                (json!("9989996542222"), phone),
                (json!("99890123456"), phone),
                (json!("+998901234567"), phone),
                (json!("99890123456x"), phone),
                (json!("997901234567"), prefix),
                (json!("000000000000"), prefix),
            ],
        ),
        (
            "cards.attach.confirm",
            "cardId",
            &[
                (json!(null), null),
                (json!(""), null),
                (json!(1), uuid),
                (json!("b17d442d"), uuid),
                (json!({}), uuid),
                (json!("b17d442d-19ad-4cce-babf-64f7cf6f554g"), uuid),
            ],
        ),
        (
            "cards.attach.confirm",
            "otpCode",
            &[
                (json!(null), null),
                (json!(""), null),
                (json!(111_111), code),
                (json!("44512"), code),
                (json!("1111111"), code),
                (json!("11111 "), code),
                (json!("abcdef"), code),
            ],
        ),
    ];
    for (method, field, faults) in rows {
        for (value, text) in *faults {
            let params = with(good(method), json!({*field: value}));
            let body = json!({"id": ID, "method": method, "params": params}).to_string();
            let message = format!("Validation Error. Field: params.{field}, message: {text}");
            let expected = json!({"id": ID, "result": null, "error": {"code": ValidationError.code(), "message": message}});
            assert_eq!(post(&app, &body).await, expected, "{body}");
        }
    }
    assert_eq!(app.transactions_stored().await, 0);
}

/// What concerns the params as a whole, or more than one of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_of_the_params_as_a_whole_are_code_4() {
    let app = TestApp::on(DatabaseKind::Sqlite).await.unwrap();
    let rows = [
        ("", "params", "Field must be not null"),
        (r#","params":null"#, "params", "Field must be not null"),
        (r#","params":[]"#, "params", "Accepts only object"),
        (
            r#","params":["8600010132441332"]"#,
            "params",
            "Accepts only object",
        ),
        (r#","params":{}"#, "params.pan", "Field must be not null"),
        (
            r#","params":{"pan":"1","PAN":"2"}"#,
            "params.PAN",
            "Unknown field",
        ),
        (
            r#","params":{"pan":"1","pan":"8600010132441332"}"#,
            "params.pan",
            "Duplicate field",
        ),
        (
            r#","params":{"pan":null,"pan":"8600010132441332"}"#,
            "params.pan",
            "Duplicate field",
        ),
        (
            r#","params":{"expiry":"3012","expiryDate":"3012"}"#,
            "params.expiryDate",
            "Duplicate field",
        ),
        (
            r#","params":{"expiryDate":"3012","expiry":null}"#,
            "params.expiry",
            "Duplicate field",
        ),
        // Missing members, in the document's order, before any format.
        (
            r#","params":{"phoneNumber":"x","processingType":"x","expiry":"x"}"#,
            "params.pan",
            "Field must be not null",
        ),
        (
            r#","params":{"phoneNumber":"x","expiryDate":"x","pan":"x"}"#,
            "params.processingType",
            "Field must be not null",
        ),
        (
            r#","params":{"processingType":"x","expiryDate":null,"pan":"x"}"#,
            "params.expiry",
            "Field must be not null",
        ),
        // Formats, in the document's order.
        (
            r#","params":{"phoneNumber":"x","processingType":"x","expiryDate":"x","pan":"8600010132441332"}"#,
            "params.expiry",
            "Only valid dates (yyMM)",
        ),
    ];
    for (params, field, text) in rows {
        let body = format!(r#"{{"id":"{ID}","method":"cards.attach"{params}}}"#);
        let message = format!("Validation Error. Field: {field}, message: {text}");
        let expected = json!({"id": ID, "result": null, "error": {"code": 4, "message": message}});
        assert_eq!(post(&app, &body).await, expected, "{body}");
    }
}
