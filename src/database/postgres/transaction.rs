//! A transaction that begins when it must: with the first statement whose result is needed, or never.

use entity::ids::ProcessingRequestId;
use sea_orm::sqlx::AssertSqlSafe;
use sea_orm::sqlx::postgres::PgRow;
use sea_orm::{DbErr, Statement};
use tokio::sync::{Mutex, MutexGuard};

use super::super::errors::is_of_connection;
use super::super::held::Held;
use super::connections::Connections;
use super::lent::Lent;
use super::together::{refused, together};

/// A transaction. Dropped without [`Transaction::commit`], it is rolled back.
#[derive(Debug)]
pub(in crate::database) struct Transaction {
    connections: Connections,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// What is to be sent with the next statement or the commit.
    held: Vec<Held>,
    /// The connection, once the transaction has begun.
    begun: Option<Lent>,
    /// The id of the first request of a transaction of money that is stored by it.
    first_request: Option<ProcessingRequestId>,
}

impl Transaction {
    pub(in crate::database) fn on(connections: Connections) -> Self {
        Self {
            connections,
            state: Mutex::default(),
        }
    }

    /// Holds a statement until the next one whose result is needed, or the commit. What cannot be sent with it is sent before.
    pub(in crate::database) async fn hold(&self, held: Held) -> Result<(), DbErr> {
        let mut state = self.state.lock().await;
        if state.held.iter().any(|before| !held.fits_with(before)) {
            drop(state);
            state = self.now().await?.0;
        }
        state.held.push(held);
        Ok(())
    }

    /// Runs a statement now; its rows.
    pub(in crate::database) async fn rows(
        &self,
        statement: Statement,
    ) -> Result<Vec<PgRow>, DbErr> {
        self.now().await?.lent()?.rows(statement).await
    }

    /// Runs a statement now; how many rows it has changed.
    pub(in crate::database) async fn run(&self, statement: Statement) -> Result<u64, DbErr> {
        self.now().await?.lent()?.run(statement).await
    }

    /// Runs statements without values.
    pub(in crate::database) async fn run_sql(&self, sql: &str) -> Result<u64, DbErr> {
        let sql = AssertSqlSafe(sql.to_owned());
        self.now().await?.lent()?.run_sql(sql).await
    }

    /// The connection, after the transaction was begun and what is held was sent.
    async fn now(&self) -> Result<Now<'_>, DbErr> {
        let mut state = self.state.lock().await;
        if state.begun.is_none() {
            state.begun = Some(self.begin().await?);
        }
        let held = std::mem::take(&mut state.held);
        let mut now = Now(state);
        if !held.is_empty() {
            let sent = now.lent()?.rows(together(held)).await;
            sent.map_err(refused)?;
        }
        Ok(now)
    }

    /// Keeps an id until [`Transaction::first_request`].
    pub(super) async fn keep_first_request(&self, id: ProcessingRequestId) {
        self.state.lock().await.first_request = Some(id);
    }

    /// The id that was kept; once.
    pub(super) async fn first_request(&self) -> Option<ProcessingRequestId> {
        self.state.lock().await.first_request.take()
    }

    /// Runs a statement that has nothing to do with the transaction, on its connection if it has one: another one might never
    /// come free.
    pub(super) async fn aside(&self, statement: Statement) -> Result<Vec<PgRow>, DbErr> {
        if let Some(lent) = self.state.lock().await.begun.as_mut() {
            return lent.rows(statement).await;
        }
        let run = async { self.connections.lend().await?.rows(statement).await };
        self.connections.if_reachable(run).await
    }

    /// Commits.
    ///
    /// # Errors
    /// [`DbErr::RecordNotUpdated`]: a guard has found no row, and nothing was written. Else it failed, or its answer was lost:
    /// it may still have happened.
    pub(in crate::database) async fn commit(self) -> Result<(), DbErr> {
        let State { held, begun, .. } = self.state.into_inner();
        let Some(mut lent) = begun else {
            if held.is_empty() {
                return Ok(());
            }
            // All of it is one statement, which commits by itself.
            let all = async { self.connections.lend().await?.rows(together(held)).await };
            let written = self.connections.if_reachable(all).await;
            return written.map(drop).map_err(refused);
        };
        if !held.is_empty() {
            lent.rows(together(held)).await.map_err(refused)?;
        }
        lent.commit().await
    }

    async fn begin(&self) -> Result<Lent, DbErr> {
        match self.connections.if_reachable(self.try_to_begin()).await {
            // Nothing was begun, so try again on a new connection.
            Err(error) if is_of_connection(&error) => {
                self.connections.if_reachable(self.try_to_begin()).await
            }
            begun => begun,
        }
    }

    async fn try_to_begin(&self) -> Result<Lent, DbErr> {
        let mut lent = self.connections.lend().await?;
        lent.begin().await?;
        Ok(lent)
    }
}

/// The connection of a transaction that has begun, for one statement.
struct Now<'a>(MutexGuard<'a, State>);

impl Now<'_> {
    fn lent(&mut self) -> Result<&mut Lent, DbErr> {
        let not_begun = || DbErr::Custom("the transaction has not begun".to_owned());
        self.0.begun.as_mut().ok_or_else(not_begun)
    }
}
