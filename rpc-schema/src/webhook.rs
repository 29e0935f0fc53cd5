//! What partners hear by webhook: the body that is posted to their address.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::methods::transactions::Transaction;

/// The body of a webhook. It is signed as Standard Webhooks 1.0 says, in the headers `webhook-id`, `webhook-timestamp` and
/// `webhook-signature`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookEvent {
    /// What happened.
    #[serde(rename = "type")]
    pub event_type: WebhookEventType,
    /// The event's own id, the same as in the header `webhook-id` and in all tries. Remember it: an event can arrive twice.
    pub id: String,
    /// When it happened, in UNIX milliseconds.
    pub created_at: i64,
    /// The transaction as it was then, as `transactions.get` shows it without the header `lang`; empty in a test.
    pub data: WebhookData,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum WebhookEventType {
    /// The outcome of an order, or of an operation on it, is known: `data.status` tells which.
    #[serde(rename = "transaction.settled")]
    TransactionSettled,
    /// The payment was given back, or a part of it: `data.status` is `succeeded` while something is left, and `data.reversals`
    /// tells how much was given back by which reversal.
    #[serde(rename = "transaction.reversed")]
    TransactionReversed,
    /// The hold came to its end without being charged, and its money is free.
    #[serde(rename = "hold.expired")]
    HoldExpired,
    /// The gateway could not establish the outcome, and people are looking into it. What they find out is told by a later
    /// event.
    #[serde(rename = "transaction.manual")]
    TransactionManual,
    /// A test that the operator of the gateway has sent.
    #[serde(rename = "webhook.test")]
    WebhookTest,
}

/// The transaction, or nothing in a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[expect(
    clippy::large_enum_variant,
    reason = "made once an event and written at once"
)]
pub enum WebhookData {
    /// The transaction.
    Transaction(Transaction),
    /// An empty object.
    Test {},
}
