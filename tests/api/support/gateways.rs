//! One gateway or two that share a PostgreSQL, for what must hold however many there are.

use std::ops::Deref;

use aloqa_gateway::config::Config;
use serde_json::Value;

use super::{Credentials, DatabaseKind, TestApp, assert_listed, join_all, patient};

/// How many gateways there are, and on what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    Sqlite,
    Postgres,
    TwoGateways,
}

/// Makes three tests of each function: on SQLite, on PostgreSQL, and with two gateways on one PostgreSQL.
macro_rules! in_each_setting {
    ($( $name:ident, )*) => {
        $(
            mod $name {
                use $crate::support::{Gateways, Setting};

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn sqlite() {
                    if let Some(gateways) = Gateways::in_setting(Setting::Sqlite).await {
                        super::$name(gateways).await;
                    }
                }

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn postgres() {
                    if let Some(gateways) = Gateways::in_setting(Setting::Postgres).await {
                        super::$name(gateways).await;
                    }
                }

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn two_gateways() {
                    if let Some(gateways) = Gateways::in_setting(Setting::TwoGateways).await {
                        super::$name(gateways).await;
                    }
                }
            }
        )*
    };
}
pub(crate) use in_each_setting;

/// The gateways of a [`Setting`]; what only one can be asked is asked of the first.
pub struct Gateways {
    pub setting: Setting,
    first: TestApp,
    second: Option<TestApp>,
}

impl Gateways {
    /// Gateways whose networks have time, and whose partners may send as many messages as they like; `None` where
    /// PostgreSQL is not installed.
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

    /// The same as some partner. An error that its method's definition does not list fails the test.
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
