//! What operators do leaves two rows in the audit log: that it was asked for, before anything is done, and what became of it.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::Failure;
use super::exit::Exit;
use super::output;
use super::speaker::user;
use crate::audit::{self, Audit, Record, machine};
use crate::config::Config;
use crate::environment::Environment;
use crate::gateway::Gateway;
use crate::start::{StartError, open_to_record};

/// How long a row may take: the database may be away.
const LONGEST: Duration = Duration::from_secs(30);

/// The rows of one command.
pub(super) struct Deeds {
    audit: Arc<Audit>,
    who: String,
    source: String,
}

impl Deeds {
    /// For a command without a gateway of its own.
    pub(super) async fn open(config: &Config, environment: &Environment) -> Result<Self, Failure> {
        let audit = open(config, environment).await?;
        Self::by(audit, user()?)
    }

    /// The same, if there is a database that can have rows.
    pub(super) async fn open_if_there_is_a_database(
        config: &Config,
        environment: &Environment,
    ) -> Result<Option<Self>, Failure> {
        match open(config, environment).await {
            Ok(audit) => Self::by(audit, user()?).map(Some),
            Err(error) if error.is_without_database() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// For a command with a gateway of its own.
    pub(super) fn of(gateway: &Gateway) -> Result<Self, Failure> {
        Self::by(Arc::clone(&gateway.audit), user()?)
    }

    /// The same, of whoever speaks.
    pub(super) fn said_by(self, who: &str) -> Self {
        let who = who.to_owned();
        Self { who, ..self }
    }

    fn by(audit: Arc<Audit>, who: String) -> Result<Self, Failure> {
        let source = place();
        Ok(Self { audit, who, source })
    }

    /// Records that something is asked for, does it, and records what became of it.
    pub(super) async fn during<T, E: Into<Failure>>(
        &self,
        action: &'static str,
        object: String,
        detail: String,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Failure> {
        let record = |outcome: &str, detail: String| Record {
            object: object.clone(),
            outcome: outcome.to_owned(),
            detail,
            ..self.record(action)
        };
        self.write(record("asked", detail)).await?;
        let (became, last) = match work.await.map_err(Into::into) {
            Ok(done) => (Ok(done), record("done", String::new())),
            Err(failure) => {
                let last = record("failed", failure.to_string());
                (Err(failure), last)
            }
        };
        // It was done, or not, whether that can be written or not.
        if let Err(error) = self.write(last).await {
            writeln!(output::err(), "aloqa-gateway: {error}")?;
        }
        became
    }

    /// Does something that records itself once it is accepted, and records it if it is refused.
    pub(super) async fn unless_accepted<T, E: Into<Failure>>(
        &self,
        action: &'static str,
        object: String,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Failure> {
        let failure = match work.await {
            Ok(done) => return Ok(done),
            Err(error) => error.into(),
        };
        let refused = Record {
            object,
            outcome: "failed".to_owned(),
            detail: failure.to_string(),
            ..self.record(action)
        };
        self.write(refused).await?;
        Err(failure)
    }

    /// Records something that was done, to what, and what came of it.
    pub(super) async fn done(
        &self,
        action: &'static str,
        object: String,
        detail: String,
    ) -> Result<(), Failure> {
        let record = Record {
            object,
            outcome: "done".to_owned(),
            detail,
            ..self.record(action)
        };
        self.write(record).await
    }

    fn record(&self, action: &'static str) -> Record {
        Record {
            who: self.who.clone(),
            source: self.source.clone(),
            ..self.audit.own(action)
        }
    }

    async fn write(&self, record: Record) -> Result<(), Failure> {
        match tokio::time::timeout(LONGEST, self.audit.record(record)).await {
            Ok(written) => Ok(written?),
            Err(_) => Err(Failure::new(
                Exit::OutOfReach,
                "the audit log could not be written for too long",
            )),
        }
    }
}

async fn open(config: &Config, environment: &Environment) -> Result<Arc<Audit>, StartError> {
    let (database, vault) = open_to_record(config).await?;
    Ok(Audit::start(audit::Parts {
        database,
        vault: Arc::new(vault),
        clock: Arc::clone(&environment.clock),
        chain: environment.random.uuid()?,
        queue: 16,
    }))
}

/// From where a command is given: the machine, its terminal, and the address from which its user is logged in.
#[expect(
    clippy::disallowed_methods,
    reason = "from where an operator is logged in is not a setting"
)]
fn place() -> String {
    let mut place = machine();
    let input = fs::read_link(Path::new("/proc/self/fd/0")).unwrap_or_default();
    if let Some(terminal) = input.to_str().filter(|name| name.starts_with("/dev/pts/")) {
        place = format!("{place} {terminal}");
    }
    let from = std::env::var("SSH_CONNECTION").unwrap_or_default();
    if let Some(address) = from.split(' ').next().filter(|address| !address.is_empty()) {
        place = format!("{place} from {address}");
    }
    place
}
