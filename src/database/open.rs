//! Opening the database: which kind, with which settings, and why that may fail.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{self, PathBuf};
use std::str::FromStr as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use std::{future, io};

use sea_orm::ConnectOptions;
use sea_orm::sqlx::{self, sqlite};
use secrecy::ExposeSecret as _;

use super::errors::OpenError;
use super::pool::{Engine, Pool, Postgres, StatementCount};
use super::reachability::Reachability;
use super::sqlite::Sqlite;
use super::stale::StaleConnections;
use super::turn::{AT_ONCE_ON_SQLITE, Queue};
use super::{Database, server, session};
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
        // The first session is checked below, with a clearer message.
        let is_checked = Arc::new(AtomicBool::new(false));
        let (engine, at_once) = match is_sqlite {
            true => {
                let sqlite = Sqlite::open(url, acquire_timeout).map_err(OpenError::Connect)?;
                (Engine::Sqlite(sqlite), AT_ONCE_ON_SQLITE)
            }
            false => {
                let server = connect(settings, Arc::clone(&is_checked), &stale).await?;
                // A quarter of the sessions is left to what has begun.
                let sessions = usize::try_from(settings.max_connections).unwrap_or(usize::MAX);
                (Engine::Postgres(server), sessions - sessions / 4)
            }
        };
        let database = Self {
            pool: Pool {
                engine,
                made: StatementCount::default(),
            },
            stale,
            begins: Queue::of(at_once, Duration::from_millis(settings.queue_ms)),
            crash_points: None,
            notices: Notices::default(),
            acquire_timeout,
        };
        database.check_durability().await?;
        is_checked.store(true, Ordering::SeqCst);
        Ok(database)
    }
}

/// Connects to PostgreSQL.
async fn connect(
    settings: &config::Database,
    is_checked: Arc<AtomicBool>,
    stale: &StaleConnections,
) -> Result<Postgres, OpenError> {
    let url = settings.url.expose_secret();
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(settings.max_connections)
        .acquire_timeout(Duration::from_millis(settings.acquire_timeout_ms))
        // sqlx would log statements; what matters is logged where it is handled.
        .sqlx_logging(false)
        // A round trip before every checkout would cost a third of the throughput. A connection that died while idle for
        // longer is still noticed.
        .test_before_acquire(false)
        .test_before_acquire_if_idle_for(Duration::from_secs(10));
    set_up_postgres(&mut options, is_checked, stale.clone());
    let reachability = Reachability::watch(server::parse(url)?, stale.clone());
    let connection = sea_orm::Database::connect(options).await;
    Ok(Postgres {
        connection: connection.map_err(OpenError::Connect)?,
        reachability,
    })
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

/// Makes every new session durable, and says which may be used again. Once the database is checked, a session that
/// cannot be made durable is refused.
fn set_up_postgres(
    options: &mut ConnectOptions,
    is_checked: Arc<AtomicBool>,
    stale: StaleConnections,
) {
    options.map_sqlx_postgres_before_acquire(move |_, known| {
        Box::pin(future::ready(Ok(!stale.include(known.age))))
    });
    options.map_sqlx_postgres_pool_opts(move |pool| {
        let is_checked = Arc::clone(&is_checked);
        pool.after_connect(move |session, _| {
            let refuse = is_checked.load(Ordering::SeqCst);
            Box::pin(async move {
                if session::make_durable(session).await? || !refuse {
                    Ok(())
                } else {
                    Err(sqlx::Error::Configuration(session::fsync_off().into()))
                }
            })
        })
    });
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
        for wanted in ["ENABLE_QPSG", "DEFAULT_MEMSTATUS=0"] {
            assert!(
                options.iter().any(|option| option == wanted),
                "{wanted} is not among {options:?}: see .cargo/config.toml"
            );
        }
    }
}
