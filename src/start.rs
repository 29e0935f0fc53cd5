//! From settings to a running gateway: the order in which things begin.

mod error;
mod facts;
mod files;
mod keys;
mod listeners;
mod networks;
mod rules;
mod running;
mod simulated;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reference_page::ReferencePage;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use self::error::StartError;
pub use self::keys::open_vault;
use self::listeners::bound;
pub use self::listeners::listen;
pub use self::networks::card_networks;
use self::networks::connect;
use self::rules::{lockout_rules, rules, trusted_proxies, webhook_rules};
pub use self::running::Running;
#[cfg(feature = "sandbox")]
pub use self::simulated::open_sandbox;
use crate::background::JobStatus;
use crate::config::{Config, Profile};
use crate::database::Database;
use crate::environment::Environment;
use crate::gateway::{Fetches, Gateway};
use crate::guard_counts::GuardCounts;
use crate::metrics::Metrics;
use crate::payment::Payments;
use crate::payment::payments::Parts;
use crate::question_counts::QuestionCounts;
use crate::rpc::authentication::Partners;
use crate::rpc::{Admission, Dispatcher, Limits, TransactionTeller, module};
use crate::server::{Endpoint, HttpLimits};
use crate::webhook::{self, Webhooks};
use crate::{background, operations_listener, partners, server};

/// Starts a gateway.
///
/// # Errors
/// Something is missing or refused; the message names the setting to change.
pub async fn start(config: &Config, environment: Environment) -> Result<Running, StartError> {
    let profile = config.profile();
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
    let gateway = Arc::new(gateway_with(config, &environment, sandbox_address).await?);
    let (database, vault) = (&gateway.database, &gateway.vault);
    match profile {
        Profile::Sandbox => partners::ensure_demo(database, vault, &environment).await?,
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

    let metrics = Arc::new(Metrics::new(
        &gateway.questions,
        &gateway.webhooks.counts,
        &gateway.guard,
    ));
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
        },
        Admission::new(config.server.max_in_flight, gateway.database.clone()),
        Arc::clone(&metrics),
        calls.clone(),
        Arc::clone(&gateway.webhooks.replies),
    );
    let limits = HttpLimits {
        body_bytes: config.server.body_limit_bytes,
        in_flight: config.server.max_in_flight,
        connections: config.server.max_connections,
        header_timeout: millis(config.server.header_timeout_ms),
        idle_timeout: millis(config.server.idle_timeout_ms),
        body_timeout: millis(config.server.body_timeout_ms),
        shutdown_timeout: millis(config.server.shutdown_timeout_ms),
    };
    let endpoint = Endpoint::new(
        dispatcher,
        Arc::clone(&gateway),
        ReferencePage::new(facts::facts(config, sandbox_address)),
        limits,
    )
    .with_documented_paths(config.compat.http_paths)
    .behind(trusted_proxies(&config.server));
    let endpoint = Arc::new(endpoint);
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
    })
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
    let sandbox_address = match config.profile() {
        Profile::Production => None,
        Profile::Sandbox => Some(config.sandbox.listen),
    };
    gateway_with(config, environment, sandbox_address).await
}

async fn gateway_with(
    config: &Config,
    environment: &Environment,
    sandbox_address: Option<SocketAddr>,
) -> Result<Gateway, StartError> {
    let database = Database::open(&config.database)
        .await?
        .with_crash_points(environment.crash_points.clone());
    database.migrate().await?;
    let vault = open_vault(config, config.profile(), &database, environment).await?;
    let vault = Arc::new(vault);
    let rules = Arc::new(rules(config));
    let webhooks = Arc::new(Webhooks::new(webhook::Parts {
        database: database.clone(),
        vault: Arc::clone(&vault),
        clock: Arc::clone(&environment.clock),
        random: Arc::clone(&environment.random),
        rules: webhook_rules(config),
        teller: Arc::new(TransactionTeller),
    }));
    let clients = connect(config, sandbox_address)?;
    let payments = Payments::new(Parts {
        database: database.clone(),
        vault: Arc::clone(&vault),
        clock: Arc::clone(&environment.clock),
        random: Arc::clone(&environment.random),
        rules: Arc::clone(&rules),
        webhooks: Arc::clone(&webhooks),
        process_id: environment.random.uuid()?,
        crash_points: environment.crash_points.clone(),
        networks: clients.payments,
    });
    Ok(Gateway {
        database,
        vault,
        clock: Arc::clone(&environment.clock),
        random: Arc::clone(&environment.random),
        rules,
        networks: clients.cards,
        payments: Arc::new(payments),
        webhooks,
        sms: clients.sms,
        fiscal: clients.fiscal,
        questions: QuestionCounts::default(),
        guard: GuardCounts::default(),
        fetches: Fetches::default(),
        stopping: CancellationToken::new(),
    })
}
