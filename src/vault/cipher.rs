//! Card numbers, encrypted.
//!
//! AES-256-GCM under a key whose id is stored beside the ciphertext. Each ciphertext is bound to its row: moved to
//! another one, it cannot be decrypted.

use aes_gcm::Nonce;
use aes_gcm::aead::{Aead as _, Payload};
use rpc_schema::values::Pan;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::Vault;
use crate::random::{Random, RandomError};

const NONCE_BYTES: usize = 12;

/// An encrypted card number, and the key that decrypts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    pub key_id: String,
    /// Nonce and ciphertext.
    pub bytes: Vec<u8>,
}

/// Why a card number could not be encrypted or decrypted. Never shows its digits.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error("this card number was encrypted with the key {0:?}, which the key file lacks")]
    UnknownKey(String),
    #[error("the encrypted card number of row {0} was altered, or belongs to another row or key")]
    Forged(Uuid),
    #[error("encryption failed")]
    Encryption,
    #[error(transparent)]
    Random(#[from] RandomError),
}

impl Vault {
    /// Encrypts a card number for the row `row`.
    ///
    /// # Errors
    /// There were no random bytes for the nonce, or the encryption failed.
    pub fn seal(&self, random: &dyn Random, row: Uuid, pan: &Pan) -> Result<Sealed, VaultError> {
        let (cipher, _) = self
            .ciphers
            .get(&self.current)
            .ok_or(VaultError::Encryption)?;
        let nonce = random.bytes::<NONCE_BYTES>()?;
        let payload = Payload {
            msg: pan.digits().as_bytes(),
            aad: &bound_to(row, &self.current),
        };
        let text = cipher
            .encrypt(&Nonce::from(nonce), payload)
            .map_err(|_| VaultError::Encryption)?;
        Ok(Sealed {
            key_id: self.current.clone(),
            bytes: [nonce.as_slice(), &text].concat(),
        })
    }

    /// Decrypts the card number of the row `row`.
    ///
    /// # Errors
    /// The key is missing, or the ciphertext is not this row's.
    pub fn open_pan(&self, row: Uuid, key_id: &str, bytes: &[u8]) -> Result<Pan, VaultError> {
        let (cipher, _) = self
            .ciphers
            .get(key_id)
            .ok_or_else(|| VaultError::UnknownKey(key_id.to_owned()))?;
        let (nonce, text) = bytes
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or(VaultError::Forged(row))?;
        let payload = Payload {
            msg: text,
            aad: &bound_to(row, key_id),
        };
        let digits = cipher
            .decrypt(&Nonce::from(*nonce), payload)
            .map_err(|_| VaultError::Forged(row))?;
        let digits =
            Zeroizing::new(String::from_utf8(digits).map_err(|_| VaultError::Forged(row))?);
        Pan::parse(&digits).ok_or(VaultError::Forged(row))
    }
}

fn bound_to(row: Uuid, key_id: &str) -> Vec<u8> {
    [b"card".as_slice(), row.as_bytes(), key_id.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::super::tests::vault;
    use super::*;
    use crate::random::SystemRandom;

    #[test]
    fn a_number_opens_only_in_its_own_row_and_unchanged() {
        let directory = tempfile::tempdir().unwrap();
        let vault = vault(directory.path());
        let pan = Pan::parse("8600010132441332").unwrap();
        let (row, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let sealed = vault.seal(&SystemRandom, row, &pan).unwrap();
        assert_eq!(
            vault.open_pan(row, &sealed.key_id, &sealed.bytes).unwrap(),
            pan
        );
        assert!(matches!(
            vault.open_pan(other, &sealed.key_id, &sealed.bytes),
            Err(VaultError::Forged(_))
        ));
        assert!(matches!(
            vault.open_pan(row, "k2", &sealed.bytes),
            Err(VaultError::UnknownKey(_))
        ));
        for position in 0..sealed.bytes.len() {
            let mut forged = sealed.bytes.clone();
            forged[position] ^= 1;
            assert!(
                vault.open_pan(row, &sealed.key_id, &forged).is_err(),
                "byte {position}"
            );
        }
        assert!(!sealed.bytes.windows(6).any(|window| window == b"860001"));
        assert_ne!(
            vault.seal(&SystemRandom, row, &pan).unwrap(),
            sealed,
            "the nonce is fresh"
        );
    }
}
