//! One gateway or two that share a PostgreSQL, for what must hold however many there are.

use std::ops::Deref;

use aloqa_gateway::config::Config;
use secrecy::ExposeSecret as _;
use serde_json::Value;

use crate::{
    Credentials, DatabaseKind, TestApp, assert_listed, is_whole, join_all, patient, postgres,
};

#[expect(
    clippy::disallowed_methods,
    reason = "no setting of the gateway: whoever runs the tests chooses"
)]
fn rounds() -> u32 {
    match std::env::var(ROUNDS) {
        Ok(rounds) => rounds.parse().unwrap(),
        Err(_) => 1,
    }
}

/// How many gateways there are, and on what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// One gateway on SQLite.
    Sqlite,
    /// One gateway on PostgreSQL.
    Postgres,
    /// Two gateways that share a PostgreSQL.
    TwoGateways,
}

/// How often each race is run, if not once.
const ROUNDS: &str = "ALOQA_RACE_ROUNDS";

/// Makes three tests of each function: on SQLite, on PostgreSQL, and with two gateways on one PostgreSQL.
#[macro_export]
macro_rules! in_each_setting {
    ($( $name:ident, )*) => {
        $(
            mod $name {
                use $crate::{Gateways, Setting};

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn sqlite() {
                    Gateways::hold_over(Setting::Sqlite, super::$name).await;
                }

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn postgres() {
                    Gateways::hold_over(Setting::Postgres, super::$name).await;
                }

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn two_gateways() {
                    Gateways::hold_over(Setting::TwoGateways, super::$name).await;
                }
            }
        )*
    };
}

/// The gateways of a [`Setting`]; a question that only one of them can answer goes to the first.
pub struct Gateways {
    /// How many there are, and on what.
    pub setting: Setting,
    first: TestApp,
    second: Option<TestApp>,
}

impl Gateways {
    /// Runs a race as often as the environment says, each time on new gateways. One gateway on PostgreSQL has its turn in
    /// a whole run only: two on one database meet there in the same ways and in more.
    pub async fn hold_over(setting: Setting, race: impl AsyncFn(&Self)) {
        if setting == Setting::Postgres && !is_whole() {
            return;
        }
        for _ in 0..rounds() {
            let Some(gateways) = Self::in_setting(setting).await else {
                return;
            };
            race(&gateways).await;
            gateways.end().await;
        }
    }

    /// Stops them and drops their database, so that a thousand rounds need no more room than one.
    pub async fn end(self) {
        let Self { first, second, .. } = self;
        let (kind, url) = (first.kind, first.config.database.url.clone());
        // The first one has the networks.
        for app in second.into_iter().chain([first]) {
            assert!(app.running.stop().await, "calls were left");
        }
        if kind == DatabaseKind::Postgres {
            postgres::drop_database(url.expose_secret()).await;
        }
    }

    /// Gateways whose networks may take their time, and whose partners may send as many messages as they like; `None`
    /// where PostgreSQL is not installed.
    pub async fn in_setting(setting: Setting) -> Option<Self> {
        Self::with(setting, |config| config.sms.daily_limit = 100_000).await
    }

    /// The same, after `adjust` has changed their settings.
    pub async fn with(setting: Setting, adjust: impl FnOnce(&mut Config)) -> Option<Self> {
        let kind = match setting {
            Setting::Sqlite => DatabaseKind::Sqlite,
            Setting::Postgres | Setting::TwoGateways => DatabaseKind::Postgres,
        };
        let first = TestApp::with(kind, |config| {
            patient(config);
            // Two gateways have six sessions together.
            if setting != Setting::TwoGateways {
                config.database.max_connections = 5;
            }
            adjust(config);
        })
        .await?;
        let second = match setting {
            Setting::Sqlite | Setting::Postgres => None,
            Setting::TwoGateways => Some(first.another().await),
        };
        Some(Self {
            setting,
            first,
            second,
        })
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &TestApp> {
        std::iter::once(&self.first).chain(&self.second)
    }

    /// Makes these calls at once as the demo partner, in turn at each gateway; the whole replies in their order.
    pub async fn race(&self, calls: impl IntoIterator<Item = (&str, Value)>) -> Vec<Value> {
        self.race_as(&Credentials::demo(), calls).await
    }

    /// The same, called as some partner. An error that its method's definition does not list fails the test.
    pub async fn race_as(
        &self,
        credentials: &Credentials,
        calls: impl IntoIterator<Item = (&str, Value)>,
    ) -> Vec<Value> {
        let in_turn = self.all().collect::<Vec<_>>().into_iter().cycle();
        let calls = calls.into_iter().zip(in_turn);
        join_all(calls.map(|((method, params), gateway)| async move {
            let reply = gateway.call_as(credentials, method, params).await;
            assert_listed(method, &reply);
            reply
        }))
        .await
    }
}

impl Deref for Gateways {
    type Target = TestApp;

    fn deref(&self) -> &TestApp {
        &self.first
    }
}
