//! What the programs in `bin/` share.

pub mod http;
pub mod times;
