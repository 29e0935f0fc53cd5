//! The one connection that writes.
//!
//! Callers take turns on it, each in a savepoint of its own, and share a COMMIT: whoever comes while one is being made is in
//! the next. Nobody waits for others to come. A turn is the connection itself, handed from one to the next, so that it is
//! lost with none of them: whoever is gone hands it on by being dropped.
//!
//! A full or failing disk may end the whole transaction in the middle of somebody's statement. Then everybody in it hears of
//! that, and no statement runs until the next one is begun.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use sea_orm::{ConnAcquireErr, DbErr};
use tokio::sync::oneshot;

use super::checkpoint::{Checkpoints, LogLength, shorten, watch_log};
use super::file::{File, Use};
use super::reader::{Readers, locked};
use super::statement::Handle;
use crate::database::errors::{is_locked, spoils_connections};
use crate::database::sqlite_failure::closed;
use crate::environment::{self, CrashPoint, CrashPoints};

/// How many share a COMMIT at most.
const MOST: usize = 64;

/// See the module.
#[derive(Debug, Clone)]
pub(super) struct Writer(Arc<Shared>);

#[derive(Debug)]
pub(super) struct Shared {
    file: File,
    readers: Readers,
    checkpoints: Checkpoints,
    line: Mutex<Line>,
    work: mpsc::Sender<Work>,
}

/// Who waits, and the connection while nobody has it.
#[derive(Debug, Default)]
struct Line {
    idle: Option<Box<Writing>>,
    waiting: VecDeque<oneshot::Sender<Turn>>,
    is_closed: bool,
}

/// The connection, and who waits for its next COMMIT.
#[derive(Debug)]
pub(super) struct Writing {
    /// `None`: it is to be opened.
    handle: Option<Handle>,
    /// What this connection has found out about the file may be over.
    is_spoilt: bool,
    batch: Vec<oneshot::Sender<Result<(), DbErr>>>,
    log: LogLength,
}

/// The right to write: the connection. Dropped, it goes to whoever is next.
#[derive(Debug)]
pub(super) struct Turn {
    writing: Option<Box<Writing>>,
    shared: Arc<Shared>,
}

/// What may take long, and so is done on a thread of its own.
#[derive(Debug)]
enum Work {
    Begin {
        turn: Turn,
        reply: oneshot::Sender<(Turn, Result<(), DbErr>)>,
    },
    Commit {
        turn: Turn,
        /// Who tells the others; `None`: the thread does.
        reply: Option<oneshot::Sender<Committed>>,
    },
}

/// A batch whose COMMIT was made. Dropped, it tells everybody, and the turn goes on.
#[derive(Debug)]
struct Committed {
    turn: Turn,
    result: Result<(), DbErr>,
}

impl Writer {
    /// Opens the connection, and starts the thread of its COMMITs.
    pub(super) fn start(
        file: &File,
        readers: &Readers,
        checkpoints: Checkpoints,
    ) -> Result<Self, DbErr> {
        let (work, to_do) = mpsc::channel();
        let thread = thread::Builder::new().name("sqlite-commit".to_owned());
        let begun = thread.spawn(move || serve(&to_do));
        begun.map_err(|error| DbErr::Custom(format!("cannot start a thread: {error}")))?;
        let handle = file.open(Use::Writes)?;
        watch_log(&handle);
        let writing = Writing {
            handle: Some(handle),
            is_spoilt: false,
            batch: Vec::new(),
            log: LogLength::default(),
        };
        Ok(Self(Arc::new(Shared {
            file: file.clone(),
            readers: readers.clone(),
            checkpoints,
            line: Mutex::new(Line {
                idle: Some(Box::new(writing)),
                ..Line::default()
            }),
            work,
        })))
    }

    /// Waits for a turn, in a transaction that is begun; at most for as long as for another process's lock.
    pub(super) async fn begin(&self) -> Result<Turn, DbErr> {
        self.turn().await?.begun().await
    }

    async fn turn(&self) -> Result<Turn, DbErr> {
        let turn = {
            let mut line = locked(&self.0.line);
            if line.is_closed {
                return Err(closed());
            }
            match line.idle.take() {
                Some(writing) => return Ok(self.0.turn(writing)),
                None => {
                    let (next, turn) = oneshot::channel();
                    line.waiting.push_back(next);
                    turn
                }
            }
        };
        // Those behind one who waits for another process's lock must not add up these waits.
        let turn = tokio::time::timeout(self.0.file.patience, turn).await;
        let turn = turn.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?;
        turn.map_err(|_| closed())
    }

    /// Whether somebody has the connection.
    pub(super) fn is_busy(&self) -> bool {
        locked(&self.0.line).idle.is_none()
    }

    /// How many wait for their turn, among them those who are gone.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        locked(&self.0.line).waiting.len()
    }

    /// Lets nobody write any more; whoever has a turn comes to his end.
    pub(super) fn close(&self) {
        let (idle, waiting) = {
            let mut line = locked(&self.0.line);
            line.is_closed = true;
            (line.idle.take(), std::mem::take(&mut line.waiting))
        };
        drop((idle, waiting));
    }
}

impl Shared {
    fn turn(self: &Arc<Self>, writing: Box<Writing>) -> Turn {
        Turn {
            writing: Some(writing),
            shared: Arc::clone(self),
        }
    }

    /// Hands the connection to whoever waits. `Some`: nobody does, or the batch is full: it is to be committed.
    fn hand_on(self: &Arc<Self>, mut writing: Box<Writing>) -> Option<Box<Writing>> {
        while writing.batch.len() < MOST {
            let next = {
                let mut line = locked(&self.line);
                match line.waiting.pop_front() {
                    Some(next) => next,
                    None if !writing.batch.is_empty() => break,
                    None => {
                        writing.end_unused();
                        line.idle = (!line.is_closed).then_some(writing);
                        return None;
                    }
                }
            };
            // Whoever has given up does not take it.
            let mut refused = match next.send(self.turn(writing)) {
                Ok(()) => return None,
                Err(refused) => refused,
            };
            writing = refused.writing.take()?;
        }
        Some(writing)
    }
}

impl Writing {
    /// Whether a transaction is open.
    fn is_begun(&self) -> bool {
        let handle = self.handle.as_ref();
        !self.is_spoilt && handle.is_some_and(|handle| !handle.connection.is_autocommit())
    }

    /// Does something on the connection, in the transaction. Whatever it is, the transaction may be over after it: then all
    /// that was written in it is lost, and everybody in the batch hears of it.
    pub(super) fn within<T>(
        &mut self,
        work: impl FnOnce(&mut Handle) -> Result<T, DbErr>,
    ) -> Within<T> {
        let Some(handle) = self.handle.as_mut() else {
            return Within::Over(closed());
        };
        let done = work(handle);
        let is_over = handle.connection.is_autocommit();
        self.is_spoilt |= done.as_ref().is_err_and(spoils_connections);
        if !is_over {
            return Within::Open(done);
        }
        let lost = || DbErr::Custom("SQLite has ended the transaction".to_owned());
        let error = done.err().unwrap_or_else(lost);
        self.answer(&Err(error.clone()));
        Within::Over(error)
    }

    /// Gives up the whole transaction.
    pub(super) fn abandon(&mut self, error: &DbErr) {
        self.answer(&Err(error.clone()));
        self.end_unused();
    }

    /// Whether anybody waits for the next COMMIT.
    pub(super) fn has_batch(&self) -> bool {
        !self.batch.is_empty()
    }

    fn answer(&mut self, result: &Result<(), DbErr>) {
        for waiting in self.batch.drain(..) {
            let _ = waiting.send(result.clone());
        }
    }

    /// Ends a transaction in which nothing is left.
    fn end_unused(&mut self) {
        if let Some(handle) = self.handle.as_mut()
            && !handle.connection.is_autocommit()
            && (handle.control("ROLLBACK").is_err() || !handle.connection.is_autocommit())
        {
            self.handle = None;
        }
    }

    fn begin(&mut self) -> Result<(), DbErr> {
        let handle = self.handle.as_mut().ok_or_else(closed)?;
        let begun = handle.control("BEGIN IMMEDIATE");
        self.is_spoilt |= begun.as_ref().is_err_and(spoils_connections);
        begun
    }

    /// Begins, also where another process holds the lock, or a connection is to be opened first.
    fn begin_slowly(&mut self, shared: &Shared) -> Result<(), DbErr> {
        if self.handle.is_some() && !self.is_spoilt {
            let begun = self.begin_patiently(shared);
            if !self.is_spoilt {
                return begun;
            }
        }
        // What one connection has found out about the file, such as that it is read-only, holds for all connections of the
        // process until the last one of them is closed.
        self.handle = None;
        shared.readers.forget_connections();
        shared.checkpoints.forget_connection();
        let handle = shared.file.open(Use::Writes)?;
        watch_log(&handle);
        self.handle = Some(handle);
        self.is_spoilt = false;
        self.begin_patiently(shared)
    }

    fn begin_patiently(&mut self, shared: &Shared) -> Result<(), DbErr> {
        let waits = |writing: &Self, time| {
            let handle = writing.handle.as_ref();
            handle.map(|handle| handle.connection.busy_timeout(time))
        };
        let _ = waits(self, shared.file.patience);
        let begun = self.begin();
        let _ = waits(self, std::time::Duration::ZERO);
        begun
    }

    fn commit(&mut self) -> Result<(), DbErr> {
        let handle = self.handle.as_mut().ok_or_else(closed)?;
        let done = handle.control("COMMIT");
        self.is_spoilt |= done.as_ref().is_err_and(spoils_connections);
        // It may have failed and left the transaction open.
        self.end_unused();
        done
    }
}

/// What is left after a statement.
pub(super) enum Within<T> {
    /// The transaction goes on, and this came of the statement.
    Open(Result<T, DbErr>),
    /// The transaction is over, and nothing of it is left.
    Over(DbErr),
}

impl Turn {
    /// The connection.
    pub(super) fn writing(&mut self) -> Result<&mut Writing, DbErr> {
        self.writing.as_deref_mut().ok_or_else(closed)
    }

    /// The same turn, in a transaction.
    async fn begun(mut self) -> Result<Self, DbErr> {
        let writing = self.writing()?;
        if writing.is_begun() {
            return Ok(self);
        }
        if writing.handle.is_some() && !writing.is_spoilt {
            match writing.begin() {
                Ok(()) => return Ok(self),
                Err(error) if is_locked(&error) || writing.is_spoilt => {}
                Err(error) => return Err(error),
            }
        }
        let work = self.shared.work.clone();
        let (reply, begun) = oneshot::channel();
        let sent = work.send(Work::Begin { turn: self, reply });
        sent.map_err(|_| closed())?;
        let (turn, begun) = begun.await.map_err(|_| closed())?;
        begun.map(|()| turn)
    }

    /// Waits for the COMMIT that what was written before it is in.
    ///
    /// # Errors
    /// It failed, or its answer was lost.
    pub(super) async fn committed(
        mut self,
        points: Option<&Arc<dyn CrashPoints>>,
    ) -> Result<(), DbErr> {
        let (answer, committed) = oneshot::channel();
        let mut writing = self.writing.take().ok_or_else(closed)?;
        writing.batch.push(answer);
        if let Some(writing) = self.shared.hand_on(writing) {
            lead(&self.shared, writing, points).await;
        }
        committed.await.unwrap_or_else(|_| Err(closed()))
    }
}

impl Turn {
    /// Waits for the COMMIT of what others have written before, if there is any.
    ///
    /// # Errors
    /// See [`Turn::committed`].
    pub(super) async fn unless_alone(
        mut self,
        points: Option<&Arc<dyn CrashPoints>>,
    ) -> Result<(), DbErr> {
        match self.writing()?.has_batch() {
            true => self.committed(points).await,
            false => Ok(()),
        }
    }
}

/// Has the COMMIT made, and tells everybody. One of the batch does that, since it wakes the others at less cost than the
/// thread could.
async fn lead(shared: &Arc<Shared>, writing: Box<Writing>, points: Option<&Arc<dyn CrashPoints>>) {
    // Not yet a turn: whoever is dropped at a crash point has ended with its process, and nobody commits after that.
    environment::reach(points, CrashPoint::BeforeSharedCommit).await;
    let (reply, committed) = oneshot::channel();
    let turn = shared.turn(writing);
    let reply = Some(reply);
    if shared.work.send(Work::Commit { turn, reply }).is_err() {
        return;
    }
    let Ok(mut committed) = committed.await else {
        return;
    };
    if points.is_none() {
        // Dropped, it tells everybody.
        return;
    }
    let Some(mut writing) = committed.turn.writing.take() else {
        return;
    };
    environment::reach(points, CrashPoint::AfterSharedCommit).await;
    let half = writing.batch.len() / 2;
    for waiting in writing.batch.drain(..half) {
        let _ = waiting.send(committed.result.clone());
    }
    if half > 0 {
        environment::reach(points, CrashPoint::HalfAnswered).await;
    }
    committed.turn.writing = Some(writing);
}

impl Drop for Committed {
    fn drop(&mut self) {
        if let Some(writing) = self.turn.writing.as_mut() {
            writing.answer(&self.result);
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(writing) = self.writing.take() else {
            return;
        };
        let Some(writing) = self.shared.hand_on(writing) else {
            return;
        };
        let turn = self.shared.turn(writing);
        if let Err(mpsc::SendError(Work::Commit { mut turn, .. } | Work::Begin { mut turn, .. })) =
            self.shared.work.send(Work::Commit { turn, reply: None })
            && let Some(mut writing) = turn.writing.take()
        {
            writing.abandon(&closed());
        }
    }
}

/// The thread of what may take long. It ends with the writer.
fn serve(to_do: &mpsc::Receiver<Work>) {
    while let Ok(work) = to_do.recv() {
        match work {
            Work::Begin { mut turn, reply } => {
                let shared = Arc::clone(&turn.shared);
                // Whoever has given up needs no transaction.
                let begun = match turn.writing.as_mut() {
                    Some(writing) if !reply.is_closed() => writing.begin_slowly(&shared),
                    Some(_) | None => Err(closed()),
                };
                let _ = reply.send((turn, begun));
            }
            Work::Commit { mut turn, reply } => commit(&mut turn, reply),
        }
    }
}

fn commit(turn: &mut Turn, reply: Option<oneshot::Sender<Committed>>) {
    let shared = Arc::clone(&turn.shared);
    let Some(mut writing) = turn.writing.take() else {
        return;
    };
    let result = writing.commit();
    let is_too_long = result.is_ok() && shared.checkpoints.after_commit(&mut writing.log);
    if is_too_long {
        // Everybody has the answer before.
        writing.answer(&result);
        if let Some(handle) = writing.handle.as_mut() {
            shorten(handle);
        }
    }
    let turn = shared.turn(writing);
    let committed = Committed { turn, result };
    if let Some(reply) = reply {
        let _ = reply.send(committed);
    }
}
