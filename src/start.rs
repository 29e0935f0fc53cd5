//! From settings to a running gateway: what is chosen, in which order things begin, and how they end.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jsonrpsee::core::RegisterMethodError;
use rpc_schema::values::Code;
use sea_orm::DbErr;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::background::JobStatus;
use crate::config::{self, Config, Profile};
use crate::database::{Database, OpenError, advised};
use crate::domain::call::Terminal;
use crate::domain::network::Prefixes;
use crate::gateway::Fetches;
use crate::gateway::Gateway;
use crate::metrics::Metrics;
use crate::partners::{self, PartnerError};
use crate::payment::payments::Parts;
use crate::payment::{self, Payments};
use crate::processing::breaker::Lane;
use crate::processing::exchange::SetupError;
use crate::processing::fiscal::Fiscal;
use crate::processing::sms::Sms;
use crate::processing::{CardNetworks, humo, uzcard};
use crate::random::RandomError;
use crate::repository::vault_key;
use crate::rpc::authentication::Partners;
use crate::rpc::{Dispatcher, Limits, module};
use crate::rules::{HistoryRules, Rules, TransferRules};
use crate::server::{Endpoint, HttpLimits};
use crate::surroundings::Surroundings;
use crate::vault::{KeyFileError, Mac256, Vault, same_mac};
use crate::{background, operations_listener, server};

/// Why the gateway did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Database(#[from] OpenError),
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    #[error("the database cannot be read or written{}", advised(.0))]
    Storage(#[from] DbErr),
    #[error("the key file {path} does not fit the database: {reason}")]
    WrongKeys { path: PathBuf, reason: String },
    #[error("cannot listen on {address} ({key})")]
    Listen {
        address: SocketAddr,
        key: &'static str,
        source: io::Error,
    },
    #[error("{key}: {source}")]
    Address {
        key: &'static str,
        source: SetupError,
    },
    #[error(
        "this machine's clock is {ahead_ms} ms ahead of the database's (less than 0: behind it), which all gateways share: set them right, or raise recovery.clock_skew_ms"
    )]
    Clock { ahead_ms: i64 },
    #[error(transparent)]
    Partner(#[from] PartnerError),
    #[error(
        "the database has the demo partner with its published secret, and real networks are configured: run `aloqa-gateway partner disable demo` or use another database"
    )]
    DemoPartner,
    #[error(transparent)]
    Random(#[from] RandomError),
    #[error("two methods have one name")]
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

/// A gateway that serves.
pub struct Running {
    pub profile: Profile,
    pub database_kind: &'static str,
    pub address: SocketAddr,
    pub ops_address: SocketAddr,
    /// Where the simulated networks are; `None` with real ones.
    pub sandbox_address: Option<SocketAddr>,
    pub gateway: Arc<Gateway>,
    /// What became of its background work.
    pub jobs: Arc<JobStatus>,
    stop: CancellationToken,
    calls: TaskTracker,
    endpoint: JoinHandle<()>,
    background: TaskTracker,
    shutdown_timeout: Duration,
    /// The embedded sandbox, if there is one.
    simulated: TaskTracker,
    stop_sandbox: CancellationToken,
}

impl Running {
    /// Takes no new connections, lets running calls end, and stops. False: the time was over before they ended.
    pub async fn stop(self) -> bool {
        self.stop.cancel();
        let ended = tokio::time::timeout(self.shutdown_timeout, async {
            let _ = self.endpoint.await;
            self.calls.close();
            self.calls.wait().await;
            self.background.close();
            self.background.wait().await;
        });
        let all_ended = ended.await.is_ok();
        // Last, because what was still under way needed its networks.
        self.stop_sandbox.cancel();
        self.simulated.close();
        self.simulated.wait().await;
        all_ended
    }
}

/// Starts a gateway.
///
/// # Errors
/// What is missing or refused, with the setting to change.
pub async fn start(config: &Config, surroundings: Surroundings) -> Result<Running, StartError> {
    let profile = config.profile();
    let stop_sandbox = CancellationToken::new();
    let (background, simulated) = (TaskTracker::new(), TaskTracker::new());
    let sandbox_address = match profile {
        Profile::Production => None,
        Profile::Sandbox => {
            Some(simulated_networks(config, &surroundings, &simulated, &stop_sandbox).await?)
        }
    };
    let gateway = Arc::new(gateway_with(config, &surroundings, sandbox_address).await?);
    let (database, vault) = (&gateway.database, &gateway.vault);
    match profile {
        Profile::Sandbox => partners::ensure_demo(database, vault, &surroundings).await?,
        Profile::Production if partners::demo_is_open(database, vault).await? => {
            return Err(StartError::DemoPartner);
        }
        Profile::Production => {}
    }

    gateway.payments.compare_clock().await?;
    if let Some(ahead_ms) = gateway.payments.clock_off_by() {
        return Err(StartError::Clock { ahead_ms });
    }
    let listener = listen(config.server.listen, "server.listen").await?;
    let ops_listener = listen(config.server.ops_listen, "server.ops_listen").await?;
    let (address, ops_address) = (
        bound(&listener, "server.listen")?,
        bound(&ops_listener, "server.ops_listen")?,
    );

    let metrics = Arc::new(Metrics::default());
    let calls = TaskTracker::new();
    let millis = Duration::from_millis;
    let dispatcher = Dispatcher::new(
        module(Arc::clone(&gateway))?.into(),
        Partners::new(Arc::clone(&gateway), millis(config.server.partner_cache_ms)),
        Limits {
            batch: config.server.batch_limit,
            call: millis(config.server.call_timeout_ms),
        },
        Arc::clone(&metrics),
        calls.clone(),
    );
    let limits = HttpLimits {
        body_bytes: config.server.body_limit_bytes,
        in_flight: config.server.max_in_flight,
        connections: config.server.max_connections,
        header_timeout: millis(config.server.header_timeout_ms),
        body_timeout: millis(config.server.body_timeout_ms),
        shutdown_timeout: millis(config.server.shutdown_timeout_ms),
    };
    let endpoint = Arc::new(Endpoint::new(dispatcher, Arc::clone(&gateway), limits));
    let stop = gateway.stopping.clone();
    let jobs = Arc::new(JobStatus::default());
    let endpoint = tokio::spawn(server::serve(endpoint, listener, stop.clone()));
    background.spawn(operations_listener::serve(
        Arc::clone(&gateway),
        Arc::clone(&jobs),
        metrics,
        ops_listener,
        stop.clone(),
    ));
    background::start(&gateway, &jobs, config, &background);
    Ok(Running {
        profile,
        database_kind: gateway.database.kind(),
        address,
        ops_address,
        sandbox_address,
        gateway,
        jobs,
        stop,
        calls,
        endpoint,
        background,
        shutdown_timeout: limits.shutdown_timeout,
        simulated,
        stop_sandbox,
    })
}

/// A gateway that serves nobody, for an operator's command. In the sandbox profile its networks are those of the gateway
/// that serves.
///
/// # Errors
/// What is missing or refused, with the setting to change.
pub async fn open_gateway(
    config: &Config,
    surroundings: &Surroundings,
) -> Result<Gateway, StartError> {
    let sandbox_address = match config.profile() {
        Profile::Production => None,
        Profile::Sandbox => Some(config.sandbox.listen),
    };
    gateway_with(config, surroundings, sandbox_address).await
}

async fn gateway_with(
    config: &Config,
    surroundings: &Surroundings,
    sandbox_address: Option<SocketAddr>,
) -> Result<Gateway, StartError> {
    let database = Database::open(&config.database)
        .await?
        .with_crash_points(surroundings.crash_points.clone());
    database.migrate().await?;
    let vault = open_vault(config, config.profile(), &database, surroundings).await?;
    connect_networks(config, sandbox_address, database, vault, surroundings)
}

/// Opens the vault with the key file, and makes sure that it is the one with which the database was written.
pub async fn open_vault(
    config: &Config,
    profile: Profile,
    database: &Database,
    surroundings: &Surroundings,
) -> Result<Vault, StartError> {
    let path = match (&config.vault.key_file, profile) {
        (Some(path), _) => path.clone(),
        // `Config::check` asks for a key file in production.
        (None, Profile::Sandbox | Profile::Production) => {
            beside_database(&config.database.url, "keys")
        }
    };
    if profile == Profile::Sandbox && Vault::generate(&path, surroundings.random.as_ref())? {
        tracing::info!(path = %path.display(), "generated a key file");
    }
    let vault = Vault::open(&path)?;
    let proofs = vault.proofs();
    if vault_key::all(&**database).await?.is_empty() {
        remember_keys(database, &proofs, surroundings.clock.now()).await?;
    }
    // Read again: another gateway may have been first, with other keys.
    for row in vault_key::all(&**database).await? {
        let reason = match proofs.iter().find(|(id, _)| *id == row.id) {
            Some((_, proof)) if same_mac(proof, &row.proof) => continue,
            Some(_) => format!("its key {:?} is another one", row.id),
            None => format!("it has no key {:?}", row.id),
        };
        return Err(StartError::WrongKeys { path, reason });
    }
    remember_keys(database, &proofs, surroundings.clock.now()).await?;
    Ok(vault)
}

async fn remember_keys(
    database: &Database,
    proofs: &[(String, Mac256)],
    now: i64,
) -> Result<(), DbErr> {
    let tx = database.write().await?;
    for (id, proof) in proofs {
        let row = entity::vault_key::Model {
            id: id.clone(),
            proof: proof.to_vec(),
            created_at: now,
        };
        vault_key::insert(&*tx, row).await?;
    }
    tx.commit().await
}

/// The clients that ask the card networks, for a command that does not serve. In the sandbox profile the simulated
/// networks are those of the gateway that serves.
pub fn card_networks(config: &Config) -> Result<CardNetworks, StartError> {
    let sandbox = match config.profile() {
        Profile::Production => None,
        Profile::Sandbox => Some(config.sandbox.listen),
    };
    Ok(connect_card_networks(config, sandbox)?.0)
}

/// The configured address, or the path at the sandbox.
fn address_of(configured: &Option<String>, sandbox: Option<SocketAddr>, path: &str) -> String {
    match (configured, sandbox) {
        (Some(url), _) => url.clone(),
        (None, Some(sandbox)) => format!("http://{sandbox}{path}"),
        // `Config::check` asks for all addresses in production.
        (None, None) => String::new(),
    }
}

fn connect_card_networks(
    config: &Config,
    sandbox: Option<SocketAddr>,
) -> Result<(CardNetworks, payment::Networks), StartError> {
    let url = |configured: &Option<String>, path: &str| address_of(configured, sandbox, path);
    let wrong = |key| move |source| StartError::Address { key, source };
    // One each: what hangs at one network leaves room for the other.
    let lane = || Lane::of(config.server.max_in_flight);
    let (uzcard_cards, uzcard_payments) = uzcard::connect(
        &config.uzcard,
        &url(&config.uzcard.url, "/uzcard"),
        config.holds.lifetime_minutes,
        &config.transfers,
        &config.history,
        &lane(),
    )
    .map_err(wrong("uzcard.url"))?;
    let payment_url = url(&config.humo.payment_url, "/humo/payment");
    let info_url = url(&config.humo.info_url, "/humo/json");
    let (humo_cards, humo_payments) = humo::connect(
        &config.humo,
        &payment_url,
        &info_url,
        &config.transfers,
        &config.history,
        &lane(),
    )
    .map_err(wrong("humo.payment_url"))?;
    let asking = CardNetworks {
        uzcard: uzcard_cards,
        humo: humo_cards,
    };
    let paying = payment::Networks {
        uzcard: uzcard_payments,
        humo: humo_payments,
    };
    Ok((asking, paying))
}

fn connect_networks(
    config: &Config,
    sandbox: Option<SocketAddr>,
    database: Database,
    vault: Vault,
    surroundings: &Surroundings,
) -> Result<Gateway, StartError> {
    let url = |configured: &Option<String>, path: &str| address_of(configured, sandbox, path);
    let wrong = |key| move |source| StartError::Address { key, source };
    let (asking, paying) = connect_card_networks(config, sandbox)?;
    let fiscal = Fiscal::new(&config.fiscal, &url(&config.fiscal.url, "/fiscal"))
        .map_err(wrong("fiscal.url"))?;
    let sms = Sms::new(&config.sms, &url(&config.sms.url, "/sms/broker-api"))
        .map_err(wrong("sms.url"))?;
    let vault = Arc::new(vault);
    let rules = Arc::new(rules(config));
    let payments = Payments::new(Parts {
        database: database.clone(),
        vault: Arc::clone(&vault),
        clock: Arc::clone(&surroundings.clock),
        random: Arc::clone(&surroundings.random),
        rules: Arc::clone(&rules),
        process_id: surroundings.random.uuid()?,
        crash_points: surroundings.crash_points.clone(),
        networks: paying,
    });
    Ok(Gateway {
        database,
        vault,
        clock: Arc::clone(&surroundings.clock),
        random: Arc::clone(&surroundings.random),
        rules,
        networks: asking,
        payments: Arc::new(payments),
        sms,
        fiscal,
        fetches: Fetches::default(),
        stopping: CancellationToken::new(),
    })
}

fn rules(config: &Config) -> Rules {
    let fixed = match config.profile() {
        Profile::Sandbox => config
            .codes
            .fixed
            .as_ref()
            .map_or("111111", |code| code.expose_secret()),
        Profile::Production => "",
    };
    // One call to a network, and what may pass until its outcome is recorded.
    let longest_call = config.uzcard.timeout_ms.max(config.humo.timeout_ms);
    let lease_ms = longest_call.saturating_add(config.recovery.lease_margin_ms);
    let lease_ms = i64::try_from(lease_ms).unwrap_or(i64::MAX);
    // It leaves within its lease; then the network has the longest that it may take.
    let final_after_ms = |configured: Option<u32>| {
        let seconds = configured.unwrap_or(match config.profile() {
            Profile::Sandbox => 30,
            Profile::Production => 600,
        });
        lease_ms + i64::from(seconds) * 1_000 + i64::from(config.recovery.clock_skew_ms)
    };
    Rules {
        prefixes: Prefixes::new(config.prefixes.clone()),
        fixed_code: Code::parse(fixed),
        code_lifetime_ms: config.codes.lifetime_s.saturating_mul(1_000),
        code_tries: config.codes.tries,
        code_required_from: config.codes.required_from,
        sms_daily_limit: config.sms.daily_limit,
        min_debit: config.debits.min_amount,
        max_debit: config.debits.max_amount,
        hold_lifetime_ms: config.holds.lifetime_minutes.saturating_mul(60_000),
        transfers: transfer_rules(&config.transfers),
        history: HistoryRules {
            max_days: config.history.max_days,
            refresh_ms: config.history.refresh_s.saturating_mul(1_000),
            lag_ms: config.history.lag_s.saturating_mul(1_000),
        },
        lease_ms,
        clock_skew_ms: config.recovery.clock_skew_ms.into(),
        leave_within_ms: i64::try_from(config.recovery.lease_margin_ms).unwrap_or(i64::MAX),
        final_after_uzcard_ms: final_after_ms(config.uzcard.max_processing_s),
        final_after_humo_ms: final_after_ms(config.humo.max_processing_s),
    }
}

fn transfer_rules(transfers: &config::Transfers) -> TransferRules {
    let terminal = |terminal: &config::TransferTerminal| Terminal {
        merchant_id: terminal.merchant_id.clone(),
        terminal_id: terminal.terminal_id.clone(),
    };
    TransferRules {
        humo2humo: transfers.humo2humo,
        humo2uzcard: transfers.humo2uzcard,
        uzcard2humo: transfers.uzcard2humo,
        uzcard2uzcard: transfers.uzcard2uzcard,
        uzcard_terminal: terminal(&transfers.uzcard_terminal),
        humo_terminal: terminal(&transfers.humo_terminal),
        sender_required_from: transfers.sender_required_from,
        has_sender_details: transfers.sender.is_some(),
    }
}

/// Where the simulated networks are: embedded, or a process of their own at `sandbox.listen`.
#[cfg(feature = "sandbox")]
async fn simulated_networks(
    config: &Config,
    surroundings: &Surroundings,
    simulated: &TaskTracker,
    stop: &CancellationToken,
) -> Result<SocketAddr, StartError> {
    if !config.sandbox.embedded {
        return Ok(config.sandbox.listen);
    }
    let listener = listen(config.sandbox.listen, "sandbox.listen").await?;
    let address = bound(&listener, "sandbox.listen")?;
    let sandbox = open_sandbox(config, Arc::clone(&surroundings.clock))?;
    simulated.spawn(sandbox.serve(listener, stop.clone()));
    Ok(address)
}

#[cfg(not(feature = "sandbox"))]
async fn simulated_networks(
    config: &Config,
    _: &Surroundings,
    _: &TaskTracker,
    _: &CancellationToken,
) -> Result<SocketAddr, StartError> {
    if config.sandbox.embedded {
        Err(StartError::NoSandbox)
    } else {
        Ok(config.sandbox.listen)
    }
}

/// The sandbox with its state, kept beside the database unless a file is named.
#[cfg(feature = "sandbox")]
pub fn open_sandbox(
    config: &Config,
    clock: Arc<dyn crate::clock::Clock>,
) -> Result<sandbox::Sandbox, sandbox::Error> {
    let state = config
        .sandbox
        .state
        .clone()
        .unwrap_or_else(|| beside_database(&config.database.url, "sandbox"));
    sandbox::Sandbox::open(sandbox::Options {
        state: Some(state),
        sync: config.sandbox.sync,
        clock: Arc::new(move || clock.now()),
    })
}

/// A file named after the SQLite database, in its folder; in the working directory with PostgreSQL.
fn beside_database(url: &SecretString, ending: &str) -> PathBuf {
    let file = url
        .expose_secret()
        .strip_prefix("sqlite:")
        .map(|path| path.trim_start_matches("//"));
    let path = file
        .and_then(|file| file.split('?').next())
        .filter(|file| !file.is_empty());
    Path::new(path.unwrap_or("aloqa-gateway")).with_extension(ending)
}

/// Listens on an address of the settings.
pub async fn listen(address: SocketAddr, key: &'static str) -> Result<TcpListener, StartError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| StartError::Listen {
            address,
            key,
            source,
        })
}

fn bound(listener: &TcpListener, key: &'static str) -> Result<SocketAddr, StartError> {
    let wanted = SocketAddr::from(([127, 0, 0, 1], 0));
    listener.local_addr().map_err(|source| StartError::Listen {
        address: wanted,
        key,
        source,
    })
}
