//! The card networks, the SMS provider and the fiscal service: what the gateway can ask of them.
//!
//! A network's names, codes and quirks stay in its own folder. The rest of the gateway speaks of
//! [`Call`](crate::domain::call::Call)s and [`CallResult`](crate::domain::call::CallResult)s only.
//!
//! Each network has two clients. One asks and moves no money ([`CardNetwork`]); everybody may use it. The other makes the
//! calls that move money ([`PaymentNetwork`]); `crate::payment` owns it.

pub(crate) mod absent;
pub mod books;
pub mod breaker;
pub mod bulkhead;
mod card_network;
mod card_networks;
pub mod contour;
mod encoding;
pub mod exchange;
pub mod fiscal;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
pub mod history;
pub mod humo;
mod lenient;
mod listing;
mod login;
mod payment_network;
mod recipient;
pub mod reconciliation;
pub mod sms;
pub mod told_server;
pub mod uzcard;

pub use card_network::CardNetwork;
pub use card_networks::CardNetworks;
pub(crate) use payment_network::PaymentNetwork;
