//! What the clients know (J): each call is on the disk before it is sent; its reply, or that none came, follows.
//!
//! The harness itself is never killed, so a line that is written counts as on the disk.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use aloqa_gateway::clock::{Clock as _, SystemClock};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A call that is about to be sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Asked {
    pub(crate) number: u64,
    pub(crate) partner: String,
    pub(crate) method: String,
    pub(crate) params: Value,
    /// UNIX milliseconds.
    pub(crate) at: i64,
}

/// How a call ended for its client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum End {
    /// A reply in JSON-RPC 2.0 form.
    Replied { http: u16, body: Value },
    /// None came: the gateway was dead, or died.
    Lost(String),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Asked(Asked),
    Ended { number: u64, at: i64, end: End },
}

/// A call and its end.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Exchange {
    pub(crate) asked: Asked,
    /// UNIX milliseconds.
    pub(crate) ended_at: i64,
    pub(crate) end: End,
}

impl Exchange {
    fn member(&self, name: &str) -> Option<&Value> {
        match &self.end {
            End::Replied { body, .. } => body.get(name),
            End::Lost(_) => None,
        }
    }

    /// The status of the reply.
    pub(crate) fn http(&self) -> Option<u16> {
        match &self.end {
            End::Replied { http, .. } => Some(*http),
            End::Lost(_) => None,
        }
    }

    pub(crate) fn result(&self) -> Option<&Value> {
        self.member("result")
    }

    pub(crate) fn error(&self) -> Option<&Value> {
        self.member("error")
    }

    pub(crate) fn error_code(&self) -> Option<i64> {
        self.error()?["code"].as_i64()
    }

    /// `data.reason` of an error; empty where there is none.
    pub(crate) fn reason(&self) -> &str {
        self.error()
            .and_then(|error| error["data"]["reason"].as_str())
            .unwrap_or_default()
    }

    pub(crate) fn is_lost(&self) -> bool {
        matches!(self.end, End::Lost(_))
    }

    /// A member of the params that is text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.asked.params.get(name)?.as_str()
    }

    /// A member of the params that is a number.
    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        self.asked.params.get(name)?.as_i64()
    }

    /// How a violation names it.
    pub(crate) fn shown(&self) -> String {
        let Asked {
            number,
            partner,
            method,
            params,
            ..
        } = &self.asked;
        let end = match &self.end {
            End::Replied { http, body } => format!("HTTP {http} {body}"),
            End::Lost(cause) => format!("no reply ({cause})"),
        };
        format!("call {number} of {partner}: {method} {params} → {end}")
    }
}

/// The journal that is being written.
#[derive(Debug)]
pub(crate) struct Journal {
    file: Mutex<File>,
    next: AtomicU64,
}

impl Journal {
    pub(crate) fn create(path: &Path) -> Self {
        Self {
            file: Mutex::new(File::create(path).unwrap()),
            next: AtomicU64::new(1),
        }
    }

    /// Writes a call down before it is sent; its number.
    pub(crate) fn asked(&self, partner: &str, method: &str, params: &Value) -> u64 {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.write(&Line::Asked(Asked {
            number,
            partner: partner.to_owned(),
            method: method.to_owned(),
            params: params.clone(),
            at: SystemClock.now().0,
        }));
        number
    }

    pub(crate) fn ended(&self, number: u64, end: End) {
        let at = SystemClock.now().0;
        self.write(&Line::Ended { number, at, end });
    }

    fn write(&self, line: &Line) {
        let mut bytes = serde_json::to_vec(line).unwrap();
        bytes.push(b'\n');
        // One write per line, to a file without a buffer of its own.
        self.file.lock().unwrap().write_all(&bytes).unwrap();
    }
}

/// Reads a journal back, in the order of asking. A call without an end has lost its reply at the very end.
pub(crate) fn read(path: &Path) -> Vec<Exchange> {
    let text = fs::read_to_string(path).unwrap();
    let mut asked = Vec::new();
    let mut ends = HashMap::new();
    for line in text.lines() {
        match serde_json::from_str(line).unwrap() {
            Line::Asked(call) => asked.push(call),
            Line::Ended { number, at, end } => {
                ends.insert(number, (at, end));
            }
        }
    }
    let exchange = |asked: Asked| {
        let unended = (asked.at, End::Lost("the run ended".to_owned()));
        let (ended_at, end) = ends.remove(&asked.number).unwrap_or(unended);
        Exchange {
            asked,
            ended_at,
            end,
        }
    };
    asked.into_iter().map(exchange).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal");
        let journal = Journal::create(&path);
        let first = journal.asked("demo", "transactions.get", &json!({"extId": "a"}));
        let second = journal.asked("demo", "transactions.get", &json!({"extId": "b"}));
        journal.asked("demo", "transactions.get", &json!({"extId": "c"}));
        let body = json!({"jsonrpc": "2.0", "id": 1, "error": {"code": -32313, "data": {"reason": "reversed"}}});
        let reply = End::Replied { http: 200, body };
        journal.ended(second, reply.clone());
        journal.ended(first, End::Lost("reset".to_owned()));

        let read = read(&path);
        assert_eq!(read.len(), 3);
        assert_eq!(
            (read[1].asked.number, &read[1].end, read[1].text("extId")),
            (2, &reply, Some("b"))
        );
        assert_eq!(
            (read[1].error_code(), read[1].reason()),
            (Some(-32313), "reversed")
        );
        assert!(read[0].is_lost() && read[2].is_lost());
    }
}
