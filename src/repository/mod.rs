//! The database queries, one file for each aggregate. They take a connection or a transaction and never begin one:
//! services decide where transactions begin and end.

pub mod accounts_in_use;
pub mod accounts_then;
pub mod attachment;
pub mod audit;
pub mod banned;
pub mod calls_of_day;
pub mod card;
pub mod card_day;
pub mod card_spending;
pub mod comparison;
pub mod ext_id_claim;
pub mod gateway_process;
pub mod installation;
pub mod login_failure;
pub mod lost_period;
pub mod operation;
pub mod operator;
mod partial_index;
pub mod partner;
pub mod receipt_number;
pub mod reconciliation;
pub mod request;
pub mod reversal;
pub mod sealed;
pub mod served;
pub mod sms_count;
pub mod throttle;
pub mod transaction;
pub mod transaction_search;
pub mod transfer;
pub mod vault_key;
pub mod webhook;
