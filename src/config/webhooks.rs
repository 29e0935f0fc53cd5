//! `[webhooks]`: how partners hear of what they were not told in a reply.

use serde::{Deserialize, Serialize};
use validator::{Validate, ValidationError};

use super::fault::fault;
use crate::domain::address::Block;

#[derive(Debug, Clone, Deserialize, Serialize, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct Webhooks {
    /// Whether addresses may begin with `http://`. Without it: in the sandbox profile only.
    pub allow_http: Option<bool>,
    /// Blocks of addresses (CIDR) that may be reached although they are not public. Link-local ones never are. Without it: in
    /// the sandbox profile those of the machine itself, else none.
    #[validate(custom(function = "are_blocks"))]
    pub allowed_networks: Option<Vec<String>>,
    /// Milliseconds for one try: name, connection, TLS and reply.
    pub timeout_ms: u32,
    /// Milliseconds between two searches for events that are due.
    pub period_ms: u64,
    /// Days for which delivered and failed events are kept, with their tries.
    pub keep_days: i64,
}

impl Default for Webhooks {
    fn default() -> Self {
        Self {
            allow_http: None,
            allowed_networks: None,
            timeout_ms: 15_000,
            period_ms: 1_000,
            keep_days: 30,
        }
    }
}

#[expect(
    clippy::ptr_arg,
    reason = "`validator` hands over what the field holds"
)]
fn are_blocks(blocks: &Vec<String>) -> Result<(), ValidationError> {
    match blocks.iter().find(|text| Block::parse(text).is_none()) {
        Some(_) => Err(fault(
            "allowed_networks",
            "each must be a block of addresses such as \"10.20.0.0/16\" or \"fd00::/8\"",
        )),
        None => Ok(()),
    }
}
