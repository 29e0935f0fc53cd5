//! How an order is recognised, and how it is answered.

use entity::ids::TransactionId;
use entity::transaction;
use rpc_schema::values::ExtId;

/// The partner's own id of an order, and a fingerprint that tells a repeat from another order with the same id.
#[derive(Debug, Clone, Default)]
pub struct OrderId {
    pub ext_id: Option<ExtId>,
    pub fingerprint: Vec<u8>,
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
}
