//! A load of movements of which each can be told from all others, and the judgement of what became of them.
//!
//! Every order has an amount of its own, and every movement is one action on one amount: that is its name in the journal
//! of what partners were told, in the gateway's rows and in the networks' ledger.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use entity::network::Network;
use entity::processing_request::{self, Action, State};
use sea_orm::EntityTrait as _;
use serde_json::{Value, json};

use crate::support::*;

/// The name of a movement: the ledger's word, and the amount.
type Movement = (&'static str, i64);

/// What a partner was told about a movement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    Done,
    /// -32334 or -32343: nothing has reached a network.
    NotDone,
    /// -32379, -32364, -32365: ask again.
    Unknown,
}

/// A load on a gateway.
pub(crate) struct Load<'a> {
    app: &'a TestApp,
    tokens: Vec<(TestCard, String)>,
    next_amount: AtomicI64,
    journal: Mutex<HashMap<Movement, Told>>,
    done: AtomicUsize,
    stopped: AtomicBool,
    paused: AtomicBool,
    working: AtomicUsize,
}

impl<'a> Load<'a> {
    pub(crate) async fn on(app: &'a TestApp) -> Self {
        let mut tokens = Vec::new();
        for card in [UZCARD, HUMO, UZCARD_2, HUMO_2] {
            tokens.push((card, app.add_card(card).await));
        }
        Self {
            app,
            tokens,
            next_amount: AtomicI64::new(1_001),
            journal: Mutex::default(),
            done: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
            paused: AtomicBool::new(false),
            working: AtomicUsize::new(0),
        }
    }

    /// So many callers order one thing after another while `faults` happen.
    pub(crate) async fn during<T>(&self, callers: usize, faults: impl Future<Output = T>) -> T {
        let faults = async {
            let done = faults.await;
            self.stopped.store(true, Ordering::SeqCst);
            done
        };
        let (done, _) = tokio::join!(faults, join_all((0..callers).map(|_| self.work())));
        done
    }

    async fn work(&self) {
        while !self.stopped.load(Ordering::SeqCst) {
            self.working.fetch_add(1, Ordering::SeqCst);
            let told = match self.paused.load(Ordering::SeqCst) {
                true => None,
                false => Some(self.order().await),
            };
            self.working.fetch_sub(1, Ordering::SeqCst);
            if told != Some(Told::Done) {
                // Whoever is refused does not come back at once.
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }

    /// Waits until nobody is served, lets nobody order anything meanwhile, and goes on.
    pub(crate) async fn with_nobody_else<T>(&self, alone: impl Future<Output = T>) -> T {
        self.paused.store(true, Ordering::SeqCst);
        until("the callers have ended", Duration::from_secs(30), || {
            self.working.load(Ordering::SeqCst) == 0
        })
        .await;
        let done = alone.await;
        self.paused.store(false, Ordering::SeqCst);
        done
    }

    /// Waits until so many more movements have been carried out.
    pub(crate) async fn until_more(&self, movements: usize) {
        let enough = self.done.load(Ordering::SeqCst) + movements;
        until("there is a load", Duration::from_secs(60), || {
            self.done.load(Ordering::SeqCst) >= enough
        })
        .await;
    }

    /// Orders until something is carried out; how long that took.
    pub(crate) async fn until_served(&self) -> Duration {
        let begun = Instant::now();
        while self.order().await != Told::Done {
            assert!(
                begun.elapsed() < Duration::from_secs(30),
                "the gateway does not come back"
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        begun.elapsed()
    }

    /// One order, and what is done with it.
    pub(crate) async fn order(&self) -> Told {
        let amount = self.next_amount.fetch_add(1, Ordering::SeqCst);
        let kind = usize::try_from(amount).unwrap();
        let (card, token) = &self.tokens[kind % 4];
        let hold = kind / 4 % 2 == 0;
        let order = json!({"extId": format!("order-{amount}"), "is_hold": hold});
        let params = with(debit_params(*card, token, amount), order);
        let action = if hold { "hold" } else { "pay" };
        let (told, result) = self
            .tell((action, amount), "transactions.debit", params)
            .await;
        if told != Told::Done {
            return told;
        }
        let (action, method) = match (hold, kind / 8 % 2) {
            (true, 0) => ("capture", "transactions.debit.hold.charge"),
            (true, _) => ("release", "transactions.debit.hold.cancel"),
            (false, 0) => ("reverse", "transactions.debit.reverse"),
            (false, _) => return told,
        };
        let the = json!({"transactionId": result["transactionId"]});
        self.tell((action, amount), method, the).await.0
    }

    async fn tell(&self, movement: Movement, method: &str, params: Value) -> (Told, Value) {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let request = HttpRequest::post(body.to_string()).credentials(&Credentials::demo());
        let reply = send(self.app.running.address, request).await;
        let mut json = reply.json();
        let told = match (reply.status, json["error"]["code"].as_i64()) {
            (200, None) => Told::Done,
            (200, Some(-32334)) | (503, Some(-32343)) => Told::NotDone,
            (200, Some(-32379 | -32364 | -32365)) => Told::Unknown,
            _ => panic!("{method} {params}: {reply:?}"),
        };
        if told == Told::Done {
            self.done.fetch_add(1, Ordering::SeqCst);
        }
        self.journal.lock().unwrap().insert(movement, told);
        (told, json["result"].take())
    }

    /// Nothing is lost, nothing doubled, and nothing was carried out of which no row tells. What nobody knows is `sent` or
    /// `unknown`, until recovery has looked: then everything is known. How many rows recovery had to settle.
    pub(crate) async fn judge(&self) -> usize {
        let unsettled = self.agree().await;
        self.app.assert_settled().await;
        // What recovery undoes is a call of its own, and may have to be waited for.
        for _ in 0..5 {
            self.app.recover_after_all().await;
        }
        assert_eq!(self.agree().await, 0, "recovery has left something open");
        self.app.assert_settled().await;
        unsettled
    }

    /// Journal, rows and ledger tell the same; how many rows are not settled.
    async fn agree(&self) -> usize {
        let mut moved = HashSet::new();
        for row in self.app.ledger().await {
            let action = row["action"].as_str().unwrap().to_owned();
            let amount = row["amount"].as_i64().unwrap();
            assert!(moved.insert((action, amount)), "moved twice: {row}");
        }
        let rows = processing_request::Entity::find()
            .all(&*self.app.running.gateway.database)
            .await
            .unwrap();
        let mut known = HashMap::new();
        for row in &rows {
            if let Some(action) = word(row) {
                let before = known.insert((action, row.amount), row.state);
                // A refused one may be asked for again, but only one can be carried out.
                assert!(
                    before.is_none_or(|state| state == State::Declined),
                    "{row:?}"
                );
            }
        }
        for (action, amount) in &moved {
            let state = known.get(&(action.as_str(), *amount));
            let state = state.unwrap_or_else(|| panic!("{action} {amount} has no intent"));
            assert_ne!(*state, State::Declined, "{action} {amount} was carried out");
        }
        for ((action, amount), state) in &known {
            let carried_out = moved.contains(&((*action).to_owned(), *amount));
            assert!(
                carried_out || *state != State::Approved,
                "{action} {amount} was not carried out"
            );
        }
        for ((action, amount), told) in &*self.journal.lock().unwrap() {
            let carried_out = moved.contains(&((*action).to_owned(), *amount));
            let state = known.get(&(*action, *amount));
            match told {
                Told::Done => assert!(
                    carried_out && state == Some(&State::Approved),
                    "{action} {amount} is lost: {state:?}"
                ),
                Told::NotDone => assert!(!carried_out, "{action} {amount} was not to happen"),
                Told::Unknown => {}
            }
        }
        let open =
            |row: &&processing_request::Model| matches!(row.state, State::Sent | State::Unknown);
        rows.iter().filter(open).count()
    }
}

/// The ledger's word for a call; `None` for HUMO's first call of a sale, which moves nothing yet, and its cancel.
fn word(row: &processing_request::Model) -> Option<&'static str> {
    match (row.action, row.network) {
        (Action::Pay, Network::Uzcard) | (Action::Confirm, _) => Some("pay"),
        (Action::Hold, _) => Some("hold"),
        (Action::Capture, _) => Some("capture"),
        (Action::Release | Action::Expire, _) => Some("release"),
        (Action::Reverse, _) => Some("reverse"),
        (Action::Pay, Network::Humo) | (Action::Cancel, _) => None,
        (Action::P2p | Action::Credit, _) => panic!("there are no transfers in this load: {row:?}"),
    }
}

/// Waits until something holds.
pub(crate) async fn until(what: &str, longest: Duration, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < longest, "waited for nothing: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
