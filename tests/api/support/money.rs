//! What the tests of money share: expected replies, what the gateway and the networks now know, and the check that
//! nothing is left hanging.

use aloqa_gateway::partners::{self, NewPartner};
use aloqa_gateway::repository::transaction as transactions;
use entity::processing_request::{self, State};
use entity::transaction::{self, Status};
use entity::transaction_event;
use rpc_schema::errors::{ErrorCode, Lang};
use sea_orm::{ActiveEnum as _, EntityTrait as _, QueryOrder as _};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use aloqa_gateway::config::Config;

use super::{CODE, Credentials, HttpRequest, TestApp, TestCard, masked, send, started};

/// What every test card of good standing has, in tiyin.
pub const FULL: i64 = 1_000_000_000;

/// How long a hold lives, milliseconds.
pub const HOLD_LIFETIME_MS: i64 = 7 * 24 * 60 * 60 * 1_000;

/// How long a code lives, milliseconds.
pub const CODE_LIFETIME_MS: i64 = 5 * 60 * 1_000;

/// The whole 2.0 reply with this result.
pub fn success(result: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "result": result})
}

/// The whole 2.0 reply with this error, in Russian; `data` is left out when it is null.
pub fn refusal(code: i32, data: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "error": error_object(code, Lang::Ru, data)})
}

/// An error object in a language; `data` is left out when it is null.
pub fn error_object(code: i32, lang: Lang, data: &Value) -> Value {
    let known = ErrorCode::from_code(code)
        .unwrap_or_else(|| panic!("no documented error has the code {code}"));
    let mut error = json!({"code": code, "message": known.message(lang)});
    if !data.is_null() {
        error["data"] = data.clone();
    }
    error
}

/// -32379 about this transaction.
pub fn outcome_unknown(transaction_id: i64) -> Value {
    refusal(-32379, &json!({"transactionId": transaction_id}))
}

/// -32365 about this transaction.
pub fn in_process(transaction_id: i64, reason: &str) -> Value {
    refusal(
        -32365,
        &json!({"reason": reason, "transactionId": transaction_id, "retryable": true}),
    )
}

/// Params that confirm this transaction.
pub fn right_code(transaction_id: i64) -> Value {
    json!({"transactionId": transaction_id, "confirmedCode": CODE})
}

impl TestCard {
    /// `UZCARD` or `HUMO`.
    pub fn network(&self) -> &'static str {
        if self.is_humo() { "HUMO" } else { "UZCARD" }
    }

    /// The mask of operations, `860001*****1332`.
    pub fn mask(&self) -> String {
        let (head, tail) = (self.pan.get(..6).unwrap(), self.pan.get(12..).unwrap());
        format!("{head}*****{tail}")
    }

    /// A code with which this card's network refuses: its spelling, and what it is mapped to.
    pub fn refusing_code(&self) -> (&'static str, i32) {
        // Blocked.
        if self.is_humo() {
            ("104", -32310)
        } else {
            ("-205", -32310)
        }
    }

    /// A code of this card's network that leaves the outcome open.
    pub fn unclear_code(&self) -> &'static str {
        if self.is_humo() { "909" } else { "-101" }
    }

    /// The result of a debit or charge of this card, with what only the networks know replaced by `"*"`.
    pub fn taken(&self, transaction_id: i64) -> Value {
        if self.is_humo() {
            json!({
                "paymentId": "*", "paymentRef": "*", "merchantId": "0040100000401CS", "terminalId": "1965000A",
                "auth_ref_number": "*", "transactionId": transaction_id,
            })
        } else {
            json!({
                "ext": "*", "refNum": "*", "merchantId": "90001", "terminalId": "92400001",
                "transactionId": transaction_id,
            })
        }
    }

    /// Replaces by `"*"` what only the networks know of a debit or charge, after a check that it is there.
    pub fn masked_result(&self, value: Value) -> Value {
        let names: &[&str] = if self.is_humo() {
            &["paymentId", "paymentRef", "auth_ref_number"]
        } else {
            &["ext", "refNum"]
        };
        masked(value, names)
    }
}

impl TestApp {
    /// Stops the gateway and starts it again on the same database, key file and simulated networks.
    pub async fn restarted(self) -> Self {
        let Self {
            running,
            clock,
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
            kind,
            config,
            environment,
            directory,
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
            kind: self.kind,
            config,
            environment: self.environment.clone(),
            directory: self.directory.clone(),
        }
    }

    /// Adds a partner with all its particulars.
    pub async fn add_new_partner(&self, new: NewPartner) -> Credentials {
        let name = new.name.clone();
        let gateway = &self.running.gateway;
        let secret = partners::add(&gateway.database, &gateway.vault, &self.environment, new)
            .await
            .unwrap();
        Credentials {
            name,
            secret: secret.expose_secret().to_owned(),
        }
    }

    /// Shuts a partner out.
    pub async fn disable_partner(&self, name: &str) {
        partners::disable(&self.running.gateway.database, &self.environment, name)
            .await
            .unwrap();
    }

    /// Calls a method as the demo partner with more headers; the whole reply.
    pub async fn call_with_headers(
        &self,
        headers: &[(&str, &str)],
        method: &str,
        params: Value,
    ) -> Value {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let request = HttpRequest::post(body.to_string()).credentials(&Credentials::demo());
        let request = headers.iter().fold(request, |request, (name, value)| {
            request.header(name, value)
        });
        send(self.running.address, request).await.json()
    }

    /// The next call of this kind to the card's network fails so, for example `pay` with `reset_after`.
    pub async fn fail_once(&self, card: TestCard, operation: &str, kind: &str) {
        self.fault(
            json!({"network": card.network(), "operation": operation, "kind": kind, "times": 1}),
        )
        .await;
    }

    /// The next call of this kind to the card's network is refused with this code of the network.
    pub async fn refuse_once(&self, card: TestCard, operation: &str, code: &str) {
        let fault = json!({
            "network": card.network(), "operation": operation, "kind": "decline", "code": code, "times": 1,
        });
        self.fault(fault).await;
    }

    /// What `transactions.get` answers the demo partner.
    pub async fn standing(&self, transaction_id: i64) -> Value {
        self.result("transactions.get", json!({"transactionId": transaction_id}))
            .await
    }

    /// The status that `transactions.get` answers the demo partner.
    pub async fn status(&self, transaction_id: i64) -> String {
        self.standing(transaction_id).await["status"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Orders a debit that succeeds or waits for its code; the transaction's number.
    pub async fn ordered(&self, params: Value) -> i64 {
        let result = self.result("transactions.debit", params).await;
        result["transactionId"].as_i64().unwrap()
    }

    /// The row of a transaction.
    pub async fn row(&self, transaction_id: i64) -> transaction::Model {
        let database = &self.running.gateway.database;
        transaction::Entity::find_by_id(transaction_id)
            .one(&**database)
            .await
            .unwrap()
            .unwrap()
    }

    /// The row of the demo partner's transaction with this id of its own.
    pub async fn row_of(&self, ext_id: &str) -> transaction::Model {
        let found = self
            .result("transactions.get", json!({"extId": ext_id}))
            .await;
        self.row(found["transactionId"].as_i64().unwrap()).await
    }

    /// How many transactions there are, attachments included.
    pub async fn transaction_count(&self) -> usize {
        transaction::Entity::find()
            .all(&*self.running.gateway.database)
            .await
            .unwrap()
            .len()
    }

    /// The calls of a transaction to its network as `ACTION STATE`, oldest first.
    pub async fn requests(&self, transaction_id: i64) -> Vec<String> {
        let database = &self.running.gateway.database;
        let rows = processing_request::Entity::find().order_by_asc(processing_request::Column::Id);
        let rows = rows.all(&**database).await.unwrap();
        rows.iter()
            .filter(|row| row.transaction_id == transaction_id)
            .map(|row| format!("{} {}", row.action.to_value(), row.state.to_value()))
            .collect()
    }

    /// Writes a status into the row, for one that only recovery or an operator brings about.
    pub async fn write_status(&self, transaction_id: i64, status: Status) {
        let tx = self.running.gateway.database.write().await.unwrap();
        let row = transaction::Entity::find_by_id(transaction_id)
            .one(&*tx)
            .await
            .unwrap()
            .unwrap();
        let change = transactions::Change::default();
        assert!(
            transactions::advance(
                &*tx,
                &row,
                status,
                change,
                "written by the test",
                row.updated_at
            )
            .await
            .unwrap()
        );
        tx.commit().await.unwrap();
    }

    /// Nothing hangs: a transaction is `processing` exactly while one of its calls is unsettled, and its events lead
    /// without a gap to the status that it has.
    pub async fn assert_settled(&self) {
        let database = &*self.running.gateway.database;
        let requests = processing_request::Entity::find()
            .all(database)
            .await
            .unwrap();
        let events = transaction_event::Entity::find().order_by_asc(transaction_event::Column::Seq);
        let events = events.all(database).await.unwrap();
        for row in transaction::Entity::find().all(database).await.unwrap() {
            let id = row.id;
            let unsettled = requests
                .iter()
                .filter(|request| request.transaction_id == id)
                .filter(|request| match request.state {
                    State::Sent | State::Unknown => true,
                    State::Approved | State::Declined => false,
                });
            match row.status {
                Status::Processing => {
                    assert_eq!(unsettled.count(), 1, "transaction {id} is processing")
                }
                Status::Manual => {}
                Status::AwaitingCode
                | Status::Held
                | Status::Succeeded
                | Status::Declined
                | Status::Cancelled
                | Status::Reversed
                | Status::Expired => {
                    assert_eq!(unsettled.count(), 0, "transaction {id} is {:?}", row.status)
                }
            }
            let mut status = None;
            let mut last = 0;
            for event in events.iter().filter(|event| event.transaction_id == id) {
                last += 1;
                assert_eq!(
                    (event.seq, &event.from_status),
                    (last, &status),
                    "events of transaction {id}"
                );
                status = Some(event.to_status.clone());
            }
            assert_eq!(
                (last, status),
                (row.version, Some(row.status.to_value())),
                "events of transaction {id}"
            );
        }
    }
}

/// Runs all of them at the same time; what they answer, in their order.
pub async fn join_all<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures
        .into_iter()
        .map(|future| Some(Box::pin(future)))
        .collect();
    let mut answers: Vec<_> = running.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, answer) in running.iter_mut().zip(&mut answers) {
            if let Some(waiting) = future
                && let std::task::Poll::Ready(done) = waiting.as_mut().poll(context)
            {
                *answer = Some(done);
                *future = None;
            }
        }
        if running.iter().all(Option::is_none) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    answers.into_iter().map(Option::unwrap).collect()
}

/// Gives the networks the time that they have in production, for tests in which many calls wait at once.
pub fn patient(config: &mut Config) {
    config.uzcard.timeout_ms = 15_000;
    config.humo.timeout_ms = 15_000;
    config.sms.timeout_ms = 10_000;
    config.history.timeout_ms = 20_000;
}

/// An address where nobody listens: it was free a moment ago.
pub fn closed_port() -> std::net::SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}
