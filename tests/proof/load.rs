//! Mixed load: clients that order, confirm, charge, cancel, reverse, transfer, repeat and ask, and two partners that
//! pry into each other's affairs. What they do follows from the seed; what they are answered does not.

mod at_once;
mod lone;
mod market;
mod reversals;

pub(crate) use lone::lone_order;
pub(crate) use market::{Attached, Market, Seen, cards};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sandbox::{Network, Outcome, TEST_CARDS, TestCard};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::sleep;

use crate::client::{self, Credentials};
use crate::journal::{End, Journal};
use test_support::chance::Chance;

/// Every code of the sandbox profile.
const CODE: &str = "111111";
const WRONG_CODE: &str = "999999";
/// How many wrong codes end a transaction.
const CODE_TRIES: usize = 3;
/// Least and greatest amount, tiyin: small enough that no card is ever empty, and with fees that are rounded.
const AMOUNTS: (u64, u64) = (100, 5_000);
/// The amount of many holds, tiyin.
const ROUND_AMOUNT: u64 = 1_000;
/// How long a client waits between two things that it does, milliseconds.
const THINKS_MS: (u64, u64) = (20, 130);
/// How many earlier orders a client may come back to.
const REMEMBERED: usize = 40;

/// What a client does next.
#[derive(Debug, Clone, Copy)]
enum Deed {
    Debit {
        code: bool,
    },
    Hold {
        code: bool,
    },
    Transfer {
        code: bool,
    },
    /// Charge, cancel, or both at the same time.
    EndHold,
    Reverse,
    RepeatOrder,
    ReuseExtId,
    Get,
    /// Send in a code that was left unused, even if it is too late.
    LateCode,
    /// Do something with a transaction, whatever it is and however it stands.
    Misuse,
    Invalid,
    Pry,
    AddAgain,
}

const DEEDS: &[(u64, Deed)] = &[
    (16, Deed::Debit { code: false }),
    (8, Deed::Debit { code: true }),
    (12, Deed::Hold { code: false }),
    (4, Deed::Hold { code: true }),
    (16, Deed::Transfer { code: false }),
    (8, Deed::Transfer { code: true }),
    (14, Deed::EndHold),
    (10, Deed::Reverse),
    (5, Deed::RepeatOrder),
    (1, Deed::ReuseExtId),
    (8, Deed::Get),
    (3, Deed::LateCode),
    (4, Deed::Misuse),
    (3, Deed::Invalid),
    (5, Deed::Pry),
    (1, Deed::AddAgain),
];

/// An order that can be repeated.
#[derive(Debug, Clone)]
struct Order {
    method: String,
    params: Value,
    hold: bool,
}

/// One client of a partner.
pub(crate) struct Client {
    market: Arc<Market>,
    partner: usize,
    number: usize,
    chance: Chance,
    orders_made: u64,
    /// Orders of before, to come back to.
    orders: Vec<Order>,
    /// Transactions that are held, as far as it knows.
    held: Vec<i64>,
    /// Debits and charged holds that can be given back.
    taken: Vec<i64>,
    /// What it lost sight of, and asks about.
    doubtful: Vec<i64>,
    /// Codes that it has not sent in: the transaction, and the method to do so.
    waiting: Vec<(i64, &'static str)>,
    /// Transactions of any kind and status.
    known: Vec<i64>,
}

impl Client {
    pub(crate) fn new(market: Arc<Market>, partner: usize, number: usize, seed: u64) -> Self {
        Self {
            market,
            partner,
            number,
            chance: Chance::of(seed, u64::try_from(number).unwrap()),
            orders_made: 0,
            orders: Vec::new(),
            held: Vec::new(),
            taken: Vec::new(),
            doubtful: Vec::new(),
            waiting: Vec::new(),
            known: Vec::new(),
        }
    }

    /// Works until the market closes, then sends in the codes that are still unused.
    pub(crate) async fn work(mut self) {
        while !self.market.stopping.load(Ordering::Relaxed) {
            let deed = self.chance.weighted(DEEDS);
            self.do_it(deed).await;
            self.pause(THINKS_MS).await;
        }
        while !self.waiting.is_empty() {
            self.late_code().await;
        }
    }

    async fn pause(&mut self, (from, to): (u64, u64)) {
        sleep(Duration::from_millis(self.chance.between(from, to))).await;
    }

    async fn ask(&self, method: &str, params: Value) -> Option<Value> {
        self.market.ask(self.partner, method, params).await
    }

    async fn do_it(&mut self, deed: Deed) {
        match deed {
            Deed::Debit { code } => {
                let order = self.debit_order(false, code);
                self.carry_through(order).await;
            }
            Deed::Hold { code } => {
                let order = self.debit_order(true, code);
                self.carry_through(order).await;
            }
            Deed::Transfer { code } => {
                let order = self.transfer_order(code);
                self.carry_through(order).await;
            }
            Deed::EndHold => self.end_hold().await,
            Deed::Reverse => self.reverse().await,
            Deed::RepeatOrder => {
                if let Some(order) = self.some_order() {
                    self.ask(&order.method, order.params).await;
                }
            }
            Deed::ReuseExtId => {
                if let Some(mut order) = self.some_order() {
                    let amount = order.params["amount"].as_i64().unwrap();
                    order.params["amount"] = json!(amount + 1);
                    self.ask(&order.method, order.params).await;
                }
            }
            Deed::Get => self.get().await,
            Deed::LateCode => self.late_code().await,
            Deed::Misuse => self.misuse().await,
            Deed::Invalid => self.invalid().await,
            Deed::Pry => self.pry().await,
            Deed::AddAgain => {
                let card = self.own_card(|_| true).card;
                self.market.add(self.partner, card).await;
            }
        }
    }

    fn own_card(&mut self, fits: impl Fn(&TestCard) -> bool) -> Attached {
        let cards = self.market.cards.lock().unwrap();
        let own: Vec<&Attached> = cards
            .iter()
            .filter(|attached| attached.partner == self.partner && fits(attached.card))
            .collect();
        (*self.chance.pick(&own)).clone()
    }

    /// A card that pays, seldom one without money.
    fn payer(&mut self) -> Attached {
        let poor = self.chance.percent(4);
        self.own_card(|card| (card.outcome == Outcome::InsufficientFunds) == poor)
    }

    fn some_order(&mut self) -> Option<Order> {
        if self.orders.is_empty() {
            return None;
        }
        let place = self.chance.below(self.orders.len());
        Some(self.orders[place].clone())
    }

    fn new_ext_id(&mut self) -> String {
        self.orders_made += 1;
        format!("p{}-c{}-{}", self.partner, self.number, self.orders_made)
    }

    fn amount(&mut self) -> u64 {
        self.chance.between(AMOUNTS.0, AMOUNTS.1)
    }

    fn debit_order(&mut self, hold: bool, code: bool) -> Order {
        let Attached { card, token, .. } = self.payer();
        // Holds that look alike are told apart only by who has claimed them.
        let amount = match hold && self.chance.percent(40) {
            true => ROUND_AMOUNT,
            false => self.amount(),
        };
        let mut params = debit_params(card, &token, amount);
        params["extId"] = json!(self.new_ext_id());
        if hold {
            params["is_hold"] = json!(true);
        }
        if code {
            params["force_sms_confirmation"] = json!(true);
        }
        Order {
            method: "transactions.debit".to_owned(),
            params,
            hold,
        }
    }

    fn transfer_order(&mut self, code: bool) -> Order {
        let from = self.payer();
        // A refused credit leads to a reversal of the debit, which should stay rare.
        let refuses = self.chance.percent(15);
        let recipients: Vec<&TestCard> = cards()
            .into_iter()
            .filter(|card| card.pan != from.card.pan)
            .filter(|card| {
                card.outcome
                    == if refuses {
                        Outcome::CreditRefused
                    } else {
                        Outcome::Ok
                    }
            })
            .collect();
        let to = *self.chance.pick(&recipients);
        let method = format!("p2p.{}2{}", network_word(from.card), network_word(to));
        let mut params = json!({
            "token": from.token, "pan": to.pan, "expiry": "3012", "amount": self.amount(),
            "extId": self.new_ext_id(),
        });
        if code {
            params["force_sms_confirmation"] = json!(true);
        }
        Order {
            method,
            params,
            hold: false,
        }
    }

    /// Orders, confirms, and finds out what came of it where the reply was lost.
    async fn carry_through(&mut self, order: Order) {
        if self.orders.len() == REMEMBERED {
            let place = self.chance.below(REMEMBERED);
            self.orders.swap_remove(place);
        }
        self.orders.push(order.clone());
        let has_code = order.params.get("force_sms_confirmation").is_some();
        let mut reply = if has_code && self.chance.percent(35) {
            self.ask_impatiently(&order).await
        } else if self.chance.percent(15) {
            self.ask_as_a_crowd(&order).await
        } else {
            self.ask(&order.method, order.params.clone()).await
        };
        for _ in 0..3 {
            if reply.as_ref().is_some_and(|reply| !is_open(reply)) {
                break;
            }
            self.pause((20, 400)).await;
            // Both ways of finding out: the same order again, and asking.
            if self.chance.percent(50) {
                let params = json!({"extId": order.params["extId"]});
                self.ask("transactions.get", params).await;
            }
            reply = self.ask(&order.method, order.params.clone()).await;
        }
        let Some(reply) = reply else { return };
        let result = &reply["result"];
        let about = result["transactionId"].as_i64();
        if let Some(transaction_id) = about {
            self.show(transaction_id, &order);
            if self.known.len() == REMEMBERED {
                self.known.swap_remove(self.chance.below(REMEMBERED));
            }
            self.known.push(transaction_id);
        }
        match about {
            Some(transaction_id) if result.get("phone").is_some() => {
                self.confirm(transaction_id, &order).await;
            }
            Some(transaction_id) if order.hold => self.held.push(transaction_id),
            Some(transaction_id) => self.taken.push(transaction_id),
            None => {
                self.doubtful
                    .extend(reply["error"]["data"]["transactionId"].as_i64());
            }
        }
    }

    /// Lets the other partner know what there is to pry into.
    fn show(&mut self, transaction_id: i64, order: &Order) {
        let mut seen = self.market.seen.lock().unwrap();
        if seen.len() == 64 {
            seen.swap_remove(self.chance.below(64));
        }
        seen.push(Seen {
            partner: self.partner,
            transaction_id,
            ext_id: order.params["extId"].as_str().unwrap().to_owned(),
        });
    }

    async fn confirm(&mut self, transaction_id: i64, order: &Order) {
        let method = confirmation(order);
        // Some codes are sent in much later, many of them too late.
        if self.chance.percent(12) {
            self.waiting.push((transaction_id, method));
            return;
        }
        let params = |code| json!({"transactionId": transaction_id, "confirmedCode": code});
        // Some are guessed at until the tries are used up.
        if self.chance.percent(15) {
            for _ in 0..CODE_TRIES {
                self.ask(method, params(WRONG_CODE)).await;
            }
        }
        if self.chance.percent(10) {
            self.ask(method, params(WRONG_CODE)).await;
        }
        let mut reply = if self.chance.percent(25) {
            // The same code from two sides at once: one of them acts.
            let both = tokio::join!(
                self.ask(method, params(CODE)),
                self.ask(method, params(CODE))
            );
            match both {
                (Some(one), _) if one.get("result").is_some() => Some(one),
                (one, other) => other.or(one),
            }
        } else {
            self.ask(method, params(CODE)).await
        };
        if reply.is_none() {
            self.pause((20, 300)).await;
            reply = self.ask(method, params(CODE)).await;
        }
        let done = reply.is_some_and(|reply| reply.get("result").is_some());
        match (done, order.hold) {
            (true, true) => self.held.push(transaction_id),
            (true, false) if order.method == "transactions.debit" => {
                self.taken.push(transaction_id);
            }
            (true, false) => {}
            (false, _) => self.doubtful.push(transaction_id),
        }
    }

    async fn end_hold(&mut self) {
        let Some(transaction_id) = self.take_one(|client| &mut client.held) else {
            return;
        };
        let mut params = json!({"transactionId": transaction_id});
        let (charge, cancel) = (
            "transactions.debit.hold.charge",
            "transactions.debit.hold.cancel",
        );
        let way = self.chance.below(10);
        let charged = match way {
            0..6 => {
                // Sometimes more than is held.
                if self.chance.percent(40) {
                    params["amount"] = json!(self.amount());
                }
                self.ask(charge, params).await
            }
            6..9 => {
                self.ask(cancel, params).await;
                None
            }
            // At the same time: one of them acts.
            _ => {
                let (charged, _) =
                    tokio::join!(self.ask(charge, params.clone()), self.ask(cancel, params));
                charged
            }
        };
        match charged {
            Some(reply) if reply.get("result").is_some() => self.taken.push(transaction_id),
            _ => self.doubtful.push(transaction_id),
        }
    }

    async fn late_code(&mut self) {
        let Some((transaction_id, method)) = self.take_one(|client| &mut client.waiting) else {
            return;
        };
        let params = json!({"transactionId": transaction_id, "confirmedCode": CODE});
        self.ask(method, params).await;
        self.doubtful.push(transaction_id);
    }

    async fn misuse(&mut self) {
        if self.known.is_empty() {
            return;
        }
        let transaction_id = *self.chance.pick(&self.known);
        let id = json!({"transactionId": transaction_id});
        let with_code = json!({"transactionId": transaction_id, "confirmedCode": CODE});
        let deeds = [
            ("transactions.debit.confirm", with_code.clone()),
            ("p2p.confirm", with_code),
            ("transactions.debit.hold.charge", id.clone()),
            ("transactions.debit.hold.cancel", id.clone()),
            ("transactions.debit.reverse", id),
        ];
        let (method, params) = self.chance.pick(&deeds).clone();
        self.ask(method, params).await;
        self.doubtful.push(transaction_id);
    }

    fn take_one<T>(&mut self, of: impl Fn(&mut Self) -> &mut Vec<T>) -> Option<T> {
        let length = of(self).len();
        if length == 0 {
            return None;
        }
        let place = self.chance.below(length);
        Some(of(self).swap_remove(place))
    }

    async fn get(&mut self) {
        let params = match self.take_one(|client| &mut client.doubtful) {
            Some(transaction_id) => {
                // A hold that turns out to be held, or taken, is worked on again.
                let params = json!({"transactionId": transaction_id});
                let Some(reply) = self.ask("transactions.get", params).await else {
                    self.doubtful.push(transaction_id);
                    return;
                };
                let shown = &reply["result"];
                match (shown["kind"].as_str(), shown["status"].as_str()) {
                    (Some("hold"), Some("held")) => self.held.push(transaction_id),
                    (Some("debit" | "hold"), Some("succeeded")) => self.taken.push(transaction_id),
                    (_, Some("processing")) => self.doubtful.push(transaction_id),
                    _ => {}
                }
                return;
            }
            None => match self.some_order() {
                Some(order) => json!({"extId": order.params["extId"]}),
                None => return,
            },
        };
        self.ask("transactions.get", params).await;
    }

    /// Orders that are refused and must leave nothing behind.
    async fn invalid(&mut self) {
        let Attached { card, token, .. } = self.payer();
        let ext_id = json!(format!("{}-invalid", self.new_ext_id()));
        let amount = self.amount();
        let mut params = debit_params(card, &token, amount);
        params["extId"] = ext_id;
        match self.chance.below(7) {
            0 => params["amount"] = json!(0),
            1 => params["amount"] = json!("500"),
            2 => params["amount"] = json!(900_000_000_000_u64),
            3 => params["token"] = json!("4d4b9bd4-4a3c-4c2a-9d63-8f0a4b1f6a11"),
            4 => params["surprise"] = json!(true),
            5 => params["merchantId"] = json!(""),
            _ => params["is_hold"] = json!("yes"),
        }
        self.ask("transactions.debit", params).await;
    }

    /// Tries what is another partner's, and what does not exist.
    async fn pry(&mut self) {
        let foreign = {
            let seen = self.market.seen.lock().unwrap();
            let others: Vec<&Seen> = seen
                .iter()
                .filter(|seen| seen.partner != self.partner)
                .collect();
            match others.is_empty() {
                true => None,
                false => Some((*self.chance.pick(&others)).clone()),
            }
        };
        let absent = Seen {
            partner: self.partner,
            transaction_id: i64::try_from(self.chance.between(1 << 40, 1 << 41)).unwrap(),
            ext_id: format!("absent-{}", self.chance.number()),
        };
        let (card, token) = {
            let cards = self.market.cards.lock().unwrap();
            let others: Vec<&Attached> = cards
                .iter()
                .filter(|attached| attached.partner != self.partner)
                .collect();
            let attached = *self.chance.pick(&others);
            (attached.card, attached.token.clone())
        };
        let way = self.chance.below(8);
        for target in foreign.into_iter().chain([absent]) {
            let id = json!({"transactionId": target.transaction_id});
            let with_code = json!({"transactionId": target.transaction_id, "confirmedCode": CODE});
            let (method, params) = match way {
                0 => ("transactions.get", id),
                1 => ("transactions.get", json!({"extId": target.ext_id})),
                2 => ("transactions.debit.reverse", id),
                3 => ("transactions.debit.hold.charge", id),
                4 => ("transactions.debit.hold.cancel", id),
                5 => ("transactions.debit.confirm", with_code),
                6 => ("p2p.confirm", with_code),
                _ => {
                    let unknown = "4d4b9bd4-4a3c-4c2a-9d63-8f0a4b1f6a11";
                    let foreign = target.partner != self.partner;
                    let used = if foreign { &token } else { unknown };
                    let mut params = debit_params(card, used, 500);
                    params["extId"] = json!(format!("{}-stolen", self.new_ext_id()));
                    ("transactions.debit", params)
                }
            };
            self.ask(method, params).await;
        }
    }
}

/// The method that takes the code of an order.
fn confirmation(order: &Order) -> &'static str {
    match order.method.as_str() {
        "transactions.debit" => "transactions.debit.confirm",
        _ => "p2p.confirm",
    }
}

/// Whether a reply leaves the outcome open, so that it is worth asking again.
fn is_open(reply: &Value) -> bool {
    matches!(
        reply["error"]["code"].as_i64(),
        Some(-32379 | -32364 | -32365 | -32343 | -32334)
    )
}

fn network_word(card: &TestCard) -> &'static str {
    match card.network {
        Network::Humo => "humo",
        Network::Uzcard | Network::Sms | Network::Fiscal => "uzcard",
    }
}

/// Params of a debit at the demo partner's terminal of the card's network.
fn debit_params(card: &TestCard, token: &str, amount: u64) -> Value {
    let (merchant, terminal) = match card.network {
        Network::Humo => ("0040100000401CS", "1965000A"),
        Network::Uzcard | Network::Sms | Network::Fiscal => ("90001", "92400001"),
    };
    json!({"token": token, "amount": amount, "merchantId": merchant, "terminalId": terminal})
}
