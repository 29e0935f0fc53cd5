//! The words of the field and their rules, without any I/O.

pub mod account;
pub mod address;
pub mod app_name;
pub mod behalf;
pub mod call;
pub mod code_text;
pub mod currency;
pub mod cursor;
pub mod day;
pub mod failure;
pub mod fingerprint;
pub mod inquiry;
pub mod late_result;
pub mod lockout;
pub mod mask;
pub mod network;
pub mod operation;
pub mod peer;
pub mod rate;
pub mod sms_parts;
pub mod source;
pub mod source_rate;
pub mod taken;
pub mod tariff;
pub mod told_phone;
pub mod transition;
