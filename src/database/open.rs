//! Opening the database: which kind, with which settings, and why that may fail.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{self, PathBuf};
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::sqlx::sqlite;
use secrecy::ExposeSecret as _;

use super::errors::OpenError;
use super::pool::{Engine, Pool, StatementCount};
use super::postgres::{Connections, Ids, Limits};
use super::reachability::Reachability;
use super::sqlite::Sqlite;
use super::stale::StaleConnections;
use super::turn::{AT_ONCE_ON_SQLITE, Queue};
use super::waits::Waits;
use super::{Database, server};
use crate::config;
use crate::notices::Notices;

impl Database {
    /// Opens the database, after making an empty file for its owner alone where SQLite has none.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open_or_create(settings: &config::Database) -> Result<Self, OpenError> {
        if let Some(path) = sqlite_file(settings)? {
            // Before SQLite does: its log and its index get the mode of the file.
            let made = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&path);
            match made {
                Err(source) if source.kind() != io::ErrorKind::AlreadyExists => {
                    return Err(OpenError::Create { path, source });
                }
                Ok(_) | Err(_) => {}
            }
        }
        Self::open(settings).await
    }

    /// Opens the database, and refuses one that does not exist or would lose commits.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(settings: &config::Database) -> Result<Self, OpenError> {
        Self::open_for(settings, true).await
    }

    /// Opens the database for what only reads it: a file of SQLite is not changed, nor does it have to be one that commits
    /// last in, such as a copy.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open_to_read(settings: &config::Database) -> Result<Self, OpenError> {
        Self::open_for(settings, false).await
    }

    async fn open_for(settings: &config::Database, is_written: bool) -> Result<Self, OpenError> {
        if let Some(path) = sqlite_file(settings)?
            && let Err(error) = fs::metadata(&path)
            && error.kind() == io::ErrorKind::NotFound
        {
            let path = path::absolute(&path).unwrap_or(path);
            return Err(OpenError::Missing { path });
        }
        let url = settings.url.expose_secret();
        let is_sqlite = url.starts_with("sqlite:");
        if !is_sqlite && !url.starts_with("postgres:") && !url.starts_with("postgresql:") {
            return Err(OpenError::UnknownKind);
        }
        let acquire_timeout = Duration::from_millis(settings.acquire_timeout_ms);
        let stale = StaleConnections::default();
        let (engine, at_once) = match is_sqlite {
            true => {
                let sqlite =
                    Sqlite::open(url, acquire_timeout, is_written).map_err(OpenError::Connect)?;
                (Engine::Sqlite(sqlite), AT_ONCE_ON_SQLITE)
            }
            false => {
                let server = server::parse(url)?;
                let reachability = Reachability::watch(server.clone(), stale.clone());
                let limits = Limits {
                    connections: settings.max_connections,
                    acquire_timeout,
                };
                let connections = Connections::to(server, limits, reachability, stale.clone());
                // Before anything is judged: what is wrong is told as the server says it.
                connections.lend().await.map_err(OpenError::Connect)?;
                // A quarter of the sessions is left to what has begun.
                let sessions = usize::try_from(settings.max_connections).unwrap_or(usize::MAX);
                (Engine::Postgres(connections), sessions - sessions / 4)
            }
        };
        let database = Self {
            pool: Pool {
                engine,
                made: StatementCount::default(),
            },
            ids: Arc::new(Ids::new(stale)),
            begins: Queue::of(at_once, Duration::from_millis(settings.queue_ms)),
            crash_points: None,
            notices: Notices::default(),
            waits: Waits::default(),
            acquire_timeout,
        };
        if is_written || database.is_shared() {
            database.check_durability().await?;
        }
        if let Engine::Postgres(connections) = &database.pool.engine {
            connections.are_checked();
        }
        Ok(database)
    }
}

/// The file of SQLite; `None` for PostgreSQL, and for a database in memory.
pub fn sqlite_file(settings: &config::Database) -> Result<Option<PathBuf>, OpenError> {
    let url = settings.url.expose_secret();
    if !url.starts_with("sqlite:") || url.contains(":memory:") || url.contains("mode=memory") {
        return Ok(None);
    }
    let options = sqlite::SqliteConnectOptions::from_str(url).map_err(|_| OpenError::Url)?;
    Ok(Some(options.get_filename().to_owned()))
}

#[cfg(test)]
mod tests {
    use sea_orm::Statement;

    use super::super::{Connection as _, FromRow as _};
    use super::*;

    #[tokio::test]
    async fn sqlite_is_built_as_the_configuration_of_cargo_says() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("gateway.sqlite");
        let settings = config::Database {
            url: format!("sqlite:{}", file.display()).into(),
            ..config::Database::default()
        };
        let database = Database::open_or_create(&settings).await.unwrap();
        let asked = Statement::from_string(database.backend(), "PRAGMA compile_options");
        let rows = database.fetch_rows(asked).await.unwrap();
        let options: Vec<String> = rows
            .into_iter()
            .map(|row| String::from_row(row).unwrap())
            .collect();
        let has = |name: &str| options.iter().any(|option| option.starts_with(name));
        for wanted in ["ENABLE_QPSG", "DEFAULT_MEMSTATUS=0"] {
            assert!(
                has(wanted),
                "{wanted} is not among {options:?}: see .cargo/config.toml"
            );
        }
        for unwanted in [
            "ENABLE_DBSTAT_VTAB",
            "ENABLE_FTS3",
            "ENABLE_FTS5",
            "ENABLE_MEMORY_MANAGEMENT",
            "ENABLE_RTREE",
            "ENABLE_STAT4",
            "SOUNDEX",
        ] {
            assert!(
                !has(unwanted),
                "{unwanted} is among {options:?}: see .cargo/config.toml"
            );
        }
    }
}
