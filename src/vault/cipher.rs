//! Card numbers, what is said of people, and secrets that must be read again, encrypted.
//!
//! AES-256-GCM under a key whose id is stored beside the ciphertext. Each ciphertext is bound to its partner and its
//! row: moved to another one, it cannot be decrypted.

use aes_gcm::Nonce;
use aes_gcm::aead::{Aead as _, Payload};
use entity::ids::TransactionId;
use rpc_schema::values::Pan;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::Vault;
use crate::random::{Random, RandomError};

const NONCE_BYTES: usize = 12;

/// The first byte of what is encrypted; nonce and ciphertext follow.
const FORMAT: u8 = 2;

/// An encrypted value, and the key that decrypts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    pub key_id: String,
    /// Format, nonce and ciphertext.
    pub bytes: Vec<u8>,
}

/// Whose an encrypted value is. It opens for nobody else, and in no other row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    pub partner_id: Uuid,
    pub row: Uuid,
}

impl Owner {
    /// Of the number of a card, also of one that is being attached.
    pub fn card(partner_id: Uuid, card_id: Uuid) -> Self {
        Self {
            partner_id,
            row: card_id,
        }
    }

    /// Of the people of a transfer: the recipient's number, and who sends it.
    pub fn transfer(partner_id: Uuid, transaction_id: TransactionId) -> Self {
        // Cards have random UUIDs (version 4), so the two kinds of rows never meet.
        let number = u64::try_from(transaction_id.0).unwrap_or_default();
        let row = Uuid::from_u64_pair(0x7472_616e_7366_6572, number);
        Self { partner_id, row }
    }

    /// A partner's own row.
    fn itself(partner_id: Uuid) -> Self {
        Self {
            partner_id,
            row: partner_id,
        }
    }
}

/// What is encrypted. It is bound to the ciphertext, so that one can't be passed for the other.
#[derive(Debug, Clone, Copy)]
enum What {
    CardNumber,
    WebhookSecret,
    Person,
}

impl What {
    fn word(self) -> &'static [u8] {
        match self {
            Self::CardNumber => b"card",
            Self::WebhookSecret => b"webhook secret",
            Self::Person => b"person",
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
    /// Encrypts a card number.
    ///
    /// # Errors
    /// There were no random bytes for the nonce, or the encryption failed.
    pub fn seal(&self, random: &dyn Random, owner: Owner, pan: &Pan) -> Result<Sealed, VaultError> {
        self.seal_bytes(random, What::CardNumber, owner, pan.digits().as_bytes())
    }

    /// Decrypts a card number.
    ///
    /// # Errors
    /// The key is missing, or the ciphertext is another partner's or row's.
    pub fn open_pan(&self, owner: Owner, key_id: &str, bytes: &[u8]) -> Result<Pan, VaultError> {
        let digits = self.open_bytes(What::CardNumber, owner, key_id, bytes)?;
        let forged = || VaultError::Forged(owner.row);
        let digits = std::str::from_utf8(&digits).map_err(|_| forged())?;
        Pan::parse(digits).ok_or_else(forged)
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
        self.seal_bytes(
            random,
            What::WebhookSecret,
            Owner::itself(partner_id),
            secret,
        )
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
        self.open_bytes(
            What::WebhookSecret,
            Owner::itself(partner_id),
            key_id,
            bytes,
        )
    }

    /// Encrypts who sends a transfer: the text of it.
    ///
    /// # Errors
    /// There were no random bytes for the nonce, or the encryption failed.
    pub fn seal_person(
        &self,
        random: &dyn Random,
        owner: Owner,
        text: &[u8],
    ) -> Result<Sealed, VaultError> {
        self.seal_bytes(random, What::Person, owner, text)
    }

    /// Decrypts who sends a transfer.
    ///
    /// # Errors
    /// The key is missing, or the ciphertext is another partner's or row's.
    pub fn open_person(
        &self,
        owner: Owner,
        key_id: &str,
        bytes: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        self.open_bytes(What::Person, owner, key_id, bytes)
    }

    fn seal_bytes(
        &self,
        random: &dyn Random,
        what: What,
        owner: Owner,
        plain: &[u8],
    ) -> Result<Sealed, VaultError> {
        let ring = self.ring();
        let key_id = ring.current().to_owned();
        let cipher = ring.cipher(&key_id).ok_or(VaultError::Encryption)?;
        let nonce = random.bytes::<NONCE_BYTES>()?;
        let payload = Payload {
            msg: plain,
            aad: &bound_to(what, owner, &key_id),
        };
        let text = cipher
            .encrypt(&Nonce::from(nonce), payload)
            .map_err(|_| VaultError::Encryption)?;
        Ok(Sealed {
            key_id,
            bytes: [&[FORMAT], nonce.as_slice(), &text].concat(),
        })
    }

    fn open_bytes(
        &self,
        what: What,
        owner: Owner,
        key_id: &str,
        bytes: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let ring = self.ring();
        let cipher = ring
            .cipher(key_id)
            .ok_or_else(|| VaultError::UnknownKey(key_id.to_owned()))?;
        let open = |bytes: &[u8], aad: &[u8]| {
            let (nonce, msg) = bytes.split_first_chunk::<NONCE_BYTES>()?;
            let opened = cipher.decrypt(&Nonce::from(*nonce), Payload { msg, aad });
            opened.ok().map(Zeroizing::new)
        };
        let opened = bytes
            .strip_prefix(&[FORMAT])
            .and_then(|bytes| open(bytes, &bound_to(what, owner, key_id)));
        opened
            // What was encrypted before may begin with any byte; it is told apart by what it opens with.
            .or_else(|| open(bytes, &formerly_bound_to(what, owner, key_id)))
            .ok_or(VaultError::Forged(owner.row))
    }
}

/// All parts with their lengths, so that no two owners are written alike.
fn bound_to(what: What, owner: Owner, key_id: &str) -> Vec<u8> {
    let (partner, row) = (owner.partner_id.as_bytes(), owner.row.as_bytes());
    let parts: [&[u8]; 4] = [what.word(), partner, row, key_id.as_bytes()];
    let mut bound = vec![FORMAT];
    for part in parts {
        bound.extend(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
        bound.extend(part);
    }
    bound
}

/// Before partners were bound too. `keys rotate` encrypts anew what is left of it.
fn formerly_bound_to(what: What, owner: Owner, key_id: &str) -> Vec<u8> {
    [what.word(), owner.row.as_bytes(), key_id.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::super::tests::vault;
    use super::*;
    use crate::random::SystemRandom;

    const fn owner(partner: u128, row: u128) -> Owner {
        Owner {
            partner_id: Uuid::from_u128(partner),
            row: Uuid::from_u128(row),
        }
    }

    #[test]
    fn a_number_opens_only_for_its_partner_in_its_row_and_unchanged() {
        let directory = tempfile::tempdir().unwrap();
        let vault = vault(directory.path());
        let pan = Pan::parse("8600010132441332").unwrap();
        let ours = owner(1, 2);
        let sealed = vault.seal(&SystemRandom, ours, &pan).unwrap();
        assert_eq!(
            vault.open_pan(ours, &sealed.key_id, &sealed.bytes).unwrap(),
            pan
        );
        for other in [owner(2, 2), owner(1, 1), owner(2, 1)] {
            assert!(matches!(
                vault.open_pan(other, &sealed.key_id, &sealed.bytes),
                Err(VaultError::Forged(_))
            ));
        }
        assert!(matches!(
            vault.open_pan(ours, "k2", &sealed.bytes),
            Err(VaultError::UnknownKey(_))
        ));
        for position in 0..sealed.bytes.len() {
            let mut forged = sealed.bytes.clone();
            forged[position] ^= 1;
            assert!(
                vault.open_pan(ours, &sealed.key_id, &forged).is_err(),
                "byte {position}"
            );
        }
        assert!(!sealed.bytes.windows(6).any(|window| window == b"860001"));
        assert_ne!(
            vault.seal(&SystemRandom, ours, &pan).unwrap(),
            sealed,
            "the nonce is fresh"
        );
    }

    /// As version 0.1 wrote it: without a format, and bound to the row and the key.
    #[test]
    fn what_was_encrypted_before_opens_in_its_row() {
        let directory = tempfile::tempdir().unwrap();
        let vault = vault(directory.path());
        let ring = vault.ring();
        let aad = [b"card".as_slice(), Uuid::from_u128(2).as_bytes(), b"k1"].concat();
        // The second one begins with the byte that now tells the format.
        for first in [0, FORMAT] {
            let mut nonce = [7; NONCE_BYTES];
            nonce[0] = first;
            let payload = Payload {
                msg: b"8600010132441332",
                aad: &aad,
            };
            let cipher = ring.cipher("k1").unwrap();
            let text = cipher.encrypt(&Nonce::from(nonce), payload).unwrap();
            let bytes = [nonce.as_slice(), &text].concat();
            let opened = vault.open_pan(owner(1, 2), "k1", &bytes).unwrap();
            assert_eq!(opened.digits(), "8600010132441332");
            assert!(vault.open_pan(owner(1, 1), "k1", &bytes).is_err());
        }
    }

    #[test]
    fn a_person_opens_only_in_its_row_and_never_as_a_card() {
        let directory = tempfile::tempdir().unwrap();
        let vault = vault(directory.path());
        let partner = Uuid::from_u128(1);
        let owner = |id| Owner::transfer(partner, TransactionId(id));
        let text = b"8600010132441332";
        let Sealed { key_id, bytes } = vault.seal_person(&SystemRandom, owner(7), text).unwrap();
        let opened = vault.open_person(owner(7), &key_id, &bytes).unwrap();
        assert_eq!(opened.as_slice(), text);
        assert!(vault.open_person(owner(8), &key_id, &bytes).is_err());
        assert!(vault.open_pan(owner(7), &key_id, &bytes).is_err());
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
        let as_card = owner(1, 1);
        assert!(vault.open_pan(as_card, &key_id, &bytes).is_err());
    }
}
