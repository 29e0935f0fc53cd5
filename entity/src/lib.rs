//! The tables as sea-orm entities, one file for each table.

pub mod attachment;
pub mod audit;
pub mod banned;
pub mod caller_version;
pub mod card;
pub mod card_day;
pub mod ext_id_claim;
pub mod ids;
pub mod login_failure;
pub mod lost_period;
pub mod network;
pub mod operation;
pub mod partner;
pub mod partner_terminal;
pub mod partner_webhook;
pub mod processing_request;
pub mod reversal;
pub mod sms_count;
pub mod time;
pub mod transaction;
pub mod transaction_event;
pub mod transfer;
pub mod vault_key;
pub mod webhook_event;
pub mod webhook_try;
