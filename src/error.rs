//! Why a call has no result.

use rpc_schema::errors::ErrorCode;
use sea_orm::DbErr;

use crate::audit::Unrecorded;
use crate::database::WriteError;
use crate::domain::failure::Failure;
use crate::random::RandomError;
use crate::vault::VaultError;

/// See the module. `rpc/errors.rs` maps it to the wire.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// One of the documented errors.
    #[error("refused with {}", .0.code)]
    Refused(Box<Failure>),
    #[error("the database failed")]
    Database(#[from] DbErr),
    #[error("a card number could not be sealed or opened")]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Random(#[from] RandomError),
    /// Gateways on one database go by each other's times. With a clock of its own, one of them would take the others'
    /// calls for lost.
    #[error(
        "our clock is {ahead_ms} ms ahead of the database's (less than 0: behind it): no call is begun until that is put right"
    )]
    Clock { ahead_ms: i64 },
    /// What cannot be recorded is not done, or not shown.
    #[error(transparent)]
    Unrecorded(#[from] Unrecorded),
    /// A row that should not be possible; the text names table and row.
    #[error("the stored data contradict themselves: {0}")]
    Corrupt(String),
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Refused(Box::new(failure))
    }
}

impl From<WriteError> for Error {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Crowded => Failure::overloaded().into(),
            WriteError::Database(error) => Self::Database(error),
        }
    }
}

impl From<ErrorCode> for Error {
    fn from(code: ErrorCode) -> Self {
        Failure::new(code).into()
    }
}
