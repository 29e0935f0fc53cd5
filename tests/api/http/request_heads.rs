//! Content types, paths, methods, and the order in which they are checked.

use test_support::refused_calls::parse_error;

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
        "application/json; charset=UTF_8",
        "application/json; charset='utf-8'",
        "application/json; version=1",
        "application/json; odata=x; charset=utf-8",
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
                refusal(
                    "content_type",
                    "Отправьте Content-Type: application/json, в кодировке UTF-8."
                )
            ),
            "{refused}"
        );
    }
}

#[tokio::test]
async fn other_paths_and_methods_are_told_what_to_do_instead() {
    let app = stateless().await;
    let nowhere = "Отправляйте вызовы на POST /; справочник — GET /docs.";
    let table = [
        ("POST", "/rpc", 404, "", nowhere),
        ("GET", "/index.html", 404, "", nowhere),
        ("GET", "/docs/", 404, "", nowhere),
        ("GET", "/health", 404, "", nowhere),
        ("GET", "/metrics", 404, "", nowhere),
        ("GET", "/", 405, "POST", "Здесь разрешено: POST."),
        ("PUT", "/", 405, "POST", "Здесь разрешено: POST."),
        ("OPTIONS", "/", 405, "POST", "Здесь разрешено: POST."),
        (
            "POST",
            "/docs",
            405,
            "GET, HEAD",
            "Здесь разрешено: GET, HEAD.",
        ),
        (
            "DELETE",
            "/openrpc.json",
            405,
            "GET, HEAD",
            "Здесь разрешено: GET, HEAD.",
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

#[tokio::test]
async fn a_documented_path_names_its_method() {
    let app = stateless().await;
    for method in rpc_schema::methods::METHODS {
        let name = method.name;
        for path in [
            format!("/{}", name.replace('.', "/")),
            format!("/api/{}/", name.replace('.', "/")),
        ] {
            let reply = send(app.running.address, post("{}").path(&path)).await;
            let setting = match method.is_documented_at(&path) {
                true => "; или попросите оператора шлюза включить compat.http_paths",
                false => "",
            };
            let hint = format!(
                r#"Вызовите метод {name} через POST /: {{"jsonrpc": "2.0", "id": 1, "method": "{name}", "params": {{…}}}}{setting}."#
            );
            assert_eq!(
                (reply.status, reply.json()),
                (404, refusal("path_not_found", &hint)),
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn a_compressed_body_is_refused() {
    let app = stateless().await;
    let hint = "Отправьте тело без сжатия и без заголовка Content-Encoding.";
    for encoding in ["gzip", "deflate", "br", "zstd", "identity, gzip", "x"] {
        let request = HttpRequest::post("")
            .bytes(b"\x1f\x8b\x08\0")
            .header("content-encoding", encoding)
            .credentials(&Credentials::demo());
        let reply = send(app.running.address, request).await;
        assert_eq!(
            (reply.status, reply.json()),
            (415, refusal("content_encoding", hint)),
            "{encoding}"
        );
    }
    for plain in ["identity", "Identity"] {
        let request = post(CALL).header("content-encoding", plain);
        let reply = send(app.running.address, request).await;
        assert_eq!((reply.status, reply.body), (200, not_found()), "{plain}");
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
        (200, parse_error("syntax", Some((1, 1))))
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
