//! The contract of the gateway: its methods with their params, results and documentation, its errors, and the OpenRPC
//! document made of them. No server code: a partner's Rust client can depend on this crate alone.
#![warn(missing_docs)]

pub mod error_data;
pub mod errors;
pub mod method;
pub mod methods;
pub mod openrpc;
pub mod params;
pub mod values;
