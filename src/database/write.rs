//! Transactions that write: they wait for their turn, and their commits are crash points.

use std::ops::Deref;
use std::sync::Arc;

use sea_orm::{
    ConnAcquireErr, ConnectionTrait as _, DatabaseTransaction, DbBackend, DbErr,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait as _,
};
use tokio::sync::OwnedSemaphorePermit;

use super::Database;
use super::connection::Connection;
use super::errors::spoils_connections;
use super::pool::StatementCount;
use super::row::Row;
use super::stale::StaleConnections;
use super::turn::{BeginsNow, Turn, WriteError};
use crate::environment::{self, CrashPoint, CrashPoints};
use crate::notices::{Full, Notice};

/// A transaction that writes; dropped without [`WriteTransaction::commit`], it is rolled back.
#[derive(Debug)]
pub struct WriteTransaction {
    statements: Statements,
    crash_points: Option<Arc<dyn CrashPoints>>,
    _permit: Option<OwnedSemaphorePermit>,
    _begins: Option<BeginsNow>,
}

/// The statements of a [`WriteTransaction`].
#[derive(Debug)]
pub struct Statements {
    transaction: DatabaseTransaction,
    stale: StaleConnections,
    made: StatementCount,
}

impl Database {
    /// Begins a transaction that writes, of something new or of what has begun.
    ///
    /// # Errors
    /// Too many wait with something new; its turn did not come in time, or the database failed.
    pub async fn write_as(&self, turn: Turn) -> Result<WriteTransaction, WriteError> {
        let begins = match turn {
            Turn::Begins => {
                let turn = self.begins.turn(self.acquire_timeout).await;
                if matches!(turn, Err(WriteError::Crowded)) {
                    self.notices.tell(Notice::ShedCall(Full::Database));
                }
                Some(turn?)
            }
            Turn::GoesOn => None,
        };
        let transaction = self.write().await?;
        Ok(WriteTransaction {
            _begins: begins,
            ..transaction
        })
    }

    /// Whether something new would be refused now.
    pub fn is_crowded(&self) -> bool {
        self.begins.is_crowded()
    }

    /// Begins a transaction that writes of what has begun.
    ///
    /// # Errors
    /// Its turn did not come in time, or the database failed.
    pub async fn write(&self) -> Result<WriteTransaction, DbErr> {
        let permit = match &self.writer {
            Some(writer) => {
                // SQLite makes each writer wait for another process's lock; those behind it must not add up these
                // waits.
                let turn = Arc::clone(writer).acquire_owned();
                let permit = tokio::time::timeout(self.acquire_timeout, turn).await;
                let permit =
                    permit.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?;
                Some(permit.map_err(|_| DbErr::Custom("the database was closed".to_owned()))?)
            }
            None => None,
        };
        let transaction = match self.stale.observe(self.begin().await) {
            // Nothing was begun, so try again on a new connection.
            Err(error) if spoils_connections(&error) => {
                self.close_idle().await;
                self.begin().await?
            }
            begun => begun?,
        };
        Ok(WriteTransaction {
            statements: Statements {
                transaction,
                stale: self.stale.clone(),
                made: self.pool.made.clone(),
            },
            crash_points: self.crash_points.clone(),
            _permit: permit,
            _begins: None,
        })
    }

    /// Closes SQLite's idle connections. What one connection found out about the file, such as that it is read-only, holds
    /// for all connections of the process until the last one of them is closed.
    async fn close_idle(&self) {
        if self.writer.is_none() {
            return;
        }
        let pool = self.pool.connection.get_sqlite_connection_pool();
        while let Some(idle) = pool.try_acquire() {
            // One that cannot be closed in good order is gone all the same.
            let _ = idle.close().await;
        }
    }

    async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        let options = TransactionOptions {
            // A deferred transaction that reads first and then writes fails when another one wrote in between.
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let begin = self.pool.connection.begin_with_options(options);
        self.pool.if_reachable(begin).await
    }
}

impl WriteTransaction {
    /// Commits; what was written then survives a crash.
    ///
    /// # Errors
    /// The commit failed, or its reply was lost: it may still have happened.
    pub async fn commit(self) -> Result<(), DbErr> {
        let Statements {
            transaction, stale, ..
        } = self.statements;
        let points = self.crash_points.as_ref();
        environment::reach(points, CrashPoint::BeforeCommit).await;
        stale.observe(transaction.commit().await)?;
        environment::reach(points, CrashPoint::AfterCommit).await;
        Ok(())
    }
}

impl Deref for WriteTransaction {
    type Target = Statements;

    fn deref(&self) -> &Statements {
        &self.statements
    }
}

impl Connection for Statements {
    fn backend(&self) -> DbBackend {
        self.transaction.get_database_backend()
    }

    async fn fetch_rows(&self, statement: Statement) -> Result<Vec<Row>, DbErr> {
        self.made.one();
        let rows = self.transaction.query_all_raw(statement).await;
        Ok(self.stale.observe(rows)?.into_iter().map(Row).collect())
    }

    async fn run_statement(&self, statement: Statement) -> Result<u64, DbErr> {
        self.made.one();
        let done = self.transaction.execute_raw(statement).await;
        Ok(self.stale.observe(done)?.rows_affected())
    }

    async fn run_for_rows(&self, statement: Statement) -> Result<Vec<Row>, DbErr> {
        self.fetch_rows(statement).await
    }

    async fn run_sql(&self, sql: &str) -> Result<(), DbErr> {
        self.made.one();
        let done = self.transaction.execute_unprepared(sql).await;
        self.stale.observe(done).map(drop)
    }
}
