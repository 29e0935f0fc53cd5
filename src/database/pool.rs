//! The pool of connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sea_orm::{DbBackend, DbErr, Statement};

use super::connection::Connection;
use super::postgres::Connections;
use super::row::Row;
use super::sqlite::Sqlite;
use super::waits::Level;

/// The connections to the database. While a server cannot be reached, callers are refused at once.
#[derive(Debug, Clone)]
pub struct Pool {
    pub(super) engine: Engine,
    pub(super) made: StatementCount,
}

/// Which database it is.
#[derive(Debug, Clone)]
pub(super) enum Engine {
    Sqlite(Sqlite),
    Postgres(Connections),
}

/// How many statements a gateway has made; clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct StatementCount(Arc<AtomicU64>);

impl StatementCount {
    pub(super) fn one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn so_far(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Pool {
    /// Asks the database for any reply.
    ///
    /// # Errors
    /// It does not reply.
    pub async fn ping(&self) -> Result<(), DbErr> {
        match &self.engine {
            Engine::Sqlite(sqlite) => {
                let any = Statement::from_string(DbBackend::Sqlite, "SELECT 1");
                sqlite.rows(any).await.map(drop)
            }
            Engine::Postgres(connections) => connections.ping().await,
        }
    }

    /// How many connections are in use, and how many there may be.
    pub(super) fn level(&self) -> Level {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.level(),
            Engine::Postgres(connections) => connections.level(),
        }
    }

    /// How many statements were made since the start, on the pool and in transactions.
    pub fn statements_made(&self) -> u64 {
        self.made.so_far()
    }

    /// Closes all connections.
    ///
    /// # Errors
    /// A connection could not be closed properly.
    pub async fn close(self) -> Result<(), DbErr> {
        match self.engine {
            Engine::Sqlite(sqlite) => {
                sqlite.close();
                Ok(())
            }
            Engine::Postgres(connections) => connections.close().await,
        }
    }
}

impl Connection for Pool {
    fn backend(&self) -> DbBackend {
        match &self.engine {
            Engine::Sqlite(_) => DbBackend::Sqlite,
            Engine::Postgres(_) => DbBackend::Postgres,
        }
    }

    async fn fetch_rows(&self, statement: Statement) -> Result<Vec<Row>, DbErr> {
        self.made.one();
        match &self.engine {
            Engine::Sqlite(sqlite) => {
                let rows = sqlite.rows(statement).await?;
                Ok(rows.into_iter().map(Row::from).collect())
            }
            Engine::Postgres(connections) => {
                let rows = Box::pin(connections.read(statement)).await?;
                Ok(rows.into_iter().map(Row::from).collect())
            }
        }
    }

    async fn run_statement(&self, statement: Statement) -> Result<u64, DbErr> {
        self.made.one();
        match &self.engine {
            Engine::Sqlite(sqlite) => {
                let session = sqlite.begin().await?;
                let changed = session.run(&statement)?;
                session.commit(None).await?;
                Ok(changed)
            }
            Engine::Postgres(connections) => Box::pin(connections.run(statement)).await,
        }
    }

    async fn run_for_rows(&self, statement: Statement) -> Result<Vec<Row>, DbErr> {
        self.made.one();
        match &self.engine {
            Engine::Sqlite(sqlite) => {
                let session = sqlite.begin().await?;
                let rows = session.rows(&statement)?;
                session.commit(None).await?;
                Ok(rows.into_iter().map(Row::from).collect())
            }
            Engine::Postgres(connections) => {
                let rows = Box::pin(connections.run_for_rows(statement)).await?;
                Ok(rows.into_iter().map(Row::from).collect())
            }
        }
    }

    async fn run_sql(&self, sql: &str) -> Result<(), DbErr> {
        self.made.one();
        match &self.engine {
            Engine::Sqlite(sqlite) => {
                let session = sqlite.begin().await?;
                session.run_sql(sql)?;
                session.commit(None).await
            }
            Engine::Postgres(connections) => connections.run_sql(sql).await.map(drop),
        }
    }
}
