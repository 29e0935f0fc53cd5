//! The queries, one file an aggregate. They take a connection or a transaction and never begin one: the borders of
//! transactions are the services' to draw.

pub mod attachment;
pub mod audit;
pub mod banned;
pub mod calls_of_day;
pub mod card;
pub mod card_day;
pub mod operation;
pub mod partner;
pub mod request;
pub mod sms_count;
pub mod transaction;
pub mod transfer;
pub mod vault_key;
