//! The contract of the gateway: its methods with their params, results and documentation, its errors, and the OpenRPC
//! document generated from them. There is no server code here, so a partner's Rust client can depend on this crate
//! alone.
#![warn(missing_docs)]

pub mod components;
pub mod error_data;
pub mod errors;
pub mod examples;
pub mod method;
pub mod methods;
pub mod openrpc;
pub mod params;
pub mod reason;
pub mod values;
