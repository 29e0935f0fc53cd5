//! What is no call, and what is odd inside one.

use super::*;

#[tokio::test]
async fn what_is_no_json_is_a_parse_error() {
    let app = stateless().await;
    let call = get(r#""jsonrpc":"2.0","id":1,"#);
    let bodies: [&[u8]; 22] = [
        b"",
        b" \n",
        b"{",
        b"[",
        b"{}{}",
        b"{} x",
        b"nul",
        b"NaN",
        b"{'id':1}",
        b"{\"id\":1,}",
        b"{\"id\":01}",
        b"{\"id\":1.}",
        b"{\"id\":+1}",
        b"{\"id\":\"\\x\"}",
        b"{\"id\":\"\t\"}",
        b"{\"id\":\"\0\"}",
        b"{\"id\":\"\xff\"}",
        b"{\"id\":\"\xed\xa0\x80\"}",
        b"{\"id\":1} // comment",
        b"\xef\xbb\xbf{}",
        b"\xff\xfe{\0}\0",
        b"[1,]",
    ];
    let around = [
        format!("\u{feff}{call}"),
        format!("{call}\0"),
        format!("\0{call}"),
        "[".repeat(10_000),
    ];
    let around = around.iter().map(String::as_bytes);
    for body in bodies.into_iter().chain(around) {
        let request = HttpRequest::post("")
            .bytes(body)
            .credentials(&Credentials::demo());
        let reply = send(app.running.address, request).await;
        let shown = body.escape_ascii();
        assert_eq!(
            (reply.status, reply.body),
            (200, bare_error("null", ErrorCode::ParseError)),
            "{shown}"
        );
    }
}

#[tokio::test]
async fn an_entry_that_is_no_object_is_no_call() {
    let app = stateless().await;
    let invalid = bare_error("null", ErrorCode::InvalidRequest);
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
            json!({"reason": "wrong_type", "field": "transactionId"}),
        ),
        (
            format!(r#"{{"transactionId":{objects}}}"#),
            json!({"reason": "wrong_type", "field": "transactionId"}),
        ),
        (deep, json!({"reason": "params_by_name_only"})),
        (
            r#"{"extId":"\ud800"}"#.to_owned(),
            json!({"reason": "wrong_type", "field": "extId"}),
        ),
        (
            r#"{"extId":"a\u0000"}"#.to_owned(),
            json!({"reason": "bad_format", "field": "extId"}),
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
