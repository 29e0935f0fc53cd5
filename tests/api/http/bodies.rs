//! Bodies that are too long, that break off, that come too slowly.

use super::*;

#[tokio::test]
async fn a_body_above_the_limit_is_refused() {
    let app = stateless().await;
    let padded = |size: usize| format!("{CALL}{}", " ".repeat(size - CALL.len()));
    assert_eq!(app.post(padded(32_768)).await.body, not_found());
    let expected = refusal(
        "body_too_large",
        "Тело запроса может иметь не больше 32768 байт.",
    );
    for size in [32_769, 100_000, 5_000_000] {
        let reply = app.post(padded(size)).await;
        assert_eq!(
            (reply.status, reply.json()),
            (413, expected.clone()),
            "{size}"
        );
        assert_eq!(reply.header("connection"), "close");
    }

    let chunk = format!("{:x}\r\n{}\r\n", 20_000, " ".repeat(20_000));
    let reply = send_raw(
        app.running.address,
        &raw("Transfer-Encoding: chunked\r\n", &chunk.repeat(2)),
    )
    .await;
    let (status, headers, body) = parts(&reply);
    assert_eq!((status, body), ("HTTP/1.1 413 Payload Too Large", expected));
    assert!(headers.contains("connection: close"), "{headers}");
}

#[tokio::test]
async fn a_chunked_body_within_the_limit_is_served() {
    let app = stateless().await;
    let body = format!("{:x}\r\n{CALL}\r\n0\r\n\r\n", CALL.len());
    let reply = send_raw(
        app.running.address,
        &raw("Transfer-Encoding: chunked\r\nConnection: close\r\n", &body),
    )
    .await;
    assert!(
        reply.starts_with("HTTP/1.1 200 OK\r\n") && reply.ends_with(&not_found()),
        "{reply}"
    );
}

#[tokio::test]
async fn a_body_that_breaks_off_is_refused() {
    let app = stateless().await;
    let malformed = raw("Transfer-Encoding: chunked\r\n", "no chunk\r\n");
    let reply = send_raw(app.running.address, &malformed).await;
    let (status, _, body) = parts(&reply);
    assert_eq!(
        (status, body),
        (
            "HTTP/1.1 400 Bad Request",
            refusal(
                "body_incomplete",
                "Тело запроса оборвалось, ничего не выполнено. Отправьте запрос снова."
            )
        )
    );
}

#[tokio::test]
async fn a_body_that_does_not_arrive_in_time_is_refused() {
    let app = stateless_with(|config| config.server.body_timeout_ms = 30).await;
    let reply = send_raw(
        app.running.address,
        &raw("Content-Length: 100\r\n", "{\"json"),
    )
    .await;
    let (status, headers, body) = parts(&reply);
    assert_eq!(
        (status, body),
        (
            "HTTP/1.1 408 Request Timeout",
            refusal(
                "body_timeout",
                "Тело запроса не пришло вовремя, ничего не выполнено. Отправьте запрос снова."
            )
        )
    );
    assert!(headers.contains("connection: close"), "{headers}");
}
