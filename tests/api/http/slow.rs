//! Connections of those who read or send too slowly, or are too many (docs/contract.md#batches-and-limits).

use std::time::Instant;

use tokio::net::TcpSocket;

use super::*;

/// A connection that asks for the document many times and reads nothing of it.
async fn never_reader(address: SocketAddr) -> TcpStream {
    never_reader_of(address, "/openrpc.json", 20).await
}

/// The same for another page, which is asked for so many times.
async fn never_reader_of(address: SocketAddr, path: &str, times: usize) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut stream = socket.connect(address).await.unwrap();
    let ask = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    stream
        .write_all(ask.repeat(times).as_bytes())
        .await
        .unwrap();
    stream
}

/// A figure of `/metrics`, once it has become this.
async fn until_figure(app: &TestApp, line: &str) {
    let mut page = String::new();
    for _ in 0..1_000 {
        page = send(app.running.ops_address, HttpRequest::get("/metrics"))
            .await
            .body;
        if page.lines().any(|found| found == line) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{line} is not in {page}");
}

/// Waits until the other side has reset the connection; reading would let it go on.
async fn until_reset(stream: &TcpStream) {
    for _ in 0..1_000 {
        if stream.take_error().unwrap().is_some() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the connection stands");
}

/// The reply to a call on this connection; empty if it was closed.
async fn answered(stream: &mut TcpStream) -> String {
    let request = raw(&format!("Content-Length: {}\r\n", CALL.len()), CALL);
    let mut reply = String::new();
    if stream.write_all(&request).await.is_err() {
        return reply;
    }
    let mut part = [0; 4_096];
    while !reply.ends_with(&not_found()) {
        match stream.read(&mut part).await {
            Ok(0) | Err(_) => break,
            Ok(bytes) => reply.push_str(std::str::from_utf8(&part[..bytes]).unwrap()),
        }
    }
    reply
}

#[tokio::test]
async fn who_never_reads_is_cut() {
    let app = stateless_with(|config| config.server.write_window_ms = 100).await;
    let mut stuck = Vec::new();
    for _ in 0..5 {
        stuck.push(never_reader(app.running.address).await);
    }
    until_figure(
        &app,
        r#"aloqa_cut_connections_total{cause="slow_reader"} 5"#,
    )
    .await;
    until_figure(&app, "aloqa_connections 0").await;
    // By a reset: the system keeps nothing for them.
    for mut stream in stuck {
        let mut all = Vec::new();
        let ended = stream.read_to_end(&mut all).await;
        assert!(ended.is_err(), "{} bytes", all.len());
    }
    assert_eq!(app.post(CALL).await.body, not_found());
}

/// Nor may one do so at the operators' listener, or at the simulated networks'.
#[tokio::test]
async fn who_never_reads_is_cut_by_the_inner_listeners_too() {
    let app = stateless_with(|config| config.server.write_window_ms = 100).await;
    let sandbox = app.running.sandbox_address.unwrap();
    let mut stuck = Vec::new();
    for _ in 0..3 {
        stuck.push(never_reader_of(app.running.ops_address, "/metrics", 200).await);
        stuck.push(never_reader_of(sandbox, "/sandbox/cards", 200).await);
    }
    until_figure(
        &app,
        r#"aloqa_cut_connections_total{cause="slow_reader"} 3"#,
    )
    .await;
    for stream in stuck {
        until_reset(&stream).await;
    }
    assert_eq!(app.post(CALL).await.body, not_found());
}

/// A body that comes drop by drop is given up after some seconds, however long one may take.
#[tokio::test]
async fn a_body_must_come_at_a_least_rate() {
    let app = stateless_with(|config| config.server.body_timeout_ms = 120_000).await;
    let mut stream = TcpStream::connect(app.running.address).await.unwrap();
    let begun = Instant::now();
    stream
        .write_all(&raw("Content-Length: 20000\r\n", "{"))
        .await
        .unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(60));
    let (status, _, body) = parts(&reply);
    assert_eq!(
        (status, &body["error"]["data"]["reason"]),
        ("HTTP/1.1 408 Request Timeout", &json!("body_timeout"))
    );
    until_figure(
        &app,
        r#"aloqa_refused_requests_total{reason="body_timeout"} 1"#,
    )
    .await;
}

#[tokio::test]
async fn a_head_that_never_ends_is_cut_and_counted() {
    let app = stateless_with(|config| config.server.header_timeout_ms = 50).await;
    assert_eq!(send_raw(app.running.address, b"POST / HT").await, "");
    until_figure(&app, r#"aloqa_cut_connections_total{cause="slow_head"} 1"#).await;
}

/// One who has never authenticated may not keep a connection for as long as a partner.
#[tokio::test]
async fn a_stranger_may_not_rest_for_long() {
    let app = stateless_with(|config| config.server.header_timeout_ms = 2_000).await;
    let ask = b"GET /openrpc.json HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let begun = Instant::now();
    let reply = send_raw(app.running.address, ask).await;
    assert!(begun.elapsed() < Duration::from_secs(60));
    let (_, headers, _) = parts(&reply);
    assert!(headers.contains("keep-alive: timeout=1"), "{headers}");
}

#[tokio::test]
async fn a_source_has_so_many_connections() {
    let app = stateless_with(|config| config.server.max_connections_per_source = Some(2)).await;
    let address = app.running.address;
    let mut first = TcpStream::connect(address).await.unwrap();
    let mut second = TcpStream::connect(address).await.unwrap();
    assert!(answered(&mut first).await.ends_with(&not_found()));
    assert!(answered(&mut second).await.ends_with(&not_found()));
    let mut third = TcpStream::connect(address).await.unwrap();
    assert_eq!(answered(&mut third).await, "");
    drop(first);
    until_figure(&app, "aloqa_connections 1").await;
    assert_eq!(app.post(CALL).await.body, not_found());
    until_figure(
        &app,
        r#"aloqa_cut_connections_total{cause="too_many_of_a_source"} 1"#,
    )
    .await;
}

/// Behind a proxy, all come from one address.
#[tokio::test]
async fn a_proxy_has_as_many_connections_as_it_needs() {
    let app = stateless_with(|config| {
        config.server.max_connections_per_source = Some(1);
        config.server.trusted_proxies = vec!["127.0.0.0/8".to_owned()];
    })
    .await;
    let mut open = Vec::new();
    for _ in 0..5 {
        let mut stream = TcpStream::connect(app.running.address).await.unwrap();
        assert!(answered(&mut stream).await.ends_with(&not_found()));
        open.push(stream);
    }
}

#[tokio::test]
async fn a_full_house_makes_room_for_a_partner() {
    let app = stateless_with(|config| {
        config.server.max_connections = 3;
        config.server.max_connections_per_source = Some(10);
    })
    .await;
    let address = app.running.address;
    let mut partner = TcpStream::connect(address).await.unwrap();
    assert!(answered(&mut partner).await.ends_with(&not_found()));
    let mut strangers = Vec::new();
    for _ in 0..6 {
        strangers.push(TcpStream::connect(address).await.unwrap());
    }
    until_figure(&app, r#"aloqa_cut_connections_total{cause="made_room"} 4"#).await;
    let mut other = TcpStream::connect(address).await.unwrap();
    assert!(answered(&mut other).await.ends_with(&not_found()));
    assert!(
        answered(&mut partner).await.ends_with(&not_found()),
        "the partner's own connection was kept"
    );
}

/// They may hold a secret, or none.
#[tokio::test]
async fn a_house_full_of_slow_bodies_makes_room() {
    let app = stateless_with(|config| {
        config.server.max_connections = 3;
        config.server.max_connections_per_source = Some(10);
    })
    .await;
    let credentials = "Authorization: Basic ZGVtbzpkZW1vLXNlY3JldA==\r\n";
    let mut slow = Vec::new();
    for sent in [credentials, "", credentials] {
        let mut stream = TcpStream::connect(app.running.address).await.unwrap();
        let head = format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\n{sent}Content-Length: 100\r\nExpect: 100-continue\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        // Its body is awaited from here on.
        let mut goes_on = [0; 25];
        stream.read_exact(&mut goes_on).await.unwrap();
        assert_eq!(&goes_on, b"HTTP/1.1 100 Continue\r\n\r\n");
        slow.push(stream);
    }
    let mut other = TcpStream::connect(app.running.address).await.unwrap();
    assert!(answered(&mut other).await.ends_with(&not_found()));
    until_figure(&app, r#"aloqa_cut_connections_total{cause="made_room"} 1"#).await;
}

/// Nobody who is not served any more holds a stop up.
#[tokio::test]
async fn a_stop_does_not_wait_for_who_never_reads() {
    let app = stateless_with(|config| {
        config.server.write_window_ms = 60_000;
        config.server.shutdown_timeout_ms = 60_000;
    })
    .await;
    let mut stuck = Vec::new();
    for _ in 0..50 {
        stuck.push(never_reader(app.running.address).await);
    }
    until_figure(&app, "aloqa_connections 50").await;
    let begun = Instant::now();
    assert!(app.running.stop().await);
    assert!(
        begun.elapsed() < Duration::from_secs(20),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn the_operators_listener_has_so_many_connections() {
    let app = stateless().await;
    let address = app.running.ops_address;
    let mut idle = Vec::new();
    for _ in 0..48 {
        idle.push(TcpStream::connect(address).await.unwrap());
    }
    let ask = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let mut last = TcpStream::connect(address).await.unwrap();
    let mut reply = String::new();
    let refused =
        last.write_all(ask).await.is_err() || last.read_to_string(&mut reply).await.is_err();
    assert!(refused || reply.is_empty(), "{reply}");
    idle.clear();
    for _ in 0..1_000 {
        let mut next = TcpStream::connect(address).await.unwrap();
        let mut reply = String::new();
        if next.write_all(ask).await.is_ok()
            && next.read_to_string(&mut reply).await.is_ok()
            && reply.starts_with("HTTP/1.1 200")
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    panic!("the places were not given back");
}
