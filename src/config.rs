//! Settings: built-in defaults, then the file, then the environment. Unknown keys and contradictions stop the start.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use rpc_schema::values::Code;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::domain::network::{Prefix, default_prefixes};
use crate::domain::tariff::Tariff;

/// Everything that can be set. `aloqa-gateway.example.toml` in the repository explains each key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    pub database: Database,
    pub server: Server,
    pub sandbox: Sandbox,
    pub vault: Vault,
    pub uzcard: Uzcard,
    pub humo: Humo,
    pub sms: Sms,
    pub codes: Codes,
    pub debits: Debits,
    pub holds: Holds,
    pub transfers: Transfers,
    pub fiscal: Fiscal,
    pub history: History,
    pub recovery: Recovery,
    /// Which network a card belongs to, by the longest prefix of its number.
    pub prefixes: Vec<Prefix>,
    pub log: Log,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// `sqlite:FILE` or `postgres://…`; the URL alone chooses the kind.
    pub url: SecretString,
    pub max_connections: u32,
    pub acquire_timeout_ms: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    pub listen: SocketAddr,
    pub ops_listen: SocketAddr,
    pub body_limit_bytes: usize,
    pub batch_limit: usize,
    /// Requests served at the same time; more are answered with HTTP 503 and -32343.
    pub max_in_flight: usize,
    pub max_connections: usize,
    pub header_timeout_ms: u64,
    pub body_timeout_ms: u64,
    /// One call, from its dispatch to its answer. A movement of money goes on beyond it.
    pub call_timeout_ms: u64,
    /// How long a stop waits for running calls.
    pub shutdown_timeout_ms: u64,
    /// How long a partner read from the database is taken as current.
    pub partner_cache_ms: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sandbox {
    pub listen: SocketAddr,
    /// False: a sandbox of its own process is used, at `listen`.
    pub embedded: bool,
    /// Where the sandbox keeps its state; beside the SQLite database, or in the working directory, when left out.
    pub state: Option<PathBuf>,
    /// Whether the sandbox's state is on the disk before each answer, as a real network's is.
    pub sync: bool,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Vault {
    /// The key file; in the sandbox profile it is generated beside the database.
    pub key_file: Option<PathBuf>,
}

/// SVGate. Without `url` the sandbox is used.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Uzcard {
    pub url: Option<String>,
    pub user: String,
    pub password: SecretString,
    pub connect_timeout_ms: u64,
    pub timeout_ms: u64,
    /// The longest that the network may take to carry out a call that has reached it: before, a call that it does not know
    /// may still come. 600 when left out, 30 in the sandbox profile.
    pub max_processing_s: Option<u32>,
    /// The legacy ISO field `port` of `hold.dismiss.charge`.
    pub port: String,
    /// `tran.purpose` of a payment.
    pub purpose: String,
    /// `serviceName` of `cards.new.otp`, 1 to 20 characters.
    pub service_name: String,
    pub hold_statuses: HoldStatuses,
}

/// The values of `status` in SVGate's list of holds. They are not published: the defaults are the sandbox's.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HoldStatuses {
    pub active: i64,
    pub captured: i64,
    pub dismissed: i64,
    pub expired: i64,
}

/// HUMO's PaymentServer and card-info middleware. Without URLs the sandbox is used.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Humo {
    pub payment_url: Option<String>,
    pub info_url: Option<String>,
    /// Also the `paymentOriginator`.
    pub user: String,
    pub password: SecretString,
    /// Bearer token of the middleware.
    pub token: SecretString,
    pub connect_timeout_ms: u64,
    pub timeout_ms: u64,
    /// The longest that the network may take to carry out a call that has reached it: before, a call that it does not know
    /// may still come. 600 when left out, 30 in the sandbox profile.
    pub max_processing_s: Option<u32>,
    pub point_code: String,
    pub centre_id: String,
    /// The values of `commissionGroup` that tell a company's card. They are not published: the default is the sandbox's.
    pub corporate_groups: Vec<String>,
}

/// The SMS provider's broker API. Without `url` the sandbox is used.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sms {
    pub url: Option<String>,
    pub user: String,
    pub password: SecretString,
    pub originator: String,
    pub connect_timeout_ms: u64,
    pub timeout_ms: u64,
    /// Codes sent to one phone for one partner on one day (Tashkent time).
    pub daily_limit: i64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Codes {
    pub lifetime_s: i64,
    pub tries: i32,
    /// A fixed code instead of a random one: sandbox profile only.
    pub fixed: Option<SecretString>,
    /// From this amount (tiyin) on, every debit needs a code; a partner may have a lower bound of its own.
    pub required_from: Option<i64>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Debits {
    /// Least amount in tiyin: -32328 below.
    pub min_amount: i64,
    /// Greatest amount in tiyin: -32329 above.
    pub max_amount: i64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Holds {
    pub lifetime_minutes: i64,
    /// How often holds are looked for whose time is over. At the networks they end to the minute.
    pub release_period_ms: u64,
}

/// Transfers from card to card.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Transfers {
    pub humo2humo: Tariff,
    pub humo2uzcard: Tariff,
    pub uzcard2humo: Tariff,
    pub uzcard2uzcard: Tariff,
    /// The terminals under which transfers run.
    pub uzcard_terminal: TransferTerminal,
    pub humo_terminal: TransferTerminal,
    /// HUMO's `switchingID`: 48 within a bank, 50 between banks.
    pub switching_intrabank: String,
    pub switching_interbank: String,
    /// From this amount (tiyin) on, a credit to a card needs the details of `sender`; without them: -32329.
    pub sender_required_from: i64,
    pub sender: Option<SenderDetails>,
}

/// A merchant's terminal.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransferTerminal {
    pub merchant_id: String,
    pub terminal_id: String,
}

/// Who credits a card, as the banks ask for it above a limit.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SenderDetails {
    pub legal_id: String,
    pub legal_name: String,
    pub first_name: String,
    pub last_name: String,
    pub middle_name: String,
    /// ISO 3166 numeric, three digits.
    pub nationality: String,
    /// The networks' code of the kind of document, three digits.
    pub document_type: String,
    /// Series and number.
    pub document_number: String,
    /// `ddMMyyyy`.
    pub document_valid_to: String,
    /// `ddMMyyyy`.
    pub birth_date: String,
    /// Fourteen digits.
    pub pinfl: String,
}

/// The fiscal service, with which the fees of transfers are registered. Without `url` the sandbox is used.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fiscal {
    pub url: Option<String>,
    pub user: String,
    pub password: SecretString,
    pub connect_timeout_ms: u64,
    /// The caller of a transfer waits so long for its receipt at most.
    pub timeout_ms: u64,
}

/// The history of cards.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct History {
    /// The longest period of a call: -32350 above.
    pub max_days: i64,
    /// How old a day may be that can still change, before it is fetched again.
    pub refresh_s: i64,
    /// How long after its end a day can still change.
    pub lag_s: i64,
    /// A network is given so long for a reply: all of a card's history at HUMO, a page of it at SVGate. A long history
    /// goes on being fetched when its caller's time is over, for the next call.
    pub timeout_ms: u64,
    /// How many operations SVGate is asked for at once.
    pub page_size: u32,
}

/// How the outcomes of calls are found out that are not known.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Recovery {
    /// How often requests are looked for that are due.
    pub period_ms: u64,
    /// What a call may need besides the longest time-out of a network, from its intent to the record of its outcome.
    /// After both, recovery takes its process for dead.
    pub lease_margin_ms: u64,
    /// How far the clocks of the gateways on one database may be apart.
    pub clock_skew_ms: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// A tracing filter, for example `info,aloqa_gateway=debug`.
    pub filter: String,
    pub json: bool,
}

impl Default for Uzcard {
    fn default() -> Self {
        Self {
            url: None,
            user: "aloqa".to_owned(),
            password: "sandbox".into(),
            connect_timeout_ms: 2_000,
            timeout_ms: 15_000,
            max_processing_s: None,
            port: "123456".to_owned(),
            purpose: "payment".to_owned(),
            service_name: "AloqaGateway".to_owned(),
            hold_statuses: HoldStatuses::default(),
        }
    }
}

impl Default for HoldStatuses {
    fn default() -> Self {
        Self {
            active: 0,
            captured: 1,
            dismissed: 2,
            expired: 3,
        }
    }
}

impl Default for Humo {
    fn default() -> Self {
        Self {
            payment_url: None,
            info_url: None,
            user: "aloqa".to_owned(),
            password: "sandbox".into(),
            token: "sandbox".into(),
            connect_timeout_ms: 2_000,
            timeout_ms: 15_000,
            max_processing_s: None,
            point_code: "100010104110".to_owned(),
            centre_id: "HUMO".to_owned(),
            corporate_groups: vec!["CORP".to_owned()],
        }
    }
}

impl Default for Sms {
    fn default() -> Self {
        Self {
            url: None,
            user: "aloqa".to_owned(),
            password: "sandbox".into(),
            originator: "3700".to_owned(),
            connect_timeout_ms: 2_000,
            timeout_ms: 10_000,
            daily_limit: 50,
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            database: Database::default(),
            server: Server::default(),
            sandbox: Sandbox::default(),
            vault: Vault::default(),
            uzcard: Uzcard::default(),
            humo: Humo::default(),
            sms: Sms::default(),
            codes: Codes::default(),
            debits: Debits::default(),
            holds: Holds::default(),
            transfers: Transfers::default(),
            fiscal: Fiscal::default(),
            history: History::default(),
            recovery: Recovery::default(),
            prefixes: default_prefixes(),
            log: Log::default(),
        }
    }
}

impl Default for Database {
    fn default() -> Self {
        Self {
            url: DEFAULT_DATABASE.into(),
            max_connections: 16,
            acquire_timeout_ms: 5_000,
        }
    }
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: loopback(8080),
            ops_listen: loopback(9090),
            body_limit_bytes: 32 * 1024,
            batch_limit: 20,
            max_in_flight: 1_000,
            max_connections: 4_000,
            header_timeout_ms: 5_000,
            body_timeout_ms: 10_000,
            call_timeout_ms: 50_000,
            shutdown_timeout_ms: 30_000,
            partner_cache_ms: 2_000,
        }
    }
}

impl Default for Sandbox {
    fn default() -> Self {
        Self {
            listen: loopback(8090),
            embedded: true,
            state: None,
            sync: false,
        }
    }
}

impl Default for Codes {
    fn default() -> Self {
        Self {
            lifetime_s: 300,
            tries: 3,
            fixed: None,
            required_from: None,
        }
    }
}

impl Default for Debits {
    fn default() -> Self {
        // A tiyin to a milliard UZS: the banks' own limits are far below.
        Self {
            min_amount: 1,
            max_amount: 100_000_000_000,
        }
    }
}

impl Default for Holds {
    fn default() -> Self {
        Self {
            lifetime_minutes: 7 * 24 * 60,
            release_period_ms: 20_000,
        }
    }
}

impl Default for Transfers {
    fn default() -> Self {
        let terminal = |merchant_id: &str, terminal_id: &str| TransferTerminal {
            merchant_id: merchant_id.to_owned(),
            terminal_id: terminal_id.to_owned(),
        };
        Self {
            humo2humo: Tariff::default(),
            humo2uzcard: Tariff::default(),
            uzcard2humo: Tariff::default(),
            uzcard2uzcard: Tariff::default(),
            uzcard_terminal: terminal("90001", "92400001"),
            humo_terminal: terminal("0040100000401CS", "1965000A"),
            switching_intrabank: "48".to_owned(),
            switching_interbank: "50".to_owned(),
            // 12 000 000 UZS, the highest of the limits seen (processing-centres section 2.2).
            sender_required_from: 1_200_000_001,
            sender: None,
        }
    }
}

impl Default for Fiscal {
    fn default() -> Self {
        Self {
            url: None,
            user: "aloqa".to_owned(),
            password: "sandbox".into(),
            connect_timeout_ms: 1_000,
            timeout_ms: 3_000,
        }
    }
}

impl Default for History {
    fn default() -> Self {
        Self {
            max_days: 92,
            refresh_s: 60,
            lag_s: 600,
            timeout_ms: 20_000,
            page_size: 100,
        }
    }
}

impl Default for Recovery {
    fn default() -> Self {
        Self {
            period_ms: 1_000,
            lease_margin_ms: 15_000,
            clock_skew_ms: 10_000,
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self {
            filter: "info".to_owned(),
            json: false,
        }
    }
}

const DEFAULT_DATABASE: &str = "sqlite:aloqa-gateway.sqlite";

const fn loopback(port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}

/// The file that is read when it is there and no other is named.
const DEFAULT_FILE: &str = "aloqa-gateway.toml";

/// Sections and keys are joined by this in the names of environment variables: `ALOQA__DATABASE__URL`.
const SEPARATOR: &str = "__";

/// Which networks the gateway works with; follows from the addresses alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// No address is set: the simulated networks, a demo partner, a fixed code.
    Sandbox,
    /// All addresses are set.
    Production,
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("the settings cannot be read: {0}")]
    Unreadable(#[from] config::ConfigError),
    #[error("{key}: {reason}")]
    Contradiction { key: &'static str, reason: String },
}

impl Config {
    /// Defaults, then the file, then the environment.
    ///
    /// # Errors
    /// A key is unknown or malformed, or two settings contradict each other; the message names the key.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let file = match file {
            Some(file) => config::File::from(file).required(true),
            None => config::File::from(Path::new(DEFAULT_FILE)).required(false),
        };
        let environment = config::Environment::with_prefix("ALOQA")
            .prefix_separator(SEPARATOR)
            .separator(SEPARATOR)
            .try_parsing(true);
        let sources = config::Config::builder()
            .add_source(file)
            .add_source(environment)
            .build()?;
        let settings: Self = sources.try_deserialize()?;
        settings.check()?;
        Ok(settings)
    }

    /// See [`Profile`]. A mixture of real and simulated networks is refused by [`Config::check`].
    pub fn profile(&self) -> Profile {
        if self
            .addresses()
            .iter()
            .any(|(_, address)| address.is_some())
        {
            Profile::Production
        } else {
            Profile::Sandbox
        }
    }

    fn addresses(&self) -> [(&'static str, &Option<String>); 5] {
        [
            ("uzcard.url", &self.uzcard.url),
            ("humo.payment_url", &self.humo.payment_url),
            ("humo.info_url", &self.humo.info_url),
            ("sms.url", &self.sms.url),
            ("fiscal.url", &self.fiscal.url),
        ]
    }

    /// Refuses settings that contradict each other.
    pub fn check(&self) -> Result<(), ConfigError> {
        let refuse = |key, reason: &str| {
            Err(ConfigError::Contradiction {
                key,
                reason: reason.to_owned(),
            })
        };
        if self.profile() == Profile::Production {
            for (key, address) in self.addresses() {
                if address.is_none() {
                    return refuse(
                        key,
                        "must be set too, because another network's address is: real and simulated networks do not mix",
                    );
                }
            }
            if self.codes.fixed.is_some() {
                return refuse(
                    "codes.fixed",
                    "is for the sandbox profile alone; real networks are configured",
                );
            }
            if self.vault.key_file.is_none() {
                return refuse(
                    "vault.key_file",
                    "must be set where real networks are configured; `aloqa-gateway keys FILE` makes one",
                );
            }
        }
        let positive = [
            ("server.body_limit_bytes", self.server.body_limit_bytes > 0),
            ("server.batch_limit", self.server.batch_limit > 0),
            ("server.max_in_flight", self.server.max_in_flight > 0),
            ("server.max_connections", self.server.max_connections > 0),
            (
                "uzcard.max_processing_s",
                self.uzcard.max_processing_s != Some(0),
            ),
            (
                "humo.max_processing_s",
                self.humo.max_processing_s != Some(0),
            ),
            ("holds.release_period_ms", self.holds.release_period_ms > 0),
            ("recovery.period_ms", self.recovery.period_ms > 0),
            (
                "recovery.lease_margin_ms",
                self.recovery.lease_margin_ms > 0,
            ),
            ("codes.lifetime_s", self.codes.lifetime_s > 0),
            ("codes.tries", self.codes.tries > 0),
            ("debits.min_amount", self.debits.min_amount > 0),
            ("history.max_days", self.history.max_days > 0),
            ("history.page_size", self.history.page_size > 0),
        ];
        if let Some((key, _)) = positive.into_iter().find(|(_, holds)| !holds) {
            return refuse(key, "must be above zero");
        }
        let not_negative = [
            ("history.refresh_s", self.history.refresh_s),
            ("history.lag_s", self.history.lag_s),
        ];
        if let Some((key, _)) = not_negative.into_iter().find(|(_, seconds)| *seconds < 0) {
            return refuse(key, "must not be below zero");
        }
        if self.database.max_connections < 2 {
            return refuse(
                "database.max_connections",
                "must be above one: a migration takes two",
            );
        }
        if self.debits.max_amount < self.debits.min_amount {
            return refuse("debits.max_amount", "is below debits.min_amount");
        }
        if !(1..=43_200).contains(&self.holds.lifetime_minutes) {
            return refuse("holds.lifetime_minutes", "must be 1 to 43200");
        }
        if self
            .codes
            .fixed
            .as_ref()
            .is_some_and(|code| Code::parse(code.expose_secret()).is_none())
        {
            return refuse("codes.fixed", "must be six digits");
        }
        if let Some(entry) = self
            .prefixes
            .iter()
            .find(|entry| !entry.prefix.bytes().all(|byte| byte.is_ascii_digit()))
        {
            return Err(ConfigError::Contradiction {
                key: "prefixes",
                reason: format!("{:?} is not made of digits", entry.prefix),
            });
        }
        let tariffs = [
            ("transfers.humo2humo", &self.transfers.humo2humo),
            ("transfers.humo2uzcard", &self.transfers.humo2uzcard),
            ("transfers.uzcard2humo", &self.transfers.uzcard2humo),
            ("transfers.uzcard2uzcard", &self.transfers.uzcard2uzcard),
        ];
        for (key, tariff) in tariffs {
            if let Some(reason) = tariff.fault() {
                return refuse(key, reason);
            }
        }
        // A transfer from HUMO to UZCARD: HUMO's sale is two calls, the credit a third.
        let humo = self.humo.timeout_ms.saturating_mul(2);
        let longest = humo
            .saturating_add(self.uzcard.timeout_ms)
            .max(self.history.timeout_ms);
        if self.server.call_timeout_ms <= longest {
            return Err(ConfigError::Contradiction {
                key: "server.call_timeout_ms",
                reason: format!(
                    "must be above {longest}, so that a call outlives the calls to the networks in it"
                ),
            });
        }
        Ok(())
    }
}
