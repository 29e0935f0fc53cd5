//! Transactions that write: they wait for their turn, and their commits are crash points.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Instant;

use entity::ids::{ProcessingRequestId, TransactionId};
use sea_orm::{DbBackend, DbErr, Statement};
use tracing::Instrument as _;

use super::Database;
use super::connection::Connection;
use super::held::Held;
use super::pool::{Engine, StatementCount};
use super::postgres::{Ids, Transaction};
use super::row::Row;
use super::sqlite::Session;
use super::turn::{BeginsNow, Turn, WriteError};
use super::waits::Waits;
use crate::environment::{self, CrashPoint, CrashPoints};
use crate::notices::{Full, Notice};
use crate::spans;

/// A transaction that writes; dropped without [`WriteTransaction::commit`], it is rolled back.
#[derive(Debug)]
pub struct WriteTransaction {
    statements: Statements,
    crash_points: Option<Arc<dyn CrashPoints>>,
    waits: Waits,
    _begins: Option<BeginsNow>,
}

/// The statements of a [`WriteTransaction`].
#[derive(Debug)]
pub struct Statements {
    on: On,
    made: StatementCount,
}

/// Where they are run.
#[derive(Debug)]
enum On {
    Sqlite(Session),
    /// With the ids of rows that are to be stored.
    Postgres(Transaction, Arc<Ids>),
}

impl Database {
    /// Begins a transaction that writes, of something new or of what has begun.
    ///
    /// # Errors
    /// Too many wait with something new; its turn did not come in time, or the database failed.
    pub async fn write_as(&self, turn: Turn) -> Result<WriteTransaction, WriteError> {
        let begins = match turn {
            Turn::Begins => {
                let since = Instant::now();
                let turn = self.begins.turn(self.acquire_timeout);
                let turn = turn.instrument(spans::turn()).await;
                self.waits.turned(since.elapsed());
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
        let on = match &self.pool.engine {
            Engine::Sqlite(sqlite) => On::Sqlite(sqlite.begin().await?),
            Engine::Postgres(connections) => {
                let transaction = Transaction::on(connections.clone());
                On::Postgres(transaction, Arc::clone(&self.ids))
            }
        };
        Ok(WriteTransaction {
            statements: Statements {
                on,
                made: self.pool.made.clone(),
            },
            crash_points: self.crash_points.clone(),
            waits: self.waits.clone(),
            _begins: None,
        })
    }
}

impl WriteTransaction {
    /// Commits; what was written then survives a crash.
    ///
    /// # Errors
    /// A guard has found no row, see [`Hold`](super::Hold): then nothing was written. Else the commit failed, or its reply was
    /// lost: it may still have happened.
    pub async fn commit(self) -> Result<(), DbErr> {
        let points = self.crash_points.as_ref();
        environment::reach(points, CrashPoint::BeforeCommit).await;
        let since = Instant::now();
        let committing = async {
            match self.statements.on {
                On::Sqlite(session) => session.commit(points).await,
                On::Postgres(transaction, _) => Box::pin(transaction.commit()).await,
            }
        };
        committing.instrument(spans::committing()).await?;
        self.waits.committed(since.elapsed());
        environment::reach(points, CrashPoint::AfterCommit).await;
        Ok(())
    }

    /// Gives up what was written. What was read may have been written by somebody whose COMMIT is still to come (on SQLite
    /// they share it), so this waits for that, and whoever is told what follows from it is told what lasts.
    ///
    /// # Errors
    /// That COMMIT failed: what was read is not to be relied upon.
    pub async fn roll_back(self) -> Result<(), DbErr> {
        match self.statements.on {
            On::Sqlite(session) => session.roll_back(self.crash_points.as_ref()).await,
            // Its transactions read only what is committed. It is rolled back as it is dropped.
            On::Postgres(..) => Ok(()),
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

impl Statements {
    /// See [`Hold`](super::Hold).
    pub(super) async fn hold(&self, held: Held) -> Result<(), DbErr> {
        match &self.on {
            On::Sqlite(..) => {
                let rows = self
                    .run_statement(held.write.build(DbBackend::Sqlite))
                    .await?;
                if held.is_guard && rows != 1 {
                    return Err(DbErr::RecordNotUpdated);
                }
            }
            On::Postgres(transaction, _) => {
                self.made.one();
                Box::pin(transaction.hold(held)).await?;
            }
        }
        Ok(())
    }

    /// Ids begin elsewhere from now on: none that was taken before is given.
    pub fn forget_ids(&self) {
        match &self.on {
            On::Sqlite(..) => {}
            On::Postgres(_, ids) => ids.forget(),
        }
    }

    /// The id of a transaction that is to be stored; `None` where the database gives it with the row.
    ///
    /// # Errors
    /// The database failed.
    pub async fn transaction_id(&self) -> Result<Option<TransactionId>, DbErr> {
        match &self.on {
            On::Sqlite(..) => Ok(None),
            On::Postgres(transaction, ids) => {
                Box::pin(ids.transaction(transaction)).await.map(Some)
            }
        }
    }

    /// The same of a request.
    ///
    /// # Errors
    /// The database failed.
    pub async fn request_id(&self) -> Result<Option<ProcessingRequestId>, DbErr> {
        match &self.on {
            On::Sqlite(..) => Ok(None),
            On::Postgres(transaction, ids) => Box::pin(ids.request(transaction)).await.map(Some),
        }
    }
}

impl Connection for Statements {
    fn backend(&self) -> DbBackend {
        match &self.on {
            On::Sqlite(..) => DbBackend::Sqlite,
            On::Postgres(..) => DbBackend::Postgres,
        }
    }

    async fn fetch_rows(&self, statement: Statement) -> Result<Vec<Row>, DbErr> {
        self.made.one();
        match &self.on {
            On::Sqlite(session) => {
                let rows = session.rows(&statement)?;
                Ok(rows.into_iter().map(Row::from).collect())
            }
            On::Postgres(transaction, _) => {
                let rows = Box::pin(transaction.rows(statement)).await?;
                Ok(rows.into_iter().map(Row::from).collect())
            }
        }
    }

    async fn run_statement(&self, statement: Statement) -> Result<u64, DbErr> {
        self.made.one();
        match &self.on {
            On::Sqlite(session) => session.run(&statement),
            On::Postgres(transaction, _) => Box::pin(transaction.run(statement)).await,
        }
    }

    async fn run_for_rows(&self, statement: Statement) -> Result<Vec<Row>, DbErr> {
        self.fetch_rows(statement).await
    }

    async fn run_sql(&self, sql: &str) -> Result<(), DbErr> {
        self.made.one();
        match &self.on {
            On::Sqlite(session) => session.run_sql(sql),
            On::Postgres(transaction, _) => Box::pin(transaction.run_sql(sql)).await.map(drop),
        }
    }
}
