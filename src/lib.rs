//! The gateway: one JSON-RPC endpoint in front of the card networks UZCARD and HUMO.
//!
//! One request: [`server`] → [`rpc`] (envelope, partner, permission) → `rpc/transactions.rs` (wire → domain) →
//! `service/debit.rs` (intent) → [`processing`] (the network) → `service/record.rs` (outcome) → view → envelope.

pub mod background;
pub mod bans;
pub mod causes;
pub mod cli;
pub mod clock;
pub mod comparison;
pub mod config;
pub mod database;
pub mod docs;
pub mod domain;
pub mod gateway;
pub mod metrics;
pub mod operations_listener;
pub mod operator;
pub mod partners;
pub mod processing;
pub mod random;
pub mod recovery;
pub mod repository;
pub mod rpc;
pub mod server;
pub mod service;
pub mod start;
pub mod surroundings;
pub mod vault;
