//! Why a gateway does not start.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use jsonrpsee::core::RegisterMethodError;
use sea_orm::DbErr;

use crate::audit::Unrecorded;
use crate::database::{OpenError, advised};
use crate::domain::code_text::TextError;
use crate::partners::PartnerError;
use crate::processing::exchange::SetupError;
use crate::random::RandomError;
use crate::server::TlsError;
use crate::vault::KeyFileError;

use super::profile::ProfileError;

/// Why the gateway did not start; the message names the setting to change.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Database(#[from] OpenError),
    #[error(
        "{section}.accounts.{name} is missing, and {whose} is under that account: put it back, or move the partner by \
         `aloqa-gateway partner set NAME --{section}-account default` and let what is open come to its end first"
    )]
    Account {
        section: &'static str,
        name: String,
        whose: String,
    },
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    #[error("the database cannot be read or written{}", advised(.0))]
    Storage(#[from] DbErr),
    #[error(transparent)]
    Unrecorded(#[from] Unrecorded),
    #[error(
        "the database needs the key file that it was written with, and {path} is not there: put it back, as without it no card \
         number can be read",
        path = path.display()
    )]
    LostKeys { path: PathBuf },
    #[error(
        "other users can read or write {path} (mode {mode:o}), and it holds card data or keys: run chmod 600 {path}",
        path = path.display()
    )]
    Exposed { path: PathBuf, mode: u32 },
    #[error(
        "other users can read or write {path} (mode {mode:o}), and it holds a secret ({key}): run chmod 600 {path}, or have \
         {key} set by the environment",
        path = path.display()
    )]
    OpenSettings {
        path: PathBuf,
        mode: u32,
        key: &'static str,
    },
    #[error("the permissions of {path} cannot be read or set", path = path.display())]
    Permissions { path: PathBuf, source: io::Error },
    #[error(
        "database.url: PostgreSQL is on another machine and must prove its name: add sslmode=verify-full and sslrootcert=FILE \
         to the URL, or set production.allow_unverified_postgres = true if that is meant"
    )]
    UnverifiedPostgres,
    #[error("sms.texts_file: {path} cannot be read", path = path.display())]
    UnreadTexts { path: PathBuf, source: io::Error },
    #[error("sms.texts_file: {path} cannot be used", path = path.display())]
    CodeTexts { path: PathBuf, source: TextError },
    #[error("prefixes_file: {path} cannot be read", path = path.display())]
    UnreadPrefixes { path: PathBuf, source: io::Error },
    #[error("prefixes_file: {path} cannot be used: {reason}", path = path.display())]
    Prefixes { path: PathBuf, reason: String },
    #[error("the built-in texts of messages cannot be used")]
    BuiltInTexts(#[from] TextError),
    #[error(transparent)]
    Profile(#[from] ProfileError),
    #[error(
        "the database has no tables of the gateway (database.url): run `aloqa-gateway migrate`, or name the gateway's own \
         database"
    )]
    NoTables,
    #[error(
        "the database was written by an older version: run `aloqa-gateway migrate`, after a backup, or start the gateway"
    )]
    OlderDatabase,
    #[error(
        "the database was written by a newer version of the gateway, which has {migration} and this one does not: use that \
         version, or restore the copy from before its start"
    )]
    NewerDatabase { migration: String },
    #[error("the key file {path} does not fit the database: {reason}")]
    WrongKeys { path: PathBuf, reason: String },
    #[error("cannot listen on {address} ({key})")]
    Listen {
        address: SocketAddr,
        key: &'static str,
        source: io::Error,
    },
    #[error(
        "this process may have {have} file descriptors and needs {need}: raise the limit (`ulimit -n`), or lower \
         server.max_in_flight or database.max_connections"
    )]
    Descriptors { have: usize, need: usize },
    #[error("server.tls")]
    Tls(#[from] TlsError),
    #[error("{key}: {source}")]
    Address {
        key: &'static str,
        source: SetupError,
    },
    #[error(
        "this machine's clock is {ahead_ms} ms ahead of the database's (negative: behind it), and all gateways \
         on a database must agree: synchronise both, or raise recovery.clock_skew_ms"
    )]
    Clock { ahead_ms: i64 },
    #[error(transparent)]
    Partner(#[from] PartnerError),
    #[error(
        "real networks are configured, but the database still has the demo partner with its published secret: run \
         `aloqa-gateway partner disable demo`, or use another database"
    )]
    DemoPartner,
    #[error(transparent)]
    Random(#[from] RandomError),
    #[error("two methods have the same name")]
    Methods(#[from] RegisterMethodError),
    #[cfg(feature = "sandbox")]
    #[error("the sandbox cannot start")]
    Sandbox(#[from] sandbox::Error),
    #[cfg(not(feature = "sandbox"))]
    #[error(
        "this build has no sandbox: set the addresses of the real networks, or sandbox.embedded = false"
    )]
    NoSandbox,
}

impl StartError {
    /// Whether all that is wrong is that there is no database yet.
    pub fn is_without_database(&self) -> bool {
        matches!(
            self,
            Self::NoTables | Self::Database(OpenError::Missing { .. })
        )
    }
}
