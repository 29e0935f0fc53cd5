//! HUMO (docs/networks.md#humo): payments over SOAP, card information over JSON or SOAP.

pub(crate) mod card_info;
mod details;
pub(crate) mod history;
pub(crate) mod middleware;
mod payment_server;
mod payments;
mod reconciliation;
mod refusal;
pub(crate) mod request;
mod soap;
pub(crate) mod soap_info;
mod transfers;
