//! The pool of connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, Statement};

use super::connection::Connection;
use super::reachability::Reachability;
use super::row::Row;

/// A pool of connections. While the server cannot be reached, callers are refused at once.
#[derive(Debug, Clone)]
pub struct Pool {
    pub(super) connection: DatabaseConnection,
    /// `None` with SQLite, which needs no server.
    pub(super) reachability: Option<Reachability>,
    pub(super) made: StatementCount,
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
        self.if_reachable(self.connection.ping()).await
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
        self.connection.close().await
    }

    /// Does what needs a connection, unless the server cannot be reached.
    pub(super) async fn if_reachable<T>(
        &self,
        work: impl Future<Output = Result<T, DbErr>>,
    ) -> Result<T, DbErr> {
        match &self.reachability {
            Some(reachability) => reachability.guard(work).await,
            None => work.await,
        }
    }
}

impl Connection for Pool {
    fn backend(&self) -> DbBackend {
        self.connection.get_database_backend()
    }

    async fn fetch_rows(&self, statement: Statement) -> Result<Vec<Row>, DbErr> {
        self.made.one();
        let rows = self.connection.query_all_raw(statement);
        let rows = self.if_reachable(rows).await?;
        Ok(rows.into_iter().map(Row).collect())
    }

    async fn run_statement(&self, statement: Statement) -> Result<u64, DbErr> {
        self.made.one();
        let done = self.connection.execute_raw(statement);
        Ok(self.if_reachable(done).await?.rows_affected())
    }

    async fn run_for_rows(&self, statement: Statement) -> Result<Vec<Row>, DbErr> {
        self.fetch_rows(statement).await
    }

    async fn run_sql(&self, sql: &str) -> Result<(), DbErr> {
        self.made.one();
        self.if_reachable(self.connection.execute_unprepared(sql))
            .await
            .map(drop)
    }
}
