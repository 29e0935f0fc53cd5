//! How a vault is opened with its key file, and how a key file is made.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
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
        Self::from_file(read(path)?).map_err(|reason| KeyFileError::Malformed {
            path: path.to_owned(),
            reason,
        })
    }

    /// Adds a fresh random key to the key file, which goes on encrypting with the same one.
    ///
    /// # Errors
    /// The file cannot be used or written, or has such a key already; the id is none.
    pub fn add_key(path: &Path, id: &str, random: &dyn Random) -> Result<(), KeyFileError> {
        let malformed = |reason: String| KeyFileError::Malformed {
            path: path.to_owned(),
            reason,
        };
        let mut file = read(path)?;
        let is_id = |id: &str| {
            let fits =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            (1..=32).contains(&id.len()) && id.bytes().all(fits) && id != "index"
        };
        if !is_id(id) {
            return Err(malformed(format!(
                "{id:?} is no id of a key: take up to 32 small letters, digits and hyphens, such as k2"
            )));
        }
        if file.keys.contains_key(id) {
            return Err(malformed(format!("it has a key {id:?} already")));
        }
        file.keys
            .insert(id.to_owned(), random.bytes::<32>().map(hex::encode)?);
        // Beside it, and then in its place: whoever reads it meanwhile, or after a crash, finds the old one or the new one.
        let mut beside = path.as_os_str().to_owned();
        beside.push(".new");
        let beside = Path::new(&beside);
        let write_error = |source| KeyFileError::Write {
            path: path.to_owned(),
            source,
        };
        write(beside, &file)?;
        fs::rename(beside, path).map_err(write_error)?;
        let directory = match path.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        fs::File::open(directory)
            .and_then(|directory| directory.sync_all())
            .map_err(write_error)
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
        match write(path, &file) {
            Ok(()) => Ok(true),
            Err(KeyFileError::Write { source, .. })
                if source.kind() == io::ErrorKind::AlreadyExists =>
            {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }
}

fn read(path: &Path) -> Result<KeyFile, KeyFileError> {
    let read = |source| KeyFileError::Read {
        path: path.to_owned(),
        source,
    };
    // What is checked is what is read: the file that was opened, not whatever has its name a moment later. A link could
    // lead to a file of somebody else's choice, and a pipe would wait for ever.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let opened = match rustix::fs::open(path, flags, Mode::empty()) {
        Err(Errno::LOOP) => {
            return Err(KeyFileError::Link {
                path: path.to_owned(),
            });
        }
        opened => opened.map_err(|error| read(error.into()))?,
    };
    let mut file = fs::File::from(opened);
    let mode = file.metadata().map_err(read)?.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyFileError::Exposed {
            path: path.to_owned(),
            mode,
        });
    }
    let mut text = Zeroizing::new(String::new());
    file.read_to_string(&mut text).map_err(read)?;
    let malformed = |reason: String| KeyFileError::Malformed {
        path: path.to_owned(),
        reason,
    };
    // serde's own message may repeat a key, so report only the position.
    serde_json::from_str(&text)
        .map_err(|error| malformed(format!("line {}, column {}", error.line(), error.column())))
}

/// Writes a new file, which only its owner can read.
fn write(path: &Path, file: &KeyFile) -> Result<(), KeyFileError> {
    let error = |source| KeyFileError::Write {
        path: path.to_owned(),
        source,
    };
    let text =
        Zeroizing::new(serde_json::to_string_pretty(file).map_err(|source| error(source.into()))?);
    let mut created = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(error)?;
    created
        .write_all(text.as_bytes())
        .and_then(|()| created.sync_all())
        .map_err(error)
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
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        Vault::open(&path).unwrap();
        let link = directory.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(matches!(Vault::open(&link), Err(KeyFileError::Link { .. })));
        assert!(matches!(
            Vault::open(directory.path()),
            Err(KeyFileError::Exposed { .. } | KeyFileError::Read { .. })
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
