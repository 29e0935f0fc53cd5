//! Transactions that write: they wait for their turn, and their commits are crash points.

use std::ops::Deref;
use std::sync::Arc;

use sea_orm::{
    ConnectionTrait as _, DatabaseTransaction, DbBackend, DbErr, Statement, TransactionTrait as _,
};

use super::Database;
use super::connection::Connection;
use super::errors::spoils_connections;
use super::pool::{Engine, Postgres, StatementCount};
use super::row::Row;
use super::sqlite::Session;
use super::stale::StaleConnections;
use super::turn::{BeginsNow, Turn, WriteError};
use crate::environment::{self, CrashPoint, CrashPoints};
use crate::notices::{Full, Notice};

/// A transaction that writes; dropped without [`WriteTransaction::commit`], it is rolled back.
#[derive(Debug)]
pub struct WriteTransaction {
    statements: Statements,
    crash_points: Option<Arc<dyn CrashPoints>>,
    _begins: Option<BeginsNow>,
}

/// The statements of a [`WriteTransaction`].
#[derive(Debug)]
pub struct Statements {
    transaction: Transaction,
    made: StatementCount,
}

#[derive(Debug)]
enum Transaction {
    Sqlite(Session),
    Postgres(DatabaseTransaction, StaleConnections),
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
        let transaction = match &self.pool.engine {
            Engine::Sqlite(sqlite) => Transaction::Sqlite(sqlite.begin().await?),
            Engine::Postgres(server) => {
                let transaction = match self.stale.observe(server.begin().await) {
                    // Nothing was begun, so try again on a new connection.
                    Err(error) if spoils_connections(&error) => server.begin().await?,
                    begun => begun?,
                };
                Transaction::Postgres(transaction, self.stale.clone())
            }
        };
        Ok(WriteTransaction {
            statements: Statements {
                transaction,
                made: self.pool.made.clone(),
            },
            crash_points: self.crash_points.clone(),
            _begins: None,
        })
    }
}

impl Postgres {
    async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        self.reachability.guard(self.connection.begin()).await
    }
}

impl WriteTransaction {
    /// Commits; what was written then survives a crash.
    ///
    /// # Errors
    /// The commit failed, or its reply was lost: it may still have happened.
    pub async fn commit(self) -> Result<(), DbErr> {
        let points = self.crash_points.as_ref();
        environment::reach(points, CrashPoint::BeforeCommit).await;
        match self.statements.transaction {
            Transaction::Sqlite(session) => session.commit(points).await?,
            Transaction::Postgres(transaction, stale) => {
                stale.observe(transaction.commit().await)?;
            }
        }
        environment::reach(points, CrashPoint::AfterCommit).await;
        Ok(())
    }

    /// Gives up what was written. What was read may have been written by somebody whose COMMIT is still to come (on SQLite
    /// they share it), so this waits for that, and whoever is told what follows from it is told what lasts.
    ///
    /// # Errors
    /// That COMMIT failed: what was read is not to be relied upon.
    pub async fn roll_back(self) -> Result<(), DbErr> {
        match self.statements.transaction {
            Transaction::Sqlite(session) => session.roll_back(self.crash_points.as_ref()).await,
            // Its transactions read only what is committed. It is rolled back as it is dropped.
            Transaction::Postgres(..) => Ok(()),
        }
    }

    /// The transaction and what `done` says, unless that is an error: then what was written is given up, as by
    /// [`WriteTransaction::roll_back`].
    ///
    /// # Errors
    /// That of `done`, or of the COMMIT of what it is founded on.
    pub async fn unless_refused<T, E: From<DbErr>>(
        self,
        done: Result<T, E>,
    ) -> Result<(Self, T), E> {
        match done {
            Ok(done) => Ok((self, done)),
            Err(refused) => {
                self.roll_back().await?;
                Err(refused)
            }
        }
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
        match &self.transaction {
            Transaction::Sqlite(_) => DbBackend::Sqlite,
            Transaction::Postgres(..) => DbBackend::Postgres,
        }
    }

    async fn fetch_rows(&self, statement: Statement) -> Result<Vec<Row>, DbErr> {
        self.made.one();
        match &self.transaction {
            Transaction::Sqlite(session) => {
                let rows = session.rows(&statement)?;
                Ok(rows.into_iter().map(Row::from).collect())
            }
            Transaction::Postgres(transaction, stale) => {
                let rows = stale.observe(transaction.query_all_raw(statement).await)?;
                Ok(rows.into_iter().map(Row::from).collect())
            }
        }
    }

    async fn run_statement(&self, statement: Statement) -> Result<u64, DbErr> {
        self.made.one();
        match &self.transaction {
            Transaction::Sqlite(session) => session.run(&statement),
            Transaction::Postgres(transaction, stale) => {
                let done = stale.observe(transaction.execute_raw(statement).await)?;
                Ok(done.rows_affected())
            }
        }
    }

    async fn run_for_rows(&self, statement: Statement) -> Result<Vec<Row>, DbErr> {
        self.fetch_rows(statement).await
    }

    async fn run_sql(&self, sql: &str) -> Result<(), DbErr> {
        self.made.one();
        match &self.transaction {
            Transaction::Sqlite(session) => session.run_sql(sql),
            Transaction::Postgres(transaction, stale) => {
                let done = transaction.execute_unprepared(sql).await;
                stale.observe(done).map(drop)
            }
        }
    }
}
