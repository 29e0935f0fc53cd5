//! The gateway itself: everything that a call needs, made once at the start and handed in.

use std::sync::{Arc, OnceLock};

use entity::partner_terminal;
use rpc_schema::errors::{ErrorCode, Lang};
use rpc_schema::values::{Code, Network};
use sea_orm::DbErr;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::background::Turns;
use crate::clock::Clock;
use crate::database::Database;
use crate::domain::app_name::AppName;
use crate::domain::failure::Failure;
use crate::domain::network::Prefixes;
use crate::domain::tariff::Tariff;
use crate::processing::fiscal::Fiscal;
use crate::processing::humo::Humo;
use crate::processing::sms::Sms;
use crate::processing::uzcard::Uzcard;
use crate::processing::{Call, Outcome, Processing, Reference, Terminal};
use crate::random::{Random, RandomError};
use crate::recovery::Steadiness;
use crate::service::Fetches;
use crate::surroundings::{CrashPoint, CrashPoints, reach};
use crate::vault::{Vault, VaultError};

/// What all calls share.
pub struct Gateway {
    pub database: Database,
    pub vault: Vault,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub crash_points: Option<Arc<dyn CrashPoints>>,
    pub uzcard: Uzcard,
    pub humo: Humo,
    pub sms: Sms,
    pub fiscal: Fiscal,
    /// The histories that are being fetched.
    pub fetches: Fetches,
    pub rules: Rules,
    /// Whether the clock was set lately.
    pub steadiness: Steadiness,
    /// What became of its background work.
    pub turns: Turns,
    /// Names this process in the leases of the calls that it looks up.
    pub process_id: Uuid,
    /// Cancelled when the gateway stops: what it does by itself begins nothing more.
    pub stopping: CancellationToken,
}

/// The settings that decide about calls.
#[derive(Debug, Clone)]
pub struct Rules {
    pub prefixes: Prefixes,
    /// The sandbox profile's fixed code.
    pub fixed_code: Option<Code>,
    pub code_lifetime_ms: i64,
    pub code_tries: i32,
    /// From this amount (tiyin) on, every debit needs a code.
    pub code_required_from: Option<i64>,
    /// Codes to one phone for one partner on one day.
    pub sms_daily_limit: i64,
    /// Tiyin.
    pub min_debit: i64,
    /// Tiyin.
    pub max_debit: i64,
    pub hold_lifetime_ms: i64,
    pub transfers: TransferRules,
    pub history: HistoryRules,
    /// How long a call to a network stays in the hands of the process that makes it.
    pub lease_ms: i64,
    /// How long after its intent a call may leave, so that it ends within its lease.
    pub leave_within_ms: i64,
    /// How far the clocks of gateways on one database, and of the networks, may differ.
    pub clock_skew_ms: i64,
    /// How long after its intent a call that UZCARD does not know cannot come any more.
    pub final_after_uzcard_ms: i64,
    /// The same at HUMO.
    pub final_after_humo_ms: i64,
}

/// What transfers cost, and under which terminals they run.
#[derive(Debug, Clone)]
pub struct TransferRules {
    pub humo2humo: Tariff,
    pub humo2uzcard: Tariff,
    pub uzcard2humo: Tariff,
    pub uzcard2uzcard: Tariff,
    pub uzcard_terminal: Terminal,
    pub humo_terminal: Terminal,
    /// From this amount (tiyin) on, a credit to a card needs the sender's details.
    pub sender_required_from: i64,
    pub has_sender_details: bool,
}

/// When the history of a card is fetched.
#[derive(Debug, Clone, Copy)]
pub struct HistoryRules {
    /// The longest period of a call.
    pub max_days: i64,
    /// How old a day may be that can still change.
    pub refresh_ms: i64,
    /// How long after its end a day can still change.
    pub lag_ms: i64,
}

/// The partner on whose behalf a call runs.
#[derive(Debug, Clone)]
pub struct Partner {
    pub id: Uuid,
    pub name: String,
    pub permissions: Permissions,
    /// From this amount (tiyin) on, this partner's debits need a code.
    pub code_required_from: Option<i64>,
    pub terminals: Vec<partner_terminal::Model>,
}

/// What a partner may do: names of methods, `namespace.*`, `*`, and `pan.read`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permissions(Vec<String>);

impl Permissions {
    /// From the words of the table, separated by blanks.
    pub fn parse(text: &str) -> Self {
        Self(text.split_whitespace().map(str::to_owned).collect())
    }

    /// Whether `name` is among them.
    pub fn allow(&self, name: &str) -> bool {
        self.0
            .iter()
            .any(|permission| match permission.strip_suffix('*') {
                Some(prefix) => name.starts_with(prefix),
                None => permission == name,
            })
    }
}

/// Who calls, and how: what a method knows besides its params.
#[derive(Debug)]
pub struct Caller {
    pub partner: Arc<Partner>,
    /// The header `lang`; each use has its own default.
    pub lang: Option<Lang>,
    pub app_name: Option<AppName>,
    /// Under which the log has the call, and the partner its reply.
    pub request_id: Uuid,
    /// Whether a byte of this call may have left for a network.
    pub departure: Departure,
}

/// The gate between a call and the networks, passed or shut once.
///
/// Passed, whatever goes wrong in the call is an unknown outcome (-32379), never a failure. Shut, because the caller's
/// time is over and it was told so, nothing may leave any more.
#[derive(Debug, Default)]
pub struct Departure(OnceLock<Option<i64>>);

impl Departure {
    /// Lets the call of a transaction leave. False: the gate is shut.
    pub fn pass(&self, transaction_id: i64) -> bool {
        self.0.get_or_init(|| Some(transaction_id)).is_some()
    }

    /// Shuts the gate. The transaction's number: it was passed before.
    pub fn shut(&self) -> Option<i64> {
        *self.0.get_or_init(|| None)
    }

    /// The transaction with which the gate was passed.
    pub fn passed(&self) -> Option<i64> {
        self.0.get().copied().flatten()
    }
}

impl Caller {
    /// A caller of which nothing has left yet.
    pub fn new(
        partner: Arc<Partner>,
        lang: Option<Lang>,
        app_name: Option<AppName>,
        request_id: Uuid,
    ) -> Self {
        Self {
            partner,
            lang,
            app_name,
            request_id,
            departure: Departure::default(),
        }
    }
}

/// Why a call has no result.
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
    /// Several gateways go by each other's times: with a clock of its own one of them would take the others' calls for lost.
    #[error(
        "our clock is {ahead_ms} ms ahead of the database's (less than 0: behind it), and nothing is begun until that is put right"
    )]
    Clock { ahead_ms: i64 },
    /// A row that should not be possible; the text names table and row.
    #[error("the stored data contradict themselves: {0}")]
    Corrupt(String),
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Refused(Box::new(failure))
    }
}

impl From<ErrorCode> for Error {
    fn from(code: ErrorCode) -> Self {
        Failure::new(code).into()
    }
}

impl Gateway {
    /// The client of a network.
    pub fn network(&self, network: Network) -> &dyn Processing {
        match network {
            Network::Uzcard => &self.uzcard,
            Network::Humo => &self.humo,
        }
    }

    /// Makes a call that can move money. There is no other way to one.
    pub(crate) async fn make(&self, network: Network, call: &Call) -> Outcome {
        reach(self.crash_points.as_ref(), CrashPoint::BeforeCall).await;
        let outcome = self.network(network).execute(call).await;
        reach(self.crash_points.as_ref(), CrashPoint::AfterCall).await;
        outcome
    }

    /// A new reference of ours. SVGate takes up to 75 characters; what HUMO takes is not published.
    pub fn new_reference(&self) -> Result<Reference, RandomError> {
        Ok(Reference(
            self.random.uuid_at(self.clock.now())?.simple().to_string(),
        ))
    }

    /// A new confirmation code.
    pub fn new_code(&self) -> Result<Code, Error> {
        if let Some(code) = &self.rules.fixed_code {
            return Ok(code.clone());
        }
        let digits = self.random.six_digits()?;
        Code::parse(&digits)
            .ok_or_else(|| Error::Corrupt("a new code is not six digits".to_owned()))
    }
}
