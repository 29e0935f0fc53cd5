//! What is known of a transaction?

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::debit_result::ConfirmedDebit;
use crate::components::{self, Maybe};
use crate::error_data::ErrorData;
use crate::methods::p2p::TransferDone;
use crate::values::{Amount, ExtId, Network, TransactionId};

/// The kind of a transaction.
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

/// The status of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransactionStatus {
    /// A code was sent to the cardholder; no money has moved.
    AwaitingCode,
    /// The network is being called, or the outcome is not known yet.
    Processing,
    /// The money is held.
    Held,
    /// The money has moved.
    Succeeded,
    /// Refused; no money has moved. Final.
    Declined,
    /// The hold was cancelled, and its money released. Final.
    Cancelled,
    /// The money was given back. Final.
    Reversed,
    /// The code or the hold has expired. Final.
    Expired,
    /// The gateway could not establish the outcome, and people are looking into it.
    Manual,
}

/// The error that a transaction ended with, in the language of this call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TransactionError {
    /// The code of the error.
    #[schemars(with = "components::ErrorNumber")]
    pub code: i32,
    /// The message.
    #[schemars(with = "components::ErrorMessage")]
    pub message: String,
    /// Further details.
    pub data: ErrorData,
}

/// The result of a transaction. Its kind and the networks decide which one.
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

/// Result of `transactions.get`. All members are always present; unused ones are `null`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Transaction {
    /// The number of the transaction.
    #[schemars(with = "components::TransactionId")]
    pub transaction_id: TransactionId,
    /// Your own id of the operation.
    #[schemars(with = "Maybe<ExtId>")]
    pub ext_id: Option<String>,
    /// The kind.
    pub kind: TransactionKind,
    /// The status.
    pub status: TransactionStatus,
    /// The amount in tiyin.
    #[schemars(with = "Amount")]
    pub amount: i64,
    /// The fee in tiyin; 0 for debits.
    #[schemars(with = "components::TiyinOrZero")]
    pub fee: i64,
    /// The network of the card that pays.
    pub network: Network,
    /// When it was created, in UNIX milliseconds.
    #[schemars(with = "components::UnixMillis")]
    pub created_at: i64,
    /// When it last changed, in UNIX milliseconds.
    #[schemars(with = "components::UnixMillis")]
    pub updated_at: i64,
    /// The result of the debit or transfer. A debit keeps it after a reversal.
    #[schemars(with = "Maybe<TransactionResult>")]
    pub result: Option<TransactionResult>,
    /// The error it ended with.
    #[schemars(with = "Maybe<TransactionError>")]
    pub error: Option<TransactionError>,
}
