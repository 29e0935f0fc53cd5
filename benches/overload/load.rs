//! The load: who calls what, and when.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use test_support::{CODE, TestCard, UZCARD, UZCARD_2, debit_params};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::Result;
use super::caller::{Caller, Ended};
use super::served::{Served, processor};
use super::times::{Kind, Step};

/// The callers of the peak.
const CALLERS: usize = 32;
/// Calls of each kind beside the debits, a second.
const BESIDE_A_SECOND: u64 = 10;
/// Between two calls of one caller alone. A machine that rests meanwhile takes longer for the next one.
const PAUSE: Duration = Duration::from_millis(20);
/// Calls one after another, after a step, of which most must be served as before.
const IN_ROW: usize = 11;
/// Tiyin.
const AMOUNT: i64 = 100;

/// Partners, each with a card.
pub(crate) struct Load {
    buyers: Vec<Buyer>,
}

#[derive(Clone)]
struct Buyer {
    caller: Caller,
    debit: Arc<Value>,
}

impl Load {
    pub(crate) async fn new(served: &Served) -> Result<Self> {
        let mut buyers = Vec::new();
        for (number, (name, secret)) in served.partners.iter().enumerate() {
            let caller = Caller::new(served.address, name, secret);
            let card = if number % 2 == 0 { UZCARD } else { UZCARD_2 };
            let token = attached(&caller, card).await?;
            let debit = Arc::new(debit_params(card, &token, AMOUNT));
            buyers.push(Buyer { caller, debit });
        }
        Ok(Self { buyers })
    }

    /// How long a debit takes that is alone, half of the time.
    pub(crate) async fn alone(&self) -> Result<Duration> {
        let mut times = Vec::new();
        for buyer in self.buyers.iter().cycle().take(60) {
            times.push(buyer.timed().await?);
            sleep(PAUSE).await;
        }
        times.sort_unstable();
        times
            .get(times.len() / 2)
            .copied()
            .ok_or_else(|| "no partners".into())
    }

    /// Debits a second by callers that wait for their replies.
    pub(crate) async fn peak(&self, time: Duration) -> Result<u64> {
        let until = Instant::now() + time;
        let mut callers = JoinSet::new();
        for buyer in self.buyers.iter().cycle().take(CALLERS) {
            let buyer = buyer.clone();
            callers.spawn(async move {
                let mut accepted = 0_u64;
                while Instant::now() < until {
                    buyer.timed().await?;
                    accepted += 1;
                }
                Result::Ok(accepted)
            });
        }
        let mut accepted = 0;
        while let Some(ended) = callers.join_next().await {
            accepted += ended??;
        }
        Ok(accepted / time.as_secs().max(1))
    }

    /// Debits at this rate for this time, and what goes on beside them; then one caller alone, whose debits take so long when
    /// nobody else calls.
    pub(crate) async fn step(
        &self,
        rate: u64,
        time: Duration,
        beside: Beside,
        alone: Duration,
        served: &Served,
    ) -> Result<Step> {
        let step = Arc::new(Mutex::new(Step::default()));
        let begun = Instant::now();
        let debits = self.buyers.iter().cycle().map(|buyer| {
            let params = Arc::clone(&buyer.debit);
            (buyer.caller.clone(), Kind::Debit, params)
        });
        let others = beside.calls.into_iter();
        let memory = async {
            let before = (served.processor()?, processor("self")?);
            let mut most = 0;
            while begun.elapsed() < time {
                most = most.max(served.memory()?);
                sleep(Duration::from_millis(100)).await;
            }
            let used = (
                served.processor()? - before.0,
                processor("self")? - before.1,
            );
            Result::Ok((most, used))
        };
        let normal = async {
            sleep_until(begun + time).await;
            self.until_normal(alone).await
        };
        let ((), (), memory, normal) = tokio::join!(
            at_rate(debits, rate, begun, time, &step),
            at_rate(others, BESIDE_A_SECOND * 4, begun, time, &step),
            memory,
            normal,
        );
        let (memory, processor) = memory?;
        let mut step = std::mem::take(&mut *step.lock().unwrap_or_else(PoisonError::into_inner));
        step.memory = memory;
        step.processor = processor;
        step.normal = normal;
        step.sort();
        Ok(step)
    }

    /// How long it takes until one caller is served as before: of eleven calls in a row, six took at most twice the time, a
    /// median, as a database stops now and then for its own sake.
    async fn until_normal(&self, alone: Duration) -> Duration {
        let begun = Instant::now();
        let mut last = VecDeque::with_capacity(IN_ROW);
        for buyer in self.buyers.iter().cycle().take(1_000) {
            let called = Instant::now();
            let is_normal = match buyer.caller.call(Kind::Debit.method(), &buyer.debit).await {
                Ended::Accepted(_) => called.elapsed() <= alone * 2 + Duration::from_millis(1),
                Ended::Refused | Ended::Other(_) => false,
            };
            last.push_back((called, is_normal));
            let normal = last.iter().filter(|(_, is_normal)| *is_normal).count();
            if last.len() == IN_ROW
                && normal > IN_ROW / 2
                && let Some((first, _)) = last.front()
            {
                return *first - begun;
            }
            if last.len() == IN_ROW {
                last.pop_front();
            }
            sleep(PAUSE).await;
        }
        begun.elapsed()
    }
}

impl Buyer {
    async fn timed(&self) -> Result<Duration> {
        let begun = Instant::now();
        let method = Kind::Debit.method();
        self.caller.result(method, &self.debit).await?;
        Ok(begun.elapsed())
    }

    /// A payment, a hold or a payment that awaits its code.
    async fn ordered(&self, more: &Value) -> Result<Value> {
        let params = test_support::with((*self.debit).clone(), more.clone());
        let result = self.caller.result(Kind::Debit.method(), &params).await?;
        Ok(result.get("transactionId").cloned().unwrap_or_default())
    }
}

async fn attached(caller: &Caller, card: TestCard) -> Result<String> {
    let params = json!({"pan": card.pan, "expiry": "1230", "phone": card.phone});
    let begun = caller.result("cards.add", &params).await?;
    let params = json!({"transactionId": begun.get("transactionId"), "confirmedCode": CODE});
    let added = caller.result("cards.add-confirm", &params).await?;
    let token = added.get("token").and_then(Value::as_str);
    Ok(token.ok_or("no token")?.to_owned())
}

/// Begins calls at this rate, whatever becomes of those before, and waits for the last of them.
async fn at_rate(
    calls: impl Iterator<Item = (Caller, Kind, Arc<Value>)>,
    rate: u64,
    begun: Instant,
    time: Duration,
    step: &Arc<Mutex<Step>>,
) {
    let mut running = JoinSet::new();
    for (number, (caller, kind, params)) in (0_u64..).zip(calls) {
        let due = begun + Duration::from_nanos(number * 1_000_000_000 / rate);
        if due > begun + time {
            break;
        }
        if due > Instant::now() {
            sleep_until(due).await;
        }
        let step = Arc::clone(step);
        running.spawn(async move {
            let ended = caller.call(kind.method(), &params).await;
            let waited = due.elapsed();
            let mut step = step.lock().unwrap_or_else(PoisonError::into_inner);
            step.add(kind, ended, waited);
        });
        while running.try_join_next().is_some() {}
    }
    while running.join_next().await.is_some() {}
}

/// What goes on beside the debits of a step, in turn.
pub(crate) struct Beside {
    calls: VecDeque<(Caller, Kind, Arc<Value>)>,
}

impl Beside {
    /// Orders what is then confirmed, charged, reversed and asked about.
    pub(crate) async fn prepare(load: &Load, seconds: u64) -> Result<Self> {
        let rounds = usize::try_from(seconds * BESIDE_A_SECOND)?;
        let mut calls = VecDeque::new();
        for buyer in load.buyers.iter().cycle().take(rounds) {
            let caller = || buyer.caller.clone();
            let (coded, held) = (
                json!({"force_sms_confirmation": true}),
                json!({"is_hold": true}),
            );
            let awaiting = buyer.ordered(&coded).await?;
            let held = buyer.ordered(&held).await?;
            let paid = buyer.ordered(&json!({})).await?;
            let by = |id: &Value| Arc::new(json!({"transactionId": id}));
            let confirm = json!({"transactionId": awaiting, "confirmedCode": CODE});
            calls.extend([
                (caller(), Kind::Confirm, Arc::new(confirm)),
                (caller(), Kind::Charge, by(&held)),
                (caller(), Kind::Get, by(&paid)),
                (caller(), Kind::Reverse, by(&paid)),
            ]);
        }
        Ok(Self { calls })
    }
}
