//! What SQLite says when it fails, in the form that sqlx has for it: whoever looks at an error need not know who ran the
//! statement.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use sea_orm::sqlx::error::{DatabaseError, ErrorKind};
use sea_orm::{DbErr, RuntimeErr, sqlx};

// SQLite's extended result codes of constraints.
const CHECK: i32 = 275;
const FOREIGN_KEY: i32 = 787;
const NOT_NULL: i32 = 1299;
const PRIMARY_KEY: i32 = 1555;
const UNIQUE: i32 = 2067;

/// An error of SQLite.
#[derive(Debug)]
pub(super) struct Failure {
    code: i32,
    message: String,
}

impl Failure {
    /// SQLite's primary result code, without the details in the upper bits.
    pub(super) fn primary_code(&self) -> Option<u8> {
        u8::try_from(self.code & 0xff).ok()
    }
}

/// The error as the rest of the gateway knows it.
pub(super) fn told(error: rusqlite::Error) -> DbErr {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "all others are mistakes in the use of rusqlite, and its enum may grow"
    )]
    let failure = match error {
        rusqlite::Error::SqliteFailure(error, message) => failure(error, message),
        other => return DbErr::Query(RuntimeErr::Internal(other.to_string())),
    };
    let failure = sqlx::Error::Database(Box::new(failure));
    DbErr::Query(RuntimeErr::SqlxError(Arc::new(failure)))
}

/// That the database was closed.
pub(super) fn closed() -> DbErr {
    DbErr::Custom("the database was closed".to_owned())
}

fn failure(error: rusqlite::ffi::Error, message: Option<String>) -> Failure {
    Failure {
        code: error.extended_code,
        message: message.unwrap_or_else(|| error.to_string()),
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "(code: {}) {}", self.code, self.message)
    }
}

impl Error for Failure {}

impl DatabaseError for Failure {
    fn message(&self) -> &str {
        &self.message
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        Some(self.code.to_string().into())
    }

    fn as_error(&self) -> &(dyn Error + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn Error + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn Error + Send + Sync + 'static> {
        self
    }

    fn kind(&self) -> ErrorKind {
        match self.code {
            UNIQUE | PRIMARY_KEY => ErrorKind::UniqueViolation,
            FOREIGN_KEY => ErrorKind::ForeignKeyViolation,
            NOT_NULL => ErrorKind::NotNullViolation,
            CHECK => ErrorKind::CheckViolation,
            _ => ErrorKind::Other,
        }
    }
}
