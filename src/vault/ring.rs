//! The keys that encrypt, and which of them does now.

use std::collections::BTreeMap;

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::KeyInit as _;

use super::key_file::{KeyFile, decode_key, shown};
use super::mac::{Mac256, mac};

/// A key of a changed key file is another one than it was, under the same id.
#[derive(Debug, thiserror::Error)]
#[error("its key {0:?} is another one than before")]
pub struct OtherKeys(pub(super) String);

/// See the module.
#[derive(Clone)]
pub(super) struct Ring {
    current: String,
    keys: BTreeMap<String, Key>,
}

#[derive(Clone)]
struct Key {
    cipher: Aes256Gcm,
    /// Identifies the key without revealing it.
    proof: Mac256,
}

impl Ring {
    /// The keys of a key file.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub(super) fn from_file(file: &KeyFile) -> Result<Self, String> {
        let mut keys = BTreeMap::new();
        for (id, text) in &file.keys {
            let key = decode_key(id, text)?;
            let cipher = Aes256Gcm::new_from_slice(key.as_slice())
                .map_err(|_| format!("key {:?} has a wrong length", shown(id)))?;
            let proof = mac(&key, &[b"key proof", id.as_bytes()]);
            keys.insert(id.clone(), Key { cipher, proof });
        }
        if !keys.contains_key(&file.current) {
            return Err(format!(
                "there is no key {:?}, which `current` names",
                shown(&file.current)
            ));
        }
        Ok(Self {
            current: file.current.clone(),
            keys,
        })
    }

    /// The id of the key that encrypts.
    pub(super) fn current(&self) -> &str {
        &self.current
    }

    pub(super) fn cipher(&self, id: &str) -> Option<&Aes256Gcm> {
        self.keys.get(id).map(|key| &key.cipher)
    }

    /// Each key's id and proof.
    pub(super) fn proofs(&self) -> impl Iterator<Item = (String, Mac256)> {
        self.keys.iter().map(|(id, key)| (id.clone(), key.proof))
    }

    /// These keys and those of another ring.
    pub(super) fn with(&self, other: &Self) -> Self {
        let mut both = self.clone();
        both.keys.extend(other.keys.clone());
        both
    }

    /// The same keys, of which this one encrypts; `None` if it is not among them.
    pub(super) fn encrypting_with(&self, id: &str) -> Option<Self> {
        self.keys.contains_key(id).then(|| Self {
            current: id.to_owned(),
            keys: self.keys.clone(),
        })
    }
}
