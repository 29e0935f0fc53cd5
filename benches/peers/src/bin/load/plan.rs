//! What is to be called.

use serde::Deserialize;

/// Stands in a step's body where the id belongs that the step before has told.
const TAKEN: &[u8] = b"\"@taken\"";
/// Stands where an amount belongs that no other caller has.
const AMOUNT: &[u8] = b"\"@amount\"";
/// The smallest of them.
const SMALLEST: usize = 1000;

#[derive(Deserialize)]
pub(super) struct Plan {
    pub(super) addresses: Vec<String>,
    pub(super) authorization: String,
    pub(super) callers: usize,
    pub(super) seconds: f64,
    /// Turns a second; `None`: a closed loop.
    pub(super) rate: Option<f64>,
    /// The bodies of one turn's calls, in their order.
    pub(super) steps: Vec<String>,
}

impl Plan {
    /// The request of a step.
    pub(super) fn request(
        &self,
        step: usize,
        address: &str,
        taken: &[u8],
        caller: usize,
    ) -> Vec<u8> {
        let amount = (SMALLEST + caller).to_string();
        let body = replaced(self.steps[step].as_bytes(), TAKEN, taken);
        let body = replaced(&body, AMOUNT, amount.as_bytes());
        let mut request = format!(
            "POST / HTTP/1.1\r\nHost: {address}\r\nAuthorization: {}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n",
            self.authorization,
            body.len()
        )
        .into_bytes();
        request.extend(body);
        request
    }
}

fn replaced(text: &[u8], word: &[u8], by: &[u8]) -> Vec<u8> {
    let mut written = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = peers::http::find(rest, word) {
        written.extend_from_slice(&rest[..at]);
        written.extend_from_slice(by);
        rest = &rest[at + word.len()..];
    }
    written.extend_from_slice(rest);
    written
}
