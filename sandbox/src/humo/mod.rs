//! HUMO (section 2): payments over SOAP, information about cards over a JSON middleware.

pub(crate) mod card_info;
mod details;
mod fault;
pub(crate) mod history;
mod middleware;
mod payment_server;
pub(crate) mod request;
mod soap;
mod transfers;
