//! Metrics for operators, in the text format of Prometheus.

mod audit;
mod process;

use std::collections::HashMap;
use std::sync::OnceLock;
use std::time::Instant;

use entity::time::UnixMillis;
use entity::transaction::Status;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::prometheus_text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use sea_orm::DbErr;

use self::audit::AuditFigures;
use self::process::ProcessFigures;
use rpc_schema::methods::METHODS;
use rpc_schema::values::Network;

use crate::audit::Figures;
use crate::background::{Job, JobStatus};
use crate::certificate_ends::CertificateEnds;
use crate::config::Profile;
use crate::domain::network::from_stored;
use crate::exchange_counts::SECONDS;
use crate::gateway::Gateway;
use crate::notices::Notices;
use crate::repository::request::Unknown;
use crate::repository::webhook::Open as OpenEvents;
use crate::repository::{receipt_number, request, transaction, transfer, webhook};
use crate::traffic::Traffic;

/// All metrics.
pub struct Metrics {
    registry: Registry,
    calls: Family<CallLabels, Counter>,
    durations: Family<MethodLabel, Histogram>,
    /// Those of calls that go well, found without their labels once there was one.
    of_good_calls: HashMap<&'static str, OnceLock<(Counter, Histogram)>>,
    unknown: Family<NetworkLabel, Gauge>,
    oldest_unknown: Family<NetworkLabel, Gauge>,
    manual: Gauge,
    contradicted: Gauge,
    refused_receipts: Gauge,
    oldest_open_receipt: Gauge,
    waiting_events: Gauge,
    failed_events: Gauge,
    oldest_waiting_event: Gauge,
    background: Family<JobLabel, Gauge>,
    background_failures: Family<JobLabel, Counter>,
    audit: AuditFigures,
    process: ProcessFigures,
    draining: Gauge,
    stale: Gauge,
    /// The partners' connections that are open.
    pub connections: Gauge,
    /// What operators are told of callers and servers.
    pub notices: Notices,
    traffic: Traffic,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct NetworkLabel {
    network: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BuildLabels {
    version: &'static str,
    profile: &'static str,
    database: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct JobLabel {
    duty: &'static str,
}

/// Money whose fate is open, in the whole database: that of all gateways together.
#[derive(Debug, Clone)]
pub struct OpenMoney {
    /// UNIX milliseconds.
    pub now: UnixMillis,
    /// Calls whose outcome is unknown, by network.
    pub unknown: Vec<Unknown>,
    /// Transactions that an operator must settle.
    pub manual: u64,
    /// Settled calls that a late answer contradicts.
    pub contradicted: u64,
    /// Fiscal receipts that the service refuses.
    pub refused_receipts: u64,
    /// The moment on the oldest receipt whose number may be registered or not.
    pub oldest_open_receipt: Option<UnixMillis>,
    /// Webhooks' events that are not delivered.
    pub events: OpenEvents,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    method: &'static str,
    /// `ok`, or the error code.
    outcome: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct MethodLabel {
    method: &'static str,
}

impl OpenMoney {
    /// As the database has it now.
    ///
    /// # Errors
    /// The database failed.
    pub async fn count(gateway: &Gateway) -> Result<Self, DbErr> {
        let (db, now) = (&*gateway.database, gateway.clock.now());
        Ok(Self {
            now,
            unknown: request::unknown(db, now).await?,
            manual: transaction::count_open(db, Status::Manual).await?,
            contradicted: request::count_contradicted(db).await?,
            refused_receipts: transfer::count_refused_receipts(db).await?,
            oldest_open_receipt: open_receipt(gateway).await?,
            events: webhook::open(db, now).await?,
        })
    }
}

/// Since when the terminal's last receipt may be registered or not.
async fn open_receipt(gateway: &Gateway) -> Result<Option<UnixMillis>, DbErr> {
    let terminal = gateway
        .fiscal
        .as_ref()
        .and_then(|fiscal| fiscal.numbered_terminal());
    let Some(terminal) = terminal else {
        return Ok(None);
    };
    let open = receipt_number::open(&*gateway.database, terminal).await?;
    Ok(open.map(|row| row.last_at))
}

impl Metrics {
    /// All figures. Most are counted where they arise, and named here.
    pub fn new(gateway: &Gateway, profile: Profile, ends: &CertificateEnds) -> Self {
        let mut root = Registry::default();
        let process = ProcessFigures::default();
        process.register(&mut root);
        let registry = root.sub_registry_with_prefix("aloqa");
        let build = Family::<BuildLabels, Gauge>::default();
        registry.register(
            "build_info",
            "Always 1; the labels say which program this is, and what it works with",
            build.clone(),
        );
        build
            .get_or_create(&BuildLabels {
                version: env!("CARGO_PKG_VERSION"),
                profile: profile.name(),
                database: gateway.database.kind(),
            })
            .set(1);
        let (started, draining, stale) = <(Gauge, Gauge, Gauge)>::default();
        registry.register(
            "start_timestamp_seconds",
            "When this gateway began to serve",
            started.clone(),
        );
        registry.register(
            "draining",
            "1 while the gateway stops: it takes no new connections, and ends the calls that it has",
            draining.clone(),
        );
        registry.register(
            "scrape_stale",
            "1 if the database did not answer, so that what is counted in it is from an earlier scrape",
            stale.clone(),
        );
        gateway.questions.register(registry);
        gateway.webhooks.counts.register(registry);
        gateway.exchanges.register(registry);
        gateway.database.waits().register(registry);
        gateway.payments.counts.register(registry);
        let notices = gateway.notices.clone();
        let connections = Gauge::default();
        registry.register(
            "connections",
            "Connections of partners that are open",
            connections.clone(),
        );
        notices.register(registry);
        ends.register(registry);
        let calls = Family::default();
        let durations =
            Family::<MethodLabel, Histogram>::new_with_constructor(|| Histogram::new(SECONDS));
        registry.register("calls", "Calls by method and outcome", calls.clone());
        registry.register(
            "call_seconds",
            "Duration of calls by method",
            durations.clone(),
        );
        for method in METHODS {
            let outcome = "ok".to_owned();
            let method = method.name;
            drop(calls.get_or_create(&CallLabels { method, outcome }));
            drop(durations.get_or_create(&MethodLabel { method }));
        }
        let unknown = Family::default();
        registry.register(
            "unknown_requests",
            "Calls to a network whose outcome is unknown, of all gateways on this database",
            unknown.clone(),
        );
        let oldest_unknown = Family::default();
        registry.register(
            "oldest_unknown_request_seconds",
            "Age of the oldest call to a network whose outcome is unknown",
            oldest_unknown.clone(),
        );
        let manual = Gauge::default();
        registry.register(
            "manual_transactions",
            "Transactions that an operator must settle: aloqa-gateway transactions list --status manual",
            manual.clone(),
        );
        let contradicted = Gauge::default();
        registry.register(
            "contradicted_requests",
            "Settled calls that a late answer contradicts: aloqa-gateway transactions list --status contradicted",
            contradicted.clone(),
        );
        let refused_receipts = Gauge::default();
        registry.register(
            "refused_receipts",
            "Fiscal receipts that the service has refused for good: aloqa-gateway receipts list",
            refused_receipts.clone(),
        );
        let oldest_open_receipt = Gauge::default();
        registry.register(
            "oldest_open_receipt_seconds",
            "Age of the oldest fiscal receipt whose number may be registered or not; all others of its terminal wait for it",
            oldest_open_receipt.clone(),
        );
        let waiting_events = Gauge::default();
        registry.register(
            "webhook_events_waiting",
            "Events that are still to be delivered, of all gateways on this database",
            waiting_events.clone(),
        );
        let failed_events = Gauge::default();
        registry.register(
            "webhook_events_failed",
            "Events that are not tried any more: aloqa-gateway webhooks list --state failed",
            failed_events.clone(),
        );
        let oldest_waiting_event = Gauge::default();
        registry.register(
            "oldest_waiting_webhook_event_seconds",
            "Age of the oldest event that is still to be delivered",
            oldest_waiting_event.clone(),
        );
        let audit = AuditFigures::default();
        audit.register(registry);
        let background = Family::default();
        registry.register(
            "background_success_timestamp_seconds",
            "When each background duty of this gateway last succeeded; 0: not yet",
            background.clone(),
        );
        let background_failures = Family::<JobLabel, Counter>::default();
        registry.register(
            "background_failures",
            "Runs of each background duty of this gateway that failed",
            background_failures.clone(),
        );
        started.set(gateway.clock.now().0 / 1_000);
        Self {
            registry: root,
            calls,
            durations,
            of_good_calls: METHODS
                .iter()
                .map(|method| (method.name, OnceLock::new()))
                .collect(),
            unknown,
            oldest_unknown,
            manual,
            contradicted,
            refused_receipts,
            oldest_open_receipt,
            waiting_events,
            failed_events,
            oldest_waiting_event,
            background,
            background_failures,
            audit,
            process,
            draining,
            stale,
            connections,
            notices,
            traffic: gateway.exchanges.traffic.clone(),
        }
    }

    /// Counts an answered call. `outcome` is `ok` or the code of the error.
    pub fn count_call(&self, method: &'static str, outcome: &str, started: Instant) {
        let figures = || {
            let outcome = outcome.to_owned();
            let calls = self.calls.get_or_create(&CallLabels { method, outcome });
            let durations = self.durations.get_or_create(&MethodLabel { method });
            (calls.clone(), durations.clone())
        };
        self.traffic.called(outcome == "ok");
        let known = self.of_good_calls.get(method).filter(|_| outcome == "ok");
        let count = |(calls, durations): &(Counter, Histogram)| {
            calls.inc();
            durations.observe(started.elapsed().as_secs_f64());
        };
        match known {
            Some(known) => count(known.get_or_init(figures)),
            None => count(&figures()),
        }
    }

    /// Sets the figures of what is open.
    pub fn show_open(&self, open: &OpenMoney) {
        for network in [Network::Uzcard, Network::Humo] {
            let row = open
                .unknown
                .iter()
                .find(|row| from_stored(row.network) == network);
            let label = NetworkLabel {
                network: network.name(),
            };
            let (requests, seconds) = row.map_or((0, 0), |row| {
                (row.requests, (open.now - row.oldest) / 1_000)
            });
            self.unknown.get_or_create(&label).set(requests);
            self.oldest_unknown.get_or_create(&label).set(seconds);
        }
        let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        self.manual.set(count(open.manual));
        self.contradicted.set(count(open.contradicted));
        self.refused_receipts.set(count(open.refused_receipts));
        // A moment on a receipt may be ahead of the clock.
        let age = |at: UnixMillis| ((open.now - at) / 1_000).max(0);
        self.oldest_open_receipt
            .set(open.oldest_open_receipt.map_or(0, age));
        self.waiting_events.set(count(open.events.waiting));
        self.failed_events.set(count(open.events.failed));
        let oldest = open.events.oldest;
        self.oldest_waiting_event
            .set(oldest.map_or(0, |oldest| (open.now - oldest) / 1_000));
    }

    /// Sets when each background job last succeeded.
    pub fn show_jobs(&self, jobs: &JobStatus) {
        for job in Job::ALL {
            let label = JobLabel { duty: job.name() };
            let runs = *jobs.of(job).borrow();
            self.background
                .get_or_create(&label)
                .set(runs.succeeded_at.map_or(0, |at| at.0) / 1_000);
            let failures = self.background_failures.get_or_create(&label);
            failures.inc_by(runs.failed.saturating_sub(failures.get()));
        }
    }

    /// Says whether the gateway stops, and whether what is counted in the database could be counted now.
    pub fn show_state(&self, draining: bool, stale: bool) {
        self.draining.set(draining.into());
        self.stale.set(stale.into());
        self.process.read();
    }

    /// Sets where the audit log stands.
    pub fn show_audit(&self, figures: Figures) {
        self.audit.show(figures);
    }

    /// The page of `/metrics`.
    pub fn page(&self) -> String {
        let mut page = String::new();
        match encode(&mut page, &self.registry) {
            Ok(()) => page,
            Err(error) => format!("# {error}\n"),
        }
    }
}
