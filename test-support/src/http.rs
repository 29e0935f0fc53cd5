//! A plain HTTP client without retries; most requests have a connection of their own.

use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::SendRequest;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{HeaderMap, Request};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::Credentials;

/// A request to send.
#[derive(Debug, Clone)]
pub struct HttpRequest {
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl HttpRequest {
    /// `POST /` with JSON.
    pub fn post(body: impl Into<String>) -> Self {
        let headers = vec![(CONTENT_TYPE.to_string(), "application/json".to_owned())];
        Self {
            method: "POST",
            path: "/".to_owned(),
            headers,
            body: body.into().into_bytes(),
        }
    }

    /// A `GET` of this path.
    pub fn get(path: &str) -> Self {
        Self {
            method: "GET",
            path: path.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// Sets the method.
    pub fn method(mut self, method: &'static str) -> Self {
        self.method = method;
        self
    }

    /// Sets the path.
    pub fn path(mut self, path: &str) -> Self {
        self.path = path.to_owned();
        self
    }

    /// Sets the body, which need not be text.
    pub fn bytes(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self
    }

    /// Sets a header; an empty value removes it.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers
            .retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        if !value.is_empty() {
            self.headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// Authenticates by HTTP Basic.
    pub fn credentials(self, credentials: &Credentials) -> Self {
        let encoded = STANDARD.encode(format!("{}:{}", credentials.name, credentials.secret));
        self.header(AUTHORIZATION.as_str(), &format!("Basic {encoded}"))
    }
}

/// A whole reply.
#[derive(Debug, Clone)]
pub struct HttpReply {
    /// The HTTP status.
    pub status: u16,
    /// All headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub body: String,
}

impl HttpReply {
    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.body))
    }

    /// A header's text; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

/// A connection that is kept.
pub struct HttpConnection {
    address: SocketAddr,
    sender: SendRequest<Full<Bytes>>,
}

impl HttpConnection {
    /// Connects.
    pub async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .unwrap();
        tokio::spawn(connection);
        Self { address, sender }
    }

    /// Sends a request, after the one before.
    pub async fn send(&mut self, request: HttpRequest) -> HttpReply {
        let mut built = Request::builder().method(request.method).uri(request.path);
        let names_host = |(name, _): &(String, String)| name.eq_ignore_ascii_case(HOST.as_str());
        if !request.headers.iter().any(names_host) {
            built = built.header(HOST, self.address.to_string());
        }
        for (name, value) in request.headers {
            built = built.header(name, value);
        }
        self.sender.ready().await.unwrap();
        let sent = self
            .sender
            .send_request(built.body(Full::new(Bytes::from(request.body))).unwrap());
        let (head, body) = sent.await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        HttpReply {
            status: head.status.as_u16(),
            headers: head.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }
}

/// Sends a request on a connection of its own.
pub async fn send(address: SocketAddr, request: HttpRequest) -> HttpReply {
    HttpConnection::open(address).await.send(request).await
}

/// Writes these bytes, and reads what comes until the server closes the connection.
pub async fn send_raw(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).await.unwrap();
    String::from_utf8(reply).unwrap()
}
