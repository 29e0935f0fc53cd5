//! What is no call, and what is odd inside one.

use super::*;

/// A body that is no JSON, the reason, and the line and column where it breaks.
type Broken<'a> = (&'a [u8], &'a str, Option<(u32, u32)>);

#[tokio::test]
async fn what_is_no_json_is_a_parse_error() {
    let app = stateless().await;
    let call = get(r#""jsonrpc":"2.0","id":1,"#);
    let bodies: [Broken<'_>; 23] = [
        (b"", "body_empty", None),
        (b" \n", "body_empty", None),
        (b"{", "syntax", Some((1, 1))),
        (b"[", "syntax", Some((1, 1))),
        (b"{}{}", "syntax", Some((1, 3))),
        (b"{} x", "syntax", Some((1, 4))),
        (b"nul", "syntax", Some((1, 3))),
        (b"NaN", "syntax", Some((1, 1))),
        (b"{'id':1}", "syntax", Some((1, 2))),
        (b"{\"id\":1,}", "syntax", Some((1, 9))),
        (b"{\n \"id\": 1,\n}", "syntax", Some((3, 1))),
        (b"{\"id\":01}", "syntax", Some((1, 8))),
        (b"{\"id\":1.}", "syntax", Some((1, 9))),
        (b"{\"id\":+1}", "syntax", Some((1, 7))),
        (b"{\"id\":\"\\x\"}", "syntax", Some((1, 9))),
        (b"{\"id\":\"\t\"}", "syntax", Some((1, 7))),
        (b"{\"id\":\"\0\"}", "syntax", Some((1, 7))),
        (b"{\"id\":\"\xff\"}", "not_utf8", None),
        (b"{\"id\":\"\xed\xa0\x80\"}", "not_utf8", None),
        (b"{\"id\":1} // comment", "syntax", Some((1, 10))),
        (b"\xef\xbb\xbf{}", "byte_order_mark", None),
        (b"\xff\xfe{\0}\0", "not_utf8", None),
        (b"[1,]", "syntax", Some((1, 4))),
    ];
    let end = u32::try_from(call.len()).unwrap() + 1;
    let around = [
        (format!("\u{feff}{call}"), "byte_order_mark", None),
        (format!("{call}\0"), "syntax", Some((1, end))),
        (format!("\0{call}"), "syntax", Some((1, 1))),
        ("[".repeat(10_000), "syntax", Some((1, 10_000))),
    ];
    let around = around
        .iter()
        .map(|(body, reason, at)| (body.as_bytes(), *reason, *at));
    for (body, reason, at) in bodies.into_iter().chain(around) {
        let request = HttpRequest::post("")
            .bytes(body)
            .credentials(&Credentials::demo());
        let reply = send(app.running.address, request).await;
        let shown = body.escape_ascii();
        assert_eq!(
            (reply.status, reply.body),
            (200, parse_error(reason, at)),
            "{shown}"
        );
    }
}

#[tokio::test]
async fn an_entry_that_is_no_object_is_no_call() {
    let app = stateless().await;
    let invalid = invalid("null", "not_an_object", "");
    for body in ["1", "-1e5", r#""x""#, "null", "true", " 7 "] {
        assert_eq!(app.post(body).await.body, invalid, "{body}");
    }
    let call = get(r#""jsonrpc":"2.0","id":1,"#);
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    for entry in ["1", "null", "[]", r#""x""#, &format!("[{call}]"), &deep] {
        let reply = app.post(format!("[{entry},{call}]")).await;
        let found = bare_error("1", ErrorCode::TransactionNotFound);
        assert_eq!(reply.body, format!("[{invalid},{found}]"));
    }
}

#[tokio::test]
async fn what_is_odd_inside_params_is_refused_there() {
    let app = stateless().await;
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let objects = format!("{}1{}", r#"{"x":"#.repeat(5_000), "}".repeat(5_000));
    let table = [
        (
            format!(r#"{{"transactionId":{deep}}}"#),
            json!({"reason": "wrong_type", "hint": "Целое число, без кавычек, дробной части и порядка.", "field": "transactionId"}),
        ),
        (
            format!(r#"{{"transactionId":{objects}}}"#),
            json!({"reason": "wrong_type", "hint": "Целое число, без кавычек, дробной части и порядка.", "field": "transactionId"}),
        ),
        (
            deep,
            json!({"reason": "params_by_name_only", "hint": BY_NAME}),
        ),
        (
            r#"{"extId":"\ud800"}"#.to_owned(),
            json!({"reason": "wrong_type", "hint": "От 1 до 64 знаков из A-Za-z0-9._:-, в строке.", "field": "extId"}),
        ),
        (
            r#"{"extId":"a\u0000"}"#.to_owned(),
            json!({"reason": "bad_format", "hint": "От 1 до 64 знаков из A-Za-z0-9._:-, в строке.", "field": "extId"}),
        ),
        (
            r#"{"\u0000":1}"#.to_owned(),
            json!({"reason": "unknown_member", "field": "?"}),
        ),
        (
            r#"{"\ud800":1}"#.to_owned(),
            json!({"reason": "unknown_member"}),
        ),
    ];
    for (params, data) in table {
        let body =
            format!(r#"{{"jsonrpc":"2.0","id":1,"method":"transactions.get","params":{params}}}"#);
        let error = json!({"code": -32401, "message": "Некорректный ввод данных", "data": data});
        assert_eq!(
            app.post(body).await.json(),
            json!({"jsonrpc": "2.0", "id": 1, "error": error})
        );
    }
}

/// Blanks have no meaning in JSON.
#[tokio::test]
async fn blanks_around_everything_are_fine() {
    let app = stateless().await;
    let call = "\r\n\t {\t\"jsonrpc\" :\n\"2.0\" , \"id\" : 1 ,\"method\" : \"transactions.get\" , \"params\"\r\n: { \"transactionId\" : 1 } }\n ";
    let found = bare_error("1", ErrorCode::TransactionNotFound);
    assert_eq!(app.post(call).await.body, found);
    assert_eq!(
        app.post(format!(" \n[ {call} , {call} ]\n")).await.body,
        format!("[{found},{found}]")
    );
    assert_eq!(
        app.post(format!("{}{call}", " ".repeat(20_000))).await.body,
        found
    );
}
