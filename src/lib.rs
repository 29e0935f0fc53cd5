//! The gateway: one JSON-RPC endpoint in front of the card networks UZCARD and HUMO.
//!
//! One request: [`server`] → [`rpc`] (envelope, partner, permission) → `rpc/transactions.rs` (wire → domain) →
//! `service/debit.rs` (rules) → [`payment`] (intent, call, record) → view → envelope.

pub mod audit;
pub mod background;
pub mod bans;
pub mod caller;
pub mod certificate_ends;
pub mod cli;
pub mod clock;
pub mod comparison;
pub mod config;
pub mod console;
pub mod database;
pub mod day_report;
pub mod docs;
pub mod domain;
pub mod environment;
pub mod error;
pub mod error_chain;
pub mod exchange_counts;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
pub mod gateway;
pub mod key_rotation;
pub mod metrics;
pub mod notices;
pub mod operations_listener;
pub mod operator;
pub mod partners;
pub mod payment;
pub mod processing;
pub mod question_counts;
pub mod random;
pub mod receipts;
pub mod repository;
pub mod restore;
pub mod rpc;
pub mod rules;
pub mod server;
pub mod service;
mod spans;
pub mod start;
pub mod traffic;
pub mod vault;
pub mod webhook;
