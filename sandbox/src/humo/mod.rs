//! HUMO (docs/networks.md#humo): payments over SOAP, card information over JSON.

pub(crate) mod card_info;
mod details;
pub(crate) mod history;
mod middleware;
mod payment_server;
mod payments;
mod refusal;
pub(crate) mod request;
mod soap;
mod transfers;
