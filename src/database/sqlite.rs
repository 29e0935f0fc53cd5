//! SQLite: a connection that writes, which all callers share, and its COMMITs with it; two that read; and one that carries
//! the log over into the file. What one of them runs does not pass through a thread for each connection, which would cost
//! more than the statement.

mod checkpoint;
mod file;
mod reader;
mod session;
mod statement;
#[cfg(test)]
mod tests;
mod value;
mod writer;

use std::time::Duration;

use sea_orm::{DbErr, Statement};

use self::checkpoint::Checkpoints;
use self::file::File;
use self::reader::Readers;
pub(super) use self::session::Session;
pub(super) use self::value::SqliteRow;
use self::writer::Writer;
use super::waits::Level;

/// See the module.
#[derive(Debug, Clone)]
pub(super) struct Sqlite {
    url: String,
    patience: Duration,
    readers: Readers,
    writer: Writer,
}

impl Sqlite {
    /// Opens the file of this URL, which must exist. `patience`: how long callers wait for their turn, and connections for
    /// another process's lock. `is_written`: else it is only read, and stays as it is.
    pub(super) fn open(url: &str, patience: Duration, is_written: bool) -> Result<Self, DbErr> {
        let file = File::of(url, patience, is_written)?;
        let readers = Readers::start(&file)?;
        let checkpoints = Checkpoints::start(&file)?;
        let writer = Writer::start(&file, &readers, checkpoints)?;
        Ok(Self {
            url: url.to_owned(),
            patience,
            readers,
            writer,
        })
    }

    /// Where it is.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// How long a connection waits for another process's lock.
    pub(super) fn patience(&self) -> Duration {
        self.patience
    }

    /// Whether the connection that writes is in use.
    pub(super) fn level(&self) -> Level {
        Level {
            now: self.writer.is_busy().into(),
            most: 1,
        }
    }

    /// The rows of a statement that reads.
    pub(super) async fn rows(&self, statement: Statement) -> Result<Vec<SqliteRow>, DbErr> {
        self.readers.rows(statement).await
    }

    /// Begins something that writes.
    pub(super) async fn begin(&self) -> Result<Session, DbErr> {
        Session::open(self.writer.begin().await?)
    }

    /// Closes the connections once nobody uses them.
    pub(super) fn close(&self) {
        self.writer.close();
        self.readers.close();
    }
}
