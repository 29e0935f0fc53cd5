//! A load in which every movement is unique, and the check of what became of each.
//!
//! Every order has an amount of its own, and every movement is one action on one amount: that is its name in the journal
//! of what partners were told, in the gateway's rows and in the networks' ledger. Debits and holds, with what follows on
//! them, and transfers in all four directions; some of each with a code.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use aloqa_gateway::database::Fetch as _;
use entity::processing_request::{self, State};
use sea_orm::EntityTrait as _;
use serde_json::{Value, json};

use crate::movements::word;
use test_support::*;

/// The name of a movement: the ledger's word, and the amount.
type Movement = (&'static str, i64);

/// The ledger's words for all that is ordered.
const WORDS: [&str; 7] = [
    "pay", "hold", "capture", "release", "reverse", "p2p", "credit",
];

/// The amount of a transfer, and what its sender pays: with the fee of half a percent. Other orders have smaller amounts.
fn transfer_amounts(number: i64) -> (i64, i64) {
    let amount = 200_000 + 200 * number;
    (amount, amount + amount / 200)
}

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
    next_number: AtomicI64,
    journal: Mutex<HashMap<Movement, Told>>,
    done: AtomicUsize,
    confirmed: AtomicUsize,
    /// What transfers between the networks credit, by what their senders pay.
    across: Mutex<HashMap<i64, i64>>,
    /// All money of the networks.
    total: Value,
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
            next_number: AtomicI64::new(1_001),
            journal: Mutex::default(),
            done: AtomicUsize::new(0),
            confirmed: AtomicUsize::new(0),
            across: Mutex::default(),
            total: app.totals().await["total"].clone(),
            stopped: AtomicBool::new(false),
            paused: AtomicBool::new(false),
            working: AtomicUsize::new(0),
        }
    }

    /// Lets this many callers order one thing after another while `faults` happen.
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

    /// Pauses the callers, waits until none is being served, does something alone, and lets them go on.
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
        let number = self.next_number.fetch_add(1, Ordering::SeqCst);
        let turn = usize::try_from(number).unwrap();
        match turn % 3 {
            0 => self.transfer(number, turn / 3).await,
            _ => self.debit(number, turn).await,
        }
    }

    async fn debit(&self, amount: i64, turn: usize) -> Told {
        let (card, token) = &self.tokens[turn % 4];
        let hold = (turn / 4).is_multiple_of(2);
        let order = json!({"is_hold": hold, "force_sms_confirmation": turn.is_multiple_of(5)});
        let params = with(debit_params(*card, token, amount), order);
        let action = if hold { "hold" } else { "pay" };
        let methods = ["transactions.debit", "transactions.debit.confirm"];
        let (told, result) = self.begin(&[(action, amount)], methods, params).await;
        if told != Told::Done {
            return told;
        }
        let (action, method) = match (hold, turn / 8 % 2) {
            (true, 0) => ("capture", "transactions.debit.hold.charge"),
            (true, _) => ("release", "transactions.debit.hold.cancel"),
            (false, 0) => ("reverse", "transactions.debit.reverse"),
            (false, _) => return told,
        };
        let the = json!({"transactionId": result["transactionId"]});
        self.tell(&[(action, amount)], method, the).await.0
    }

    async fn transfer(&self, number: i64, turn: usize) -> Told {
        let mut direction = DIRECTIONS[turn % 4];
        // There and back again, so that no card runs dry.
        if !direction.is_across() && (turn / 4).is_multiple_of(2) {
            direction = direction.from(direction.to).to(direction.from);
        }
        let mut tokens = self.tokens.iter();
        let (_, token) = tokens.find(|(card, _)| *card == direction.from).unwrap();
        let (amount, total) = transfer_amounts(number);
        let code = json!({"force_sms_confirmation": turn.is_multiple_of(5)});
        let params = with(direction.params(token, amount), code);
        let methods = [direction.method, "p2p.confirm"];
        if !direction.is_across() {
            return self.begin(&[("p2p", amount)], methods, params).await.0;
        }
        self.across.lock().unwrap().insert(total, amount);
        let legs = [("pay", total), ("credit", amount)];
        self.begin(&legs, methods, params).await.0
    }

    /// Orders, and confirms what waits for its code.
    async fn begin(
        &self,
        movements: &[Movement],
        [method, confirm]: [&str; 2],
        params: Value,
    ) -> (Told, Value) {
        let (_, amount) = movements[0];
        let params = with(params, json!({"extId": format!("order-{amount}")}));
        if params["force_sms_confirmation"] == false {
            return self.tell(movements, method, params).await;
        }
        let (told, result) = self.ask(method, params).await;
        if told != Told::Done {
            // Nobody has a code, so nothing may ever move.
            self.note(movements, Told::NotDone);
            return (told, result);
        }
        let code = right_code(result["transactionId"].as_i64().unwrap());
        let (told, result) = self.tell(movements, confirm, code).await;
        if told == Told::Done {
            self.confirmed.fetch_add(1, Ordering::SeqCst);
        }
        (told, result)
    }

    /// Orders movements, and records what the partner was told.
    async fn tell(&self, movements: &[Movement], method: &str, params: Value) -> (Told, Value) {
        let (told, result) = self.ask(method, params).await;
        if told == Told::Done {
            self.done.fetch_add(movements.len(), Ordering::SeqCst);
        }
        self.note(movements, told);
        (told, result)
    }

    fn note(&self, movements: &[Movement], told: Told) {
        let mut journal = self.journal.lock().unwrap();
        journal.extend(movements.iter().map(|movement| (*movement, told)));
    }

    async fn ask(&self, method: &str, params: Value) -> (Told, Value) {
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
        (told, json["result"].take())
    }

    /// Nothing is lost, nothing is doubled, and nothing was carried out without a row. What is not known yet is `sent`
    /// or `unknown` until recovery has looked; then everything is known. Returns how many rows recovery had to settle.
    pub(crate) async fn judge(&self) -> usize {
        let unsettled = self.agree().await;
        self.app.assert_settled().await;
        // An undo by recovery is another call, and on a busy machine a look-up may have to be made again.
        for _ in 0..20 {
            self.app.recover_after_all().await;
            if self.agree().await == 0 {
                break;
            }
        }
        assert_eq!(self.agree().await, 0, "recovery has left something open");
        self.app.assert_settled().await;
        self.assert_both_legs_or_none().await;
        assert_eq!(self.app.totals().await["total"], self.total);
        let journal = self.journal.lock().unwrap();
        for word in WORDS {
            let mut of_it = journal.iter().filter(|((action, _), _)| *action == word);
            assert!(
                of_it.any(|(_, told)| *told == Told::Done),
                "this load has no {word}"
            );
        }
        assert!(self.confirmed.load(Ordering::SeqCst) > 0, "no codes");
        unsettled
    }

    /// What a sender has paid for a transfer between the networks was either credited or reversed, and not both.
    async fn assert_both_legs_or_none(&self) {
        let moved = self.moved().await;
        for (total, amount) in &*self.across.lock().unwrap() {
            let moved = |word: &str, amount: i64| moved.contains(&(word.to_owned(), amount));
            let (credited, given_back) = (moved("credit", *amount), moved("reverse", *total));
            let ends = usize::from(credited) + usize::from(given_back);
            assert_eq!(ends, usize::from(moved("pay", *total)), "pay {total}");
        }
    }

    /// The networks' ledger.
    async fn moved(&self) -> HashSet<(String, i64)> {
        let mut moved = HashSet::new();
        for row in self.app.ledger().await {
            let action = row["action"].as_str().unwrap().to_owned();
            let amount = row["amount"].as_i64().unwrap();
            assert!(moved.insert((action, amount)), "moved twice: {row}");
        }
        moved
    }

    /// Journal, rows and ledger agree. Returns how many rows are not settled.
    async fn agree(&self) -> usize {
        let moved = self.moved().await;
        let rows = processing_request::Entity::find()
            .fetch_all(&*self.app.running.gateway.database)
            .await
            .unwrap();
        let mut known = HashMap::new();
        for row in &rows {
            if let Some(action) = word(row, &rows) {
                let before = known.insert((action, row.amount), row.state);
                // A refused movement may be ordered again, but only one can be carried out.
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

/// Waits until something holds.
pub(crate) async fn until(what: &str, longest: Duration, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < longest, "waited for nothing: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
