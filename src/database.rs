//! The database: SQLite or PostgreSQL, as the URL says; how it must be set so that a commit lasts; write transactions.

mod reach;

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use migration::{Migrator, MigratorTrait as _};
use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::sqlite;
use sea_orm::{
    ConnAcquireErr, ConnectOptions, ConnectionTrait, DatabaseConnection, DatabaseTransaction,
    DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait as _,
};
use secrecy::ExposeSecret as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config;
use crate::surroundings::{self, CrashPoint, CrashPoints};
use reach::Reach;

/// Any number that nothing else in the database locks.
const MIGRATION_LOCK: i64 = 112_108_080;

/// The database that the settings name.
#[derive(Debug, Clone)]
pub struct Database {
    pool: Pool,
    /// SQLite has one writer at a time. Waiting here is fair and at once; SQLite's own waiting polls.
    writer: Option<Arc<Semaphore>>,
    crash_points: Option<Arc<dyn CrashPoints>>,
    /// How long a caller waits for its turn to write.
    patience: Duration,
}

/// A pool of connections. While the server is away, whoever needs one is told so at once.
#[derive(Debug, Clone)]
pub struct Pool {
    connection: DatabaseConnection,
    /// `None` with SQLite, which is always there.
    reach: Option<Reach>,
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
        "{kind} runs with {setting} = {value}: a committed payment could be lost; set it to {wanted}"
    )]
    NotDurable {
        kind: &'static str,
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
            use sqlite::{SqliteJournalMode, SqliteSynchronous};
            sqlite
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(Duration::from_secs(5))
        });
        let reach = match sqlite {
            true => None,
            false => {
                let unusable =
                    |error| OpenError::Connect(DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error))));
                let server: PgConnectOptions = url.parse().map_err(unusable)?;
                Some(Reach::watch(server))
            }
        };
        if let Some(reach) = reach.clone() {
            // Connections that a dead server has left would fail one call each.
            options.map_sqlx_postgres_before_acquire(move |_, connection| {
                let usable = !reach.outlived(connection.age);
                Box::pin(async move { Ok(usable) })
            });
        }
        let connection = sea_orm::Database::connect(options)
            .await
            .map_err(OpenError::Connect)?;
        let database = Self {
            pool: Pool { connection, reach },
            writer: sqlite.then(|| Arc::new(Semaphore::new(1))),
            crash_points: None,
            patience: Duration::from_millis(settings.acquire_timeout_ms),
        };
        database.check_durability().await?;
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
            return Migrator::up(&self.pool.connection, None)
                .await
                .map_err(OpenError::Migrate);
        }
        // The lock ends with its transaction, and so also if the process dies. The steps run beside it.
        let begun = self.pool.connection.begin().await;
        let session = begun.map_err(OpenError::Migrate)?;
        let lock = format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})");
        session
            .execute_unprepared(&lock)
            .await
            .map_err(OpenError::Migrate)?;
        Migrator::up(&self.pool.connection, None)
            .await
            .map_err(OpenError::Migrate)?;
        session.commit().await.map_err(OpenError::Migrate)
    }

    /// Begins a transaction that writes.
    pub async fn write(&self) -> Result<WriteTransaction, DbErr> {
        let permit = match &self.writer {
            Some(writer) => {
                // SQLite lets each of them wait for a foreign lock; those behind them must not wait for all of these.
                let turn = Arc::clone(writer).acquire_owned();
                let permit = tokio::time::timeout(self.patience, turn).await;
                let permit =
                    permit.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?;
                Some(permit.map_err(|_| DbErr::Custom("the database was closed".to_owned()))?)
            }
            None => None,
        };
        let options = TransactionOptions {
            // A deferred transaction that reads and then writes fails at once when another one wrote in between.
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let begin = self.pool.connection.begin_with_options(options);
        let transaction = self.pool.within_reach(begin).await?;
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

    /// Refuses settings with which a commit may be forgotten: then a call could be made whose intent is lost.
    async fn check_durability(&self) -> Result<(), OpenError> {
        let kind = self.kind();
        let not_durable = |setting, value, wanted| OpenError::NotDurable {
            kind,
            setting,
            value,
            wanted,
        };
        if self.writer.is_some() {
            // What was asked for above is not what every file (or none) can do.
            let mode = self.setting("PRAGMA journal_mode").await?;
            if mode != "wal" {
                return Err(not_durable("journal_mode", mode, "wal"));
            }
            let synchronous = self.setting("PRAGMA synchronous").await?;
            if !["2", "3"].contains(&synchronous.as_str()) {
                return Err(not_durable("synchronous", synchronous, "FULL"));
            }
            return Ok(());
        }
        for setting in ["fsync", "synchronous_commit"] {
            let value = self.setting(&format!("SHOW {setting}")).await?;
            if value == "off" {
                return Err(not_durable(setting, value, "on"));
            }
        }
        // No commit is forgotten with it; but a crash of the machine may tear a page that holds older ones.
        if self.setting("SHOW full_page_writes").await? == "off" {
            tracing::warn!(
                "PostgreSQL runs with full_page_writes = off: right only on a file system that never tears a page"
            );
        }
        Ok(())
    }

    /// The answer to a question for a setting, as text.
    async fn setting(&self, question: &str) -> Result<String, OpenError> {
        let asked = Statement::from_string(self.pool.get_database_backend(), question);
        let row = self.pool.query_one_raw(asked).await;
        let Some(row) = row.map_err(OpenError::Connect)? else {
            return Ok(String::new());
        };
        let text = row.try_get_by_index::<String>(0);
        let number = || {
            row.try_get_by_index::<i64>(0)
                .map(|number| number.to_string())
        };
        text.or_else(|_| number()).map_err(OpenError::Connect)
    }
}

impl Deref for Database {
    type Target = Pool;

    fn deref(&self) -> &Pool {
        &self.pool
    }
}

impl Pool {
    /// Whether the database answers.
    ///
    /// # Errors
    /// It does not.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.within_reach(self.connection.ping()).await
    }

    /// Closes all connections; nothing can be asked any more.
    ///
    /// # Errors
    /// A connection could not be closed in order.
    pub async fn close(self) -> Result<(), DbErr> {
        self.connection.close().await
    }

    async fn within_reach<T>(
        &self,
        work: impl Future<Output = Result<T, DbErr>>,
    ) -> Result<T, DbErr> {
        match &self.reach {
            Some(reach) => reach.within(work).await,
            None => work.await,
        }
    }
}

#[async_trait]
impl ConnectionTrait for Pool {
    fn get_database_backend(&self) -> DbBackend {
        self.connection.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.within_reach(self.connection.execute_raw(statement))
            .await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.within_reach(self.connection.execute_unprepared(sql))
            .await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.within_reach(self.connection.query_one_raw(statement))
            .await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.within_reach(self.connection.query_all_raw(statement))
            .await
    }
}

/// A transaction that writes; dropped without [`WriteTransaction::commit`], it leaves nothing behind.
#[derive(Debug)]
pub struct WriteTransaction {
    transaction: DatabaseTransaction,
    crash_points: Option<Arc<dyn CrashPoints>>,
    _permit: Option<OwnedSemaphorePermit>,
}

impl WriteTransaction {
    /// Makes what was written last.
    pub async fn commit(self) -> Result<(), DbErr> {
        let points = self.crash_points.as_ref();
        surroundings::reach(points, CrashPoint::BeforeCommit).await;
        self.transaction.commit().await?;
        surroundings::reach(points, CrashPoint::AfterCommit).await;
        Ok(())
    }
}

impl Deref for WriteTransaction {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        &self.transaction
    }
}
