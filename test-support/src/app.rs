//! A gateway of one test: a real server on free ports, a database of its own, and the simulated networks.

use std::path::PathBuf;
use std::sync::Arc;

use aloqa_gateway::config::{Config, Profile};
use aloqa_gateway::environment::Environment;
use aloqa_gateway::random::SystemRandom;
use aloqa_gateway::start::{Running, start};
use tempfile::TempDir;

use crate::clock::TestClock;
use crate::database::{DatabaseKind, create_sqlite, fast_directory};
use crate::moments::Moments;
use crate::postgres;
use crate::proxy::Proxy;

/// A gateway whose background work has had its first turn: what comes now is what a test asks for.
pub async fn started(config: &Config, environment: Environment) -> Running {
    // Boxed: a test may start many at once.
    let running = Box::pin(start(config, environment)).await.unwrap();
    running.jobs.first().await;
    running
}

/// A gateway with everything around it.
pub struct TestApp {
    /// The gateway itself, and where it listens.
    pub running: Running,
    /// The clock of all gateways of the test.
    pub clock: Arc<TestClock>,
    /// Where its gateways can be held.
    pub moments: Arc<Moments>,
    /// What it stores its rows in.
    pub kind: DatabaseKind,
    /// What it was started with; to start another one on the same database, see [`TestApp::another`].
    pub config: Config,
    pub(crate) environment: Environment,
    directory: Arc<TempDir>,
}

impl TestApp {
    /// A gateway on a database of this kind; `None` where PostgreSQL is not installed, which is reported loudly.
    pub async fn on(kind: DatabaseKind) -> Option<Self> {
        Self::with(kind, |_| {}).await
    }

    /// The same, after `adjust` has changed its settings.
    pub async fn with(kind: DatabaseKind, adjust: impl FnOnce(&mut Config)) -> Option<Self> {
        let url = match kind {
            DatabaseKind::Sqlite => None,
            DatabaseKind::Postgres => Some(postgres::new_database().await?),
        };
        // Boxed: a test may make many at once, each with all settings in it.
        Some(Box::pin(Self::at(kind, url, adjust)).await)
    }

    /// A gateway on the database of this URL; without one, on a SQLite file in its own folder.
    pub async fn at(
        kind: DatabaseKind,
        url: Option<String>,
        adjust: impl FnOnce(&mut Config),
    ) -> Self {
        let directory = Arc::new(tempfile::tempdir_in(fast_directory()).unwrap());
        let url = match url {
            Some(url) => url,
            None => {
                let file = directory.path().join("gateway.sqlite");
                create_sqlite(&file).await;
                format!("sqlite:{}", file.display())
            }
        };
        let mut config = Config {
            profile: Some(Profile::Sandbox),
            ..Config::default()
        };
        config.database.url = url.into();
        config.database.max_connections = 3;
        // On a busy machine a crowd waits; `admission` looks at who is refused.
        config.database.queue_ms = 60_000;
        config.server.listen = "127.0.0.1:0".parse().unwrap();
        config.server.ops_listen = "127.0.0.1:0".parse().unwrap();
        config.server.partner_cache_ms = 0;
        // The clock stands still, and tests try many wrong secrets.
        config.limits.login_failures = 100_000;
        config.limits.source_failures_per_second = 100_000;
        config.limits.source_failures = 100_000;
        config.sandbox.listen = "127.0.0.1:0".parse().unwrap();
        config.sandbox.state = Some(directory.path().join("gateway.sandbox"));
        config.vault.key_file = Some(directory.path().join("gateway.keys"));
        // A network that never answers is given up early.
        config.uzcard.timeout_ms = 400;
        config.humo.timeout_ms = 400;
        config.sms.timeout_ms = 400;
        config.fiscal.timeout_ms = 400;
        config.history.timeout_ms = 2_000;
        // Ended holds are released, unsettled requests looked up, and webhooks delivered, when a test says so
        // (`TestApp::recover`).
        config.holds.release_period_ms = 3_600_000;
        config.recovery.period_ms = 3_600_000;
        config.webhooks.period_ms = 3_600_000;
        config.audit.anchor_period_ms = 3_600_000;
        adjust(&mut config);
        Self::start(kind, config, directory).await
    }

    async fn start(kind: DatabaseKind, config: Config, directory: Arc<TempDir>) -> Self {
        let clock = Arc::new(TestClock::default());
        let moments = Arc::new(Moments::default());
        let environment = Environment {
            clock: clock.clone(),
            random: Arc::new(SystemRandom),
            crash_points: Some(moments.clone()),
        };
        let running = started(&config, environment.clone()).await;
        Self {
            running,
            clock,
            moments,
            kind,
            config,
            environment,
            directory,
        }
    }

    /// Stops the gateway and starts it again on the same database, key file and simulated networks.
    pub async fn restarted(self) -> Self {
        let Self {
            running,
            clock,
            moments,
            kind,
            config,
            environment,
            directory,
        } = self;
        assert!(
            running.stop().await,
            "calls were left when the gateway stopped"
        );
        let running = started(&config, environment.clone()).await;
        Self {
            running,
            clock,
            moments,
            kind,
            config,
            environment,
            directory,
        }
    }

    /// The same, after `between` has done something to the files or the settings while no gateway runs.
    pub async fn restarted_after(self, between: impl AsyncFnOnce(&mut Config)) -> Self {
        let Self {
            running,
            clock,
            kind,
            mut config,
            environment,
            directory,
            moments,
        } = self;
        assert!(
            running.stop().await,
            "calls were left when the gateway stopped"
        );
        between(&mut config).await;
        let running = started(&config, environment.clone()).await;
        Self {
            running,
            clock,
            kind,
            config,
            environment,
            directory,
            moments,
        }
    }

    /// Another gateway on the same database and the same simulated networks.
    pub async fn another(&self) -> Self {
        let mut config = self.config.clone();
        config.sandbox.embedded = false;
        config.sandbox.listen = self.running.sandbox_address.unwrap();
        let running = started(&config, self.environment.clone()).await;
        Self {
            running,
            clock: Arc::clone(&self.clock),
            moments: Arc::clone(&self.moments),
            kind: self.kind,
            config,
            environment: self.environment.clone(),
            directory: Arc::clone(&self.directory),
        }
    }

    /// Another gateway on the same database, after `adjust` has changed its settings; the same simulated networks
    /// unless it says otherwise.
    pub async fn another_with(&self, adjust: impl FnOnce(&mut Config)) -> Self {
        let mut config = self.config.clone();
        config.sandbox.embedded = false;
        config.sandbox.listen = self.running.sandbox_address.unwrap();
        adjust(&mut config);
        let running = started(&config, self.environment.clone()).await;
        Self {
            running,
            clock: self.clock.clone(),
            moments: self.moments.clone(),
            kind: self.kind,
            config,
            environment: self.environment.clone(),
            directory: self.directory.clone(),
        }
    }

    /// Another gateway on the same database, whose networks are behind a proxy.
    pub async fn behind(&self, proxy: &Proxy) -> Self {
        self.another_with(|config| config.sandbox.listen = proxy.address)
            .await
    }

    /// Where the gateway's files are.
    pub fn directory(&self) -> PathBuf {
        self.directory.path().to_owned()
    }
}

/// Gives the networks the time that they have in production, for tests in which many calls wait at once.
pub fn patient(config: &mut Config) {
    config.uzcard.timeout_ms = 15_000;
    config.humo.timeout_ms = 15_000;
    config.sms.timeout_ms = 10_000;
    config.history.timeout_ms = 20_000;
}

/// Gives a gateway that has one caller at a time fewer database sessions: on PostgreSQL, opening them is most of what a
/// start costs.
pub fn lone_caller(config: &mut Config) {
    config.database.max_connections = 2;
}

/// The same where many gateways start at once: what answers at all answers within this on a busy machine, too.
pub fn one_of_many(config: &mut Config) {
    lone_caller(config);
    config.uzcard.timeout_ms = 1_500;
    config.humo.timeout_ms = 1_500;
}
