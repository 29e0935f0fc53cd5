//! UZCARD, through SVGate: JSON-RPC over HTTP, cards addressed by SVGate's own token.
//!
//! Source: docs/networks.md#uzcard. Two things are this network's alone: it sends and checks the code for attaching
//! a card itself, and its holds carry no reference of ours.

mod books;
pub mod cards;
mod client;
mod clients;
mod codes;
pub mod contour;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod history;
mod hold_item;
mod holds;
mod inquiries;
mod named;
mod otp_form;
mod outcome;
mod part_reversals;
mod pay_form;
mod payments;
mod reports;
mod sender_form;
mod transfers;
mod wire;

pub use self::clients::UzcardCards;
pub(crate) use self::clients::{UzcardPayments, connect};
pub use self::otp_form::NewCardReply;
