//! A partner's HTTP client that takes a dead server for what it is: no reply.

use std::net::SocketAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// Longer than any call of the gateway takes with the time-outs of the harness.
const PATIENCE: Duration = Duration::from_secs(20);

/// A partner's user name and secret.
#[derive(Debug, Clone)]
pub(crate) struct Credentials {
    pub(crate) name: String,
    pub(crate) secret: String,
}

/// A whole reply.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

/// Posts JSON on a connection of its own. The error says why there is no whole reply; the call may have been carried out.
pub(crate) async fn post(
    address: SocketAddr,
    path: &str,
    credentials: Option<&Credentials>,
    body: &Value,
) -> Result<Reply, String> {
    let request = Request::builder()
        .method("POST")
        .uri(path)
        .header(HOST, address.to_string())
        .header(CONTENT_TYPE, "application/json");
    let request = match credentials {
        Some(Credentials { name, secret }) => {
            let encoded = STANDARD.encode(format!("{name}:{secret}"));
            request.header(AUTHORIZATION, format!("Basic {encoded}"))
        }
        None => request,
    };
    let request = request
        .body(Full::new(Bytes::from(body.to_string())))
        .unwrap();
    exchange(address, request).await
}

/// Posts a text of this type, and returns the text of the reply.
pub(crate) async fn post_text(
    address: SocketAddr,
    path: &str,
    content_type: &str,
    credentials: &Credentials,
    body: String,
) -> Result<String, String> {
    let Credentials { name, secret } = credentials;
    let encoded = STANDARD.encode(format!("{name}:{secret}"));
    let request = Request::builder()
        .method("POST")
        .uri(path)
        .header(HOST, address.to_string())
        .header(CONTENT_TYPE, content_type)
        .header(AUTHORIZATION, format!("Basic {encoded}"))
        .body(Full::new(Bytes::from(body)))
        .unwrap();
    let (_, body) = whole_reply(address, request).await?;
    Ok(String::from_utf8_lossy(&body).into_owned())
}

/// Gets a text.
pub(crate) async fn get_text(address: SocketAddr, path: &str) -> Result<String, String> {
    let request = Request::builder()
        .uri(path)
        .header(HOST, address.to_string())
        .body(Full::new(Bytes::new()))
        .unwrap();
    let (_, body) = whole_reply(address, request).await?;
    Ok(String::from_utf8_lossy(&body).into_owned())
}

/// Gets JSON.
pub(crate) async fn get(address: SocketAddr, path: &str) -> Result<Reply, String> {
    let request = Request::builder()
        .uri(path)
        .header(HOST, address.to_string())
        .body(Full::new(Bytes::new()))
        .unwrap();
    exchange(address, request).await
}

async fn exchange(address: SocketAddr, request: Request<Full<Bytes>>) -> Result<Reply, String> {
    let (status, body) = whole_reply(address, request).await?;
    let body = serde_json::from_slice(&body).map_err(|error| error.to_string())?;
    Ok(Reply { status, body })
}

async fn whole_reply(
    address: SocketAddr,
    request: Request<Full<Bytes>>,
) -> Result<(u16, Bytes), String> {
    let whole = async {
        let stream = TcpStream::connect(address)
            .await
            .map_err(|error| format!("not sent: {error}"))?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| error.to_string())?;
        let connection = tokio::spawn(connection);
        let reply = sender
            .send_request(request)
            .await
            .map_err(|error| error.to_string())?;
        let status = reply.status().as_u16();
        let body = reply
            .into_body()
            .collect()
            .await
            .map_err(|error| error.to_string())?
            .to_bytes();
        connection.abort();
        Ok((status, body))
    };
    tokio::time::timeout(PATIENCE, whole)
        .await
        .unwrap_or_else(|_| Err("no reply in time".to_owned()))
}
