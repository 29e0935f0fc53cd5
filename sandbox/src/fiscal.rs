//! The fiscal service, which registers a receipt for a fee and returns the receipt's address.
//!
//! The operators of fiscal data have different interfaces, none of them public. This one is minimal, so that it can stand
//! for any of them:
//!
//! - `POST /fiscal/receipts` with Basic credentials and `{receiptId, amount, merchantId, terminalId, time}`: the caller's
//!   id (1 to 64 of `A-Za-z0-9._:-`), the fee in tiyin, above zero, and when it was taken, in UNIX milliseconds.
//! - 200 `{receiptId, url}`. The same id again gets the same reply and registers nothing, so a caller that lost the reply
//!   can simply repeat the call. The same id with another amount, merchant or terminal gets 409.
//! - Malformed requests get 400. Every refusal has the body `{error}`.

use hyper::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::json;

use crate::{
    faults::{Fault, Operation},
    http::{NetworkRequest, Reply, basic_user},
    journal::NotWritten,
    network::Network,
    records::Receipt,
    simulator::Simulator,
    state::Change,
};

const ID_LENGTH_MAX: usize = 64;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    receipt_id: String,
    amount: i64,
    merchant_id: String,
    terminal_id: String,
    time: i64,
}

/// A valid request to register a receipt.
pub(crate) struct ReceiptRequest {
    receipt: Receipt,
}

impl ReceiptRequest {
    pub(crate) fn parse(headers: &HeaderMap, body: &[u8]) -> Result<Self, Reply> {
        if basic_user(headers).is_none() {
            return Err(refusal(StatusCode::UNAUTHORIZED, "Unauthorized"));
        }
        read(body).map_err(|reason| refusal(StatusCode::BAD_REQUEST, &reason))
    }
}

fn read(body: &[u8]) -> Result<ReceiptRequest, String> {
    let body: Body = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let id = body.receipt_id;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
    if id.is_empty() || id.len() > ID_LENGTH_MAX || !id.bytes().all(allowed) {
        return Err(format!(
            "receiptId must be 1 to {ID_LENGTH_MAX} of A-Za-z0-9._:-"
        ));
    }
    if body.amount <= 0 {
        return Err("amount must be above zero".to_owned());
    }
    if body.merchant_id.is_empty() || body.terminal_id.is_empty() {
        return Err("merchantId and terminalId must not be empty".to_owned());
    }
    let url = format!("https://ofd.sandbox/check/{id}");
    Ok(ReceiptRequest {
        receipt: Receipt {
            receipt_id: id,
            amount: body.amount,
            merchant_id: body.merchant_id,
            terminal_id: body.terminal_id,
            time: body.time,
            url,
        },
    })
}

fn refusal(status: StatusCode, reason: &str) -> Reply {
    Reply::json(status, &json!({"error": reason}))
}

/// Why a valid request is refused.
enum RegisterError {
    IdReused,
    NotWritten,
}

impl From<NotWritten> for RegisterError {
    fn from(NotWritten: NotWritten) -> Self {
        Self::NotWritten
    }
}

fn same_sale(one: &Receipt, other: &Receipt) -> bool {
    (one.amount, &one.merchant_id, &one.terminal_id)
        == (other.amount, &other.merchant_id, &other.terminal_id)
}

impl NetworkRequest for ReceiptRequest {
    const NETWORK: Network = Network::Fiscal;

    fn operation(&self, _: &Simulator) -> Operation {
        Operation::Receipt
    }

    fn card_fault(&self, _: &Simulator) -> Option<Fault> {
        None
    }

    fn execute(self, simulator: &Simulator) -> Reply {
        let receipt = self.receipt;
        let answer = json!({"receiptId": receipt.receipt_id, "url": receipt.url});
        let registered = simulator.change(|state, _| match state.receipt(&receipt.receipt_id) {
            None => Ok((
                Change {
                    receipts: vec![receipt],
                    ..Change::default()
                },
                (),
            )),
            Some(known) if same_sale(known, &receipt) => Ok((Change::default(), ())),
            Some(_) => Err(RegisterError::IdReused),
        });
        match registered {
            Ok(()) => Reply::json(StatusCode::OK, &answer),
            Err(RegisterError::IdReused) => refusal(
                StatusCode::CONFLICT,
                "receiptId was registered with another amount, merchantId or terminalId",
            ),
            Err(RegisterError::NotWritten) => refusal(
                StatusCode::INTERNAL_SERVER_ERROR,
                "The receipt can't be stored",
            ),
        }
    }

    /// The service has no error codes, so the code only shows in the text.
    fn answer_with(&self, code: i64) -> Reply {
        refusal(
            StatusCode::UNPROCESSABLE_ENTITY,
            &format!("Refused by the sandbox ({code})"),
        )
    }

    fn keep_refused(&self, _: &Simulator, _: i64) {}
}
