//! What one operation writes: a line of the journal.

use serde::{Deserialize, Serialize};

use crate::{
    history::Fill,
    money::{Account, Books},
    records::{Hold, LedgerEntry, Message, Otp, Payment, Receipt, Tran},
};

/// The records that one operation writes. Each replaces an older record with the same id.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Change {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_id: Option<u64>,
    /// By how much the clock was moved on, all steps together, milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) advanced: Option<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) accounts: Vec<Account>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) books: Option<Books>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) otps: Vec<Otp>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) trans: Vec<Tran>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) holds: Vec<Hold>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) payments: Vec<Payment>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) messages: Vec<Message>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) ledger: Vec<LedgerEntry>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) receipts: Vec<Receipt>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) fills: Vec<Fill>,
}
