//! The OpenRPC document, as partners' tools read it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use rpc_schema::openrpc::{DEFAULT_ADDRESS, document_at};
use sha2::{Digest as _, Sha256};

/// The most addresses whose documents are kept. A gateway is known by few; for others, made up by a caller, the document
/// with the default address is good enough.
const KEPT: usize = 24;

/// The OpenRPC document of a gateway at `address`, as it is served, printed by `aloqa-gateway openrpc` and committed.
pub fn openrpc(address: &str) -> String {
    let mut text = serde_json::to_string_pretty(&document_at(address)).unwrap_or_default();
    text.push('\n');
    text
}

/// The document under one address, written once. All who are sent it share its bytes.
#[derive(Debug)]
pub struct Document {
    /// The page of `/openrpc.json`.
    pub page: Bytes,
    /// The entity tag of that page, quoted.
    pub etag: String,
    /// The same as the result of `rpc.discover`, without blanks.
    pub result: Bytes,
}

/// The documents that were asked for.
#[derive(Debug, Default)]
pub struct Documents(Mutex<HashMap<String, Arc<Document>>>);

impl Documents {
    /// The document under this address.
    pub fn at(&self, address: &str) -> Arc<Document> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let address = match known.contains_key(address) || known.len() < KEPT {
            true => address,
            false => DEFAULT_ADDRESS,
        };
        // Written under the lock: who asks for the same meanwhile waits for it instead of writing it too.
        let document = known.entry(address.to_owned());
        Arc::clone(document.or_insert_with(|| Arc::new(Document::at(address))))
    }
}

impl Document {
    fn at(address: &str) -> Self {
        let page = openrpc(address);
        let digest = hex::encode(Sha256::digest(&page));
        Self {
            etag: format!("\"{}\"", digest.get(..16).unwrap_or_default()),
            page: page.into(),
            result: serde_json::to_vec(&document_at(address))
                .unwrap_or_default()
                .into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_who_ask_share_one_document_and_invented_addresses_are_not_kept() {
        let documents = Documents::default();
        let first = documents.at("http://a/");
        assert!(Arc::ptr_eq(&first, &documents.at("http://a/")));
        for n in 0..100 {
            documents.at(&format!("http://{n}/"));
        }
        assert!(documents.0.lock().unwrap().len() <= KEPT + 1);
        assert!(Arc::ptr_eq(&first, &documents.at("http://a/")));
        let last = documents.at("http://99/");
        assert_eq!(last.page, openrpc(DEFAULT_ADDRESS));
        let parse = |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes).unwrap();
        assert_eq!(parse(&first.page), parse(&first.result));
    }
}
