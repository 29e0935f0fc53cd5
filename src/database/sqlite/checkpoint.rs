//! When the write-ahead log is carried over into the file. SQLite itself does that in the COMMIT that makes the log long, and
//! whoever made that one waits for it. Here a thread does it beside the commits.

use std::cell::Cell;
use std::os::raw::c_int;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;

use sea_orm::DbErr;

use super::file::{File, Use};
use super::reader::locked;
use super::statement::Handle;
use crate::error_chain::ErrorChain;

/// So many pages more in the log are worth a checkpoint: 4 MiB.
const WORTH_IT: i64 = 1_000;
/// While something is written all the time, the log cannot begin anew beside it. From this length on (32 MiB) what is left is
/// carried over between two commits.
const TOO_LONG: i64 = 8_000;

const CHECKPOINT: &str = "PRAGMA wal_checkpoint(PASSIVE)";

thread_local! {
    /// The pages of the log after the last COMMIT on this thread.
    static PAGES: Cell<c_int> = const { Cell::new(0) };
}

/// The thread that makes checkpoints. It ends with the last clone.
#[derive(Debug, Clone)]
pub(super) struct Checkpoints {
    wake: SyncSender<()>,
    connection: Arc<Mutex<Option<Handle>>>,
}

/// How long the log was when something was done about it.
#[derive(Debug, Default)]
pub(super) struct LogLength {
    told: i64,
    shortened: i64,
}

impl Checkpoints {
    /// Starts the thread.
    pub(super) fn start(file: &File) -> Result<Self, DbErr> {
        // Whoever wakes it while it is at work need not wait: it looks once more.
        let (wake, woken) = sync_channel(1);
        // Open from the beginning, like the others: a file that can be opened no more can still be written to.
        let connection = Arc::new(Mutex::new(Some(file.open(Use::Checkpoints)?)));
        let (own, file) = (Arc::clone(&connection), file.clone());
        let thread = thread::Builder::new().name("sqlite-checkpoint".to_owned());
        let begun = thread.spawn(move || serve(&woken, &own, &file));
        begun.map_err(|error| DbErr::Custom(format!("cannot start a thread: {error}")))?;
        Ok(Self { wake, connection })
    }

    /// Closes the connection; it is opened anew for the next checkpoint.
    pub(super) fn forget_connection(&self) {
        *locked(&self.connection) = None;
    }

    /// Looks at the log after a COMMIT of `writer`, on the thread of that COMMIT. True: the log is too long, and
    /// [`Checkpoints::shorten`] is to be called once everybody has the answer.
    pub(super) fn after_commit(&self, length: &mut LogLength) -> bool {
        let pages = i64::from(PAGES.get());
        if pages < length.told || pages < length.shortened {
            // It has begun anew.
            *length = LogLength::default();
        }
        if pages - length.told >= WORTH_IT {
            length.told = pages;
            let _ = self.wake.try_send(());
        }
        if pages - length.shortened < TOO_LONG {
            return false;
        }
        length.shortened = pages;
        true
    }
}

/// Lets [`Checkpoints::after_commit`] know how long the log is.
pub(super) fn watch_log(writer: &Handle) {
    writer.connection.wal_hook(Some(|_, pages| {
        PAGES.set(pages);
        Ok(())
    }));
}

/// Carries over what is in the log, while nobody can write.
pub(super) fn shorten(writer: &mut Handle) {
    if let Err(error) = writer.run_sql(CHECKPOINT) {
        tracing::warn!(error = %ErrorChain(&error), "the log of the SQLite file cannot be shortened");
    }
}

fn serve(woken: &Receiver<()>, connection: &Mutex<Option<Handle>>, file: &File) {
    while woken.recv().is_ok() {
        let mut connection = locked(connection);
        let opened = match connection.take() {
            Some(open) => Ok(open),
            None => file.open(Use::Checkpoints),
        };
        let done = opened.and_then(|open| connection.insert(open).run_sql(CHECKPOINT));
        if let Err(error) = done {
            *connection = None;
            tracing::warn!(error = %ErrorChain(&error), "the log of the SQLite file cannot be shortened");
        }
    }
}
