//! What the replies of networks and providers become, for the fuzz targets.

use bytes::Bytes;
use hyper::StatusCode;
use rpc_schema::values::Amount;

use super::books::BookEntry;
use super::exchange::Reply;
use super::history::NetworkOperation;
use super::{fiscal, sms};
use crate::domain::call::{CallResult, LookupReply};
use crate::domain::inquiry::{AskError, CardInfo, RecipientCard};

/// The id of the request that a reply answers.
pub const REQUEST: &str = "a1";
/// Our reference of the call that a reply is about.
pub const REFERENCE: &str = "ours-1";
/// Its amount, in tiyin.
pub const AMOUNT: i64 = 5_000;

pub(super) fn amount() -> Amount {
    Amount::new(AMOUNT).unwrap_or_else(|| unreachable!("it is greater than zero"))
}

/// What a reply became.
#[derive(Debug)]
pub enum Seen {
    /// The end of a call that moves money.
    Call(CallResult),
    /// What a look-up has found.
    LookUp(LookupReply),
    /// The answer to a question.
    Asked(Result<Told, AskError>),
}

/// What a network tells.
#[derive(Debug, Default)]
pub struct Told {
    /// Names, phones, numbers: whatever is kept or passed on.
    pub texts: Vec<String>,
    /// Amounts that are never negative, in tiyin.
    pub amounts: Vec<i64>,
}

impl From<CardInfo> for Told {
    fn from(card: CardInfo) -> Self {
        let mut texts = vec![card.full_name, card.filial_code, card.card_type];
        texts.extend(card.network_token);
        texts.extend(card.unusable.map(|refusal| refusal.processing_code));
        Self {
            texts,
            ..Self::default()
        }
    }
}

impl From<RecipientCard> for Told {
    fn from(card: RecipientCard) -> Self {
        let mut texts = vec![card.name];
        texts.extend(card.unusable.map(|refusal| refusal.processing_code));
        Self {
            texts,
            ..Self::default()
        }
    }
}

impl From<BookEntry> for Told {
    fn from(_: BookEntry) -> Self {
        Self::default()
    }
}

impl From<Vec<NetworkOperation>> for Told {
    fn from(operations: Vec<NetworkOperation>) -> Self {
        let mut told = Self::default();
        for operation in operations {
            told.amounts.push(operation.amount);
            told.texts.extend([
                operation.reference,
                operation.kind,
                operation.ref_num,
                operation.sys_num,
                operation.apr_code,
                operation.ref_number,
                operation.merchant,
                operation.terminal,
                operation.description,
                operation.merchant_name,
                operation.city,
                operation.internal_number,
            ]);
            told.texts.extend(operation.reverses);
        }
        told
    }
}

/// The SMS provider's reply: whether it took the message, or the text of the error.
///
/// # Errors
/// The text for the log.
pub fn sms(status: StatusCode, body: &[u8]) -> Result<(), String> {
    let body = Bytes::copy_from_slice(body);
    sms::playmobile::read(&Reply { status, body }).map_err(|error| error.to_string())
}

/// The fiscal service's reply to the receipt [`REFERENCE`]: the address of its check, or the text of the error.
///
/// # Errors
/// The text for the log.
pub fn fiscal(status: StatusCode, body: &[u8]) -> Result<String, String> {
    let body = Bytes::copy_from_slice(body);
    fiscal::simulated::read(&Reply { status, body }, REFERENCE).map_err(|error| error.to_string())
}
