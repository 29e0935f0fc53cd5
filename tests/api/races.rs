//! Races: however many callers ask for the same thing at once, at one gateway or at two, it happens once. Every caller is
//! answered, and all but one get a documented code that says why.
//!
//! Each race is run several times, as the scheduler decides how the calls meet. All replies are compared as a whole.
//! `ALOQA_RACE_ROUNDS=100 cargo test --test api races::` runs each of them a hundred times, each time on new gateways
//! with their own database; without the variable once.

mod cards;
mod codes;
mod ends_of_holds;
mod messages;
mod orders;
mod parts;

use sea_orm::EntityTrait as _;
use serde_json::{Value, json};

use test_support::orders::{
    AMOUNT, CANCEL, CHARGE, CONFIRM, DEBIT, REVERSE, being_begun, being_worked_on, code,
    code_refused, the,
};
use test_support::*;

/// How many callers take part in a race.
const CALLERS: usize = 100;

/// The money and the rows before a race, to see what it has changed.
struct Before {
    moves: usize,
    balance: i64,
    card: TestCard,
}

impl Before {
    async fn of(gateways: &Gateways, card: TestCard) -> Self {
        Self {
            moves: gateways.moves().await.len(),
            balance: gateways.balance(card).await,
            card,
        }
    }

    /// These movements were added to the ledger and no others, and the card has so much more (or less) to spend.
    #[track_caller]
    fn assert_effect<'a>(
        &'a self,
        gateways: &'a Gateways,
        moves: &'a [&str],
        gained: i64,
    ) -> impl Future<Output = ()> + use<'a> {
        let caller = std::panic::Location::caller();
        async move {
            let found = gateways.moves().await;
            assert_eq!(found[self.moves..], *moves, "{caller}");
            let balance = gateways.balance(self.card).await;
            assert_eq!(balance - self.balance, gained, "{caller}");
        }
    }
}

/// How many replies are equal to each of these. One that is equal to none of them fails the test.
#[track_caller]
fn counted<const N: usize>(replies: &[Value], known: [&Value; N]) -> [usize; N] {
    let mut counts = [0; N];
    for reply in replies {
        let place = known.iter().position(|known| *known == reply);
        let place = place.unwrap_or_else(|| panic!("{reply} is none of {known:?}"));
        counts[place] += 1;
    }
    counts
}

/// The replies with what only the card's network knows replaced by `"*"`.
fn masked_replies(card: TestCard, replies: Vec<Value>) -> Vec<Value> {
    let mask = |reply: Value| match reply["result"].get("terminalId") {
        Some(_) => card.masked_result(reply),
        None => reply,
    };
    replies.into_iter().map(mask).collect()
}

fn too_late(code: i32, status: &str) -> Value {
    refusal(code, &json!({"reason": status}))
}

async fn held(gateways: &Gateways, card: TestCard) -> i64 {
    let token = gateways.add_card(card).await;
    let params = debit_params(card, &token, AMOUNT);
    gateways
        .ordered(with(params, json!({"is_hold": true})))
        .await
}

/// What a debit or hold does: its movement, the status it ends with, its result.
fn effect(card: TestCard, hold: bool, id: i64) -> (&'static str, &'static str, Value) {
    match hold {
        true => ("hold 500000", "held", success(&the(id))),
        false => ("pay 500000", "succeeded", success(&card.taken(id))),
    }
}

/// The calls that a debit or hold makes.
fn calls_of(card: TestCard, hold: bool) -> &'static [&'static str] {
    match (hold, card == HUMO) {
        (true, _) => &["hold approved"],
        (false, true) => &["pay approved", "confirm approved"],
        (false, false) => &["pay approved"],
    }
}

/// Which callers of a race have the right code: few or many of them, and not always the same.
fn has_right_code(round: usize, caller: usize) -> bool {
    let one_in = [50, 10, 4, 2][round % 4];
    caller % one_in == round % one_in
}

fn without_results(replies: &[Value]) -> Vec<Value> {
    let strip = |reply: &Value| match reply.get("result") {
        Some(_) => Value::Null,
        None => reply.clone(),
    };
    replies.iter().map(strip).collect()
}
