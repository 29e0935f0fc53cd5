//! What a command that fails says, and with which status it ends.

use std::error::Error;
use std::fmt;
use std::io::{self, Write};

use sea_orm::DbErr;
use serde_json::{Value, json};

use super::exit::Exit;
use crate::audit::Unrecorded;
use crate::comparison::CompareError;
use crate::config::ConfigError;
use crate::console::accounts::AccountError;
use crate::database::{BackupError, LockError, OpenError};
use crate::key_rotation::RotationError;
use crate::partners::PartnerError;
use crate::payment::resolve::ResolveError;
use crate::random::RandomError;
use crate::receipts::ReceiptError;
use crate::restore::RestoreError;
use crate::start::StartError;
use crate::vault::KeyFileError;
use crate::webhook::SubscriptionError;

/// Ends the program with a message and a status.
#[derive(Debug)]
pub(super) struct Failure {
    exit: Exit,
    /// Where in the settings, if it is there.
    place: Option<String>,
    error: Box<dyn Error + Send + Sync>,
}

impl Failure {
    pub(super) fn new(exit: Exit, message: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            exit,
            place: None,
            error: message.into(),
        }
    }

    /// What was named is not there.
    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(Exit::NotFound, message.into())
    }

    /// What was given cannot be meant.
    pub(super) fn unusable(message: impl Into<String>) -> Self {
        Self::new(Exit::Unusable, message.into())
    }

    pub(super) fn exit(&self) -> Exit {
        self.exit
    }

    /// For programs. `exit`: with which status the program ends.
    pub(super) fn in_json(&self, exit: Exit) -> Value {
        json!({"error": {
            "code": exit.name(),
            "status": exit.status(),
            "message": self.error.to_string(),
            "causes": causes(self.error.as_ref()),
            "place": self.place,
        }})
    }

    /// Writes it and its causes, one per line.
    pub(super) fn report(&self, out: impl Write) -> io::Result<()> {
        report(out, self.error.as_ref())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(formatter)
    }
}

/// Writes an error and its causes, one per line.
pub(super) fn report(mut out: impl Write, error: &(dyn Error + 'static)) -> io::Result<()> {
    writeln!(out, "aloqa-gateway: {error}")?;
    for cause in causes(error) {
        writeln!(out, "  because: {cause}")?;
    }
    Ok(())
}

fn causes(error: &(dyn Error + 'static)) -> Vec<String> {
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    causes
}

/// A rule of the command's own.
impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self::new(Exit::Refused, message)
    }
}

impl From<&str> for Failure {
    fn from(message: &str) -> Self {
        message.to_owned().into()
    }
}

/// An error that says with which status a command ends.
pub(super) trait Judged: Error + Send + Sync + 'static {
    fn exit(&self) -> Exit;

    /// Where in the settings it is.
    fn place(&self) -> Option<String> {
        None
    }
}

impl<E: Judged> From<E> for Failure {
    fn from(error: E) -> Self {
        Self {
            exit: error.exit(),
            place: error.place(),
            error: Box::new(error),
        }
    }
}

impl Judged for io::Error {
    fn exit(&self) -> Exit {
        Exit::OutOfReach
    }
}

impl Judged for DbErr {
    fn exit(&self) -> Exit {
        Exit::OutOfReach
    }
}

impl Judged for tokio::task::JoinError {
    fn exit(&self) -> Exit {
        Exit::Fault
    }
}

impl Judged for tokio::sync::oneshot::error::RecvError {
    fn exit(&self) -> Exit {
        Exit::Fault
    }
}

#[cfg(feature = "sandbox")]
impl Judged for sandbox::Error {
    fn exit(&self) -> Exit {
        Exit::Unusable
    }
}

impl Judged for RandomError {
    fn exit(&self) -> Exit {
        Exit::Fault
    }
}

impl Judged for Unrecorded {
    fn exit(&self) -> Exit {
        match self {
            Self::Gone | Self::Late => Exit::OutOfReach,
        }
    }
}

impl Judged for AccountError {
    fn exit(&self) -> Exit {
        match self {
            Self::Unknown(_) => Exit::NotFound,
            Self::Taken(_) => Exit::Refused,
            Self::Name(_) | Self::Password(_) => Exit::Unusable,
            Self::Database(error) => error.exit(),
            Self::Random(error) => error.exit(),
        }
    }
}

impl Judged for ConfigError {
    fn exit(&self) -> Exit {
        Exit::Unusable
    }

    fn place(&self) -> Option<String> {
        match self {
            Self::File { path, .. } => Some(path.display().to_string()),
            Self::Malformed { place, .. } => Some(place.clone()),
            Self::Invalid { key, .. } => Some(key.clone()),
            Self::Incomplete { .. } => None,
        }
    }
}

impl Judged for OpenError {
    fn exit(&self) -> Exit {
        match self {
            Self::UnknownKind
            | Self::Url
            | Self::Missing { .. }
            | Self::Create { .. }
            | Self::NotDurable { .. } => Exit::Unusable,
            Self::Connect(_) | Self::Migrate(_) => Exit::OutOfReach,
        }
    }
}

impl Judged for BackupError {
    fn exit(&self) -> Exit {
        match self {
            Self::NotSqlite | Self::Exists(_) => Exit::Refused,
            Self::File { .. } | Self::Sqlite(_) => Exit::OutOfReach,
            Self::Damaged(_) | Self::Lacking { .. } => Exit::Look,
            Self::Open(error) => error.exit(),
        }
    }
}

impl Judged for LockError {
    fn exit(&self) -> Exit {
        match self {
            Self::Taken { .. } => Exit::TryAgain,
            Self::Io { .. } => Exit::OutOfReach,
        }
    }
}

impl Judged for KeyFileError {
    fn exit(&self) -> Exit {
        match self {
            Self::Read { .. }
            | Self::Exposed { .. }
            | Self::Link { .. }
            | Self::Malformed { .. } => Exit::Unusable,
            Self::Write { .. } => Exit::OutOfReach,
            Self::Random(error) => error.exit(),
        }
    }
}

impl Judged for crate::error::Error {
    fn exit(&self) -> Exit {
        match self {
            Self::Refused(_) | Self::Clock { .. } => Exit::Refused,
            Self::Database(error) => error.exit(),
            Self::Random(error) => error.exit(),
            Self::Unrecorded(error) => error.exit(),
            Self::Vault(_) | Self::Corrupt(_) => Exit::Fault,
        }
    }
}

impl Judged for StartError {
    fn exit(&self) -> Exit {
        match self {
            Self::Database(error) => error.exit(),
            Self::KeyFile(error) => error.exit(),
            Self::Storage(error) => error.exit(),
            Self::Unrecorded(error) => error.exit(),
            Self::Partner(error) => error.exit(),
            Self::Random(error) => error.exit(),
            Self::LostKeys { .. }
            | Self::Exposed { .. }
            | Self::Account { .. }
            | Self::OpenSettings { .. }
            | Self::Permissions { .. }
            | Self::UnverifiedPostgres
            | Self::Profile(_)
            | Self::NoTables
            | Self::OlderDatabase
            | Self::NewerDatabase { .. }
            | Self::WrongKeys { .. }
            | Self::Listen { .. }
            | Self::Descriptors { .. }
            | Self::Tls(_)
            | Self::Address { .. }
            | Self::UnreadTexts { .. }
            | Self::CodeTexts { .. }
            | Self::UnreadPrefixes { .. }
            | Self::Prefixes { .. }
            | Self::DemoPartner => Exit::Unusable,
            Self::Clock { .. } => Exit::Refused,
            Self::Methods(_) | Self::BuiltInTexts(_) => Exit::Fault,
            #[cfg(feature = "sandbox")]
            Self::Sandbox(_) => Exit::Unusable,
            #[cfg(not(feature = "sandbox"))]
            Self::NoSandbox => Exit::Unusable,
        }
    }
}

impl Judged for PartnerError {
    fn exit(&self) -> Exit {
        match self {
            Self::Unknown(_) => Exit::NotFound,
            Self::Taken(_) | Self::TwoSecrets(_) => Exit::Refused,
            Self::Name(_)
            | Self::Account { .. }
            | Self::Permission(_)
            | Self::Address(_)
            | Self::Certificate(_)
            | Self::Application(_) => Exit::Unusable,
            Self::Database(error) => error.exit(),
            Self::Random(error) => error.exit(),
        }
    }
}

impl Judged for SubscriptionError {
    fn exit(&self) -> Exit {
        match self {
            Self::UnknownPartner(_) | Self::NoWebhook(_) | Self::NoEvent(_) => Exit::NotFound,
            Self::Off(_) | Self::AlreadyOff(_) => Exit::Refused,
            Self::Address(_) => Exit::Unusable,
            Self::RotationUnderWay { .. } => Exit::TryAgain,
            Self::Database(error) => error.exit(),
            Self::Random(error) => error.exit(),
            Self::Vault(_) => Exit::Fault,
            Self::Failed(_) => Exit::OutOfReach,
        }
    }
}

impl Judged for ResolveError {
    fn exit(&self) -> Exit {
        match self {
            Self::NotFound(_) => Exit::NotFound,
            Self::NotOpen { .. }
            | Self::Denied { .. }
            | Self::Unproven { .. }
            | Self::Claimed { .. }
            | Self::Clock(_)
            | Self::NotContradicted(_)
            | Self::Unseen(_) => Exit::Refused,
            Self::UnderWay(_) | Self::Early { .. } | Self::Overtaken(_) => Exit::TryAgain,
            Self::Unanswered { .. } | Self::Failed { .. } => Exit::OutOfReach,
            Self::Unrecorded(error) => error.exit(),
            Self::Database(error) => error.exit(),
        }
    }
}

impl Judged for ReceiptError {
    fn exit(&self) -> Exit {
        match self {
            Self::None(_) => Exit::NotFound,
            Self::Registered { .. } | Self::Refused(_) | Self::NotOpen(_) => Exit::Refused,
            Self::UnderWay { .. } | Self::Overtaken(_) => Exit::TryAgain,
            Self::Check(_) => Exit::Unusable,
            Self::Unrecorded(error) => error.exit(),
            Self::Database(error) => error.exit(),
        }
    }
}

impl Judged for RestoreError {
    fn exit(&self) -> Exit {
        match self {
            Self::EndsBeforeItBegins { .. } | Self::NotYet { .. } => Exit::Unusable,
            Self::NotOpen(_) => Exit::NotFound,
            Self::Database(error) => error.exit(),
        }
    }
}

impl Judged for RotationError {
    fn exit(&self) -> Exit {
        match self {
            Self::NoSuchKey(_) => Exit::NotFound,
            Self::NotEverywhere { .. } | Self::StillUsed { .. } | Self::IsCurrent(_) => {
                Exit::Refused
            }
            Self::Database(error) => error.exit(),
            Self::Vault(_) => Exit::Fault,
        }
    }
}

impl Judged for CompareError {
    fn exit(&self) -> Exit {
        match self {
            Self::Network { .. } => Exit::OutOfReach,
            Self::Database(error) => error.exit(),
            Self::NotBegun(_) => Exit::Unusable,
        }
    }
}
