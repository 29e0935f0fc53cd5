//! How an order is recognised, and how it is answered.

use entity::ids::{ProcessingRequestId, TransactionId};
use entity::{processing_request, reversal, transaction};
use rpc_schema::values::ExtId;

use crate::vault::same_mac;

/// The partner's own id of an order, and a fingerprint that tells a repeat from another order with the same id.
#[derive(Debug, Clone, Default)]
pub struct OrderId {
    pub ext_id: Option<ExtId>,
    /// Of the params that were sent.
    pub fingerprint: Vec<u8>,
    /// As version 0.1 stored it; `None` if that version cannot have had such an order.
    pub former_fingerprint: Option<Vec<u8>>,
}

impl OrderId {
    /// Whether an order with this stored fingerprint is the same.
    pub(super) fn is(&self, stored: &[u8]) -> bool {
        let former = self.former_fingerprint.as_deref();
        same_mac(stored, &self.fingerprint) || former.is_some_and(|mac| same_mac(stored, mac))
    }
}

/// The answer to an order.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "made once a call and moved at once"
)]
pub enum Answer {
    /// A code was sent to the holder; the transaction waits for it.
    CodeSent {
        phone: String,
        transaction_id: TransactionId,
    },
    /// The money was moved or held.
    Done(transaction::Model),
    /// It was given back.
    Reversed,
}

/// What was stored under an `extId` first.
#[derive(Debug)]
pub(super) enum First {
    /// A debit, hold or transfer.
    Transaction(transaction::Model),
    /// A reversal, with its call.
    Reversal(reversal::Model, processing_request::Model),
}

/// The row that an order is stored as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StoredAs {
    Transaction(TransactionId),
    Reversal(ProcessingRequestId),
}

impl First {
    pub(super) fn row(&self) -> StoredAs {
        match self {
            Self::Transaction(transaction) => StoredAs::Transaction(transaction.id),
            Self::Reversal(reversal, _) => StoredAs::Reversal(reversal.request_id),
        }
    }
}
