//! The words of the field and their rules, without any I/O.

pub mod app_name;
pub mod day;
pub mod failure;
pub mod finding;
pub mod network;
pub mod operation;
pub mod progress;
pub mod tariff;
