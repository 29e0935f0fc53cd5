//! Card numbers, and secrets that must be read again, encrypted.
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

/// An encrypted value, and the key that decrypts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    pub key_id: String,
    /// Nonce and ciphertext.
    pub bytes: Vec<u8>,
}

/// What is encrypted. It is bound to the ciphertext, so that one can't be passed for the other.
#[derive(Debug, Clone, Copy)]
enum What {
    CardNumber,
    WebhookSecret,
}

impl What {
    fn word(self) -> &'static [u8] {
        match self {
            Self::CardNumber => b"card",
            Self::WebhookSecret => b"webhook secret",
        }
    }
}

/// Why a card number or secret could not be encrypted or decrypted. Never shows it.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error("this value was encrypted with the key {0:?}, which the key file lacks")]
    UnknownKey(String),
    #[error("the encrypted value of row {0} was altered, or belongs to another row or key")]
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
        self.seal_bytes(random, What::CardNumber, row, pan.digits().as_bytes())
    }

    /// Decrypts the card number of the row `row`.
    ///
    /// # Errors
    /// The key is missing, or the ciphertext is not this row's.
    pub fn open_pan(&self, row: Uuid, key_id: &str, bytes: &[u8]) -> Result<Pan, VaultError> {
        let digits = self.open_bytes(What::CardNumber, row, key_id, bytes)?;
        let digits = std::str::from_utf8(&digits).map_err(|_| VaultError::Forged(row))?;
        Pan::parse(digits).ok_or(VaultError::Forged(row))
    }

    /// Encrypts a webhook's secret for the partner `partner_id`.
    ///
    /// # Errors
    /// There were no random bytes for the nonce, or the encryption failed.
    pub fn seal_webhook_secret(
        &self,
        random: &dyn Random,
        partner_id: Uuid,
        secret: &[u8],
    ) -> Result<Sealed, VaultError> {
        self.seal_bytes(random, What::WebhookSecret, partner_id, secret)
    }

    /// Decrypts the webhook's secret of the partner `partner_id`.
    ///
    /// # Errors
    /// The key is missing, or the ciphertext is not this partner's.
    pub fn open_webhook_secret(
        &self,
        partner_id: Uuid,
        key_id: &str,
        bytes: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        self.open_bytes(What::WebhookSecret, partner_id, key_id, bytes)
    }

    fn seal_bytes(
        &self,
        random: &dyn Random,
        what: What,
        row: Uuid,
        plain: &[u8],
    ) -> Result<Sealed, VaultError> {
        let (cipher, _) = self
            .ciphers
            .get(&self.current)
            .ok_or(VaultError::Encryption)?;
        let nonce = random.bytes::<NONCE_BYTES>()?;
        let payload = Payload {
            msg: plain,
            aad: &bound_to(what, row, &self.current),
        };
        let text = cipher
            .encrypt(&Nonce::from(nonce), payload)
            .map_err(|_| VaultError::Encryption)?;
        Ok(Sealed {
            key_id: self.current.clone(),
            bytes: [nonce.as_slice(), &text].concat(),
        })
    }

    fn open_bytes(
        &self,
        what: What,
        row: Uuid,
        key_id: &str,
        bytes: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let (cipher, _) = self
            .ciphers
            .get(key_id)
            .ok_or_else(|| VaultError::UnknownKey(key_id.to_owned()))?;
        let (nonce, text) = bytes
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or(VaultError::Forged(row))?;
        let payload = Payload {
            msg: text,
            aad: &bound_to(what, row, key_id),
        };
        cipher
            .decrypt(&Nonce::from(*nonce), payload)
            .map(Zeroizing::new)
            .map_err(|_| VaultError::Forged(row))
    }
}

fn bound_to(what: What, row: Uuid, key_id: &str) -> Vec<u8> {
    [what.word(), row.as_bytes(), key_id.as_bytes()].concat()
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

    #[test]
    fn a_secret_opens_only_for_its_partner_and_never_as_a_card() {
        let directory = tempfile::tempdir().unwrap();
        let vault = vault(directory.path());
        let (row, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let secret = b"8600010132441332";
        let Sealed { key_id, bytes } = vault
            .seal_webhook_secret(&SystemRandom, row, secret)
            .unwrap();
        let opened = vault.open_webhook_secret(row, &key_id, &bytes).unwrap();
        assert_eq!(opened.as_slice(), secret);
        assert!(vault.open_webhook_secret(other, &key_id, &bytes).is_err());
        assert!(vault.open_pan(row, &key_id, &bytes).is_err());
    }
}
