//! The key file: JSON that only its owner can read.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::Vault;
use super::hash::Mac256;
use crate::random::{Random, RandomError};

/// Why the key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    #[error("cannot read the key file {path}")]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write the key file {path}")]
    Write { path: PathBuf, source: io::Error },
    #[error("other users can read the key file {path} (mode {mode:o}): run chmod 600 {path}")]
    Exposed { path: PathBuf, mode: u32 },
    #[error("the key file {path} is malformed: {reason}")]
    Malformed { path: PathBuf, reason: String },
    #[error(transparent)]
    Random(#[from] RandomError),
}

/// The key file: JSON, keys as 64 hexadecimal digits.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyFile {
    /// The id of the key that encrypts new card numbers.
    pub(super) current: String,
    /// All keys by id; old ones still decrypt what they encrypted.
    pub(super) keys: BTreeMap<String, String>,
    /// The key of all hashes. It must never change: cards, codes and secrets are found by it.
    pub(super) index: String,
}

impl Vault {
    /// Reads the key file.
    ///
    /// # Errors
    /// It cannot be read, other users can read it, or it is malformed.
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
        // serde's own message may repeat a key, so report only the position.
        let file: KeyFile = serde_json::from_str(&text).map_err(|error| {
            malformed(format!("line {}, column {}", error.line(), error.column()))
        })?;
        Self::from_file(file).map_err(malformed)
    }

    /// Writes a key file with fresh random keys, unless the file exists. True: it was written.
    ///
    /// # Errors
    /// It cannot be written, or there were no random bytes.
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
}

/// A key from its 64 hexadecimal digits.
pub(super) fn decode_key(id: &str, text: &str) -> Result<Zeroizing<Mac256>, String> {
    let mut key = Zeroizing::new([0; 32]);
    hex::decode_to_slice(text, key.as_mut_slice())
        .map_err(|_| format!("key {id:?} is not 64 hexadecimal digits"))?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::random::SystemRandom;

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
