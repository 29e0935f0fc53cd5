//! `aloqa-gateway openrpc`: the machine-readable reference.

use std::io::{self, Write as _};

use rpc_schema::openrpc::DEFAULT_ADDRESS;

use super::output;
use crate::docs;

pub(super) const EXAMPLES: &str = "Examples:
  aloqa-gateway openrpc > openrpc.json";

pub(super) fn run() -> io::Result<()> {
    output::out().write_all(docs::openrpc(DEFAULT_ADDRESS).as_bytes())
}
