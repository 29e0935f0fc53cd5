//! From settings to a running gateway: the order in which things begin.

mod absent;
mod accounts;
mod code_texts;
mod contour;
mod descriptors;
mod error;
mod facts;
mod files;
mod keys;
mod listeners;
mod lost_period;
mod networks;
mod peer_files;
mod prefixes;
mod prepare;
mod profile;
mod rules;
mod running;
mod simulated;
mod ways;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reference_page::ReferencePage;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use self::absent::in_words;
pub use self::accounts::check as check_accounts;
pub use self::contour::{Given, Looked, contour};
pub use self::descriptors::connections as descriptors_for_partners;
pub use self::error::StartError;
pub use self::files::key_file;
use self::listeners::bound;
pub use self::listeners::listen;
pub use self::networks::card_networks;
use self::networks::connect;
pub use self::prepare::{
    FoundDatabase, Purpose, check, check_database, open_prepared, open_to_read,
    open_to_read_with_keys, open_to_record, open_without_keys, prepare,
};
use self::rules::{certificates, doorkeeper, lockout_rules, rules, trusted_proxies, webhook_rules};
pub use self::rules::{inner_doorkeeper, inner_pace};
pub use self::running::Running;
#[cfg(feature = "sandbox")]
pub use self::simulated::open_sandbox;
pub use self::ways::ways;
use crate::audit::{Audit, Record};
use crate::background::JobStatus;
use crate::certificate_ends::CertificateEnds;
use crate::config::{Config, Profile};
use crate::console::Console;
use crate::database::Database;
use crate::docs::Documents;
use crate::environment::Environment;
use crate::exchange_counts::ExchangeCounts;
use crate::gateway::{Fetches, Gateway, LackingAccounts, Rates};
use crate::key_rotation::KeyFollower;
use crate::metrics::Metrics;
use crate::notices::{Notices, REST_PERIOD};
use crate::operations_listener::OperationsPages;
use crate::payment::Payments;
use crate::payment::payments::Parts;
use crate::question_counts::QuestionCounts;
use crate::rpc::authentication::Partners;
use crate::rpc::{Admission, Dispatcher, Limits, TransactionTeller, module};
use crate::server::{Endpoint, HttpLimits};
use crate::vault::Vault;
use crate::webhook::{self, Webhooks};
use crate::{audit, background, operations_listener, partners, server};

/// Starts a gateway.
///
/// # Errors
/// Something is missing or refused; the message names the setting to change.
pub async fn start(config: &Config, environment: Environment) -> Result<Running, StartError> {
    let profile = config.profile();
    // Before the simulated networks write their state, and whoever else anything.
    check(config)?;
    let stores = prepare(config, &environment, Purpose::Serve).await?;
    let connections = descriptors::connections(config)
        .map_err(|(have, need)| StartError::Descriptors { have, need })?;
    let ends = CertificateEnds::default();
    let certificates = certificates(&config.server, &ends)?;
    let stop_sandbox = CancellationToken::new();
    let (background, simulated) = (TaskTracker::new(), TaskTracker::new());
    let networks = match profile {
        Profile::Production => None,
        Profile::Sandbox => {
            Some(simulated::start(config, &environment, &simulated, &stop_sandbox).await?)
        }
    };
    let sandbox_address = networks.as_ref().map(|networks| networks.address);
    let environment = match &networks {
        Some(networks) => Environment {
            clock: networks.clock(&environment.clock),
            ..environment
        },
        None => environment,
    };
    let gateway = Arc::new(gateway_with(config, &environment, sandbox_address, stores)?);
    let (database, vault) = (&gateway.database, &gateway.vault);
    match profile {
        Profile::Sandbox => partners::ensure_demo(database, vault, &environment).await?,
        Profile::Production => {}
    }

    gateway.payments.compare_clock().await?;
    if let Some(ahead_ms) = gateway.payments.clock_off_by() {
        return Err(StartError::Clock { ahead_ms });
    }
    accounts::check(config, database).await?;
    networks::tell(config);
    absent::tell(&gateway).await?;
    lost_period::tell(&gateway).await?;
    if gateway.sms.is_some() {
        code_texts::tell(&gateway.rules.code_texts);
    }
    let listener = listen(config.server.listen, "server.listen").await?;
    let ops_listener = listen(config.server.ops_listen, "server.ops_listen").await?;
    let (address, ops_address) = (
        bound(&listener, "server.listen")?,
        bound(&ops_listener, "server.ops_listen")?,
    );

    let keys = vault.key_ids().join(" ");
    let started = Record {
        outcome: "ok".to_owned(),
        detail: format!(
            "version {}, {} profile, keys {keys}, encrypting with {}",
            env!("CARGO_PKG_VERSION"),
            profile.name(),
            vault.current_key()
        ),
        ..gateway.audit.own("serve.started")
    };
    gateway.audit.record(started).await?;

    let documents = Arc::new(Documents::default());
    let metrics = Arc::new(Metrics::new(&gateway, profile, &ends));
    peer_files::note_ends(config, &ends);
    for (setting, way) in ways(config) {
        tracing::info!(setting, way, "how a server outside is reached");
    }
    let calls = TaskTracker::new();
    let millis = Duration::from_millis;
    let dispatcher = Dispatcher::new(
        module(Arc::clone(&gateway))?.into(),
        Partners::new(
            Arc::clone(&gateway),
            millis(config.server.partner_cache_ms),
            lockout_rules(&config.limits),
        ),
        Limits {
            batch: config.server.batch_limit,
            call: millis(config.server.call_timeout_ms),
            secure: certificates.is_some(),
        },
        Admission::new(config.server.max_in_flight, gateway.database.clone()),
        Arc::clone(&metrics),
        calls.clone(),
        Arc::clone(&gateway.webhooks.replies),
    )
    .sharing(Arc::clone(&documents));
    let limits = HttpLimits {
        body_bytes: config.server.body_limit_bytes,
        in_flight: config.server.max_in_flight,
        connections,
        connections_of_a_source: config
            .server
            .max_connections_per_source
            .unwrap_or((connections / 8).max(1)),
        header_timeout: millis(config.server.header_timeout_ms),
        write_window: millis(config.server.write_window_ms),
        idle_timeout: millis(config.server.idle_timeout_ms),
        body_timeout: millis(config.server.body_timeout_ms),
        shutdown_timeout: millis(config.server.shutdown_timeout_ms),
    };
    let endpoint = Endpoint::new(
        dispatcher,
        gateway.random.as_ref(),
        Arc::clone(&metrics),
        (
            ReferencePage::new(facts::facts(config, sandbox_address)),
            documents,
        ),
        limits,
    )
    .with_documented_paths(config.compat.http_paths)
    .behind(trusted_proxies(&config.server))
    .kept_by(doorkeeper(&config.server, address.ip()))
    .certified_by(certificates.clone());
    let endpoint = Arc::new(endpoint);
    let stop = gateway.stopping.clone();
    if let Some(certificates) = certificates {
        let period = millis(config.server.tls.reload_period_ms);
        let stop = stop.clone();
        background.spawn(async move {
            if let Err(error) = certificates.follow(period, stop).await {
                tracing::error!(%error, "changed certificates will not be noticed");
            }
        });
    }
    background.spawn(tell_now_and_then(Arc::clone(&gateway), ends));
    let jobs = Arc::new(JobStatus::default());
    let endpoint = tokio::spawn(server::serve(endpoint, listener, stop.clone()));
    // It answers until all else has ended: an operator wants to see a gateway that stops.
    let stop_ops = CancellationToken::new();
    let operations = tokio::spawn(operations_listener::serve(
        OperationsPages {
            gateway: Arc::clone(&gateway),
            jobs: Arc::clone(&jobs),
            metrics,
            profile,
            console: Console::new(Arc::clone(&gateway), Arc::clone(&jobs), profile.name()),
            proxies: trusted_proxies(&config.server),
        },
        ops_listener,
        inner_doorkeeper(&config.server, ops_address.ip()),
        inner_pace(&config.server),
        stop_ops.clone(),
    ));
    background::start(&gateway, &jobs, config, &background);
    if let Some(networks) = &networks {
        networks.lead(&gateway);
    }
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
        operations,
        stop_ops,
    })
}

/// Tells operators what no event tells by itself, until the gateway stops.
async fn tell_now_and_then(gateway: Arc<Gateway>, ends: CertificateEnds) {
    loop {
        ends.warn(gateway.clock.now());
        gateway.notices.tell_the_rest();
        let pause = tokio::time::sleep(REST_PERIOD);
        if gateway.stopping.run_until_cancelled(pause).await.is_none() {
            return;
        }
    }
}

/// A gateway that does not serve, for an operator's command. In the sandbox profile it uses the simulated networks of
/// the gateway that serves.
///
/// # Errors
/// Something is missing or refused; the message names the setting to change.
pub async fn open_gateway(
    config: &Config,
    environment: &Environment,
) -> Result<Gateway, StartError> {
    let stores = open_prepared(config, environment).await?;
    gateway_with(config, environment, simulated(config), stores)
}

/// The same, to look at what it has: it writes nothing.
///
/// # Errors
/// As [`open_gateway`].
pub async fn open_gateway_to_read(
    config: &Config,
    environment: &Environment,
) -> Result<Gateway, StartError> {
    let stores = open_to_read_with_keys(config).await?;
    gateway_with(config, environment, simulated(config), stores)
}

/// Where the simulated networks of the gateway that serves are.
fn simulated(config: &Config) -> Option<SocketAddr> {
    match config.profile() {
        Profile::Production => None,
        Profile::Sandbox => Some(config.sandbox.listen),
    }
}

fn gateway_with(
    config: &Config,
    environment: &Environment,
    sandbox_address: Option<SocketAddr>,
    (database, vault): (Database, Vault),
) -> Result<Gateway, StartError> {
    let notices = Notices::default();
    let database = database.telling(notices.clone());
    let vault = Arc::new(vault);
    let process_id = environment.random.uuid()?;
    // Its commits are no crash points, and no call's statements: when they come hangs on nothing but the writer.
    let audit = Audit::start(audit::Parts {
        database: database.clone().counted_apart(),
        vault: Arc::clone(&vault),
        clock: Arc::clone(&environment.clock),
        chain: process_id,
        queue: usize::try_from(config.audit.queue_rows).unwrap_or(usize::MAX),
    });
    let database = database.with_crash_points(environment.crash_points.clone());
    let rules = Arc::new(rules(
        config,
        code_texts::open(config)?,
        prefixes::open(config)?,
    ));
    let webhooks = Arc::new(Webhooks::new(webhook::Parts {
        database: database.clone(),
        vault: Arc::clone(&vault),
        clock: Arc::clone(&environment.clock),
        random: Arc::clone(&environment.random),
        rules: webhook_rules(config),
        teller: Arc::new(TransactionTeller),
    }));
    let exchanges = ExchangeCounts::default();
    let clients = connect(config, sandbox_address, (&notices, &exchanges))?;
    let payments = Payments::new(Parts {
        database: database.clone(),
        vault: Arc::clone(&vault),
        audit: Arc::clone(&audit),
        clock: Arc::clone(&environment.clock),
        random: Arc::clone(&environment.random),
        rules: Arc::clone(&rules),
        webhooks: Arc::clone(&webhooks),
        process_id,
        crash_points: environment.crash_points.clone(),
        networks: clients.payments,
        traffic: exchanges.traffic.clone(),
    });
    Ok(Gateway {
        database,
        vault,
        audit,
        keys: KeyFollower::new(key_file(config), process_id),
        clock: Arc::clone(&environment.clock),
        random: Arc::clone(&environment.random),
        rules,
        networks: clients.cards,
        payments: Arc::new(payments),
        webhooks,
        sms: clients.sms,
        fiscal: clients.fiscal,
        first_receipt: config.fiscal.ofd.first_number,
        questions: QuestionCounts::default(),
        exchanges,
        notices,
        rates: Rates::default(),
        lacking_accounts: LackingAccounts::default(),
        fetches: Fetches::default(),
        stopping: CancellationToken::new(),
    })
}
