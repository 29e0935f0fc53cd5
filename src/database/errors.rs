//! What an error of the database means: for its connection, and for the operator.

use std::io;
use std::path::PathBuf;

use sea_orm::sqlx::{self, sqlite};
use sea_orm::{DbErr, RuntimeErr};

use super::sqlite_failure::Failure;

// SQLite's result codes.
const BUSY: u8 = 5;
const LOCKED: u8 = 6;
const READONLY: u8 = 8;
const IOERR: u8 = 10;
const CORRUPT: u8 = 11;
const FULL: u8 = 13;
const CANTOPEN: u8 = 14;
const NOTADB: u8 = 26;

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("database.url must begin with `sqlite:` or `postgres:`")]
    UnknownKind,
    /// The parser's own errors may repeat a password.
    #[error(
        "database.url cannot be read: it must be sqlite:FILE, or postgres://user:password@host/database with such options as \
         ?sslmode=verify-full"
    )]
    Url,
    #[error(
        "there is no database at {path} (database.url), and only `aloqa-gateway serve` and `aloqa-gateway migrate` make one: \
         run this in the gateway's folder, or name its settings with --config",
        path = path.display()
    )]
    Missing { path: PathBuf },
    #[error("cannot make the database {path} (database.url): its folder must exist, and the gateway's user must be able to \
             write to it", path = path.display())]
    Create { path: PathBuf, source: io::Error },
    #[error("cannot open the database{}", advised(.0))]
    Connect(#[source] DbErr),
    #[error("cannot bring the database's schema up to date{}", advised(.0))]
    Migrate(#[source] DbErr),
    #[error(
        "{kind} runs with {setting} = {value}: a committed payment could be lost; set it to {wanted}"
    )]
    NotDurable {
        kind: &'static str,
        setting: &'static str,
        value: String,
        wanted: &'static str,
    },
}

/// What an operator can do about an error of the database, for the log; `None` where the error says enough.
pub fn advice(error: &DbErr) -> Option<&'static str> {
    Some(match sqlite_code(error)? {
        BUSY => {
            "another process holds the write lock of the SQLite file (database.url): find it with `fuser FILE` and end \
             it; only the gateway may use the file"
        }
        READONLY => {
            "the SQLite file (database.url), its -wal and -shm files, or their folder cannot be written to: give the \
             gateway's user write permission; the gateway then recovers by itself"
        }
        FULL => {
            "the disk of the SQLite file (database.url) is full: make room; the gateway then recovers by itself"
        }
        IOERR => {
            "the disk of the SQLite file (database.url) fails or is full: see the system's log"
        }
        CANTOPEN => {
            "the SQLite file (database.url) cannot be opened or created: its folder must exist, and the gateway's user \
             must be able to write to it"
        }
        CORRUPT | NOTADB => {
            "the SQLite file (database.url) is damaged or not a database: stop the gateway, keep a copy, restore a \
             backup"
        }
        _ => return None,
    })
}

/// The advice as the end of a message.
pub(crate) fn advised(error: &DbErr) -> String {
    advice(error)
        .map(|advice| format!(": {advice}"))
        .unwrap_or_default()
}

/// Whether a row was refused because its unique columns are taken.
pub fn is_unique_violation(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) =
        error
    else {
        return false;
    };
    let error = error.as_database_error();
    error.is_some_and(|error| error.is_unique_violation())
}

/// Whether SQLite waits for somebody else's lock.
pub(super) fn is_locked(error: &DbErr) -> bool {
    matches!(sqlite_code(error), Some(BUSY | LOCKED))
}

/// Whether an error belongs to its connection, and so perhaps to others: the server has ended the session, or SQLite
/// holds on to what it found when it opened the file, for example that it was missing or read-only.
pub(super) fn spoils_connections(error: &DbErr) -> bool {
    matches!(sqlite_code(error), Some(READONLY | IOERR | CANTOPEN)) || is_of_connection(error)
}

/// Whether an error belongs to the connection to a server, not to the statement.
pub(super) fn is_of_connection(error: &DbErr) -> bool {
    let (DbErr::Conn(RuntimeErr::SqlxError(error))
    | DbErr::Exec(RuntimeErr::SqlxError(error))
    | DbErr::Query(RuntimeErr::SqlxError(error))) = error
    else {
        return false;
    };
    ends_connection(error)
}

/// The same of an error of sqlx.
pub(super) fn ends_connection(error: &sqlx::Error) -> bool {
    // 57P01 and the like: the server is shutting down, or this session is being ended.
    let ending = |code: &str| code.starts_with("57P");
    match error.as_database_error() {
        Some(error) => error.code().as_deref().is_some_and(ending),
        None => matches!(error, sqlx::Error::Io(_) | sqlx::Error::Protocol(_)),
    }
}

/// SQLite's primary result code, without the details in the upper bits.
fn sqlite_code(error: &DbErr) -> Option<u8> {
    let (DbErr::Conn(RuntimeErr::SqlxError(error))
    | DbErr::Exec(RuntimeErr::SqlxError(error))
    | DbErr::Query(RuntimeErr::SqlxError(error))) = error
    else {
        return None;
    };
    let error = error.as_database_error()?;
    if let Some(failure) = error.try_downcast_ref::<Failure>() {
        return failure.primary_code();
    }
    // Migrations run on a connection of sqlx.
    error.try_downcast_ref::<sqlite::SqliteError>()?;
    let code: i32 = error.code()?.parse().ok()?;
    u8::try_from(code & 0xff).ok()
}
