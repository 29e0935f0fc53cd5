//! How a vault is opened with its key file, and how a key file is made.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use zeroize::Zeroizing;

use super::Vault;
use super::key_file::{KeyFile, KeyFileError};
use crate::random::Random;

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

    #[test]
    fn an_error_shows_no_key() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("keys");
        let key = "0123456789abcdef".repeat(4);
        let files = [
            // A key in the place of an id, and its id in the place of the key.
            format!(r#"{{"current":"k1","keys":{{"{key}":"k1"}},"index":"{key}"}}"#),
            format!(r#"{{"current":"{key}","keys":{{"k1":"{key}"}},"index":"{key}"}}"#),
            format!(r#"{{"current":"k1","keys":{{"k1":"{key}0"}},"index":"{key}"}}"#),
            format!(r#"{{"current":"k1","keys":{{"k1":"{key}"}},"index":"{key}",}}"#),
        ];
        for file in files {
            fs::write(&path, &file).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            let said = Vault::open(&path).err().unwrap().to_string();
            assert!(said.contains("malformed"), "{said}");
            assert!(!said.contains(&key), "{said}");
        }
    }
}
