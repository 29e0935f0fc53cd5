//! What one caller writes: a savepoint on the connection that all share.

use std::sync::{Arc, Mutex};

use sea_orm::{DbErr, Statement};

use super::reader::locked;
use super::statement::Handle;
use super::value::SqliteRow;
use super::writer::{Turn, Within};
use crate::database::sqlite_failure::closed;
use crate::environment::CrashPoints;

/// See the module. Its statements run in the caller's own task. Dropped, it is rolled back before anybody else's turn.
#[derive(Debug)]
pub(in crate::database) struct Session(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    /// `None`: it has come to its end.
    turn: Option<Turn>,
    /// Why the transaction is over.
    lost: Option<DbErr>,
}

impl Session {
    /// Opens the savepoint.
    pub(super) fn open(turn: Turn) -> Result<Self, DbErr> {
        let session = Self(Mutex::new(Inner {
            turn: Some(turn),
            lost: None,
        }));
        session.within(|handle| handle.control("SAVEPOINT session"))?;
        Ok(session)
    }

    /// The rows of a statement.
    pub(in crate::database) fn rows(&self, statement: &Statement) -> Result<Vec<SqliteRow>, DbErr> {
        self.within(|handle| handle.rows(statement))
    }

    /// Runs a statement that returns no rows; how many it has changed.
    pub(in crate::database) fn run(&self, statement: &Statement) -> Result<u64, DbErr> {
        self.within(|handle| handle.run(statement))
    }

    /// Runs statements without values.
    pub(in crate::database) fn run_sql(&self, sql: &str) -> Result<(), DbErr> {
        self.within(|handle| handle.run_sql(sql))
    }

    /// Keeps what was written, and waits for the COMMIT of all that share it.
    pub(in crate::database) async fn commit(
        self,
        points: Option<&Arc<dyn CrashPoints>>,
    ) -> Result<(), DbErr> {
        self.within(|handle| handle.control("RELEASE session"))?;
        let turn = locked(&self.0).turn.take().ok_or_else(closed)?;
        turn.committed(points).await
    }

    /// Forgets what was written, and waits for the COMMIT of what was written before it: whatever was read here may be of
    /// that.
    pub(in crate::database) async fn roll_back(
        self,
        points: Option<&Arc<dyn CrashPoints>>,
    ) -> Result<(), DbErr> {
        let turn = {
            let mut inner = locked(&self.0);
            if let Some(lost) = &inner.lost {
                return Err(lost.clone());
            }
            let mut turn = inner.turn.take().ok_or_else(closed)?;
            undo(&mut turn);
            turn
        };
        turn.unless_alone(points).await
    }

    fn within<T>(&self, work: impl FnOnce(&mut Handle) -> Result<T, DbErr>) -> Result<T, DbErr> {
        let mut inner = locked(&self.0);
        if let Some(lost) = &inner.lost {
            return Err(lost.clone());
        }
        let turn = inner.turn.as_mut().ok_or_else(closed)?;
        match turn.writing()?.within(work) {
            Within::Open(done) => done,
            Within::Over(error) => {
                inner.lost = Some(error.clone());
                Err(error)
            }
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let mut inner = locked(&self.0);
        let turn = inner.turn.take();
        if let (Some(mut turn), None) = (turn, &inner.lost) {
            undo(&mut turn);
        }
    }
}

/// Rolls the savepoint back. Where that fails, nothing of the whole transaction is kept.
fn undo(turn: &mut Turn) {
    let Ok(writing) = turn.writing() else {
        return;
    };
    let undone = writing.within(|handle| {
        handle.control("ROLLBACK TO session")?;
        handle.control("RELEASE session")
    });
    if let Within::Open(Err(error)) = undone {
        writing.abandon(&error);
    }
}
