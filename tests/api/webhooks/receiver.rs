//! A partner's receiver: it keeps what arrives, and answers as the test says.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// One try, as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Arrived {
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
}

impl Arrived {
    pub(crate) fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The type, and the transaction's status.
    pub(crate) fn told(&self) -> String {
        let event = self.json();
        format!(
            "{} {}",
            event["type"].as_str().unwrap(),
            event["data"]["status"].as_str().unwrap()
        )
    }
}

pub(crate) struct Receiver {
    pub(crate) url: String,
    arrived: Arc<Mutex<Vec<Arrived>>>,
    answers: Arc<Mutex<VecDeque<String>>>,
}

/// The answer of a receiver that takes the request and says nothing.
pub(crate) const SILENCE: &str = "";

/// An answer with this status and nothing else.
pub(crate) fn status(code: u16) -> String {
    format!("HTTP/1.1 {code} X\r\ncontent-length: 0\r\n\r\n")
}

impl Receiver {
    pub(crate) async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook?a=b", listener.local_addr().unwrap());
        let (arrived, answers) = (Arc::default(), Arc::default());
        let shared = (Arc::clone(&arrived), Arc::clone(&answers));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream, shared.clone()));
            }
        });
        Self {
            url,
            arrived,
            answers,
        }
    }

    /// What it answers to the next requests, one after another; to all others 200.
    pub(crate) fn answers(&self, answers: impl IntoIterator<Item = String>) {
        self.answers.lock().unwrap().extend(answers);
    }

    /// What has arrived since the last time.
    pub(crate) fn take(&self) -> Vec<Arrived> {
        std::mem::take(&mut *self.arrived.lock().unwrap())
    }

    pub(crate) fn told(&self) -> Vec<String> {
        self.take().iter().map(Arrived::told).collect()
    }
}

type Shared = (Arc<Mutex<Vec<Arrived>>>, Arc<Mutex<VecDeque<String>>>);

async fn serve(mut stream: TcpStream, (arrived, answers): Shared) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    let mut lines = head.lines();
    assert_eq!(lines.next(), Some("POST /hook?a=b HTTP/1.1"));
    let headers: HashMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let mut body = vec![0; headers["content-length"].parse().unwrap()];
    stream.read_exact(&mut body).await.unwrap();
    let body = String::from_utf8(body).unwrap();
    arrived.lock().unwrap().push(Arrived { headers, body });
    let answer = answers.lock().unwrap().pop_front();
    match answer.as_deref() {
        Some(SILENCE) => {
            // Until the gateway goes.
            drop(stream.read_u8().await);
        }
        Some(answer) => stream.write_all(answer.as_bytes()).await.unwrap(),
        None => stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
            .await
            .unwrap(),
    }
}
