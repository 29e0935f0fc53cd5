//! The reference page: who gets which copy, and under which policy. What is on it, its own crate tests.

use super::*;

async fn page(app: &TestApp, headers: &[(&str, &str)], path: &str) -> HttpReply {
    let mut request = HttpRequest::get(path);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    send(app.running.address, request).await
}

#[tokio::test]
async fn the_reader_gets_the_language_that_is_asked_for() {
    let app = stateless().await;
    for (path, accept, lang) in [
        ("/docs", "", "en"),
        ("/docs", "ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("/docs?lang=uz", "ru", "uz"),
        ("/docs?lang=xx", "de", "en"),
    ] {
        let reply = page(&app, &[("accept-language", accept)], path).await;
        let told = (reply.status, reply.header("content-language"));
        assert_eq!(told, (200, lang), "{path} {accept}");
        assert!(reply.body.contains(&format!("<html lang=\"{lang}\">")));
    }
}

#[tokio::test]
async fn samples_name_the_address_of_the_request() {
    let app = stateless().await;
    let reply = page(&app, &[("host", "localhost:9999")], "/docs").await;
    assert!(reply.body.contains("GATEWAY=http://localhost:9999/\n"));
    // What is no plain host is not even answered.
    assert_eq!(page(&app, &[("host", "a\"b")], "/docs").await.status, 400);
}

#[tokio::test]
async fn nothing_runs_on_the_page_but_what_is_in_it() {
    let app = stateless().await;
    let reply = page(&app, &[], "/docs").await;
    let policy = reply.header("content-security-policy");
    for part in [
        "default-src 'none'",
        "style-src 'sha256-",
        "script-src 'sha256-",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(part), "{part} in {policy}");
    }
    assert!(!policy.contains("unsafe"));
    let told = ["x-content-type-options", "referrer-policy", "cache-control"];
    assert_eq!(
        told.map(|name| reply.header(name)),
        ["nosniff", "no-referrer", "no-cache"]
    );
}

#[tokio::test]
async fn a_copy_that_the_reader_has_is_not_sent_again() {
    let app = stateless().await;
    let first = page(&app, &[], "/docs").await;
    let tag = first.header("etag").to_owned();
    let again = page(&app, &[("if-none-match", &tag)], "/docs").await;
    assert_eq!((again.status, again.body.as_str()), (304, ""));
    assert_eq!(again.header("etag"), tag);
    let other = page(&app, &[("if-none-match", &tag)], "/docs?lang=ru").await;
    assert_eq!(other.status, 200);
}
