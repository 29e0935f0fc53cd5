//! HTTP/1.1 as it is on the wire, and what a message is about.

use std::io;

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use super::Side;

/// A request or a reply of HTTP/1.1, as it is on the wire.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) head: Vec<u8>,
    pub(super) body: Vec<u8>,
}

impl Message {
    /// Reads one; `None` at the end of the connection. What comes after it stays in `unread`.
    pub(super) async fn read(
        stream: &mut TcpStream,
        unread: &mut Vec<u8>,
    ) -> io::Result<Option<Self>> {
        let end_of_head = loop {
            if let Some(at) = unread.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break at + 4;
            }
            if stream.read_buf(unread).await? == 0 {
                return Ok(None);
            }
        };
        let rest = unread.split_off(end_of_head);
        let head = std::mem::replace(unread, rest);
        let length = content_length(&head);
        while unread.len() < length {
            if stream.read_buf(unread).await? == 0 {
                return Ok(None);
            }
        }
        let rest = unread.split_off(length);
        let body = std::mem::replace(unread, rest);
        Ok(Some(Self { head, body }))
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        [self.head.as_slice(), self.body.as_slice()].concat()
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Code and reason of a reply.
    pub(super) fn status(&self) -> String {
        let head = String::from_utf8_lossy(&self.head);
        let line = head.lines().next().unwrap_or_default();
        line.split_once(' ')
            .map_or("", |(_, status)| status)
            .to_owned()
    }

    /// Where a request goes.
    pub(super) fn side(&self) -> Option<Side> {
        let head = String::from_utf8_lossy(&self.head);
        let path = head.split(' ').nth(1)?;
        [
            ("/uzcard", Side::Uzcard),
            ("/humo/payment", Side::Humo),
            ("/humo/json", Side::HumoCards),
            ("/sms", Side::Sms),
            ("/fiscal", Side::Fiscal),
        ]
        .into_iter()
        .find(|(prefix, _)| path.starts_with(prefix))
        .map(|(_, side)| side)
    }

    /// The name that a network's request has and its reply must repeat: the id at UZCARD, our reference at HUMO.
    pub(super) fn payment(&self, side: Side) -> Option<String> {
        let text = self.text();
        match side {
            Side::Uzcard => {
                let id = &serde_json::from_str::<serde_json::Value>(&text).ok()?["id"];
                id.as_str().map(str::to_owned)
            }
            Side::Humo => {
                let from = text.find("<paymentRef>")? + "<paymentRef>".len();
                let until = from + text.get(from..)?.find('<')?;
                text.get(from..until).map(str::to_owned)
            }
            Side::HumoCards | Side::Sms | Side::Fiscal => None,
        }
    }

    pub(super) fn names_its_payment(&self, side: Side) -> bool {
        match side {
            Side::Uzcard => true,
            Side::Humo => self.text().contains("<paymentRef>"),
            Side::HumoCards | Side::Sms | Side::Fiscal => false,
        }
    }

    /// Whether this request moves money, frees it or gives it back.
    pub(super) fn moves_money(&self, side: Side) -> bool {
        let text = self.text();
        let calls: &[&str] = match side {
            Side::Uzcard => &[
                "\"trans.pay.purpose\"",
                "\"trans.reverse\"",
                "\"hold.create\"",
                "\"hold.dismiss\"",
                "\"hold.dismiss.charge\"",
                "\"p2p.universal\"",
                "\"p2p.universal.credit\"",
            ],
            Side::Humo => &[
                ":Payment>",
                ":Request>",
                ":CancelRequest>",
                ":ReturnPayment>",
            ],
            Side::HumoCards | Side::Sms | Side::Fiscal => &[],
        };
        calls.iter().any(|call| text.contains(call))
    }

    /// The operation of a request to HUMO whose reply is empty.
    pub(super) fn answered_emptily(&self) -> Option<&'static str> {
        let text = self.text();
        ["CancelRequest", "ReturnPayment"]
            .into_iter()
            .find(|operation| text.contains(&format!(":{operation}>")))
    }

    /// The same reply, which says that a payment was made, with the code of a refusal; `None` for any other reply.
    pub(super) fn contradicted(&self) -> Option<Self> {
        let text = self.text();
        let refused = if text.contains("\"status\":\"OK\"") {
            text.replacen("\"resp\":0", "\"resp\":51", 1)
        } else {
            let code = "<name>auth_action_code_final</name><value>";
            text.replacen(&format!("{code}000"), &format!("{code}116"), 1)
        };
        (refused != text).then(|| Self::reply("200 OK", &refused))
    }

    /// A reply with this body.
    pub(super) fn reply(status: &str, body: &str) -> Self {
        let kind = if body.starts_with('{') {
            "application/json"
        } else {
            "text/xml"
        };
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n"
        );
        Self {
            head: head.into_bytes(),
            body: body.as_bytes().to_vec(),
        }
    }

    /// Every occurrence of some bytes in the body is replaced, and its length told anew.
    pub(super) fn with_replaced(self, from: &[u8], to: &[u8]) -> Self {
        let mut body = Vec::with_capacity(self.body.len());
        let mut rest = self.body.as_slice();
        while let Some(at) = rest.windows(from.len()).position(|bytes| bytes == from) {
            body.extend_from_slice(&rest[..at]);
            body.extend_from_slice(to);
            rest = &rest[at + from.len()..];
        }
        body.extend_from_slice(rest);
        let length = format!("content-length: {}", body.len());
        let head = String::from_utf8_lossy(&self.head).into_owned();
        let lines = head.split("\r\n").map(|line| {
            match line.to_ascii_lowercase().starts_with("content-length:") {
                true => length.as_str(),
                false => line,
            }
        });
        let head = lines.collect::<Vec<_>>().join("\r\n").into_bytes();
        Self { head, body }
    }

    /// The same message with its first amount one digit off; `None` for a reply without an amount.
    pub(super) fn with_wrong_amount(&self) -> Option<Self> {
        let text = self.text();
        let place = ["\"amount\":", "<name>amount</name><value>", "\"reqamt\":"]
            .iter()
            .find_map(|before| Some(text.find(before)? + before.len()))?;
        let mut wrong = self.clone();
        let digit = wrong.body.get_mut(place)?;
        if !digit.is_ascii_digit() {
            return None;
        }
        // Never a leading zero, and never the same digit.
        *digit = if *digit == b'9' { b'1' } else { *digit + 1 };
        Some(wrong)
    }
}

pub(super) fn content_length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    head.lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .and_then(|length| length.trim().parse().ok())
        .unwrap_or_default()
}
