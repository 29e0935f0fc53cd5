//! The file, and how a connection to it is opened.

use std::path::PathBuf;
use std::str::FromStr as _;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use sea_orm::sqlx::sqlite::SqliteConnectOptions;
use sea_orm::{DbErr, RuntimeErr};

use super::statement::Handle;
use crate::database::sqlite_failure::told;

/// Where the database is, and how long a connection waits for another process's lock.
#[derive(Debug, Clone)]
pub(super) struct File {
    path: PathBuf,
    access: OpenFlags,
    is_written: bool,
    pub(super) patience: Duration,
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    Reads,
    /// It does not wait for locks by itself, since it is used on the threads of the runtime.
    Writes,
    Checkpoints,
}

impl File {
    /// The file of this URL. `is_written`: else whatever would change it is refused, and it stays as it is.
    pub(super) fn of(url: &str, patience: Duration, is_written: bool) -> Result<Self, DbErr> {
        let options = SqliteConnectOptions::from_str(url)
            .map_err(|error| DbErr::Conn(RuntimeErr::Internal(error.to_string())))?;
        let is_in_memory = url.contains(":memory:") || url.contains("mode=memory");
        let path = match is_in_memory {
            true => PathBuf::from(":memory:"),
            false => options.get_filename().to_owned(),
        };
        let access = match url.contains("mode=ro") || !is_written {
            true => OpenFlags::SQLITE_OPEN_READ_ONLY,
            false => OpenFlags::SQLITE_OPEN_READ_WRITE,
        };
        Ok(Self {
            path,
            is_written,
            access: access | OpenFlags::SQLITE_OPEN_NO_MUTEX,
            patience,
        })
    }

    /// Opens a connection whose commits are durable. None of them checkpoints in a commit: `checkpoint.rs` does that.
    pub(super) fn open(&self, purpose: Use) -> Result<Handle, DbErr> {
        let open = || {
            let connection = Connection::open_with_flags(&self.path, self.access)?;
            connection.busy_timeout(self.patience)?;
            if !self.is_written {
                connection.execute_batch("PRAGMA query_only = ON")?;
                return Ok(connection);
            }
            // The answer is looked at by `durability.rs`.
            connection.query_row("PRAGMA journal_mode = WAL", (), |_| Ok(()))?;
            connection.execute_batch(
                "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 0",
            )?;
            match purpose {
                Use::Reads => connection.execute_batch("PRAGMA query_only = ON")?,
                Use::Writes => connection.busy_timeout(Duration::ZERO)?,
                Use::Checkpoints => {}
            }
            Ok(connection)
        };
        open().map(Handle::new).map_err(told)
    }
}
