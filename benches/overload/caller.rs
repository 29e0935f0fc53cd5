//! Calls a method over one of many kept connections, as cheaply as can be: the processors are the gateway's too.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Result;

/// A call that takes longer is given up.
const PATIENCE: Duration = Duration::from_secs(30);

/// How a call ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// With its result.
    Accepted(String),
    /// It may be repeated: -32343.
    Refused,
    Other(String),
}

/// A partner.
#[derive(Clone)]
pub(crate) struct Caller {
    address: SocketAddr,
    authorization: Arc<str>,
    idle: Arc<Mutex<Vec<TcpStream>>>,
}

impl Caller {
    pub(crate) fn new(address: SocketAddr, name: &str, secret: &str) -> Self {
        let pair = STANDARD.encode(format!("{name}:{secret}"));
        Self {
            address,
            authorization: format!("Basic {pair}").into(),
            idle: Arc::default(),
        }
    }

    pub(crate) async fn call(&self, method: &str, params: &Value) -> Ended {
        match timeout(PATIENCE, self.answered(method, params)).await {
            Ok(Ok(reply)) if reply.contains(r#""result":"#) => Ended::Accepted(reply),
            Ok(Ok(reply)) if reply.contains(r#""code":-32343"#) => Ended::Refused,
            Ok(Ok(reply)) => Ended::Other(reply),
            Ok(Err(error)) => Ended::Other(error.to_string()),
            Err(_) => Ended::Other("no reply".to_owned()),
        }
    }

    /// A call that must succeed: its result.
    pub(crate) async fn result(&self, method: &str, params: &Value) -> Result<Value> {
        match self.call(method, params).await {
            Ended::Accepted(reply) => {
                let mut reply: Value = serde_json::from_str(&reply)?;
                let result = reply.get_mut("result").map(Value::take);
                Ok(result.unwrap_or_default())
            }
            Ended::Refused => Err(format!("{method}: refused").into()),
            Ended::Other(what) => Err(format!("{method}: {what}").into()),
        }
    }

    /// The body of the reply.
    async fn answered(&self, method: &str, params: &Value) -> Result<String> {
        let body = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#);
        let request = format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\nAuthorization: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.authorization,
            body.len(),
        );
        let kept = self.idle().pop();
        let mut stream = match kept {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(self.address).await?;
                stream.set_nodelay(true)?;
                stream
            }
        };
        stream.write_all(request.as_bytes()).await?;
        let mut reply = Vec::with_capacity(1_024);
        let (head, whole) = loop {
            if stream.read_buf(&mut reply).await? == 0 {
                return Err("closed".into());
            }
            let end = reply.windows(4).position(|four| four == b"\r\n\r\n");
            if let Some(end) = end {
                let head = String::from_utf8_lossy(reply.get(..end).unwrap_or_default());
                let head = head.to_ascii_lowercase();
                let length = head
                    .lines()
                    .find_map(|line| line.strip_prefix("content-length: "));
                let length: usize = length.ok_or("no length")?.parse()?;
                break (head, end + 4 + length);
            }
        };
        while reply.len() < whole {
            if stream.read_buf(&mut reply).await? == 0 {
                return Err("closed in the middle".into());
            }
        }
        if !head.contains("connection: close") {
            self.idle().push(stream);
        }
        let body = reply.split_off(head.len() + 4);
        Ok(String::from_utf8(body)?)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<TcpStream>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
