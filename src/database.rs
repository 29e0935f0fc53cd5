//! The database: SQLite or PostgreSQL, as the URL says.

mod backup;
mod connection;
mod durability;
mod errors;
mod held;
mod hold;
mod lock;
mod migrate;
mod open;
mod pool;
mod postgres;
mod reachability;
mod row;
mod schema;
mod server;
mod session;
mod sqlite;
mod sqlite_failure;
mod stale;
mod statements;
mod turn;
mod waits;
mod write;

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use entity::time::UnixMillis;
use sea_orm::{DbErr, Statement};

pub use self::backup::{Backup, BackupError, Made};
pub use self::connection::Connection;
pub(crate) use self::errors::advised;
pub use self::errors::{OpenError, advice, is_unique_violation};
pub use self::hold::{Hold, was_refused};
pub use self::lock::{GatewayLock, LockError};
pub use self::open::sqlite_file;
pub use self::pool::Pool;
use self::pool::{Engine, StatementCount};
use self::postgres::Ids;
pub(crate) use self::row::from_row;
pub use self::row::{Cell, FromRow, Row};
pub use self::schema::Schema;
pub use self::server::is_unverified;
pub use self::statements::{Fetch, KeyOf, Run, RunReturning, fetch_models};
use self::turn::Queue;
pub use self::turn::{Turn, WriteError};
pub use self::waits::Waits;
pub use self::write::{Statements, WriteTransaction};
use crate::environment::CrashPoints;
use crate::notices::Notices;

/// The database that the settings name.
#[derive(Debug, Clone)]
pub struct Database {
    pool: Pool,
    /// What begins waits here in front of those who write.
    begins: Arc<Queue>,
    crash_points: Option<Arc<dyn CrashPoints>>,
    /// How long whoever begins something waits for its turn.
    acquire_timeout: Duration,
    /// Of what PostgreSQL is to store.
    ids: Arc<Ids>,
    notices: Notices,
    waits: Waits,
}

impl Database {
    /// The same database, which tells operators when it is crowded.
    #[must_use]
    pub fn telling(self, notices: Notices) -> Self {
        Self { notices, ..self }
    }

    /// How long callers wait for it.
    pub fn waits(&self) -> &Waits {
        &self.waits
    }

    /// Sets the figures of those who wait at this moment, and of the connections in use.
    pub fn show_level(&self) {
        self.waits.show(self.begins.level(), self.pool.level());
    }

    /// The same database, whose commits are crash points.
    #[must_use]
    pub fn with_crash_points(self, crash_points: Option<Arc<dyn CrashPoints>>) -> Self {
        Self {
            crash_points,
            ..self
        }
    }

    /// The same database, whose statements are counted apart.
    #[must_use]
    pub fn counted_apart(self) -> Self {
        let pool = Pool {
            made: StatementCount::default(),
            ..self.pool
        };
        Self { pool, ..self }
    }

    /// `SQLite` or `PostgreSQL`.
    pub fn kind(&self) -> &'static str {
        match &self.pool.engine {
            Engine::Sqlite(_) => "SQLite",
            Engine::Postgres(_) => "PostgreSQL",
        }
    }

    /// Whether other gateways may be on it.
    pub fn is_shared(&self) -> bool {
        match &self.pool.engine {
            Engine::Sqlite(_) => false,
            Engine::Postgres(_) => true,
        }
    }

    /// The server's time in UNIX milliseconds; `None` for SQLite, which has no clock but ours.
    ///
    /// # Errors
    /// The database failed.
    pub async fn clock(&self) -> Result<Option<UnixMillis>, DbErr> {
        if !self.is_shared() {
            return Ok(None);
        }
        let now = "SELECT CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS bigint)";
        let now = Statement::from_string(self.pool.backend(), now);
        let row = self.pool.fetch_rows(now).await?.pop();
        row.map(UnixMillis::from_row).transpose()
    }
}

impl Deref for Database {
    type Target = Pool;

    fn deref(&self) -> &Pool {
        &self.pool
    }
}
