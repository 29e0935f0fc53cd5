//! # How to write a test
//!
//! ```ignore
//! on_each_database! {
//!     async fn a_debit_lowers_the_balance(app: TestApp) {
//!         let token = app.add_card(UZCARD).await;
//!         let reply = app.call("transactions.debit", app.debit_params(&token, 500)).await;
//!         assert_eq!(reply, json!({"jsonrpc": "2.0", "id": 1, "result": { … }}));
//!     }
//! }
//! ```
//!
//! Each test has a gateway of its own: a real server on port 0, a database of its own, and the sandbox with its
//! networks over HTTP. Compare whole replies; [`masked`] replaces what cannot be known before (ids, references).
//!
//! Time stands still until the test moves it ([`TestApp::clock`]), and the clock can be told to panic. Faults of the
//! networks are scripted with [`TestApp::fault`]; what they carried out is read from [`TestApp::ledger`]. Somebody else at
//! the networks is played by `past.rs`.
//!
//! `on_each_database!` makes two tests of each, `sqlite` and `postgres`; `in_each_setting!` a third one, `two_gateways`.
//! PostgreSQL is started once per run from the installed programs, see [`postgres`].

mod clock;
mod gateways;
mod http;
mod money;
mod past;
pub mod postgres;
mod replies;
mod rows;
mod transfers;

use std::path::PathBuf;
use std::sync::Arc;

use aloqa_gateway::config::Config;
use aloqa_gateway::environment::Environment;
use aloqa_gateway::partners::{self, NewPartner};
use aloqa_gateway::random::SystemRandom;
use aloqa_gateway::start::{Running, start};
pub use clock::TestClock;
pub(crate) use gateways::in_each_setting;
pub use gateways::{Gateways, Setting};
pub use http::{HttpReply, HttpRequest, send, send_raw};
pub use money::*;
pub use replies::{assert_listed, refused, refused_in, shape};
use rpc_schema::errors::{ErrorCode, Lang};
use rpc_schema::values::Network;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tempfile::TempDir;
pub use transfers::*;

/// A good card of UZCARD: number, phone.
pub const UZCARD: TestCard = TestCard {
    pan: "8600010132441332",
    phone: "998901234567",
};
/// Another good card of UZCARD.
pub const UZCARD_2: TestCard = TestCard {
    pan: "8600490744313347",
    phone: "998901234568",
};
/// A good card of HUMO.
pub const HUMO: TestCard = TestCard {
    pan: "9860190101578366",
    phone: "998977446066",
};
/// Another good card of HUMO.
pub const HUMO_2: TestCard = TestCard {
    pan: "9860100123456789",
    phone: "998977446067",
};

/// Every code of the sandbox profile.
pub const CODE: &str = "111111";

/// A card of the sandbox's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestCard {
    pub pan: &'static str,
    pub phone: &'static str,
}

impl TestCard {
    /// The first card of the sandbox's table with this outcome, such as `blocked`.
    pub fn forcing(network: sandbox::Network, outcome: sandbox::Outcome) -> Self {
        let card = sandbox::TEST_CARDS
            .iter()
            .find(|card| card.network == network && card.outcome == outcome);
        let card = card.unwrap_or_else(|| panic!("no card of {network:?} forces {outcome:?}"));
        Self {
            pan: card.pan,
            phone: card.phone,
        }
    }

    fn is_humo(&self) -> bool {
        self.pan.starts_with("9860")
    }
}

/// The kinds of database that every test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseKind {
    Sqlite,
    Postgres,
}

/// Makes two tests of one: on SQLite and on PostgreSQL.
macro_rules! on_each_database {
    ($( $(#[doc = $doc:literal])* async fn $name:ident($app:ident: TestApp) $body:block )*) => {
        $(
            $(#[doc = $doc])*
            mod $name {
                use super::*;

                async fn run($app: $crate::support::TestApp) $body

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn sqlite() {
                    if let Some(app) = $crate::support::TestApp::on($crate::support::DatabaseKind::Sqlite).await {
                        run(app).await;
                    }
                }

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn postgres() {
                    if let Some(app) = $crate::support::TestApp::on($crate::support::DatabaseKind::Postgres).await {
                        run(app).await;
                    }
                }
            }
        )*
    };
}
pub(crate) use on_each_database;

/// A gateway whose background work has had its first turn: what comes now is only what a test asks for.
pub async fn started(config: &Config, environment: Environment) -> Running {
    let running = start(config, environment).await.unwrap();
    running.jobs.first().await;
    running
}

/// A gateway with everything around it.
pub struct TestApp {
    pub running: Running,
    pub clock: Arc<TestClock>,
    pub kind: DatabaseKind,
    /// What it was started with; to start another one on the same database, see [`TestApp::another`].
    pub config: Config,
    environment: Environment,
    directory: Arc<TempDir>,
}

impl TestApp {
    /// A gateway on a database of this kind; `None` where PostgreSQL is not installed, which is said loudly.
    pub async fn on(kind: DatabaseKind) -> Option<Self> {
        Self::with(kind, |_| {}).await
    }

    /// The same, after `adjust` has changed its settings.
    pub async fn with(kind: DatabaseKind, adjust: impl FnOnce(&mut Config)) -> Option<Self> {
        let url = match kind {
            DatabaseKind::Sqlite => None,
            DatabaseKind::Postgres => Some(postgres::new_database().await?),
        };
        Some(Self::at(kind, url, adjust).await)
    }

    /// A gateway on the database of this URL; without one, on a SQLite file among its own.
    pub async fn at(
        kind: DatabaseKind,
        url: Option<String>,
        adjust: impl FnOnce(&mut Config),
    ) -> Self {
        let directory = Arc::new(tempfile::tempdir_in(fast_directory()).unwrap());
        let file = format!("sqlite:{}/gateway.sqlite", directory.path().display());
        let mut config = Config::default();
        config.database.url = url.unwrap_or(file).into();
        config.database.max_connections = 5;
        config.server.listen = "127.0.0.1:0".parse().unwrap();
        config.server.ops_listen = "127.0.0.1:0".parse().unwrap();
        config.server.partner_cache_ms = 0;
        config.sandbox.listen = "127.0.0.1:0".parse().unwrap();
        config.sandbox.state = Some(directory.path().join("gateway.sandbox"));
        config.vault.key_file = Some(directory.path().join("gateway.keys"));
        // A network that never answers is given up early.
        config.uzcard.timeout_ms = 400;
        config.humo.timeout_ms = 400;
        config.sms.timeout_ms = 400;
        config.fiscal.timeout_ms = 400;
        config.history.timeout_ms = 2_000;
        // Ended holds are released, and unsettled requests looked up, when a test says so (`TestApp::recover`).
        config.holds.release_period_ms = 3_600_000;
        config.recovery.period_ms = 3_600_000;
        adjust(&mut config);
        Self::start(kind, config, directory).await
    }

    async fn start(kind: DatabaseKind, config: Config, directory: Arc<TempDir>) -> Self {
        let clock = Arc::new(TestClock::default());
        let environment = Environment {
            clock: clock.clone(),
            random: Arc::new(SystemRandom),
            crash_points: None,
        };
        let running = started(&config, environment.clone()).await;
        Self {
            running,
            clock,
            kind,
            config,
            environment,
            directory,
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
            kind: self.kind,
            config,
            environment: self.environment.clone(),
            directory: Arc::clone(&self.directory),
        }
    }

    /// Where the gateway's files are.
    pub fn directory(&self) -> PathBuf {
        self.directory.path().to_owned()
    }

    /// Adds a partner with these permissions and no terminals of its own, and answers its credentials.
    pub async fn add_partner(&self, name: &str, permissions: &[&str]) -> Credentials {
        let new = NewPartner {
            name: name.to_owned(),
            permissions: permissions
                .iter()
                .map(|&permission| permission.to_owned())
                .collect(),
            terminals: Vec::new(),
            code_required_from: None,
        };
        let gateway = &self.running.gateway;
        let secret = partners::add(&gateway.database, &gateway.vault, &self.environment, new)
            .await
            .unwrap();
        Credentials {
            name: name.to_owned(),
            secret: secret.expose_secret().to_owned(),
        }
    }

    /// Posts a body as the demo partner.
    pub async fn post(&self, body: impl Into<String>) -> HttpReply {
        send(
            self.running.address,
            HttpRequest::post(body).credentials(&Credentials::demo()),
        )
        .await
    }

    /// Calls a method as the demo partner, in 2.0 form with id 1; the whole reply.
    pub async fn call(&self, method: &str, params: Value) -> Value {
        self.call_as(&Credentials::demo(), method, params).await
    }

    /// Calls a method as some partner, in 2.0 form with id 1; the whole reply.
    pub async fn call_as(&self, credentials: &Credentials, method: &str, params: Value) -> Value {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        send(
            self.running.address,
            HttpRequest::post(body.to_string()).credentials(credentials),
        )
        .await
        .json()
    }

    /// Calls a method that succeeds; its result.
    #[track_caller]
    pub fn result(&self, method: &str, params: Value) -> impl Future<Output = Value> {
        let shown = format!("{method} {params}");
        let call = self.call_owned(method, params);
        async move {
            let mut reply = call.await;
            assert!(reply.get("error").is_none(), "{shown}: {reply}");
            reply["result"].take()
        }
    }

    /// Calls a method that fails; its error object.
    #[track_caller]
    pub fn error(&self, method: &str, params: Value) -> impl Future<Output = Value> {
        let shown = format!("{method} {params}");
        let call = self.call_owned(method, params);
        async move {
            let mut reply = call.await;
            assert!(reply.get("result").is_none(), "{shown}: {reply}");
            reply["error"].take()
        }
    }

    /// Calls a method that fails; the code alone.
    pub async fn error_code(&self, method: &str, params: Value) -> i64 {
        self.error(method, params).await["code"].as_i64().unwrap()
    }

    fn call_owned(&self, method: &str, params: Value) -> impl Future<Output = Value> + use<> {
        let body =
            json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
        let address = self.running.address;
        async move {
            send(
                address,
                HttpRequest::post(body).credentials(&Credentials::demo()),
            )
            .await
            .json()
        }
    }

    /// Attaches a card for the demo partner; its token.
    pub async fn add_card(&self, card: TestCard) -> String {
        self.add_card_as(&Credentials::demo(), card).await
    }

    /// Attaches a card; its token.
    pub async fn add_card_as(&self, credentials: &Credentials, card: TestCard) -> String {
        let params = json!({"pan": card.pan, "expiry": "1230", "phone": card.phone});
        let begun = self.call_as(credentials, "cards.add", params).await;
        let id = begun["result"]["transactionId"]
            .as_i64()
            .unwrap_or_else(|| panic!("{}: {begun}", card.pan));
        let params = json!({"transactionId": id, "confirmedCode": CODE});
        let added = self.call_as(credentials, "cards.add-confirm", params).await;
        added["result"]["token"]
            .as_str()
            .unwrap_or_else(|| panic!("{}: {added}", card.pan))
            .to_owned()
    }

    /// The ledger of the simulated networks: everything that moved money.
    pub async fn ledger(&self) -> Vec<Value> {
        self.sandbox_get("/sandbox/ledger")
            .await
            .as_array()
            .unwrap()
            .clone()
    }

    /// The ledger's rows as `ACTION AMOUNT`, oldest first.
    pub async fn moves(&self) -> Vec<String> {
        let shown = |row: &Value| format!("{} {}", row["action"].as_str().unwrap(), row["amount"]);
        self.ledger().await.iter().map(shown).collect()
    }

    /// What a card of the sandbox has available, in tiyin.
    pub async fn balance(&self, card: TestCard) -> i64 {
        let cards = self.sandbox_get("/sandbox/cards").await;
        let found = cards
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["pan"] == card.pan);
        found.unwrap()["balance"].as_i64().unwrap()
    }

    /// The texts of all messages to a phone, oldest first.
    pub async fn messages(&self, phone: &str) -> Vec<String> {
        let messages = self
            .sandbox_get(&format!("/sandbox/messages?phone={phone}"))
            .await;
        messages
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["text"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Scripts a fault of the networks, for example `{"network": "UZCARD", "operation": "pay", "kind": "drop_after",
    /// "times": 1}`.
    pub async fn fault(&self, fault: Value) {
        let address = self.running.sandbox_address.unwrap();
        let request = HttpRequest::post(fault.to_string()).path("/sandbox/faults");
        let reply = send(address, request).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
    }

    /// Takes back all faults that were scripted.
    pub async fn clear_faults(&self) {
        let request = HttpRequest::get("/sandbox/faults").method("DELETE");
        send(self.running.sandbox_address.unwrap(), request).await;
    }

    /// Waits until the networks have begun with every call that a fault is scripted for.
    pub async fn faults_are_taken(&self) {
        let address = self.running.sandbox_address.unwrap();
        // Only who scripts a fault is told how many wait; so these are for a network that nobody calls.
        let probe =
            json!({"network": "FISCAL", "operation": "any", "kind": "drop_before", "times": 1})
                .to_string();
        for probes in 1..2_000 {
            let reply = send(
                address,
                HttpRequest::post(probe.clone()).path("/sandbox/faults"),
            )
            .await
            .json();
            if reply == json!({"pending": probes}) {
                send(
                    address,
                    HttpRequest::get("/sandbox/faults").method("DELETE"),
                )
                .await;
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        panic!("nobody made the calls that faults are scripted for");
    }

    /// Asks for a transaction of the demo partner until it has this status; the whole result.
    pub async fn until_status(&self, ext_id: &str, status: &str) -> Value {
        let mut reply = Value::Null;
        for _ in 0..1_000 {
            reply = self
                .call("transactions.get", json!({"extId": ext_id}))
                .await;
            if reply["result"]["status"] == status {
                return reply["result"].take();
            }
            tokio::time::sleep(std::time::Duration::from_millis(3)).await;
        }
        panic!("{ext_id} is not {status}: {reply}");
    }

    /// Looks up everything that is due at both networks, and what falls due by that.
    pub async fn recover(&self) {
        let gateway = &self.running.gateway;
        loop {
            let uzcard = gateway.payments.recover_due(Network::Uzcard).await.unwrap();
            let humo = gateway.payments.recover_due(Network::Humo).await.unwrap();
            if uzcard + humo == 0 {
                return;
            }
        }
    }

    /// Lets the time pass after which whoever was to settle a call is taken for dead, and recovers.
    pub async fn recover_after_lease(&self) {
        self.clock
            .advance_ms(self.running.gateway.rules.lease_ms + 1);
        self.recover().await;
    }

    /// Lets the time pass after which a call that a network does not know cannot come any more.
    pub fn let_all_time_pass(&self) {
        let rules = &self.running.gateway.rules;
        let longest = rules.final_after_uzcard_ms.max(rules.final_after_humo_ms);
        self.clock.advance_ms(longest + 1);
    }

    /// The same, and recovers.
    pub async fn recover_after_all(&self) {
        self.let_all_time_pass();
        self.recover().await;
    }

    /// UNIX milliseconds.
    pub fn now(&self) -> i64 {
        use aloqa_gateway::clock::Clock as _;
        self.clock.now()
    }

    async fn sandbox_get(&self, path: &str) -> Value {
        let address = self.running.sandbox_address.unwrap();
        send(address, HttpRequest::get(path)).await.json()
    }
}

/// The bytes of a reply in 2.0 form with an error that has no `data`, in Russian; `id` as JSON.
pub fn bare_error(id: &str, code: ErrorCode) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{}}}"#, bare(code))
}

/// The same in the documented form.
pub fn documented_error(id: &str, code: ErrorCode) -> String {
    format!(r#"{{"id":{id},"result":null,"error":{}}}"#, bare(code))
}

fn bare(code: ErrorCode) -> String {
    format!(
        r#"{{"code":{},"message":{}}}"#,
        code.code(),
        json!(code.message(Lang::Ru))
    )
}

/// Params of a debit of `amount` with the demo partner's terminal for the card's network.
pub fn debit_params(card: TestCard, token: &str, amount: i64) -> Value {
    let (merchant, terminal) = if card.is_humo() {
        ("0040100000401CS", "1965000A")
    } else {
        ("90001", "92400001")
    };
    json!({"token": token, "amount": amount, "merchantId": merchant, "terminalId": terminal})
}

/// `params` with more members.
pub fn with(mut params: Value, more: Value) -> Value {
    let more = more.as_object().unwrap().clone();
    params.as_object_mut().unwrap().extend(more);
    params
}

/// `value` with the members of these names replaced by `"*"` wherever they stand, after a check that they are there
/// as a string that is not empty, or as a number.
pub fn masked(mut value: Value, names: &[&str]) -> Value {
    for name in names {
        let found = mask(&mut value, name);
        assert!(found > 0, "no member {name} in {value}");
    }
    value
}

fn mask(value: &mut Value, name: &str) -> usize {
    match value {
        Value::Object(members) => {
            let mut found = 0;
            for (key, member) in members {
                if key == name {
                    assert!(
                        member.is_number() || member.as_str().is_some_and(|text| !text.is_empty()),
                        "{name}: {member}"
                    );
                    *member = json!("*");
                    found += 1;
                } else {
                    found += mask(member, name);
                }
            }
            found
        }
        Value::Array(entries) => entries.iter_mut().map(|entry| mask(entry, name)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// A partner's user name and secret.
#[derive(Debug, Clone)]
pub struct Credentials {
    pub name: String,
    pub secret: String,
}

impl Credentials {
    /// The demo partner's.
    pub fn demo() -> Self {
        Self {
            name: partners::DEMO.0.to_owned(),
            secret: partners::DEMO.1.to_owned(),
        }
    }
}

/// A folder in memory where there is one: commits are as durable there as a test needs.
pub fn fast_directory() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() {
        memory
    } else {
        std::env::temp_dir()
    }
}
