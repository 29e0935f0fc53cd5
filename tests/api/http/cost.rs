//! What a request may cost before it is known who sends it.

use super::*;

const DISCOVER: &str = r#"{"jsonrpc":"2.0","id":1,"method":"rpc.discover"}"#;

#[tokio::test]
async fn a_head_has_what_a_call_needs() {
    let app = stateless().await;
    let hint = "Заголовки вместе со строкой запроса могут иметь не больше 8192 байт, и их может быть не больше 48.";
    let many = |count: usize| "X-A: 1\r\n".repeat(count);
    let long = |bytes: usize| format!("X-A: {}\r\n", "a".repeat(bytes));
    for (extra, fits) in [
        (many(40), true),
        (many(50), false),
        (long(7_000), true),
        (long(8_200), false),
        (long(12_000), false),
    ] {
        let headers = format!(
            "Connection: close\r\nContent-Length: {}\r\n{extra}",
            CALL.len()
        );
        let reply = send_raw(app.running.address, &raw(&headers, CALL)).await;
        let (status, headers, body) = parts(&reply);
        if fits {
            assert_eq!(status, "HTTP/1.1 200 OK");
            continue;
        }
        assert_eq!(status, "HTTP/1.1 431 Request Header Fields Too Large");
        assert_eq!(body, refusal("headers_too_large", hint));
        assert!(headers.contains("connection: close"), "{headers}");
    }
    // What is beyond the HTTP parser's own limits is refused without words.
    for extra in [many(100), long(40_000)] {
        let reply = send_raw(app.running.address, &raw(&extra, "")).await;
        let refused = "HTTP/1.1 431 Request Header Fields Too Large\r\n";
        assert!(reply.starts_with(refused), "{reply}");
    }
}

#[tokio::test]
async fn a_header_that_says_one_thing_is_there_once() {
    let app = stateless().await;
    let hint = "Отправьте заголовки Authorization и Content-Type по одному разу.";
    for twice in [
        "Authorization: Basic ZGVtbzpkZW1vLXNlY3JldA==\r\n",
        "Content-Type: application/json\r\nContent-Type: application/json\r\n",
    ] {
        let headers = format!(
            "Connection: close\r\nContent-Length: {}\r\n{twice}",
            CALL.len()
        );
        let reply = send_raw(app.running.address, &raw(&headers, CALL)).await;
        let (status, _, body) = parts(&reply);
        assert_eq!(status, "HTTP/1.1 400 Bad Request", "{twice}");
        assert_eq!(body, refusal("header_twice", hint), "{twice}");
    }
}

/// Wrong credentials are refused although the body never comes.
#[tokio::test]
async fn credentials_are_looked_at_before_the_body() {
    let app = stateless_with(|config| config.server.body_timeout_ms = 60_000).await;
    let head = |credentials: &str, length: usize, more: &str| {
        format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\n{credentials}Content-Length: {length}\r\n{more}\r\n"
        )
    };
    let wrong = "Authorization: Basic ZGVtbzp3cm9uZw==\r\n";
    for request in [
        head(wrong, 10_000, ""),
        head(wrong, 10_000, "Expect: 100-continue\r\n"),
        head("", 5_000, ""),
        head("", 30_000, "Expect: 100-continue\r\n"),
    ] {
        let reply = send_raw(app.running.address, request.as_bytes()).await;
        let (status, headers, _) = parts(&reply);
        assert_eq!(status, "HTTP/1.1 401 Unauthorized", "{request}");
        assert!(headers.contains("connection: close"), "{headers}");
    }
    // A small body without credentials has two seconds.
    let reply = send_raw(app.running.address, head("", 100, "").as_bytes()).await;
    assert_eq!(parts(&reply).0, "HTTP/1.1 408 Request Timeout");
}

#[tokio::test]
async fn without_credentials_a_source_is_answered_five_times_a_second() {
    let app = stateless().await;
    let mut statuses = Vec::new();
    for _ in 0..40 {
        let reply = send(app.running.address, HttpRequest::post(DISCOVER)).await;
        statuses.push(reply.status);
        if reply.status == 429 {
            let data = &reply.json()["error"]["data"];
            assert_eq!(reply.header("retry-after"), "1");
            assert_eq!(data["reason"], "too_many_without_credentials");
            break;
        }
    }
    assert_eq!(statuses[..5], [200; 5]);
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
    // Who says who they are is not concerned.
    for _ in 0..8 {
        assert_eq!(app.post(DISCOVER).await.status, 200);
    }
}

#[tokio::test]
async fn a_copy_of_the_document_that_is_known_is_not_sent_again() {
    let app = stateless().await;
    let first = send(app.running.address, HttpRequest::get("/openrpc.json")).await;
    let known = HttpRequest::get("/openrpc.json").header("if-none-match", first.header("etag"));
    let again = send(app.running.address, known).await;
    assert_eq!((again.status, again.body.as_str()), (304, ""));
    let old = HttpRequest::get("/openrpc.json").header("if-none-match", "\"0\"");
    assert_eq!(send(app.running.address, old).await.body, first.body);
}

#[tokio::test]
async fn refusals_are_counted_by_their_reason() {
    let app = stateless().await;
    let address = app.running.address;
    send(address, post(CALL).path("/nowhere")).await;
    send(address, post(CALL).path("/elsewhere")).await;
    send(address, post("{")).await;
    send(address, HttpRequest::post(CALL)).await;
    send(address, post(CALL).header("origin", "null")).await;
    send(address, post(CALL).header("content-type", "text/plain")).await;
    let page = send(app.running.ops_address, HttpRequest::get("/metrics")).await;
    let mut counts: Vec<&str> = page
        .body
        .lines()
        .filter(|line| line.starts_with("aloqa_refused_requests_total{"))
        .collect();
    counts.sort_unstable();
    assert_eq!(
        counts,
        [
            r#"aloqa_refused_requests_total{reason="content_type"} 1"#,
            r#"aloqa_refused_requests_total{reason="credentials_missing"} 1"#,
            r#"aloqa_refused_requests_total{reason="origin_foreign"} 1"#,
            r#"aloqa_refused_requests_total{reason="path_not_found"} 2"#,
            r#"aloqa_refused_requests_total{reason="syntax"} 1"#,
        ]
    );
}
