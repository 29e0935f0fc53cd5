//! What is known of a transaction?

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::debit_result::ConfirmedDebit;
use crate::error_data::ErrorData;
use crate::methods::p2p::TransferDone;
use crate::values::{Network, TransactionId};

/// What a transaction is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransactionKind {
    /// A debit.
    Debit,
    /// A hold, charged or not.
    Hold,
    /// A transfer from card to card.
    Transfer,
}

/// Where a transaction stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransactionStatus {
    /// The holder has the code; no money has moved.
    AwaitingCode,
    /// The network is being asked, or its answer is not known yet.
    Processing,
    /// The money is held.
    Held,
    /// The money has moved.
    Succeeded,
    /// Refused; no money has moved. Final.
    Declined,
    /// The hold was released. Final.
    Cancelled,
    /// The money was given back. Final.
    Reversed,
    /// The code or the hold has run out. Final.
    Expired,
    /// People are finding out what happened.
    Manual,
}

/// The error that a transaction ended with, in the language of this call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TransactionError {
    /// The code.
    pub code: i32,
    /// The text.
    pub message: String,
    /// Details.
    pub data: ErrorData,
}

/// The result that a transaction came to: which one depends on what it is about, and on the networks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum TransactionResult {
    /// A transfer.
    Transfer(TransferDone),
    /// A debit or hold.
    Debit(ConfirmedDebit),
}

impl From<TransferDone> for TransactionResult {
    fn from(done: TransferDone) -> Self {
        Self::Transfer(done)
    }
}

impl From<ConfirmedDebit> for TransactionResult {
    fn from(done: ConfirmedDebit) -> Self {
        Self::Debit(done)
    }
}

/// Result of `transactions.get`. All members are always there, unused ones `null`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Transaction {
    /// The transaction.
    pub transaction_id: TransactionId,
    /// Your own id of it.
    pub ext_id: Option<String>,
    /// What it is about.
    pub kind: TransactionKind,
    /// Where it stands.
    pub status: TransactionStatus,
    /// The amount in tiyin.
    pub amount: i64,
    /// The fee in tiyin; 0 for debits.
    pub fee: i64,
    /// The network of the card that pays.
    pub network: Network,
    /// When it was created, UNIX milliseconds.
    pub created_at: i64,
    /// When it changed last, UNIX milliseconds.
    pub updated_at: i64,
    /// The result of the debit, also after a reversal, or of the transfer.
    pub result: Option<TransactionResult>,
    /// The error it ended with.
    pub error: Option<TransactionError>,
}
