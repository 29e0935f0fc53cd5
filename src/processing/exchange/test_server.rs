//! An HTTP server of a few lines of blocking code. Each test sees exactly what went over the wire.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// Serves one connection.
pub(super) type Handler = Box<dyn FnOnce(&mut Visit) + Send>;

/// One connection, and the count of all requests read from any of them.
pub(super) struct Visit {
    stream: TcpStream,
    requests: Arc<AtomicUsize>,
}

impl Visit {
    /// Reads one request; false at the connection's end.
    pub(super) fn read(&mut self) -> bool {
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

    pub(super) fn write(&mut self, reply: &str) {
        // A client that gave up in the meantime is part of some tests.
        drop(self.stream.write_all(reply.as_bytes()));
    }
}

pub(super) struct Server {
    pub(super) port: u16,
    requests: Arc<AtomicUsize>,
    connections: Arc<AtomicUsize>,
    ended: Arc<AtomicUsize>,
}

impl Server {
    /// Serves as many connections as there are handlers, one after another.
    pub(super) fn start(handlers: Vec<Handler>) -> Self {
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

    /// Waits until the server has closed this many connections and the client has had time to notice.
    pub(super) async fn closed(&self, connections: usize) {
        while self.ended.load(Ordering::SeqCst) < connections {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    /// How many connections were accepted and how many requests were read.
    pub(super) fn counts(&self) -> (usize, usize) {
        (
            self.connections.load(Ordering::SeqCst),
            self.requests.load(Ordering::SeqCst),
        )
    }
}

pub(super) fn handler(serve: impl FnOnce(&mut Visit) + Send + 'static) -> Handler {
    Box::new(serve)
}

/// Answers every request of a connection.
pub(super) fn answering(reply: impl Into<String>) -> Handler {
    let reply = reply.into();
    handler(move |visit| {
        while visit.read() {
            visit.write(&reply);
        }
    })
}
