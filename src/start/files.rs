//! Where files are kept that the settings do not name, and who may read them.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};

use super::StartError;
use crate::config::{Config, OpenFile, Profile};
use crate::database::sqlite_file;

/// The key file: the one that is named, else, in the sandbox profile, the one beside the database.
pub fn key_file(config: &Config) -> PathBuf {
    // `Config::check` requires a named one in production.
    let named = config.vault.key_file.clone();
    named.unwrap_or_else(|| beside_database(&config.database.url, "keys"))
}

/// Makes sure that nobody but their owner can read what holds card data or keys, or write to it. The sandbox takes the
/// permissions away; production refuses, since somebody may have read them.
pub(super) fn keep_private(config: &Config) -> Result<(), StartError> {
    if let Some(OpenFile { path, mode, key }) = config.open_file.clone() {
        match config.profile() {
            Profile::Production => return Err(StartError::OpenSettings { path, mode, key }),
            // It is somebody's own file, and what it holds is of no worth to others.
            Profile::Sandbox => tracing::warn!(
                path = %path.display(),
                mode = format_args!("{mode:o}"),
                key,
                "other users can read or write the settings file, and it holds a secret"
            ),
        }
    }
    let mut files = vec![key_file(config)];
    if let Some(database) = sqlite_file(&config.database)? {
        for ending in ["", "-wal", "-shm"] {
            let mut name = database.clone().into_os_string();
            name.push(ending);
            files.push(name.into());
        }
    }
    if config.profile() == Profile::Sandbox {
        files.push(sandbox_state(config));
    }
    for path in files {
        let failed = |source| StartError::Permissions {
            path: path.clone(),
            source,
        };
        let mode = match fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            found => found.map_err(failed)?.permissions().mode() & 0o777,
        };
        if mode & 0o077 == 0 {
            continue;
        }
        match config.profile() {
            Profile::Production => return Err(StartError::Exposed { path, mode }),
            Profile::Sandbox => {
                fs::set_permissions(&path, Permissions::from_mode(mode & 0o700)).map_err(failed)?;
            }
        }
    }
    Ok(())
}

/// The file in which an embedded sandbox keeps its state.
pub(super) fn sandbox_state(config: &Config) -> PathBuf {
    let named = config.sandbox.state.clone();
    named.unwrap_or_else(|| beside_database(&config.database.url, "sandbox"))
}

/// A file beside the SQLite database, with its name and this extension. With PostgreSQL: in the working directory.
pub(super) fn beside_database(url: &SecretString, extension: &str) -> PathBuf {
    let file = url
        .expose_secret()
        .strip_prefix("sqlite:")
        .map(|path| path.trim_start_matches("//"));
    let path = file
        .and_then(|file| file.split('?').next())
        .filter(|file| !file.is_empty());
    Path::new(path.unwrap_or("aloqa-gateway")).with_extension(extension)
}
