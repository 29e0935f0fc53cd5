use std::net::TcpListener;
use std::thread;

use super::super::test_server::{Server, answering, handler};
use super::*;
use crate::config::{PeerTls, Route};

const LONG: Duration = Duration::from_secs(5);
const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

fn endpoint_of(server: &Server, total: Duration) -> Endpoint {
    endpoint(server.port, total)
}

fn endpoint(port: u16, total: Duration) -> Endpoint {
    at(&format!("http://127.0.0.1:{port}/path?q=1"), total).unwrap()
}

fn at(url: &str, total_timeout: Duration) -> Result<Endpoint, SetupError> {
    by(url, &Route::default(), total_timeout)
}

fn by(url: &str, route: &Route, total_timeout: Duration) -> Result<Endpoint, SetupError> {
    let way = Way {
        tls: &PeerTls::default(),
        route,
        connect_timeout: LONG,
        total_timeout,
    };
    Endpoint::new(url, way)
}

async fn post(endpoint: &Endpoint) -> Result<Reply, Failure> {
    let headers = [(
        HeaderName::from_static("x-test"),
        HeaderValue::from_static("v"),
    )];
    endpoint
        .post(
            CallClass::New,
            "any",
            &headers,
            "text/plain",
            Bytes::from_static(b"hello"),
        )
        .await
}

fn is_not_sent(result: &Result<Reply, Failure>) -> bool {
    matches!(result, Err(Failure::NotSent(_)))
}

fn is_no_answer(result: &Result<Reply, Failure>) -> bool {
    matches!(result, Err(Failure::NoAnswer(_)))
}

#[tokio::test]
async fn a_refused_connection_sent_nothing() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let result = post(&endpoint(port, LONG)).await;
    assert!(is_not_sent(&result), "{result:?}");
}

#[tokio::test]
async fn a_name_that_does_not_exist_sent_nothing() {
    let endpoint = at("http://no-such-host.invalid/", LONG).unwrap();
    let result = post(&endpoint).await;
    assert!(is_not_sent(&result), "{result:?}");
}

#[tokio::test]
async fn a_server_without_tls_and_a_silent_one_got_nothing() {
    let plain = Server::start(vec![handler(|visit| {
        visit.write("HTTP/1.1 400 Bad Request\r\n\r\n")
    })]);
    let silent = Server::start(vec![handler(|_| thread::sleep(LONG))]);
    for server in [plain, silent] {
        let endpoint = Endpoint {
            tls: Some(tls("127.0.0.1", &PeerTls::default()).unwrap()),
            connect_timeout: Duration::from_millis(100),
            ..endpoint_of(&server, LONG)
        };
        let result = post(&endpoint).await;
        assert!(is_not_sent(&result), "{result:?}");
        assert_eq!(server.counts(), (1, 0));
    }
}

#[tokio::test]
async fn a_connection_is_kept_and_used_again() {
    let server = Server::start(vec![answering(OK)]);
    let endpoint = endpoint_of(&server, LONG);
    for _ in 0..3 {
        let reply = post(&endpoint).await.unwrap();
        assert_eq!(
            (reply.status, &reply.body[..]),
            (StatusCode::OK, &b"ok"[..])
        );
        // The connection's task may report a moment late that it is free.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(server.counts(), (1, 3));
}

#[tokio::test]
async fn a_kept_connection_that_was_closed_is_replaced() {
    let once = handler(|visit| {
        visit.read();
        visit.write(OK);
    });
    let server = Server::start(vec![once, answering(OK)]);
    let endpoint = endpoint_of(&server, LONG);
    post(&endpoint).await.unwrap();
    server.closed(1).await;
    post(&endpoint).await.unwrap();
    assert_eq!(server.counts(), (2, 2));
}

/// Without a pause, the client may meet the closing at any moment. Whatever it reports must be true.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_just_being_closed_never_sends_twice() {
    for _ in 0..200 {
        let closing = handler(|visit| {
            visit.read();
            visit.write(OK);
        });
        let server = Server::start(vec![closing, answering(OK)]);
        let endpoint = endpoint_of(&server, LONG);
        post(&endpoint).await.unwrap();
        let second = post(&endpoint).await;
        match &second {
            Ok(_) => assert_eq!(server.counts(), (2, 2)),
            Err(Failure::NoAnswer(_) | Failure::TooLong(_)) => assert_eq!(server.counts(), (1, 1)),
            Err(Failure::NotSent(_)) => panic!("{second:?}"),
        }
    }
}

#[tokio::test]
async fn a_kept_connection_that_takes_the_request_and_dies_is_no_answer() {
    let dying = handler(|visit| {
        visit.read();
        visit.write(OK);
        visit.read();
    });
    let server = Server::start(vec![dying, answering(OK)]);
    let endpoint = endpoint_of(&server, LONG);
    post(&endpoint).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let result = post(&endpoint).await;
    assert!(is_no_answer(&result), "{result:?}");
    assert_eq!(server.counts(), (1, 2));
}

#[tokio::test]
async fn a_connection_closed_before_the_reply_is_no_answer() {
    let partly = "HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\nok";
    for reply in [
        "",
        "HTTP/1.1 200",
        partly,
        "garbage\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhe",
    ] {
        let server = Server::start(vec![
            handler(|visit| {
                visit.read();
                visit.write(reply);
            }),
            answering(OK),
        ]);
        let endpoint = endpoint_of(&server, LONG);
        let result = post(&endpoint).await;
        assert!(is_no_answer(&result), "{reply:?}: {result:?}");
        assert_eq!(server.counts(), (1, 1));
        // Such a connection is not kept.
        post(&endpoint).await.unwrap();
        assert_eq!(server.counts(), (2, 2));
    }
}

#[tokio::test]
async fn a_late_reply_is_no_answer_and_its_connection_is_not_kept() {
    let late = handler(|visit| {
        visit.read();
        thread::sleep(Duration::from_millis(500));
        visit.write("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nlate");
    });
    let never_ending = handler(|visit| {
        visit.read();
        visit.write("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nla");
        thread::sleep(Duration::from_millis(500));
    });
    let server = Server::start(vec![late, never_ending, answering(OK)]);
    let endpoint = endpoint_of(&server, Duration::from_millis(250));
    for connections in 1..=2 {
        let result = post(&endpoint).await;
        assert!(is_no_answer(&result), "{result:?}");
        assert_eq!(server.counts(), (connections, connections));
        server.closed(connections).await;
    }
    assert_eq!(&post(&endpoint).await.unwrap().body[..], b"ok");
}

#[tokio::test]
async fn an_oversized_reply_is_no_answer() {
    const LIMIT: usize = 64 * 1024;
    let route = Route {
        reply_limit_bytes: LIMIT,
        ..Route::default()
    };
    let limited = |server: &Server| {
        let url = format!("http://127.0.0.1:{}/path?q=1", server.port);
        by(&url, &route, LONG).unwrap()
    };
    let sized = |length: usize| {
        answering(format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{}",
            "x".repeat(length)
        ))
    };
    let unsized_ = handler(|visit| {
        visit.read();
        visit.write(&format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(LIMIT + 1)));
    });
    for (served, fits) in [
        (sized(LIMIT), true),
        (sized(LIMIT + 1), false),
        (unsized_, false),
    ] {
        let result = post(&limited(&Server::start(vec![served]))).await;
        assert_eq!(result.is_ok(), fits);
        let too_long = matches!(result, Err(Failure::TooLong(LIMIT)));
        assert_eq!(too_long, !fits);
    }
    // Lists have room of their own, and never less than what is set.
    for (room, fits) in [(LIMIT + 1, true), (1, false)] {
        let server = Server::start(vec![sized(LIMIT + 1)]);
        let reply = post(&limited(&server).with_room_for(room)).await;
        assert_eq!(reply.is_ok(), fits);
    }
}

/// One connection per call, and the server is told so.
#[tokio::test]
async fn a_connection_that_is_not_to_be_kept_is_closed() {
    let route = Route {
        idle_ms: 0,
        ..Route::default()
    };
    let closing = || {
        handler(|visit| {
            assert!(visit.read());
            visit.write(OK);
            assert!(!visit.read());
        })
    };
    let server = Server::start(vec![closing(), closing(), closing()]);
    let url = format!("http://127.0.0.1:{}/path?q=1", server.port);
    let endpoint = by(&url, &route, LONG).unwrap();
    for exchanges in 1..=3 {
        post(&endpoint).await.unwrap();
        server.closed(exchanges).await;
    }
    assert_eq!(server.counts(), (3, 3));
}

/// What old servers and the boxes in front of them write, and what is read of it.
#[tokio::test]
async fn an_odd_reply_is_read_where_its_end_is_certain() {
    let many: String = (0..450).map(|n| format!("x-{n}: v\r\n")).collect();
    let too_many: String = (0..501).map(|n| format!("x-{n}: v\r\n")).collect();
    for (head, body, read) in [
        ("HTTP/1.1 200 OK\r\nContent-Length : 2\r\n", "ok", true),
        (
            "HTTP/1.1 200 OK\r\nx-a: one\r\n two\r\ncontent-length: 2\r\n",
            "ok",
            true,
        ),
        (
            "HTTP/1.1 200 OK\r\nno header at all\r\ncontent-length: 2\r\n",
            "ok",
            true,
        ),
        ("HTTP/1.1 200\r\ncontent-length: 2\r\n", "ok", true),
        ("HTTP/1.0 200 OK\r\n", "ok", true),
        (
            "HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n",
            "ok",
            true,
        ),
        ("HTTP/1.1 200 OK\r\nconnection: close\r\n", "ok", true),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\nx: y\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n",
            "ok",
            true,
        ),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x\r\n",
            "2;n=v\r\nok\r\n0\r\nx: y\r\n\r\n",
            true,
        ),
        (
            &format!("HTTP/1.1 200 OK\r\n{many}content-length: 2\r\n"),
            "ok",
            true,
        ),
        (
            &format!("HTTP/1.1 200 OK\r\n{too_many}content-length: 2\r\n"),
            "ok",
            false,
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n",
            "ok",
            false,
        ),
        ("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n", "ok", false),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n",
            "2\r\nok\r\n",
            false,
        ),
        ("HTTP/2 200 OK\r\ncontent-length: 2\r\n", "ok", false),
        ("", "ok", false),
    ] {
        let reply = format!("{head}\r\n{body}");
        let server = Server::start(vec![handler(move |visit| {
            visit.read();
            visit.write(&reply);
        })]);
        let result = post(&endpoint_of(&server, LONG)).await;
        match read {
            true => assert_eq!(&result.unwrap().body[..], b"ok", "{head}"),
            false => assert!(is_no_answer(&result), "{head}: {result:?}"),
        }
        assert_eq!(server.counts(), (1, 1));
    }
}

#[tokio::test]
async fn redirects_and_errors_are_replies_and_nothing_is_sent_again() {
    let elsewhere = Server::start(vec![answering(OK)]);
    let location = format!(
        "HTTP/1.1 307 Moved\r\nlocation: http://127.0.0.1:{}/path?q=1\r\ncontent-length: 0\r\n\r\n",
        elsewhere.port
    );
    for (reply, status) in [
        (location.as_str(), 307),
        (
            "HTTP/1.1 503 Busy\r\nretry-after: 0\r\ncontent-length: 0\r\n\r\n",
            503,
        ),
    ] {
        let server = Server::start(vec![answering(reply)]);
        assert_eq!(
            post(&endpoint_of(&server, LONG))
                .await
                .unwrap()
                .status
                .as_u16(),
            status
        );
        assert_eq!(server.counts(), (1, 1));
    }
    assert_eq!(elsewhere.counts(), (0, 0));
}

#[tokio::test]
async fn a_connection_that_the_server_ends_is_not_kept() {
    let reply = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok";
    let closing = || {
        handler(move |visit| {
            visit.read();
            visit.write(reply);
        })
    };
    let server = Server::start(vec![closing(), closing()]);
    let endpoint = endpoint_of(&server, LONG);
    for _ in 0..2 {
        post(&endpoint).await.unwrap();
    }
    assert_eq!(server.counts(), (2, 2));
}

#[test]
fn only_http_urls_without_credentials_are_addresses() {
    for url in [
        "",
        "127.0.0.1",
        "/path",
        "ftp://127.0.0.1/",
        "http://user:secret@127.0.0.1/",
        "http://",
    ] {
        let error = at(url, LONG).unwrap_err();
        assert!(!error.to_string().contains("secret"), "{url}");
    }
    let at_once = at("http://[::1]:81", LONG).unwrap().target;
    assert_eq!(
        (at_once.host.as_str(), at_once.port, at_once.path.path()),
        ("::1", 81, "/")
    );
    let usual = at("http://svgate/api/jsonrpc", LONG).unwrap().target;
    assert_eq!((usual.port, usual.path.path()), (80, "/api/jsonrpc"));
}

#[tokio::test]
async fn only_a_denial_that_is_not_the_networks_own_says_that_the_login_is_not_taken() {
    for (reply, most) in [
        ("HTTP/1.1 401 X\r\ncontent-length: 5\r\n\r\nother", 3),
        ("HTTP/1.1 403 X\r\ncontent-length: 5\r\n\r\nother", 3),
        ("HTTP/1.1 401 X\r\ncontent-length: 3\r\n\r\nown", 9),
        ("HTTP/1.1 404 X\r\ncontent-length: 5\r\n\r\nother", 9),
    ] {
        let server = Server::start(vec![answering(reply)]);
        let endpoint = endpoint_of(&server, LONG);
        let headers = [(
            HeaderName::from_static("x-test"),
            HeaderValue::from_static("v"),
        )];
        for time in 0..9 {
            let login = Login {
                user: "any",
                is_own: &|reply| reply.body == "own",
            };
            let content = ("text/plain", Bytes::from_static(b"hello"));
            let class = CallClass::New;
            let posted = endpoint.post_under(Some(login), class, "any", &headers, content);
            let result = posted.await;
            assert_eq!(result.is_ok(), time < most, "{reply} {time} {result:?}");
        }
    }
}
