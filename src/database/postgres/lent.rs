//! A connection while one caller has it.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use sea_orm::sqlx::postgres::{PgConnection, PgRow};
use sea_orm::sqlx::{self, AssertSqlSafe, Connection as _, Executor as _};
use sea_orm::{DbErr, RuntimeErr, Statement};
use sea_query_sqlx::SqlxValues;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::unconstrained;

use super::super::errors::ends_connection;
use super::super::session;
use super::super::stale::StaleConnections;
use super::idle::Idle;

/// A connection that is lent. Dropped, it is idle again, if it is of use: a transaction that is still open is rolled back.
#[derive(Debug)]
pub(in crate::database) struct Lent {
    /// `None` only while it is given back.
    session: Option<PgConnection>,
    opened: Instant,
    /// Whether an answer is outstanding, or the connection has failed.
    is_spoilt: bool,
    transaction: Open,
    idle: Arc<Idle>,
    stale: StaleConnections,
    _place: OwnedSemaphorePermit,
}

/// Whether a transaction is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    No,
    Yes,
    /// A statement has failed. The server would answer a COMMIT with a ROLLBACK.
    Failed,
}

impl Lent {
    pub(super) fn new(
        session: PgConnection,
        opened: Instant,
        idle: Arc<Idle>,
        stale: StaleConnections,
        place: OwnedSemaphorePermit,
    ) -> Self {
        Self {
            session: Some(session),
            opened,
            is_spoilt: false,
            transaction: Open::No,
            idle,
            stale,
            _place: place,
        }
    }

    /// Runs a statement; its rows. Every answer is read to its end: one that commits by itself may fail after its rows.
    pub(in crate::database) async fn rows(
        &mut self,
        statement: Statement,
    ) -> Result<Vec<PgRow>, DbErr> {
        let (sql, values) = parts(statement);
        let query = async |session: &mut PgConnection| {
            let query = sqlx::query_with(AssertSqlSafe(sql), values);
            session.fetch_all(query).await
        };
        self.ask(query).await.map_err(of_query)
    }

    /// Runs a statement; how many rows it has changed.
    pub(in crate::database) async fn run(&mut self, statement: Statement) -> Result<u64, DbErr> {
        let (sql, values) = parts(statement);
        let query = async |session: &mut PgConnection| {
            let query = sqlx::query_with(AssertSqlSafe(sql), values);
            session.execute(query).await
        };
        let done = self.ask(query).await.map_err(of_exec)?;
        Ok(done.rows_affected())
    }

    /// Runs written statements without values.
    pub(in crate::database) async fn run_sql(
        &mut self,
        sql: impl sqlx::SqlSafeStr,
    ) -> Result<u64, DbErr> {
        let sql = sql.into_sql_str();
        let query = async |session: &mut PgConnection| session.execute(sql).await;
        let done = self.ask(query).await.map_err(of_exec)?;
        Ok(done.rows_affected())
    }

    /// Begins a transaction whose commit is durable.
    pub(in crate::database) async fn begin(&mut self) -> Result<(), DbErr> {
        self.run_sql(session::BEGIN_DURABLE).await?;
        self.transaction = Open::Yes;
        Ok(())
    }

    /// Commits the transaction.
    pub(in crate::database) async fn commit(mut self) -> Result<(), DbErr> {
        if self.transaction == Open::Failed {
            let failed = "a statement of the transaction has failed";
            return Err(DbErr::Custom(failed.to_owned()));
        }
        self.run_sql("COMMIT").await?;
        self.transaction = Open::No;
        Ok(())
    }

    /// Asks for a sign of life.
    pub(in crate::database) async fn ping(&mut self) -> Result<(), DbErr> {
        let ping = async |session: &mut PgConnection| session.ping().await;
        self.ask(ping).await.map_err(of_exec)
    }

    /// Asks something. Until its answer is read, the connection counts as spoilt, so that it is closed if the caller gives up.
    async fn ask<T>(
        &mut self,
        question: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, sqlx::Error> {
        let Some(session) = self.session.as_mut().filter(|_| !self.is_spoilt) else {
            return Err(sqlx::Error::WorkerCrashed);
        };
        self.is_spoilt = true;
        let mut answer = question(session).await;
        if answer.is_err() {
            self.transaction = match self.transaction {
                Open::No => Open::No,
                Open::Yes | Open::Failed => Open::Failed,
            };
        }
        if let Err(error) = &answer
            && !ends_connection(error)
            && let Err(lost) = session.flush().await
        {
            // What follows the server's error is part of its answer.
            answer = Err(lost);
        }
        self.is_spoilt = answer.as_ref().is_err_and(ends_connection);
        if self.is_spoilt {
            // Others of the same server are likely to be dead, too.
            self.stale.mark();
        }
        answer
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let Some(mut session) = self.session.take().filter(|_| !self.is_spoilt) else {
            return;
        };
        let is_over = match self.transaction {
            Open::No => true,
            Open::Yes | Open::Failed => roll_back(&mut session),
        };
        if is_over {
            self.idle.put(session, self.opened);
        }
    }
}

/// Sends a ROLLBACK at once, so that nothing stays locked; whoever uses the connection next reads its answer. False: it cannot
/// be sent at once, and the end of the connection does the same.
fn roll_back(session: &mut PgConnection) -> bool {
    let sent = {
        // However much the task has done before: what it may do at a time is no reason to wait here.
        let sending = pin!(unconstrained(session.execute("ROLLBACK")));
        sending.poll(&mut Context::from_waker(Waker::noop()))
    };
    match sent {
        Poll::Ready(answer) => answer.is_ok(),
        Poll::Pending => !session.should_flush(),
    }
}

fn parts(statement: Statement) -> (String, SqlxValues) {
    let values = statement.values.unwrap_or(sea_orm::Values(Vec::new()));
    (statement.sql, SqlxValues(values))
}

pub(super) fn of_connection(error: sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(error.into()))
}

pub(super) fn of_query(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}

fn of_exec(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(error.into()))
}
