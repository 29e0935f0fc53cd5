//! The pool of connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, Statement,
};

use super::reachability::Reachability;

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

#[async_trait]
impl ConnectionTrait for Pool {
    fn get_database_backend(&self) -> DbBackend {
        self.connection.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.made.one();
        self.if_reachable(self.connection.execute_raw(statement))
            .await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.made.one();
        self.if_reachable(self.connection.execute_unprepared(sql))
            .await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.made.one();
        self.if_reachable(self.connection.query_one_raw(statement))
            .await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.made.one();
        self.if_reachable(self.connection.query_all_raw(statement))
            .await
    }
}
