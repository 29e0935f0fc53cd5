//! Where files are kept that the settings do not name.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};

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
