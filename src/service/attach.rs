//! How a card is attached, by either family: `cards.attach` and `cards.add` begin alike, and their confirmations end
//! alike.
//!
//! UZCARD makes, sends and checks the code itself; HUMO has no such service, so there the gateway does
//! (docs/contract.md#codes). Until the code is confirmed there is no card, only the attachment of one.

mod attachment;
mod begin;
mod complete;
mod confirm;
mod known;
mod stored;
mod waiting;

pub use attachment::{AlreadyAttached, AttachKey, AttachedCard, Attachment, CardDetails};
