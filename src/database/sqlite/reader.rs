//! The connections that read: two threads, so that a page which has to come from the disk holds up none of the runtime.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use sea_orm::{ConnAcquireErr, DbErr, Statement};
use tokio::sync::oneshot;

use super::file::{File, Use};
use super::statement::Handle;
use super::value::SqliteRow;
use crate::database::errors::spoils_connections;
use crate::database::sqlite_failure::closed;

const THREADS: usize = 2;

/// See the module. The threads end with the last clone.
#[derive(Debug, Clone)]
pub(super) struct Readers {
    shared: Arc<Shared>,
    _end: Arc<EndsThreads>,
}

#[derive(Debug)]
struct Shared {
    file: File,
    jobs: Mutex<Jobs>,
    comes: Condvar,
    connections: [Mutex<Option<Handle>>; THREADS],
}

#[derive(Debug, Default)]
struct Jobs {
    waiting: VecDeque<Job>,
    are_closed: bool,
}

#[derive(Debug)]
struct Job {
    statement: Statement,
    reply: oneshot::Sender<Result<Vec<SqliteRow>, DbErr>>,
}

#[derive(Debug)]
struct EndsThreads(Arc<Shared>);

impl Drop for EndsThreads {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Readers {
    /// Starts the threads, with their connections.
    pub(super) fn start(file: &File) -> Result<Self, DbErr> {
        let connection = || Ok::<_, DbErr>(Mutex::new(Some(file.open(Use::Reads)?)));
        let shared = Arc::new(Shared {
            file: file.clone(),
            jobs: Mutex::default(),
            comes: Condvar::new(),
            connections: [connection()?, connection()?],
        });
        let end = Arc::new(EndsThreads(Arc::clone(&shared)));
        for number in 0..THREADS {
            let shared = Arc::clone(&shared);
            let thread = thread::Builder::new().name(format!("sqlite-reader-{number}"));
            let begun = thread.spawn(move || shared.serve(number));
            begun.map_err(|error| DbErr::Custom(format!("cannot start a thread: {error}")))?;
        }
        Ok(Self { shared, _end: end })
    }

    /// The rows of a statement that reads.
    pub(super) async fn rows(&self, statement: Statement) -> Result<Vec<SqliteRow>, DbErr> {
        let (reply, rows) = oneshot::channel();
        {
            let mut jobs = locked(&self.shared.jobs);
            if jobs.are_closed {
                return Err(closed());
            }
            jobs.waiting.push_back(Job { statement, reply });
        }
        self.shared.comes.notify_one();
        // The disk stands still then.
        let rows = tokio::time::timeout(self.shared.file.patience, rows).await;
        let rows = rows.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?;
        rows.unwrap_or_else(|_| Err(closed()))
    }

    /// Closes the connections; each is opened anew when something is read.
    pub(super) fn forget_connections(&self) {
        for connection in &self.shared.connections {
            *locked(connection) = None;
        }
    }

    /// Reads nothing any more.
    pub(super) fn close(&self) {
        self.shared.close();
    }
}

impl Shared {
    fn serve(&self, number: usize) {
        let Some(connection) = self.connections.get(number) else {
            return;
        };
        while let Some(job) = self.next() {
            // Whoever has given up needs no answer.
            if job.reply.is_closed() {
                continue;
            }
            let mut connection = locked(connection);
            let mut rows = self.rows(&mut connection, &job.statement);
            if rows.as_ref().is_err_and(spoils_connections) {
                // What this connection found out about the file may be over. A read can be made again.
                *connection = None;
                rows = self.rows(&mut connection, &job.statement);
            }
            drop(connection);
            let _ = job.reply.send(rows);
        }
        *locked(connection) = None;
    }

    fn rows(
        &self,
        connection: &mut Option<Handle>,
        statement: &Statement,
    ) -> Result<Vec<SqliteRow>, DbErr> {
        let open = match connection {
            Some(open) => open,
            None => connection.insert(self.file.open(Use::Reads)?),
        };
        open.rows(statement)
    }

    fn next(&self) -> Option<Job> {
        let mut jobs = locked(&self.jobs);
        loop {
            if jobs.are_closed {
                return None;
            }
            if let Some(job) = jobs.waiting.pop_front() {
                return Some(job);
            }
            jobs = self
                .comes
                .wait(jobs)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn close(&self) {
        let left = {
            let mut jobs = locked(&self.jobs);
            jobs.are_closed = true;
            std::mem::take(&mut jobs.waiting)
        };
        drop(left);
        self.comes.notify_all();
    }
}

/// The lock, also after a panic elsewhere: what it guards is whole at any moment.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
