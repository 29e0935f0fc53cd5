//! Content types, paths, methods, and the order in which they are checked.

use super::*;

#[tokio::test]
async fn content_types() {
    let app = stateless().await;
    // The empty one stands for no header at all.
    for accepted in [
        "",
        "application/json",
        "APPLICATION/JSON",
        "application/json-rpc",
        "application/json;charset=utf-8",
        "application/json;  charset=UTF-8",
        "application/json; charset=\"utf-8\"",
        "application/json-rpc; charset=utf8",
    ] {
        let reply = send(
            app.running.address,
            post(CALL).header("content-type", accepted),
        )
        .await;
        assert_eq!((reply.status, reply.body), (200, not_found()), "{accepted}");
    }
    for refused in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/xml",
        "application/jsonrequest",
        "application/json; charset=windows-1251",
        "multipart/form-data; boundary=x",
    ] {
        let reply = send(
            app.running.address,
            post(CALL).header("content-type", refused),
        )
        .await;
        assert_eq!(
            (reply.status, reply.json()),
            (
                415,
                refusal("content_type", "send Content-Type: application/json")
            ),
            "{refused}"
        );
    }
}

#[tokio::test]
async fn other_paths_and_methods_are_told_what_to_do_instead() {
    let app = stateless().await;
    let nowhere = "there is one endpoint: POST /; the reference is at GET /docs";
    let table = [
        ("POST", "/rpc", 404, "", nowhere),
        ("GET", "/index.html", 404, "", nowhere),
        ("GET", "/docs/", 404, "", nowhere),
        ("GET", "/health", 404, "", nowhere),
        ("GET", "/metrics", 404, "", nowhere),
        (
            "POST",
            "/transactions/debit/hold/charge",
            404,
            "",
            "send transactions.debit.hold.charge to POST /; the documents' paths are served where compat.http_paths is true",
        ),
        ("POST", "/transactions/get", 404, "", nowhere),
        ("POST", "/cards.add", 404, "", nowhere),
        ("GET", "/", 405, "POST", "allowed here: POST"),
        ("PUT", "/", 405, "POST", "allowed here: POST"),
        ("OPTIONS", "/", 405, "POST", "allowed here: POST"),
        ("POST", "/docs", 405, "GET, HEAD", "allowed here: GET, HEAD"),
        (
            "DELETE",
            "/openrpc.json",
            405,
            "GET, HEAD",
            "allowed here: GET, HEAD",
        ),
    ];
    for (method, path, status, allow, hint) in table {
        let reply = send(app.running.address, post(CALL).method(method).path(path)).await;
        assert_eq!(
            (reply.status, reply.header("allow")),
            (status, allow),
            "{method} {path}"
        );
        assert_eq!(reply.header("content-type"), "application/json");
        let reason = match status {
            404 => "path_not_found",
            _ => "method_not_allowed",
        };
        assert_eq!(reply.json(), refusal(reason, hint), "{method} {path}");
    }
}

/// Method, path, type, size, JSON, credentials: the first that is wrong is told.
#[tokio::test]
async fn the_order_of_checks() {
    let app = stateless_with(|config| config.server.body_limit_bytes = 1_000).await;
    let large = "x".repeat(1_001);
    let wrong = |body: &str| HttpRequest::post(body).header("content-type", "text/plain");
    let address = app.running.address;
    assert_eq!(
        send(address, wrong(&large).path("/rpc").method("PUT"))
            .await
            .status,
        404
    );
    assert_eq!(send(address, wrong(&large).method("PUT")).await.status, 405);
    assert_eq!(send(address, wrong(&large)).await.status, 415);
    assert_eq!(send(address, HttpRequest::post(large)).await.status, 413);
    let no_json = send(address, HttpRequest::post("x")).await;
    assert_eq!(
        (no_json.status, no_json.body),
        (200, bare_error("null", ErrorCode::ParseError))
    );
    assert_eq!(send(address, HttpRequest::post("[1]")).await.status, 401);
}

#[tokio::test]
async fn each_reply_has_a_request_id_of_its_own() {
    let app = stateless().await;
    let requests = [
        post(CALL),
        post(CALL),
        post("{"),
        post(r#"{"jsonrpc":"2.0","method":"x"}"#),
        post(CALL).header("x-request-id", "mine"),
        post(CALL).path("/x"),
        post(CALL).method("PUT"),
        post(CALL).header("content-type", "text/plain"),
        post(" ".repeat(40_000)),
        HttpRequest::post(CALL),
        HttpRequest::get("/docs"),
        HttpRequest::get("/openrpc.json"),
    ];
    let mut seen = HashSet::new();
    for request in requests {
        let reply = send(app.running.address, request).await;
        let id = reply.header("x-request-id").to_owned();
        assert!(uuid::Uuid::try_parse(&id).is_ok(), "{id:?}");
        assert!(seen.insert(id));
    }
}
