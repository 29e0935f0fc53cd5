//! The keys of one installation, and what is done with them: card numbers are encrypted, and everything that only needs
//! to be recognised is kept as a keyed hash.

mod cipher;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod hash;
mod key_file;
mod mac;
mod open;

use std::collections::BTreeMap;

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::KeyInit as _;
use zeroize::Zeroizing;

pub use self::cipher::{Sealed, VaultError};
pub use self::key_file::KeyFileError;
use self::key_file::{KeyFile, decode_key, shown};
use self::mac::mac;
pub use self::mac::{Mac256, same_mac};

/// The keys of one installation. Never shows them.
pub struct Vault {
    /// The id of the key that encrypts new card numbers.
    current: String,
    /// By key id: the cipher, and a value that identifies the key.
    ciphers: BTreeMap<String, (Aes256Gcm, Mac256)>,
    pan_hash_key: Zeroizing<Mac256>,
    code_key: Zeroizing<Mac256>,
    secret_key: Zeroizing<Mac256>,
    fingerprint_key: Zeroizing<Mac256>,
    reference_key: Zeroizing<Mac256>,
}

impl Vault {
    fn from_file(file: KeyFile) -> Result<Self, String> {
        let index = decode_key("index", &file.index)?;
        let mut ciphers = BTreeMap::new();
        for (id, text) in &file.keys {
            let key = decode_key(id, text)?;
            let cipher = Aes256Gcm::new_from_slice(key.as_slice())
                .map_err(|_| format!("key {:?} has a wrong length", shown(id)))?;
            ciphers.insert(
                id.clone(),
                (cipher, mac(&key, &[b"key proof", id.as_bytes()])),
            );
        }
        if !ciphers.contains_key(&file.current) {
            return Err(format!(
                "there is no key {:?}, which `current` names",
                shown(&file.current)
            ));
        }
        let derive = |purpose: &str| Zeroizing::new(mac(&index, &[purpose.as_bytes()]));
        Ok(Self {
            current: file.current,
            ciphers,
            pan_hash_key: derive("card number"),
            code_key: derive("confirmation code"),
            secret_key: derive("partner secret"),
            fingerprint_key: derive("fingerprint"),
            reference_key: derive("reference"),
        })
    }

    /// Each key's id with a value that identifies the key without revealing it; the key of the hashes is called
    /// `index`.
    pub fn proofs(&self) -> Vec<(String, Mac256)> {
        let index = ("index".to_owned(), mac(&self.secret_key, &[b"key proof"]));
        self.ciphers
            .iter()
            .map(|(id, (_, proof))| (id.clone(), *proof))
            .chain([index])
            .collect()
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
