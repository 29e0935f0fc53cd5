//! Against a server that is a few lines of blocking code, so that each test sees what really went over the wire.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::*;

const LONG: Duration = Duration::from_secs(5);
const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// What one connection is served with.
type Handler = Box<dyn FnOnce(&mut Visit) + Send>;

/// One connection, and the count of all requests read from any of them.
struct Visit {
    stream: TcpStream,
    requests: Arc<AtomicUsize>,
}

impl Visit {
    /// Reads one request; false at the connection's end.
    fn read(&mut self) -> bool {
        let mut seen = Vec::new();
        let mut byte = [0];
        while !seen.ends_with(b"\r\n\r\n") {
            match self.stream.read(&mut byte) {
                Ok(1) => seen.push(byte[0]),
                Ok(_) | Err(_) => return false,
            }
        }
        let head = String::from_utf8(seen).unwrap().to_lowercase();
        assert!(head.starts_with("post /path?q=1 http/1.1\r\n"), "{head}");
        assert!(
            head.contains("\r\nhost: 127.0.0.1:") && head.contains("\r\nx-test: v\r\n"),
            "{head}"
        );
        assert!(head.contains("\r\ncontent-type: text/plain\r\n"), "{head}");
        let length = head
            .split("content-length: ")
            .nth(1)
            .unwrap()
            .split("\r\n")
            .next()
            .unwrap()
            .parse()
            .unwrap();
        self.stream.read_exact(&mut vec![0; length]).unwrap();
        self.requests.fetch_add(1, Ordering::SeqCst);
        true
    }

    fn write(&mut self, reply: &str) {
        // A client that gave up in the meantime is part of some tests.
        drop(self.stream.write_all(reply.as_bytes()));
    }
}

struct Server {
    port: u16,
    requests: Arc<AtomicUsize>,
    connections: Arc<AtomicUsize>,
    ended: Arc<AtomicUsize>,
}

impl Server {
    /// Serves as many connections as there are handlers, one after another.
    fn start(handlers: Vec<Handler>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (requests, connections, ended) =
            <(Arc<AtomicUsize>, Arc<AtomicUsize>, Arc<AtomicUsize>)>::default();
        let server = Self {
            port,
            requests,
            connections,
            ended,
        };
        let (requests, connections, ended) = (
            Arc::clone(&server.requests),
            Arc::clone(&server.connections),
            Arc::clone(&server.ended),
        );
        thread::spawn(move || {
            for handler in handlers {
                let (stream, _) = listener.accept().unwrap();
                connections.fetch_add(1, Ordering::SeqCst);
                handler(&mut Visit {
                    stream,
                    requests: Arc::clone(&requests),
                });
                ended.fetch_add(1, Ordering::SeqCst);
            }
        });
        server
    }

    /// Waits until the server has closed so many connections and the client had time to notice.
    async fn closed(&self, connections: usize) {
        while self.ended.load(Ordering::SeqCst) < connections {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    fn endpoint(&self, total: Duration) -> Endpoint {
        endpoint(self.port, total)
    }

    fn counts(&self) -> (usize, usize) {
        (
            self.connections.load(Ordering::SeqCst),
            self.requests.load(Ordering::SeqCst),
        )
    }
}

fn endpoint(port: u16, total: Duration) -> Endpoint {
    Endpoint::new(&format!("http://127.0.0.1:{port}/path?q=1"), LONG, total).unwrap()
}

fn handler(serve: impl FnOnce(&mut Visit) + Send + 'static) -> Handler {
    Box::new(serve)
}

/// Answers every request of a connection.
fn answering(reply: impl Into<String>) -> Handler {
    let reply = reply.into();
    handler(move |visit| {
        while visit.read() {
            visit.write(&reply);
        }
    })
}

async fn post(endpoint: &Endpoint) -> Result<Reply, Failure> {
    let headers = [(
        HeaderName::from_static("x-test"),
        HeaderValue::from_static("v"),
    )];
    endpoint
        .post(
            CallClass::New,
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
    let endpoint = Endpoint::new("http://no-such-host.invalid/", LONG, LONG).unwrap();
    let result = post(&endpoint).await;
    assert!(is_not_sent(&result), "{result:?}");
}

#[tokio::test]
async fn a_tls_server_that_is_none_or_silent_sent_nothing() {
    let plain = Server::start(vec![handler(|visit| {
        visit.write("HTTP/1.1 400 Bad Request\r\n\r\n")
    })]);
    let silent = Server::start(vec![handler(|_| thread::sleep(LONG))]);
    for server in [plain, silent] {
        let endpoint = Endpoint {
            tls: Some(tls_trusting(RootCertStore::empty(), "127.0.0.1").unwrap()),
            connect_timeout: Duration::from_millis(100),
            ..server.endpoint(LONG)
        };
        let result = post(&endpoint).await;
        assert!(is_not_sent(&result), "{result:?}");
        assert_eq!(server.counts(), (1, 0));
    }
}

#[tokio::test]
async fn a_connection_is_kept_and_used_again() {
    let server = Server::start(vec![answering(OK)]);
    let endpoint = server.endpoint(LONG);
    for _ in 0..3 {
        let reply = post(&endpoint).await.unwrap();
        assert_eq!(
            (reply.status, &reply.body[..]),
            (StatusCode::OK, &b"ok"[..])
        );
        // The connection's task may be a moment late in reporting that it is free.
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
    let endpoint = server.endpoint(LONG);
    post(&endpoint).await.unwrap();
    server.closed(1).await;
    post(&endpoint).await.unwrap();
    assert_eq!(server.counts(), (2, 2));
}

/// Without the pause, the client meets the closing at any moment of it. Whatever it says must be true.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_just_being_closed_never_sends_twice() {
    for _ in 0..200 {
        let closing = handler(|visit| {
            visit.read();
            visit.write(OK);
        });
        let server = Server::start(vec![closing, answering(OK)]);
        let endpoint = server.endpoint(LONG);
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
    let endpoint = server.endpoint(LONG);
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
        let endpoint = server.endpoint(LONG);
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
    let endpoint = server.endpoint(Duration::from_millis(250));
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
    let sized = |length: usize| {
        answering(format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{}",
            "x".repeat(length)
        ))
    };
    let unsized_ = handler(|visit| {
        visit.read();
        visit.write(&format!(
            "HTTP/1.1 200 OK\r\n\r\n{}",
            "x".repeat(REPLY_LIMIT + 1)
        ));
    });
    for (served, fits) in [
        (sized(REPLY_LIMIT), true),
        (sized(REPLY_LIMIT + 1), false),
        (unsized_, false),
    ] {
        let result = post(&Server::start(vec![served]).endpoint(LONG)).await;
        assert_eq!(result.is_ok(), fits);
        let too_long = matches!(result, Err(Failure::TooLong(REPLY_LIMIT)));
        assert_eq!(too_long, !fits);
    }
}

#[tokio::test]
async fn an_endpoint_has_its_own_limit_of_a_reply() {
    let server = Server::start(vec![answering(format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{}",
        REPLY_LIMIT + 1,
        "x".repeat(REPLY_LIMIT + 1)
    ))]);
    let endpoint = server.endpoint(LONG).with_reply_limit(REPLY_LIMIT + 1);
    assert_eq!(
        post(&endpoint).await.map(|reply| reply.body.len()),
        Ok(REPLY_LIMIT + 1)
    );
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
            post(&server.endpoint(LONG)).await.unwrap().status.as_u16(),
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
    let endpoint = server.endpoint(LONG);
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
        let error = Endpoint::new(url, LONG, LONG).unwrap_err();
        assert!(!error.to_string().contains("secret"), "{url}");
    }
    let endpoint = Endpoint::new("http://[::1]:81", LONG, LONG).unwrap();
    assert_eq!(
        (
            endpoint.host.as_str(),
            endpoint.port,
            endpoint.target.path()
        ),
        ("::1", 81, "/")
    );
    assert_eq!(
        Endpoint::new("http://svgate/api/jsonrpc", LONG, LONG)
            .unwrap()
            .port,
        80
    );
}

#[test]
fn credentials_do_not_show() {
    let basic = basic("user", &"secret".into()).unwrap();
    assert_eq!(basic.as_bytes(), b"Basic dXNlcjpzZWNyZXQ=");
    assert_eq!(format!("{basic:?}"), "Sensitive");
    assert!(bearer(&"line\nbreak".into()).is_err());
}
