//! The pool of connections.

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
}

impl Pool {
    /// Asks the database for any reply.
    ///
    /// # Errors
    /// It does not reply.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.if_reachable(self.connection.ping()).await
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
        self.if_reachable(self.connection.execute_raw(statement))
            .await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.if_reachable(self.connection.execute_unprepared(sql))
            .await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.if_reachable(self.connection.query_one_raw(statement))
            .await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.if_reachable(self.connection.query_all_raw(statement))
            .await
    }
}
