//! Webhooks: what partners hear without asking (docs/webhooks.md).
//!
//! An event is written in the commit that makes something final ([`event`]), and delivered by background work that all
//! gateways on a database share ([`deliver`]): one takes it by a guarded update, signs it ([`signature`]) and posts it to an
//! address that was checked ([`address`]), until the partner answers 2xx or three days are over ([`schedule`]).

mod address;
mod counts;
mod deliver;
mod event;
mod event_id;
mod rules;
mod schedule;
mod secret;
mod signature;
mod subscription;
mod teller;
mod webhooks;

pub use address::AddressError;
pub use counts::TryCounts;
pub use event::News;
pub use event_id::{event_id, parse_event_id};
pub use rules::Rules;
pub use secret::Secret;
pub use signature::sign;
pub use subscription::{Shown, Subscribed, SubscriptionError};
pub use teller::Teller;
pub use webhooks::{Parts, Webhooks};
