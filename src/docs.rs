//! The OpenRPC document, generated once from the list of methods.

use std::sync::LazyLock;

use rpc_schema::openrpc::document;

static OPENRPC: LazyLock<String> = LazyLock::new(|| {
    let mut text = serde_json::to_string_pretty(&document()).unwrap_or_default();
    text.push('\n');
    text
});

/// The OpenRPC document, as it is served, printed by `aloqa-gateway openrpc` and committed.
pub fn openrpc() -> &'static str {
    &OPENRPC
}
