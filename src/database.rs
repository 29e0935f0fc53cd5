//! The database: SQLite or PostgreSQL, as the URL says; how it must be set so that a commit lasts; write transactions.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use migration::{Migrator, MigratorTrait as _};
use sea_orm::{
    ConnectOptions, ConnectionTrait as _, DatabaseConnection, DatabaseTransaction, DbBackend,
    DbErr, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait as _,
};
use secrecy::ExposeSecret as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config;
use crate::surroundings::{CrashPoint, CrashPoints, reach};

/// Any number that nothing else in the database locks.
const MIGRATION_LOCK: i64 = 112_108_080;

/// A pool of connections.
#[derive(Clone)]
pub struct Database {
    connection: DatabaseConnection,
    /// SQLite has one writer at a time. Waiting here is fair and at once; SQLite's own waiting polls.
    writer: Option<Arc<Semaphore>>,
    crash_points: Option<Arc<dyn CrashPoints>>,
}

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("database.url must begin with `sqlite:` or `postgres:`")]
    UnknownKind,
    #[error("cannot open the database")]
    Connect(#[source] DbErr),
    #[error("cannot bring the database's schema up to date")]
    Migrate(#[source] DbErr),
    #[error(
        "PostgreSQL runs with {setting} = {value}: a committed payment could be lost; set it to {wanted}"
    )]
    NotDurable {
        setting: &'static str,
        value: String,
        wanted: &'static str,
    },
}

impl Database {
    /// Opens the database and refuses one that would forget commits.
    pub async fn open(settings: &config::Database) -> Result<Self, OpenError> {
        let url = settings.url.expose_secret();
        let sqlite = url.starts_with("sqlite:");
        if !sqlite && !url.starts_with("postgres:") && !url.starts_with("postgresql:") {
            return Err(OpenError::UnknownKind);
        }
        let mut options = ConnectOptions::new(url);
        options
            .max_connections(settings.max_connections)
            .acquire_timeout(Duration::from_millis(settings.acquire_timeout_ms))
            // sqlx would print statements; what is worth telling is logged where it is handled.
            .sqlx_logging(false)
            // A round trip before every checkout would cost a third of the throughput; a connection that died while
            // idle for longer is found out all the same.
            .test_before_acquire(false)
            .test_before_acquire_if_idle_for(Duration::from_secs(10));
        options.map_sqlx_sqlite_opts(|sqlite| {
            use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
            sqlite
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(Duration::from_secs(5))
        });
        let connection = sea_orm::Database::connect(options)
            .await
            .map_err(OpenError::Connect)?;
        let database = Self {
            connection,
            writer: sqlite.then(|| Arc::new(Semaphore::new(1))),
            crash_points: None,
        };
        if !sqlite {
            database.check_durability().await?;
        }
        Ok(database)
    }

    /// The same database, whose commits are crash points.
    #[must_use]
    pub fn with_crash_points(self, crash_points: Option<Arc<dyn CrashPoints>>) -> Self {
        Self {
            crash_points,
            ..self
        }
    }

    /// Brings the schema up to date. Several gateways may start at once: on PostgreSQL one migrates while the others
    /// wait.
    pub async fn migrate(&self) -> Result<(), OpenError> {
        if self.writer.is_some() {
            return Migrator::up(&self.connection, None)
                .await
                .map_err(OpenError::Migrate);
        }
        // The lock ends with its transaction, and so also if the process dies. The steps run beside it.
        let session = self.connection.begin().await.map_err(OpenError::Migrate)?;
        let lock = format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})");
        session
            .execute_unprepared(&lock)
            .await
            .map_err(OpenError::Migrate)?;
        Migrator::up(&self.connection, None)
            .await
            .map_err(OpenError::Migrate)?;
        session.commit().await.map_err(OpenError::Migrate)
    }

    /// Begins a transaction that writes.
    pub async fn write(&self) -> Result<WriteTransaction, DbErr> {
        let permit = match &self.writer {
            Some(writer) => {
                let permit = Arc::clone(writer).acquire_owned().await;
                Some(permit.map_err(|_| DbErr::Custom("the database was closed".to_owned()))?)
            }
            None => None,
        };
        let options = TransactionOptions {
            // A deferred transaction that reads and then writes fails at once when another one wrote in between.
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let transaction = self.connection.begin_with_options(options).await?;
        Ok(WriteTransaction {
            transaction,
            crash_points: self.crash_points.clone(),
            _permit: permit,
        })
    }

    /// `SQLite` or `PostgreSQL`.
    pub fn kind(&self) -> &'static str {
        if self.writer.is_some() {
            "SQLite"
        } else {
            "PostgreSQL"
        }
    }

    async fn check_durability(&self) -> Result<(), OpenError> {
        for (setting, refused, wanted) in
            [("fsync", "off", "on"), ("synchronous_commit", "off", "on")]
        {
            let question = Statement::from_string(DbBackend::Postgres, format!("SHOW {setting}"));
            let row = self
                .connection
                .query_one_raw(question)
                .await
                .map_err(OpenError::Connect)?;
            let value: String = match row {
                Some(row) => row.try_get_by_index(0).map_err(OpenError::Connect)?,
                None => String::new(),
            };
            if value == refused {
                return Err(OpenError::NotDurable {
                    setting,
                    value,
                    wanted,
                });
            }
        }
        Ok(())
    }
}

impl Deref for Database {
    type Target = DatabaseConnection;

    fn deref(&self) -> &DatabaseConnection {
        &self.connection
    }
}

/// A transaction that writes; dropped without [`WriteTransaction::commit`], it leaves nothing behind.
pub struct WriteTransaction {
    transaction: DatabaseTransaction,
    crash_points: Option<Arc<dyn CrashPoints>>,
    _permit: Option<OwnedSemaphorePermit>,
}

impl WriteTransaction {
    /// Makes what was written last.
    pub async fn commit(self) -> Result<(), DbErr> {
        let points = self.crash_points.as_ref();
        reach(points, CrashPoint::BeforeCommit).await;
        self.transaction.commit().await?;
        reach(points, CrashPoint::AfterCommit).await;
        Ok(())
    }
}

impl Deref for WriteTransaction {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        &self.transaction
    }
}
