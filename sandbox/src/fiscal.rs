//! The fiscal service, which turns a fee into a receipt with an address of its own.
//!
//! Operators of fiscal data have different interfaces, none of them public. This one is small, so that what calls it
//! fits to any:
//!
//! - `POST /fiscal/receipts` with Basic credentials and `{receiptId, amount, merchantId, terminalId, time}`: the caller's
//!   id (1 to 64 of `A-Za-z0-9._:-`), the fee in tiyin, above zero, and when it was taken, in UNIX milliseconds.
//! - 200 `{receiptId, url}`. The same id again gets the same answer and registers nothing, so a call whose answer was
//!   lost is simply repeated; with another amount, merchant or terminal it gets 409.
//! - What is malformed gets 400. Every refusal is `{error}`.

use hyper::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::json;

use crate::{
    faults::{Operation, Script},
    http::{Exchange, Reply, basic_user},
    journal::NotWritten,
    network::Network,
    records::Receipt,
    state::Change,
    world::World,
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

/// A well-formed request to register.
pub(crate) struct Call {
    receipt: Receipt,
}

impl Call {
    pub(crate) fn parse(headers: &HeaderMap, body: &[u8]) -> Result<Self, Reply> {
        if basic_user(headers).is_none() {
            return Err(refusal(StatusCode::UNAUTHORIZED, "Unauthorized"));
        }
        read(body).map_err(|reason| refusal(StatusCode::BAD_REQUEST, &reason))
    }
}

fn read(body: &[u8]) -> Result<Call, String> {
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
    Ok(Call {
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

/// Why a well-formed call is refused.
enum Refused {
    OtherReceipt,
    NotWritten,
}

impl From<NotWritten> for Refused {
    fn from(NotWritten: NotWritten) -> Self {
        Self::NotWritten
    }
}

fn same_sale(one: &Receipt, other: &Receipt) -> bool {
    (one.amount, &one.merchant_id, &one.terminal_id)
        == (other.amount, &other.merchant_id, &other.terminal_id)
}

impl Exchange for Call {
    const NETWORK: Network = Network::Fiscal;

    fn operation(&self, _: &World) -> Operation {
        Operation::Receipt
    }

    fn habit(&self, _: &World) -> Option<Script> {
        None
    }

    fn run(self, world: &World) -> Reply {
        let receipt = self.receipt;
        let answer = json!({"receiptId": receipt.receipt_id, "url": receipt.url});
        let registered = world.change(|data, _| match data.receipt(&receipt.receipt_id) {
            None => Ok((
                Change {
                    receipts: vec![receipt],
                    ..Change::default()
                },
                (),
            )),
            Some(known) if same_sale(known, &receipt) => Ok((Change::default(), ())),
            Some(_) => Err(Refused::OtherReceipt),
        });
        match registered {
            Ok(()) => Reply::json(StatusCode::OK, &answer),
            Err(Refused::OtherReceipt) => refusal(
                StatusCode::CONFLICT,
                "receiptId was registered with another amount, merchantId or terminalId",
            ),
            Err(Refused::NotWritten) => refusal(
                StatusCode::INTERNAL_SERVER_ERROR,
                "The receipt can't be stored",
            ),
        }
    }

    /// The service has no codes of its own: any will do.
    fn refuse(self, code: i64) -> Reply {
        refusal(
            StatusCode::UNPROCESSABLE_ENTITY,
            &format!("Refused by the sandbox ({code})"),
        )
    }
}
