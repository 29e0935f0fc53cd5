//! One gateway on one SQLite file: each would take the other's calls for lost, and SQLite's own locks do not tell.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process;
use std::str::FromStr as _;

use sea_orm::sqlx::sqlite::SqliteConnectOptions;
use secrecy::ExposeSecret as _;

use crate::config;

/// Held for as long as the gateway lives; the system lets go of it however the process ends.
#[derive(Debug)]
pub struct GatewayLock {
    _file: File,
}

/// Why a gateway must not use its database.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error(
        "another gateway{owner} uses the SQLite file {database}: it holds the lock on {lock}. On one SQLite file there is one \
         gateway; stop the other one, give this one a file of its own (database.url), or use PostgreSQL",
        database = database.display(),
        lock = lock.display()
    )]
    Taken {
        database: PathBuf,
        lock: PathBuf,
        /// ` (process 17)`, where the file says so.
        owner: String,
    },
    #[error("cannot lock {path}, the file that keeps a second gateway from the SQLite file", path = path.display())]
    Io { path: PathBuf, source: io::Error },
}

impl GatewayLock {
    /// Takes the lock beside the SQLite file; `None` for PostgreSQL, on which there may be several gateways.
    ///
    /// # Errors
    /// Another gateway has it, or the file cannot be written.
    pub fn take(settings: &config::Database) -> Result<Option<Self>, LockError> {
        let url = settings.url.expose_secret();
        if !url.starts_with("sqlite:") {
            return Ok(None);
        }
        // Whoever opens the database says what is wrong with its URL.
        let Ok(options) = SqliteConnectOptions::from_str(url) else {
            return Ok(None);
        };
        let database = canonical(options.get_filename());
        let mut name = database.clone().into_os_string();
        name.push(".lock");
        let lock = PathBuf::from(name);
        let failed = |source| LockError::Io {
            path: lock.clone(),
            source,
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&lock)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut owner = String::new();
                let _ = file.read_to_string(&mut owner);
                let owner = match owner.trim() {
                    "" => String::new(),
                    number => format!(" (process {number})"),
                };
                return Err(LockError::Taken {
                    database,
                    lock,
                    owner,
                });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        file.set_len(0)
            .and_then(|()| writeln!(file, "{}", process::id()))
            .map_err(failed)?;
        Ok(Some(Self { _file: file }))
    }
}

/// The same for every name of the file, also before it exists.
fn canonical(file: &Path) -> PathBuf {
    if let Ok(whole) = file.canonicalize() {
        return whole;
    }
    let parent = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    };
    match (parent.canonicalize(), file.file_name()) {
        (Ok(parent), Some(name)) => parent.join(name),
        (Ok(_) | Err(_), _) => file.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(url: String) -> config::Database {
        config::Database {
            url: url.into(),
            ..config::Database::default()
        }
    }

    #[test]
    fn one_gateway_at_a_time_has_a_file_by_whichever_name() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("gateway.sqlite");
        let url = |file: &Path| settings(format!("sqlite:{}?mode=rwc", file.display()));
        let held = GatewayLock::take(&url(&file)).unwrap().unwrap();
        let other = directory.path().join("other.sqlite");
        assert!(GatewayLock::take(&url(&other)).unwrap().is_some());
        // The first gateway makes the file; another name leads to it.
        std::fs::write(&file, "").unwrap();
        let link = directory.path().join("link.sqlite");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        for name in [&file, &link] {
            let refused = GatewayLock::take(&url(name)).unwrap_err().to_string();
            let owner = format!("another gateway (process {})", process::id());
            assert!(refused.starts_with(&owner), "{refused}");
            assert!(refused.contains("gateway.sqlite.lock"), "{refused}");
        }
        drop(held);
        assert!(GatewayLock::take(&url(&link)).unwrap().is_some());
    }

    #[test]
    fn several_gateways_may_share_a_postgresql() {
        let url = "postgres://localhost/gateway".to_owned();
        assert!(GatewayLock::take(&settings(url)).unwrap().is_none());
    }
}
