//! The database: SQLite or PostgreSQL, as the URL says; how it must be set so that a commit lasts; write transactions.

mod reach;
mod session;

use std::future;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use migration::{Migrator, MigratorTrait as _};
use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::{self, Connection as _, sqlite};
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
    renewal: Renewal,
}

/// A pool of connections. While the server is away, whoever needs one is told so at once.
#[derive(Debug, Clone)]
pub struct Pool {
    connection: DatabaseConnection,
    /// `None` with SQLite, which is always there.
    reach: Option<Reach>,
}

/// Since when connections must be new ones: those from before are dead, or know the database as it was. Each of them
/// would fail one call after another.
#[derive(Debug, Clone, Default)]
struct Renewal(Arc<RwLock<Option<Instant>>>);

impl Renewal {
    fn renew(&self) {
        let mut since = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *since = Some(Instant::now());
    }

    /// Takes notice of what went wrong.
    fn after<T>(&self, done: Result<T, DbErr>) -> Result<T, DbErr> {
        if done.as_ref().is_err_and(spoils_connections) {
            self.renew();
        }
        done
    }

    /// Whether a connection of this age is to be replaced.
    fn concerns(&self, age: Duration) -> bool {
        let since = self.0.read().unwrap_or_else(PoisonError::into_inner);
        since.is_some_and(|since| since.elapsed() < age)
    }
}

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("database.url must begin with `sqlite:` or `postgres:`")]
    UnknownKind,
    #[error("cannot open the database{}", advised(.0))]
    Connect(#[source] DbErr),
    #[error("cannot bring the database's schema up to date{}", advised(.0))]
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
        let patience = Duration::from_millis(settings.acquire_timeout_ms);
        let mut options = ConnectOptions::new(url);
        options
            .max_connections(settings.max_connections)
            .acquire_timeout(patience)
            // sqlx would print statements; what is worth telling is logged where it is handled.
            .sqlx_logging(false)
            // A round trip before every checkout would cost a third of the throughput; a connection that died while
            // idle for longer is found out all the same.
            .test_before_acquire(false)
            .test_before_acquire_if_idle_for(Duration::from_secs(10));
        options.map_sqlx_sqlite_opts(move |sqlite| {
            use sqlite::{SqliteJournalMode, SqliteSynchronous};
            sqlite
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(patience)
        });
        let renewal = Renewal::default();
        let [of_sqlite, of_postgres] = [renewal.clone(), renewal.clone()];
        options.map_sqlx_sqlite_before_acquire(move |connection, known| {
            // On a full disk SQLite rolls a transaction back by itself. sqlx does not notice: it would take the next one
            // for a part of that, and what it then calls a COMMIT would be none.
            let usable = !connection.is_in_transaction() && !of_sqlite.concerns(known.age);
            Box::pin(future::ready(Ok(usable)))
        });
        options.map_sqlx_postgres_before_acquire(move |_, known| {
            Box::pin(future::ready(Ok(!of_postgres.concerns(known.age))))
        });
        // The first session is judged below, and in clearer words.
        let is_judged = Arc::new(AtomicBool::new(false));
        let refuses = Arc::clone(&is_judged);
        options.map_sqlx_postgres_pool_opts(move |pool| {
            let refuses = Arc::clone(&refuses);
            pool.after_connect(move |session, _| {
                let refuses = refuses.load(Ordering::SeqCst);
                Box::pin(async move {
                    if session::make_durable(session).await? || !refuses {
                        Ok(())
                    } else {
                        Err(sqlx::Error::Configuration(session::forgetful().into()))
                    }
                })
            })
        });
        let reach = match sqlite {
            true => None,
            false => {
                let unusable =
                    |error| OpenError::Connect(DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error))));
                let server: PgConnectOptions = url.parse().map_err(unusable)?;
                Some(Reach::watch(server, renewal.clone()))
            }
        };
        let connection = sea_orm::Database::connect(options)
            .await
            .map_err(OpenError::Connect)?;
        let database = Self {
            pool: Pool { connection, reach },
            renewal,
            writer: sqlite.then(|| Arc::new(Semaphore::new(1))),
            crash_points: None,
            patience,
        };
        database.check_durability().await?;
        is_judged.store(true, Ordering::SeqCst);
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
        let transaction = match self.renewal.after(self.begin().await) {
            // Nothing was begun, so it can be begun on a connection that is new.
            Err(error) if spoils_connections(&error) => self.begin().await?,
            begun => begun?,
        };
        Ok(WriteTransaction {
            statements: Statements {
                transaction,
                renewal: self.renewal.clone(),
            },
            crash_points: self.crash_points.clone(),
            _permit: permit,
        })
    }

    async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        let options = TransactionOptions {
            // A deferred transaction that reads and then writes fails at once when another one wrote in between.
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let begin = self.pool.connection.begin_with_options(options);
        self.pool.within_reach(begin).await
    }

    /// `SQLite` or `PostgreSQL`.
    pub fn kind(&self) -> &'static str {
        if self.writer.is_some() {
            "SQLite"
        } else {
            "PostgreSQL"
        }
    }

    /// The time of the server, UNIX milliseconds; `None` for SQLite, which has no other than ours.
    pub async fn clock(&self) -> Result<Option<i64>, DbErr> {
        if self.writer.is_some() {
            return Ok(None);
        }
        let now = "SELECT CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS bigint)";
        let now = Statement::from_string(self.pool.get_database_backend(), now);
        let row = self.pool.query_one_raw(now).await?;
        row.map(|row| row.try_get_by_index(0)).transpose()
    }

    /// Refuses a database that may forget a commit, so that a call could be made whose intent is lost, or that takes none.
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
            // A file that can only be read would let the gateway start, and fail every call. SQLite says so only when
            // something is written; it is not committed.
            let tx = self.write().await.map_err(OpenError::Connect)?;
            let written = tx.execute_unprepared("PRAGMA user_version = 1").await;
            written.map_err(OpenError::Connect)?;
            return Ok(());
        }
        if self.setting("SHOW fsync").await? == "off" {
            return Err(session::forgetful());
        }
        // As it was configured. Our sessions have been given what is right, but nobody else's are, such as those of an
        // operator; and a server that was configured so was hardly meant to keep payments.
        let configured = "SELECT reset_val FROM pg_settings WHERE name = 'synchronous_commit'";
        let configured = self.setting(configured).await?;
        let standbys = self.setting("SHOW synchronous_standby_names").await?;
        let forgets = match configured.as_str() {
            "off" => true,
            // A standby that takes over may not have such a commit.
            "local" | "remote_write" => !standbys.is_empty(),
            _ => false,
        };
        if forgets {
            return Err(not_durable("synchronous_commit", configured, "on"));
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

/// SQLite's own number of what went wrong, without the details in its upper bits.
fn sqlite_code(error: &DbErr) -> Option<u8> {
    let (DbErr::Conn(RuntimeErr::SqlxError(error))
    | DbErr::Exec(RuntimeErr::SqlxError(error))
    | DbErr::Query(RuntimeErr::SqlxError(error))) = error
    else {
        return None;
    };
    let error = error.as_database_error()?;
    error.try_downcast_ref::<sqlite::SqliteError>()?;
    let code: i32 = error.code()?.parse().ok()?;
    u8::try_from(code & 0xff).ok()
}

/// Whether an error is one of its connection, and so perhaps of others: the server has ended its session, or SQLite keeps
/// what it found when it opened the file, that it could not be written to, or was not there.
fn spoils_connections(error: &DbErr) -> bool {
    matches!(sqlite_code(error), Some(READONLY | IOERR | CANTOPEN))
        || reach::is_of_connection(error)
}

/// What an operator can do about an error of the database, for the log; `None` where the error says all there is.
pub fn advice(error: &DbErr) -> Option<&'static str> {
    Some(match sqlite_code(error)? {
        BUSY => {
            "another process holds the write lock of the SQLite file (database.url): end it (fuser FILE shows it); the \
             file is the gateway's alone"
        }
        READONLY => {
            "the SQLite file (database.url), its -wal and -shm, or their folder cannot be written to: give the gateway's \
             user the right to; it goes on by itself"
        }
        FULL => {
            "the disk of the SQLite file (database.url) is full: make room; the gateway goes on by itself"
        }
        IOERR => {
            "the disk of the SQLite file (database.url) fails or is full: see the system's log"
        }
        CANTOPEN => {
            "the SQLite file (database.url) cannot be opened or created: its folder must be there, and the gateway's user \
             have the right to write in it"
        }
        CORRUPT | NOTADB => {
            "the SQLite file (database.url) is damaged or none: stop the gateway, keep a copy, restore a backup"
        }
        _ => return None,
    })
}

/// The advice as the end of a message.
pub(crate) fn advised(error: &DbErr) -> String {
    advice(error)
        .map(|advice| format!(": {advice}"))
        .unwrap_or_default()
}

// SQLite's result codes.
const BUSY: u8 = 5;
const READONLY: u8 = 8;
const IOERR: u8 = 10;
const CORRUPT: u8 = 11;
const FULL: u8 = 13;
const CANTOPEN: u8 = 14;
const NOTADB: u8 = 26;

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
    statements: Statements,
    crash_points: Option<Arc<dyn CrashPoints>>,
    _permit: Option<OwnedSemaphorePermit>,
}

/// What is done in a [`WriteTransaction`].
#[derive(Debug)]
pub struct Statements {
    transaction: DatabaseTransaction,
    renewal: Renewal,
}

impl WriteTransaction {
    /// Makes what was written last.
    pub async fn commit(self) -> Result<(), DbErr> {
        let Statements {
            transaction,
            renewal,
        } = self.statements;
        let points = self.crash_points.as_ref();
        surroundings::reach(points, CrashPoint::BeforeCommit).await;
        renewal.after(transaction.commit().await)?;
        surroundings::reach(points, CrashPoint::AfterCommit).await;
        Ok(())
    }
}

impl Deref for WriteTransaction {
    type Target = Statements;

    fn deref(&self) -> &Statements {
        &self.statements
    }
}

#[async_trait]
impl ConnectionTrait for Statements {
    fn get_database_backend(&self) -> DbBackend {
        self.transaction.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.renewal
            .after(self.transaction.execute_raw(statement).await)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.renewal
            .after(self.transaction.execute_unprepared(sql).await)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.renewal
            .after(self.transaction.query_one_raw(statement).await)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.renewal
            .after(self.transaction.query_all_raw(statement).await)
    }
}
