//! The keys of one installation, and what is done with them: card numbers are encrypted, and everything that only needs
//! to be recognised is kept as a keyed hash.

mod cipher;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod hash;
mod key_file;
mod mac;
mod open;
mod ring;

use std::sync::{Arc, PoisonError, RwLock};

use zeroize::Zeroizing;

pub use self::cipher::{Owner, Sealed, VaultError};
pub use self::key_file::KeyFileError;
use self::key_file::{KeyFile, decode_key};
use self::mac::mac;
pub use self::mac::{Mac256, same_mac};
pub use self::ring::OtherKeys;
use self::ring::Ring;

/// The keys of one installation. Never shows them.
pub struct Vault {
    /// The keys that encrypt. They change as a whole: the key file gets new ones while the gateway serves.
    ring: RwLock<Arc<Ring>>,
    pan_hash_key: Zeroizing<Mac256>,
    code_key: Zeroizing<Mac256>,
    secret_key: Zeroizing<Mac256>,
    fingerprint_key: Zeroizing<Mac256>,
    reference_key: Zeroizing<Mac256>,
    audit_key: Zeroizing<Mac256>,
}

impl Vault {
    fn from_file(file: KeyFile) -> Result<Self, String> {
        let index = decode_key("index", &file.index)?;
        let ring = Ring::from_file(&file)?;
        let derive = |purpose: &str| Zeroizing::new(mac(&index, &[purpose.as_bytes()]));
        Ok(Self {
            ring: RwLock::new(Arc::new(ring)),
            pan_hash_key: derive("card number"),
            code_key: derive("confirmation code"),
            secret_key: derive("partner secret"),
            fingerprint_key: derive("fingerprint"),
            reference_key: derive("reference"),
            audit_key: derive("audit"),
        })
    }

    /// Each key's id with a value that identifies the key without revealing it; the key of the hashes is called
    /// `index`.
    pub fn proofs(&self) -> Vec<(String, Mac256)> {
        let ring = self.ring();
        let index = ("index".to_owned(), mac(&self.secret_key, &[b"key proof"]));
        ring.proofs().chain([index]).collect()
    }

    /// The id of the key that encrypts now.
    pub fn current_key(&self) -> String {
        self.ring().current().to_owned()
    }

    /// The ids of the keys that can decrypt.
    pub fn key_ids(&self) -> Vec<String> {
        self.ring().proofs().map(|(id, _)| id).collect()
    }

    /// Encrypts with this key from now on. False: the key file lacks it.
    pub fn follow(&self, id: &str) -> bool {
        let ring = self.ring();
        if ring.current() == id {
            return true;
        }
        match ring.encrypting_with(id) {
            Some(ring) => {
                self.put(ring);
                true
            }
            None => false,
        }
    }

    /// Takes over the new keys of a key file that was changed, and goes on encrypting with the same key. Keys that the file
    /// has lost stay until the next start, which refuses a file that lacks one that is needed.
    ///
    /// # Errors
    /// A key is another one than it was. Nothing changes then.
    pub fn take_over(&self, changed: &Self) -> Result<(), OtherKeys> {
        let (before, after) = (self.proofs(), changed.proofs());
        for (id, proof) in &after {
            let known = before.iter().find(|(known, _)| known == id);
            if known.is_some_and(|(_, known)| !same_mac(known, proof)) {
                return Err(OtherKeys(id.clone()));
            }
        }
        self.put(self.ring().with(&changed.ring()));
        Ok(())
    }

    fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn put(&self, ring: Ring) {
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Vault;
    use crate::random::SystemRandom;

    /// A vault with fresh keys, its key file in `directory`.
    pub(super) fn vault(directory: &Path) -> Vault {
        let path = directory.join("keys");
        Vault::generate(&path, &SystemRandom).unwrap();
        Vault::open(&path).unwrap()
    }
}
