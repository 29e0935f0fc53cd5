//! What an order is known by, and what it comes to.

use entity::transaction;
use rpc_schema::values::ExtId;

/// The partner's own id of an order, and what tells the order from another one with the same id.
#[derive(Debug, Clone, Default)]
pub struct OrderId {
    pub ext_id: Option<ExtId>,
    pub fingerprint: Vec<u8>,
}

/// What an order comes to.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "made once a call and moved at once"
)]
pub enum Answer {
    /// The holder has a code; the transaction waits for it.
    CodeSent { phone: String, transaction_id: i64 },
    /// The money was moved or held.
    Done(transaction::Model),
}
