//! The OpenRPC document, as partners' tools read it.

use rpc_schema::openrpc::document_at;

/// The OpenRPC document of a gateway at `address`, as it is served, printed by `aloqa-gateway openrpc` and committed.
pub fn openrpc(address: &str) -> String {
    let mut text = serde_json::to_string_pretty(&document_at(address)).unwrap_or_default();
    text.push('\n');
    text
}
