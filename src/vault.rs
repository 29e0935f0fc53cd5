//! Card numbers at rest, and everything that is kept only as a keyed hash.
//!
//! A number is encrypted with AES-256-GCM under a key whose id stands beside it, bound to its row, so that a
//! ciphertext moved to another row does not open. Hashes are keyed (HMAC-SHA256), each purpose with a key of its own
//! derived from the index key: with the first six and last four digits known, a bare hash of a card number falls in
//! under a second.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hmac::{Hmac, Mac as _};
use rpc_schema::values::{Code, Pan};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::random::{Random, RandomError};

const NONCE_BYTES: usize = 12;

/// A keyed hash.
pub type Mac256 = [u8; 32];

/// The keys of one installation. Shows nothing of them.
pub struct Vault {
    current: String,
    ciphers: BTreeMap<String, (Aes256Gcm, Mac256)>,
    pan_hash_key: Zeroizing<Mac256>,
    code_key: Zeroizing<Mac256>,
    secret_key: Zeroizing<Mac256>,
    fingerprint_key: Zeroizing<Mac256>,
}

/// An encrypted card number and the key that opens it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    pub key_id: String,
    /// Nonce and ciphertext.
    pub bytes: Vec<u8>,
}

/// Why a card number could not be sealed or opened. Says nothing of its content.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error("the key file has no key {0:?}, with which this card number was encrypted")]
    UnknownKey(String),
    #[error("the encrypted card number of row {0} was changed, or belongs to another row or key")]
    Forged(Uuid),
    #[error("encryption failed")]
    Encryption,
    #[error(transparent)]
    Random(#[from] RandomError),
}

/// Why the key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    #[error("cannot read the key file {path}")]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write the key file {path}")]
    Write { path: PathBuf, source: io::Error },
    #[error("the key file {path} can be read by others (mode {mode:o}): run chmod 600 {path}")]
    Exposed { path: PathBuf, mode: u32 },
    #[error("the key file {path} is malformed: {reason}")]
    Malformed { path: PathBuf, reason: String },
    #[error(transparent)]
    Random(#[from] RandomError),
}

/// The key file: JSON, keys as 64 hexadecimal digits.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    /// The id of the key that new card numbers are encrypted with.
    current: String,
    /// All keys by id; old ones still open what was encrypted with them.
    keys: BTreeMap<String, String>,
    /// The key of all hashes. It cannot be changed: cards, codes and secrets are found by it.
    index: String,
}

impl Vault {
    /// Reads the key file, which nobody else may be able to read.
    pub fn open(path: &Path) -> Result<Self, KeyFileError> {
        let read = |source| KeyFileError::Read {
            path: path.to_owned(),
            source,
        };
        let mode = fs::metadata(path).map_err(read)?.mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeyFileError::Exposed {
                path: path.to_owned(),
                mode,
            });
        }
        let text = Zeroizing::new(fs::read_to_string(path).map_err(read)?);
        let malformed = |reason: String| KeyFileError::Malformed {
            path: path.to_owned(),
            reason,
        };
        // serde's own text may repeat a key, so only the place of the fault is told.
        let file: KeyFile = serde_json::from_str(&text).map_err(|error| {
            malformed(format!("line {}, column {}", error.line(), error.column()))
        })?;
        Self::from_file(file).map_err(malformed)
    }

    /// Writes a key file with fresh random keys, unless there is one. True: it was written.
    pub fn generate(path: &Path, random: &dyn Random) -> Result<bool, KeyFileError> {
        let key = || random.bytes::<32>().map(hex::encode);
        let keys = BTreeMap::from([("k1".to_owned(), key()?)]);
        let file = KeyFile {
            current: "k1".to_owned(),
            keys,
            index: key()?,
        };
        let write = |source| KeyFileError::Write {
            path: path.to_owned(),
            source,
        };
        let text = Zeroizing::new(
            serde_json::to_string_pretty(&file).map_err(|error| write(error.into()))?,
        );
        match fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
        {
            Ok(mut created) => {
                created
                    .write_all(text.as_bytes())
                    .and_then(|()| created.sync_all())
                    .map_err(write)?;
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(write(error)),
        }
    }

    fn from_file(file: KeyFile) -> Result<Self, String> {
        let index = decode_key("index", &file.index)?;
        let mut ciphers = BTreeMap::new();
        for (id, text) in &file.keys {
            let key = decode_key(id, text)?;
            let cipher = Aes256Gcm::new_from_slice(key.as_slice())
                .map_err(|_| format!("key {id:?} has a wrong length"))?;
            ciphers.insert(
                id.clone(),
                (cipher, mac(&key, &[b"key proof", id.as_bytes()])),
            );
        }
        if !ciphers.contains_key(&file.current) {
            return Err(format!(
                "there is no key {:?}, which `current` names",
                file.current
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
        })
    }

    /// Each key's id with a value that tells the key without giving it away; the hashes' key stands as `index`.
    pub fn proofs(&self) -> Vec<(String, Mac256)> {
        let index = ("index".to_owned(), mac(&self.secret_key, &[b"key proof"]));
        self.ciphers
            .iter()
            .map(|(id, (_, proof))| (id.clone(), *proof))
            .chain([index])
            .collect()
    }

    /// Encrypts a card number for the row `row`.
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

    /// By which a card number is found.
    pub fn pan_hash(&self, pan: &Pan) -> Mac256 {
        mac(&self.pan_hash_key, &[pan.digits().as_bytes()])
    }

    /// By which a phone is found on a list.
    pub fn phone_hash(&self, phone: &str) -> Mac256 {
        mac(&self.pan_hash_key, &[b"phone", phone.as_bytes()])
    }

    /// What is kept of a confirmation code, bound to partner and transaction.
    pub fn code_mac(&self, partner_id: Uuid, transaction_id: i64, code: &Code) -> Mac256 {
        mac(
            &self.code_key,
            &[
                partner_id.as_bytes(),
                &transaction_id.to_le_bytes(),
                code.digits().as_bytes(),
            ],
        )
    }

    /// What is kept of a partner's secret.
    pub fn secret_mac(&self, secret: &str) -> Mac256 {
        mac(&self.secret_key, &[secret.as_bytes()])
    }

    /// Tells one call's method and params from another's without keeping them.
    pub fn fingerprint(&self, parts: &[&[u8]]) -> Mac256 {
        mac(&self.fingerprint_key, parts)
    }
}

/// Whether two keyed hashes are equal, in a time that does not depend on where they differ.
pub fn same_mac(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}

fn bound_to(row: Uuid, key_id: &str) -> Vec<u8> {
    [b"card".as_slice(), row.as_bytes(), key_id.as_bytes()].concat()
}

fn decode_key(id: &str, text: &str) -> Result<Zeroizing<Mac256>, String> {
    let mut key = Zeroizing::new([0; 32]);
    hex::decode_to_slice(text, key.as_mut_slice())
        .map_err(|_| format!("key {id:?} is not 64 hexadecimal digits"))?;
    Ok(key)
}

/// HMAC-SHA256 over the parts, each with its length, so that no two lists of parts look alike.
fn mac(key: &Mac256, parts: &[&[u8]]) -> Mac256 {
    // HMAC takes keys of any length; a whole block of it needs no check.
    let mut block = Zeroizing::new([0; 64]);
    block
        .iter_mut()
        .zip(key)
        .for_each(|(slot, byte)| *slot = *byte);
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new((&*block).into());
    for part in parts {
        mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::random::SystemRandom;

    fn vault(directory: &Path) -> Vault {
        let path = directory.join("keys");
        Vault::generate(&path, &SystemRandom).unwrap();
        Vault::open(&path).unwrap()
    }

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
    fn hashes_differ_by_purpose_and_by_key() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (first, second) = (vault(one.path()), vault(two.path()));
        let pan = Pan::parse("8600010132441332").unwrap();
        assert_eq!(first.pan_hash(&pan), first.pan_hash(&pan));
        assert_ne!(first.pan_hash(&pan), second.pan_hash(&pan));
        assert_ne!(first.pan_hash(&pan), first.secret_mac(pan.digits()));
        assert_ne!(
            first.fingerprint(&[b"ab", b"c"]),
            first.fingerprint(&[b"a", b"bc"])
        );
        assert_ne!(first.proofs(), second.proofs());
    }

    #[test]
    fn a_key_file_is_written_once_and_for_its_owner_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("keys");
        assert!(Vault::generate(&path, &SystemRandom).unwrap());
        let written = fs::read_to_string(&path).unwrap();
        assert!(!Vault::generate(&path, &SystemRandom).unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), written);
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(
            Vault::open(&path),
            Err(KeyFileError::Exposed { mode: 0o640, .. })
        ));
    }
}
