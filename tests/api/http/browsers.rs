//! Requests that web pages make browsers send, and names that are pointed at a listener (docs/contract.md#browsers).

use super::*;

const EVIL: (&str, &str) = ("origin", "https://evil.example");

fn with_headers(mut request: HttpRequest, headers: &[(&str, &str)]) -> HttpRequest {
    for (name, value) in headers {
        request = request.header(name, value);
    }
    request
}

#[tokio::test]
async fn a_foreign_page_and_a_foreign_name_are_refused_before_anything_else() {
    let app = stateless_with(|config| {
        config.server.allowed_origins = vec!["https://shop.example.uz".to_owned()];
    })
    .await;
    let own = format!("http://{}", app.running.address);
    let host = app.running.address.to_string();
    for (headers, status, reason) in [
        (&[EVIL][..], 403, "origin_foreign"),
        (&[("origin", "null")], 403, "origin_foreign"),
        (&[("origin", "http://localhost:1")], 403, "origin_foreign"),
        (&[("sec-fetch-site", "cross-site")], 403, "origin_foreign"),
        (&[("host", "evil.example")], 403, "host_unknown"),
        (&[("host", "0.0.0.0")], 403, "host_unknown"),
        (&[("host", "a b")], 400, "host_invalid"),
        (
            &[("origin", own.as_str()), ("content-type", "")],
            415,
            "content_type",
        ),
        (&[("origin", own.as_str())], 200, ""),
        (&[("origin", "https://shop.example.uz")], 200, ""),
        (&[("host", "localhost")], 200, ""),
        (&[], 200, ""),
    ] {
        let reply = send(app.running.address, with_headers(post(CALL), headers)).await;
        let found = reply.json()["error"]["data"]["reason"].clone();
        let expected = if reason.is_empty() {
            (200, Value::Null)
        } else {
            (status, json!(reason))
        };
        assert_eq!((reply.status, found), expected, "{headers:?}");
        let is_allowed = headers.contains(&("origin", "https://shop.example.uz"));
        let allowed = if is_allowed {
            "https://shop.example.uz"
        } else {
            ""
        };
        assert_eq!(
            reply.header("access-control-allow-origin"),
            allowed,
            "{headers:?}"
        );
        assert_eq!(
            reply.header("cross-origin-resource-policy"),
            "same-origin",
            "{headers:?}"
        );
    }
    // Neither credentials nor a body are looked at.
    let stranger = HttpRequest::post("{").header("authorization", "Basic ?");
    for (lang, message, hint) in [
        (
            Lang::Uz,
            "uz",
            "Veb-sahifadan chaqirib bo‘lmaydi: serverdan chaqiring. Sahifaga shlyuz operatori server.allowed_origins da, proksi orqasida server.hosts da ruxsat beradi.",
        ),
        (
            Lang::Ru,
            "ru",
            "С веб-страницы вызывать нельзя: вызывайте с сервера. Страницу разрешает оператор шлюза в server.allowed_origins, за прокси — в server.hosts.",
        ),
        (
            Lang::En,
            "en",
            "A web page may not call: call from a server. The gateway's operator allows a page in server.allowed_origins, behind a proxy in server.hosts.",
        ),
    ] {
        let request = with_headers(stranger.clone(), &[EVIL, ("lang", message)]);
        let reply = send(app.running.address, request).await;
        let error = json!({
            "code": -32504, "message": ErrorCode::AccessDenied.message(lang),
            "data": {"reason": "origin_foreign", "hint": hint},
        });
        let expected = json!({"jsonrpc": "2.0", "id": null, "error": error});
        assert_eq!((reply.status, reply.json()), (403, expected));
    }
    let twice =
        format!("GET /docs HTTP/1.1\r\nHost: {host}\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    let none = "GET /docs HTTP/1.0\r\n\r\n";
    let other = format!(
        "GET http://evil.example/docs HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    );
    for request in [twice.as_str(), none, other.as_str()] {
        let reply = send_raw(app.running.address, request.as_bytes()).await;
        let (status, _, body) = parts(&reply);
        assert!(status.ends_with("400 Bad Request"), "{status} {request}");
        assert_eq!(body["error"]["data"]["reason"], "host_invalid", "{request}");
    }
}

#[tokio::test]
async fn an_allowed_page_may_ask_first_and_others_may_not() {
    let app = stateless_with(|config| {
        config.server.allowed_origins = vec!["https://shop.example.uz".to_owned()];
    })
    .await;
    let ask = |origin: &str| {
        HttpRequest::get("/")
            .method("OPTIONS")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
    };
    let reply = send(app.running.address, ask("https://shop.example.uz")).await;
    assert_eq!(
        (reply.status, reply.header("access-control-allow-methods")),
        (204, "POST, GET")
    );
    assert_eq!(reply.header("vary"), "origin");
    let reply = send(app.running.address, ask("https://evil.example")).await;
    assert_eq!(
        (reply.status, reply.header("access-control-allow-methods")),
        (403, "")
    );
    let own = format!("http://{}", app.running.address);
    let reply = send(app.running.address, ask(&own)).await;
    assert_eq!(
        (reply.status, reply.header("access-control-allow-origin")),
        (405, "")
    );
}

/// Behind a proxy that speaks TLS, the console's page comes from `https`, and the listener does not know that.
#[tokio::test]
async fn the_console_works_behind_a_proxy_whose_name_is_set() {
    let app =
        stateless_with(|config| config.server.hosts = vec!["pay.example.uz".to_owned()]).await;
    let call = post(CALL).header("host", "pay.example.uz");
    for (request, status) in [
        (call.clone().header("origin", "https://pay.example.uz"), 200),
        (call.clone().header("origin", "https://evil.example"), 403),
        (call, 200),
        (post(CALL), 403),
    ] {
        assert_eq!(send(app.running.address, request).await.status, status);
    }
    // Tools go on reaching the other listeners by address, and so does the gateway its simulated networks.
    let health = send(app.running.ops_address, HttpRequest::get("/health")).await;
    assert_eq!(health.status, 200);
    let sandbox = app.running.sandbox_address.unwrap();
    let cards = send(sandbox, HttpRequest::get("/sandbox/cards")).await;
    assert_eq!(cards.status, 200);
}

#[tokio::test]
async fn the_other_listeners_refuse_foreign_pages_and_names_too() {
    let app = stateless().await;
    let sandbox = app.running.sandbox_address.unwrap();
    for (address, path) in [
        (app.running.ops_address, "/metrics"),
        (sandbox, "/sandbox/cards"),
    ] {
        for (headers, status) in [
            (&[EVIL][..], 403),
            (&[("host", "evil.example")], 403),
            (&[("host", "a b")], 400),
            (&[("host", "localhost")], 200),
            (&[], 200),
        ] {
            let reply = send(address, with_headers(HttpRequest::get(path), headers)).await;
            assert_eq!(reply.status, status, "{path} {headers:?}");
        }
    }
    let page = send(app.running.ops_address, HttpRequest::get("/metrics")).await;
    let counted = r#"aloqa_refused_requests_total{reason="host_unknown"} 1"#;
    assert!(page.body.contains(counted), "{}", page.body);
    // A page cannot make money in the simulated networks either.
    let fault = json!({"network": "UZCARD", "operation": "pay", "kind": "delay", "times": 1});
    let request = HttpRequest::post(fault.to_string()).path("/sandbox/faults");
    let reply = send(sandbox, with_headers(request, &[EVIL])).await;
    assert_eq!(reply.status, 403);
}

/// A challenge makes a browser ask its user, and send what it is given for other pages too.
#[tokio::test]
async fn a_browser_is_not_challenged() {
    let app = stateless().await;
    let own = format!("http://{}", app.running.address);
    let challenge = r#"Basic realm="AloqaGateway", charset="UTF-8""#;
    for (headers, expected) in [
        (&[][..], challenge),
        (&[("sec-fetch-mode", "cors")], challenge),
        (&[("sec-fetch-mode", "navigate")], ""),
        (&[("origin", own.as_str())], ""),
    ] {
        let request = with_headers(HttpRequest::post(CALL), headers);
        let reply = send(app.running.address, request).await;
        assert_eq!(
            (reply.status, reply.header("www-authenticate")),
            (401, expected),
            "{headers:?}"
        );
    }
}
