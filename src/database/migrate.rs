//! The schema, brought up to date.

use std::time::Duration;

use migration::{Migrator, MigratorTrait as _};
use sea_orm::sqlx::postgres::PgRow;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, DbBackend, DbErr, QueryResult, Statement};

use super::errors::OpenError;
use super::pool::Engine;
use super::sqlite::Sqlite;
use super::{Database, Schema};

/// How long to wait before the lock is asked for again.
const LOCK_PAUSE: Duration = Duration::from_millis(100);

/// Any number that nothing else in the database locks.
const MIGRATION_LOCK: i64 = 112_108_080;

impl Database {
    /// Brings the schema up to date. Several gateways may start at once: on PostgreSQL one migrates while the others
    /// wait.
    ///
    /// # Errors
    /// [`OpenError::Migrate`].
    pub async fn migrate(&self) -> Result<(), OpenError> {
        // A role that only serves may neither make tables nor change them.
        if self.schema().await.map_err(OpenError::Migrate)? == Schema::Current {
            return Ok(());
        }
        let connections = match &self.pool.engine {
            Engine::Sqlite(sqlite) => {
                return migrate_file(sqlite).await.map_err(OpenError::Migrate);
            }
            Engine::Postgres(connections) => connections,
        };
        // The lock ends with its transaction, also when the process dies. The migrations run on another connection.
        let mut session = connections.lend().await.map_err(OpenError::Migrate)?;
        session.begin().await.map_err(OpenError::Migrate)?;
        let lock = format!("SELECT pg_try_advisory_xact_lock({MIGRATION_LOCK})");
        let lock = Statement::from_string(DbBackend::Postgres, lock);
        // Asked again and again: a statement that waits would keep an index from being built beside it, which waits for
        // every statement that began before.
        while !taken(session.rows(lock.clone()).await)? {
            tokio::time::sleep(LOCK_PAUSE).await;
        }
        let migrations = connections.of_sea_orm().await.map_err(OpenError::Migrate)?;
        let migrated = Migrator::up(&migrations, None).await;
        let closed = migrations.close().await;
        migrated.and(closed).map_err(OpenError::Migrate)?;
        session.commit().await.map_err(OpenError::Migrate)
    }
}

/// Brings the schema of a file up to date, on a connection of its own: migrations are sea-orm's, which knows only sqlx's.
async fn migrate_file(sqlite: &Sqlite) -> Result<(), DbErr> {
    let mut options = ConnectOptions::new(sqlite.url());
    options.max_connections(1).sqlx_logging(false);
    let patience = sqlite.patience();
    options.map_sqlx_sqlite_opts(move |file| {
        file.create_if_missing(false)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(patience)
    });
    let connection = sea_orm::Database::connect(options).await?;
    let migrated = Migrator::up(&connection, None).await;
    let closed = connection.close().await;
    migrated.and(closed)
}

fn taken(rows: Result<Vec<PgRow>, DbErr>) -> Result<bool, OpenError> {
    let row = rows
        .map_err(OpenError::Migrate)?
        .pop()
        .map(QueryResult::from);
    row.map_or(Ok(false), |row| row.try_get_by_index(0))
        .map_err(OpenError::Migrate)
}
