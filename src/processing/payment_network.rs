//! How money is moved at a network, and how it is found out what became of it.

use async_trait::async_trait;

use crate::domain::call::{Call, CallResult, LookupReply, Traces};

/// The calls of a network that can move money, and what became of them.
#[async_trait]
pub(crate) trait PaymentNetwork: Send + Sync {
    /// Makes the call: once, never again by itself.
    async fn execute(&self, call: &Call) -> CallResult;

    /// Finds out by our reference what became of `call`; moves nothing and may be repeated.
    async fn look_up(&self, call: &Call, traces: &Traces) -> LookupReply;

    /// The same, where somebody says under which `name` the network has the payment or hold: its own books are read, too,
    /// as far as they can tell whether what has this name is `call`.
    async fn find_named(&self, call: &Call, name: &str, traces: &Traces) -> LookupReply;
}
