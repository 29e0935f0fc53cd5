//! Races: however many ask for the same thing at once, at one gateway or at two, it happens once. Every caller is
//! answered, and whoever was not first hears a documented code that says so.
//!
//! Each race is held several times, as the scheduler decides how the calls meet. All replies are compared as a whole.
//! `ALOQA_RACE_ROUNDS=100 cargo test --test api races::` holds each of them a hundred times over, each time at new gateways
//! with a database of their own; without the variable it is once.

use sea_orm::EntityTrait as _;
use serde_json::{Value, json};

use test_support::orders::{
    AMOUNT, CANCEL, CHARGE, CONFIRM, DEBIT, REVERSE, being_worked_on, code, code_refused, the,
};
use test_support::*;

/// So many callers take part in a race.
const CALLERS: usize = 100;

in_each_setting! {
    right_codes_of_one_debit,
    wrong_codes_of_one_debit,
    right_and_wrong_codes_of_one_debit,
    right_codes_of_one_transfer,
    right_codes_of_one_added_card,
    right_codes_of_one_attached_card,
    wrong_codes_of_one_card,
    right_and_wrong_codes_of_one_card,
    confirmations_of_several_attachments_of_one_card,
    equal_holds_whose_replies_are_lost,
    equal_holds,
    calls_of_one_ext_id,
    calls_of_one_ext_id_with_a_code,
    calls_of_one_ext_id_whose_reply_is_lost,
    different_orders_of_one_ext_id,
    charge_against_cancel,
    charge_against_charge,
    cancel_against_cancel,
    reverse_against_reverse,
    the_end_of_a_hold_against_its_charge,
    the_end_of_a_hold_against_its_cancel,
    orders_against_the_days_messages,
    attachments_against_the_days_messages,
}

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

/// A debit or hold that waits for its code.
async fn waiting(gateways: &Gateways, card: TestCard, hold: bool) -> i64 {
    let token = gateways.add_card(card).await;
    let params = with(
        debit_params(card, &token, AMOUNT),
        json!({"force_sms_confirmation": true, "is_hold": hold}),
    );
    gateways.ordered(params).await
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

async fn right_codes_of_one_debit(gateways: &Gateways) {
    for round in 0..2 {
        for (card, hold) in [(UZCARD, false), (UZCARD, true), (HUMO, false), (HUMO, true)] {
            let before = Before::of(gateways, card).await;
            let id = waiting(gateways, card, hold).await;
            let replies = gateways
                .race((0..CALLERS).map(|_| (CONFIRM, code(id, CODE))))
                .await;
            let (moved, status, done) = effect(card, hold, id);
            let [acted, ..] = counted(
                &masked_replies(card, replies),
                [
                    &done,
                    &in_process(id, "processing"),
                    &too_late(-32392, status),
                ],
            );
            assert_eq!(acted, 1, "round {round}");
            before.assert_effect(gateways, &[moved], -AMOUNT).await;
            assert_eq!(
                gateways.statuses(id).await,
                ["awaiting_code", "processing", status]
            );
            assert_eq!(gateways.requests(id).await, calls_of(card, hold));
        }
    }
    gateways.assert_settled().await;
}

async fn wrong_codes_of_one_debit(gateways: &Gateways) {
    for (card, hold) in [(UZCARD, false), (HUMO, true), (HUMO, false)] {
        let before = Before::of(gateways, card).await;
        let id = waiting(gateways, card, hold).await;
        let replies = gateways
            .race((0..CALLERS).map(|n| (CONFIRM, code(id, &format!("{n:06}")))))
            .await;
        let counts = counted(
            &replies,
            [
                &code_refused("wrong_code"),
                &code_refused("tries_used_up"),
                &code_refused("code_expired"),
            ],
        );
        assert_eq!(counts, [2, 1, CALLERS - 3]);
        assert_eq!(gateways.row(id).await.code_tries, 3);
        let after = gateways.call(CONFIRM, code(id, CODE)).await;
        assert_eq!(after, code_refused("code_expired"));
        before.assert_effect(gateways, &[], 0).await;
        assert_eq!(gateways.statuses(id).await, ["awaiting_code", "expired"]);
        assert_eq!(gateways.requests(id).await, [""; 0]);
    }
    gateways.assert_settled().await;
}

/// Which callers of a race have the right code: few or many of them, and not always the same.
fn has_right_code(round: usize, caller: usize) -> bool {
    let one_in = [50, 10, 4, 2][round % 4];
    caller % one_in == round % one_in
}

async fn right_and_wrong_codes_of_one_debit(gateways: &Gateways) {
    for round in 0..8 {
        let (card, hold) =
            [(UZCARD, false), (HUMO, true), (HUMO, false), (UZCARD, true)][(round / 2) % 4];
        let before = Before::of(gateways, card).await;
        let id = waiting(gateways, card, hold).await;
        let sent = |n| {
            if has_right_code(round, n) {
                CODE
            } else {
                "000000"
            }
        };
        let replies = gateways
            .race((0..CALLERS).map(|n| (CONFIRM, code(id, sent(n)))))
            .await;
        let (moved, status, done) = effect(card, hold, id);
        let [acted, busy, confirmed, missed, last, expired] = counted(
            &masked_replies(card, replies),
            [
                &done,
                &in_process(id, "processing"),
                &too_late(-32392, status),
                &code_refused("wrong_code"),
                &code_refused("tries_used_up"),
                &code_refused("code_expired"),
            ],
        );
        if acted == 0 {
            // Three wrong codes were faster than the first right one.
            assert_eq!((busy, confirmed, missed, last), (0, 0, 2, 1));
            before.assert_effect(gateways, &[], 0).await;
            assert_eq!(gateways.statuses(id).await, ["awaiting_code", "expired"]);
        } else {
            assert_eq!((acted, last, expired), (1, 0, 0));
            assert!(missed <= 2, "{missed} wrong codes before the right one");
            before.assert_effect(gateways, &[moved], -AMOUNT).await;
            assert_eq!(
                gateways.statuses(id).await,
                ["awaiting_code", "processing", status]
            );
            assert_eq!(gateways.requests(id).await, calls_of(card, hold));
        }
    }
    gateways.assert_settled().await;
}

async fn right_codes_of_one_transfer(gateways: &Gateways) {
    for direction in DIRECTIONS {
        let before = Before::of(gateways, direction.from).await;
        let recipients = gateways.balance(direction.to).await;
        let token = gateways.add_card(direction.from).await;
        let params = with(
            direction.params(&token, AMOUNT),
            json!({"force_sms_confirmation": true}),
        );
        let id = gateways.transferred(direction, params).await;
        let replies = gateways
            .race((0..CALLERS).map(|_| ("p2p.confirm", code(id, CODE))))
            .await;
        let mask = |reply: Value| match reply.get("result") {
            Some(_) => direction.masked_result(reply),
            None => reply,
        };
        let replies: Vec<Value> = replies.into_iter().map(mask).collect();
        let fee = gateways.row(id).await.fee;
        let receipt = match direction.has_receipt() {
            true => gateways.receipt_url(id).await,
            false => String::new(),
        };
        let [acted, ..] = counted(
            &replies,
            [
                &success(&direction.done(fee, &receipt)),
                &in_process(id, "processing"),
                &too_late(-32392, "succeeded"),
            ],
        );
        assert_eq!(acted, 1, "{}", direction.method);
        let moves = direction.moves(AMOUNT, fee);
        let moves: Vec<&str> = moves.iter().map(String::as_str).collect();
        before
            .assert_effect(gateways, &moves, -(AMOUNT + fee))
            .await;
        assert_eq!(gateways.balance(direction.to).await, recipients + AMOUNT);
        assert_eq!(
            gateways.statuses(id).await,
            ["awaiting_code", "processing", "succeeded"]
        );
        assert_eq!(
            gateways.receipts().await.len(),
            DIRECTIONS
                .iter()
                .take_while(|earlier| earlier.method != direction.method)
                .chain([&direction])
                .filter(|direction| direction.has_receipt())
                .count()
        );
    }
    gateways.assert_settled().await;
}

/// Begins to attach a card the B family's way; the transaction.
async fn adding(gateways: &Gateways, shop: &Credentials, card: TestCard) -> i64 {
    let params = json!({"pan": card.pan, "expiry": "1230", "phone": card.phone});
    let begun = gateways.call_as(shop, "cards.add", params).await;
    begun["result"]["transactionId"]
        .as_i64()
        .unwrap_or_else(|| panic!("{begun}"))
}

/// Begins to attach a card the A family's way; the future card.
async fn attaching(gateways: &Gateways, shop: &Credentials, card: TestCard) -> Value {
    let params = json!({
        "pan": card.pan, "expiry": "3012", "processingType": card.network(), "phoneNumber": card.phone,
    });
    let mut begun = gateways.call_as(shop, "cards.attach", params).await;
    assert!(begun["result"]["cardId"].is_string(), "{begun}");
    begun["result"]["cardId"].take()
}

/// The replies with the token and what the card's network says of it left out of results.
fn without_cards(replies: &[Value]) -> Vec<Value> {
    let strip = |reply: &Value| match reply["result"].get("token") {
        Some(token) => success(&json!({"token": token})),
        None => reply.clone(),
    };
    replies.iter().map(strip).collect()
}

async fn right_codes_of_one_added_card(gateways: &Gateways) {
    for round in 0..3 {
        let shop = gateways.add_partner(&format!("shop-{round}"), &["*"]).await;
        for card in [UZCARD, HUMO] {
            let cards = gateways.cards_stored().await;
            let id = adding(gateways, &shop, card).await;
            let calls = (0..CALLERS).map(|_| ("cards.add-confirm", code(id, CODE)));
            let replies = gateways.race_as(&shop, calls).await;
            let token = replies
                .iter()
                .find_map(|reply| reply["result"].get("token"))
                .unwrap_or_else(|| panic!("{replies:?}"));
            let [made, .., used_up, stale] = counted(
                &without_cards(&replies),
                [
                    &success(&json!({"token": token})),
                    &refusal(-32392, &Value::Null),
                    // SVGate takes a code once, and no more than three checks of it are begun.
                    &code_refused("tries_used_up"),
                    &code_refused("code_expired"),
                ],
            );
            assert_eq!(made, 1, "round {round}");
            if card == HUMO {
                assert_eq!((used_up, stale), (0, 0), "the gateway checks HUMO's codes");
            }
            assert!(stale <= 2, "{stale} more checks had begun");
            assert_eq!(gateways.cards_stored().await, cards + 1);
            assert_eq!(gateways.statuses(id).await, ["awaiting_code", "succeeded"]);
            // The card is one to pay with.
            let before = Before::of(gateways, card).await;
            let params = debit_params(card, token.as_str().unwrap(), AMOUNT);
            let paid = gateways.call_as(&shop, DEBIT, params).await;
            assert!(paid.get("result").is_some(), "{paid}");
            before
                .assert_effect(gateways, &["pay 500000"], -AMOUNT)
                .await;
        }
    }
    gateways.assert_settled().await;
}

/// A refusal of the A family, which speaks English.
fn attach_refusal(code: i32, data: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "error": error_object(code, rpc_schema::errors::Lang::En, data)})
}

fn attached() -> Value {
    success(&json!({"message": "Card is successfully attached"}))
}

async fn right_codes_of_one_attached_card(gateways: &Gateways) {
    for round in 0..3 {
        let shop = gateways.add_partner(&format!("shop-{round}"), &["*"]).await;
        for card in [UZCARD, HUMO] {
            let cards = gateways.cards_stored().await;
            let card_id = attaching(gateways, &shop, card).await;
            let params = json!({"cardId": card_id, "otpCode": CODE});
            let calls = (0..CALLERS).map(|_| ("cards.attach.confirm", params.clone()));
            let replies = gateways.race_as(&shop, calls).await;
            let [made, _, too_late] = counted(
                &replies,
                [
                    &attached(),
                    &attach_refusal(1010, &Value::Null),
                    &attach_refusal(1008, &Value::Null),
                ],
            );
            assert_eq!(made, 1, "round {round}");
            assert!(
                card == UZCARD || too_late == 0,
                "the gateway checks HUMO's codes"
            );
            assert_eq!(gateways.cards_stored().await, cards + 1);
            let id = gateways.last_transaction().await.id;
            assert_eq!(gateways.statuses(id).await, ["awaiting_code", "succeeded"]);
        }
    }
    gateways.assert_settled().await;
}

async fn wrong_codes_of_one_card(gateways: &Gateways) {
    let shop = gateways.add_partner("shop", &["*"]).await;
    for card in [UZCARD, HUMO] {
        let id = adding(gateways, &shop, card).await;
        gateways
            .fault(json!({
                "network": "UZCARD", "operation": "code", "kind": "delay", "delayMs": 5, "times": CALLERS,
            }))
            .await;
        let calls = (0..CALLERS).map(|_| ("cards.add-confirm", code(id, "000000")));
        let replies = gateways.race_as(&shop, calls).await;
        let [missed, used_up, expired] = counted(
            &replies,
            [
                &code_refused("wrong_code"),
                &code_refused("tries_used_up"),
                &code_refused("code_expired"),
            ],
        );
        assert_eq!(missed + used_up + expired, CALLERS);
        let checked_by_svgate =
            i64::try_from(CALLERS).unwrap() - gateways.take_scripted_calls().await;
        if card == HUMO {
            assert_eq!((missed, used_up, checked_by_svgate), (2, 1, 0));
        } else {
            // Whoever comes while SVGate checks the third try hears that the tries are used up.
            assert_eq!((missed, checked_by_svgate), (2, 3));
        }
        assert_eq!(gateways.row(id).await.code_tries, 3);
        assert_eq!(gateways.statuses(id).await, ["awaiting_code", "expired"]);
        let params = code(id, CODE);
        let after = gateways.call_as(&shop, "cards.add-confirm", params).await;
        assert_eq!(after, code_refused("code_expired"));
    }
    assert_eq!(gateways.cards_stored().await, 0);
    gateways.assert_settled().await;
}

async fn right_and_wrong_codes_of_one_card(gateways: &Gateways) {
    for round in 0..4 {
        let shop = gateways.add_partner(&format!("shop-{round}"), &["*"]).await;
        for card in [UZCARD, HUMO] {
            let cards = gateways.cards_stored().await;
            let id = adding(gateways, &shop, card).await;
            let sent = |n| {
                if has_right_code(round, n) {
                    CODE
                } else {
                    "000000"
                }
            };
            let calls = (0..CALLERS).map(|n| ("cards.add-confirm", code(id, sent(n))));
            let replies = gateways.race_as(&shop, calls).await;
            let made: Vec<&Value> = replies
                .iter()
                .filter_map(|reply| reply["result"].get("token"))
                .collect();
            assert!(made.len() <= 1, "{replies:?}");
            let token = made.first().copied().unwrap_or(&Value::Null);
            let [_, confirmed, missed, _, _] = counted(
                &without_cards(&replies),
                [
                    &success(&json!({"token": token})),
                    &refusal(-32392, &Value::Null),
                    &code_refused("wrong_code"),
                    &code_refused("tries_used_up"),
                    &code_refused("code_expired"),
                ],
            );
            assert!(missed <= 2, "{missed} wrong codes and more tries");
            let ended = match made.len() {
                0 => {
                    assert_eq!(confirmed, 0);
                    "expired"
                }
                _ => "succeeded",
            };
            assert_eq!(gateways.statuses(id).await, ["awaiting_code", ended]);
            let made = u64::try_from(made.len()).unwrap();
            assert_eq!(gateways.cards_stored().await, cards + made);
        }
    }
    gateways.assert_settled().await;
}

async fn confirmations_of_several_attachments_of_one_card(gateways: &Gateways) {
    const ATTACHMENTS: usize = 5;
    for round in 0..3 {
        for card in [UZCARD, HUMO] {
            // To the B family, all of them are the same card.
            let shop = gateways
                .add_partner(&format!("b-{round}-{}", card.network()), &["*"])
                .await;
            let cards = gateways.cards_stored().await;
            let mut begun = Vec::new();
            for _ in 0..ATTACHMENTS {
                begun.push(adding(gateways, &shop, card).await);
            }
            let calls = begun
                .iter()
                .map(|id| ("cards.add-confirm", code(*id, CODE)));
            let replies = gateways.race_as(&shop, calls).await;
            let token = &replies[0]["result"]["token"];
            assert!(token.is_string(), "{replies:?}");
            let same = success(&json!({"token": token}));
            assert_eq!(counted(&without_cards(&replies), [&same]), [ATTACHMENTS]);
            assert_eq!(gateways.cards_stored().await, cards + 1);

            // To the A family, one of them makes the card, and the others come too late.
            let shop = gateways
                .add_partner(&format!("a-{round}-{}", card.network()), &["*"])
                .await;
            let mut begun = Vec::new();
            for _ in 0..ATTACHMENTS {
                begun.push(attaching(gateways, &shop, card).await);
            }
            let confirm = |card_id: &Value| {
                let params = json!({"cardId": card_id, "otpCode": CODE});
                ("cards.attach.confirm", params)
            };
            let replies = gateways.race_as(&shop, begun.iter().map(confirm)).await;
            let there = attach_refusal(1010, &Value::Null);
            assert_eq!(
                counted(&replies, [&attached(), &there]),
                [1, ATTACHMENTS - 1]
            );
            assert_eq!(gateways.cards_stored().await, cards + 2);
        }
    }
    gateways.assert_settled().await;
}

/// SVGate's holds carry no reference of ours: were two equal ones under way, nobody could say whose is whose.
async fn equal_holds_whose_replies_are_lost(gateways: &Gateways) {
    let third = TestCard::forcing(sandbox::Network::Uzcard, sandbox::Outcome::CreditRefused);
    let lost = [
        (UZCARD, 2, "reset_after"),
        (UZCARD_2, CALLERS, "garbage_after"),
        // The request itself was lost: nothing is held, and nobody knows.
        (third, 2, "reset_before"),
    ];
    let shop = gateways.add_partner("shop", &["*"]).await;
    for (card, callers, kind) in lost {
        let (token, shops) = (
            gateways.add_card(card).await,
            gateways.add_card_as(&shop, card).await,
        );
        let before = Before::of(gateways, card).await;
        gateways
            .fault(
                json!({"network": "UZCARD", "operation": "hold", "kind": kind, "times": callers}),
            )
            .await;
        let order = |token| {
            let params = debit_params(card, token, AMOUNT);
            (DEBIT, with(params, json!({"is_hold": true})))
        };
        // Half of them are another partner's.
        let (mut replies, others) = tokio::join!(
            gateways.race((0..callers / 2).map(|_| order(&token))),
            gateways.race_as(&shop, (0..callers / 2).map(|_| order(&shops)))
        );
        replies.extend(others);
        let id = gateways.last_transaction().await.id;
        let busy = refusal(-32364, &json!({"retryable": true}));
        assert_eq!(
            counted(&replies, [&outcome_unknown(id), &busy]),
            [1, callers - 1],
            "{kind}"
        );
        let executed = kind.ends_with("_after");
        let moves: &[&str] = if executed { &["hold 500000"] } else { &[] };
        before
            .assert_effect(gateways, moves, if executed { -AMOUNT } else { 0 })
            .await;
        // The other's call was never made.
        let left = i64::try_from(callers).unwrap() - 1;
        assert_eq!(gateways.take_scripted_calls().await, left, "{kind}");
        assert_eq!(gateways.statuses(id).await, ["processing"]);
        assert_eq!(gateways.requests(id).await, ["hold unknown"]);
    }
    gateways.assert_settled().await;
}

async fn equal_holds(gateways: &Gateways) {
    for _ in 0..3 {
        let token = gateways.add_card(UZCARD).await;
        let before = Before::of(gateways, UZCARD).await;
        let params = with(
            debit_params(UZCARD, &token, AMOUNT),
            json!({"is_hold": true}),
        );
        let replies = gateways
            .race((0..CALLERS).map(|_| (DEBIT, params.clone())))
            .await;
        let busy = refusal(-32364, &json!({"retryable": true}));
        let mut ids: Vec<i64> = replies
            .iter()
            .filter(|reply| **reply != busy)
            .map(|reply| {
                let id = reply["result"]["transactionId"].as_i64();
                id.unwrap_or_else(|| panic!("{reply}"))
            })
            .collect();
        ids.sort_unstable();
        ids.dedup();
        // One after another they may all be held; whoever is, is held once.
        assert!(!ids.is_empty());
        let busy = counted(&without_results(&replies), [&busy, &Value::Null])[0];
        assert_eq!(busy + ids.len(), CALLERS);
        let held = i64::try_from(ids.len()).unwrap();
        before
            .assert_effect(gateways, &vec!["hold 500000"; ids.len()], -AMOUNT * held)
            .await;
        for id in ids {
            assert_eq!(gateways.statuses(id).await, ["processing", "held"]);
        }
    }
    gateways.assert_settled().await;
}

fn without_results(replies: &[Value]) -> Vec<Value> {
    let strip = |reply: &Value| match reply.get("result") {
        Some(_) => Value::Null,
        None => reply.clone(),
    };
    replies.iter().map(strip).collect()
}

async fn calls_of_one_ext_id(gateways: &Gateways) {
    for round in 0..2 {
        for (card, hold) in [(UZCARD, false), (UZCARD, true), (HUMO, false), (HUMO, true)] {
            let token = gateways.add_card(card).await;
            let rows = gateways.transactions_stored().await;
            let before = Before::of(gateways, card).await;
            let ext_id = format!("{}-{hold}-{round}", card.network());
            let params = with(
                debit_params(card, &token, AMOUNT),
                json!({"extId": ext_id, "is_hold": hold}),
            );
            let replies = gateways
                .race((0..CALLERS).map(|_| (DEBIT, params.clone())))
                .await;
            // Whoever comes after the first has ended hears the same, down to the network's references.
            let last = gateways.call(DEBIT, params).await;
            let id = gateways.row_of(&ext_id).await.id;
            let (moved, status, done) = effect(card, hold, id);
            let [done, _] = {
                assert_eq!(masked_replies(card, vec![last.clone()]), [done]);
                counted(&replies, [&last, &being_worked_on(id)])
            };
            assert!(done >= 1);
            before.assert_effect(gateways, &[moved], -AMOUNT).await;
            assert_eq!(gateways.transactions_stored().await, rows + 1);
            assert_eq!(gateways.statuses(id).await, ["processing", status]);
            assert_eq!(gateways.requests(id).await, calls_of(card, hold));
        }
    }
    for direction in DIRECTIONS {
        let token = gateways.add_card(direction.from).await;
        let before = Before::of(gateways, direction.from).await;
        let ext_id = direction.method;
        let params = with(
            direction.params(&token, AMOUNT),
            json!({"extId": direction.method}),
        );
        let replies = gateways
            .race((0..CALLERS).map(|_| (direction.method, params.clone())))
            .await;
        let last = gateways.call(direction.method, params).await;
        assert!(last.get("result").is_some(), "{last}");
        let row = gateways.row_of(ext_id).await;
        // Between the transfer's end and the fee's registration there is a transfer without a receipt.
        let mut early = last.clone();
        if direction.has_receipt() {
            early["result"]["ofd_url"] = json!("");
            early["result"]["has_fiskal_check"] = json!(false);
        }
        let [done, early, _] = counted(&replies, [&last, &early, &being_worked_on(row.id)]);
        assert!(done + early >= 1);
        let moves = direction.moves(AMOUNT, row.fee);
        let moves: Vec<&str> = moves.iter().map(String::as_str).collect();
        before
            .assert_effect(gateways, &moves, -(AMOUNT + row.fee))
            .await;
        assert_eq!(gateways.statuses(row.id).await, ["processing", "succeeded"]);
    }
    gateways.assert_settled().await;
}

async fn calls_of_one_ext_id_with_a_code(gateways: &Gateways) {
    for (card, hold) in [(UZCARD, false), (HUMO, true), (HUMO, false)] {
        let token = gateways.add_card(card).await;
        let (rows, messages) = (
            gateways.transactions_stored().await,
            gateways.messages(card.phone).await.len(),
        );
        let before = Before::of(gateways, card).await;
        let ext_id = format!("{}-{hold}", card.network());
        let params = with(
            debit_params(card, &token, AMOUNT),
            json!({"extId": ext_id, "is_hold": hold, "force_sms_confirmation": true}),
        );
        let replies = gateways
            .race((0..CALLERS).map(|_| (DEBIT, params.clone())))
            .await;
        let id = gateways.row_of(&ext_id).await.id;
        let sent = success(&json!({"phone": card.phone, "transactionId": id}));
        assert_eq!(counted(&replies, [&sent]), [CALLERS]);
        assert_eq!(gateways.transactions_stored().await, rows + 1);
        assert_eq!(gateways.messages(card.phone).await.len(), messages + 1);
        before.assert_effect(gateways, &[], 0).await;
        assert_eq!(gateways.statuses(id).await, ["awaiting_code"]);
    }
    gateways.assert_settled().await;
}

async fn calls_of_one_ext_id_whose_reply_is_lost(gateways: &Gateways) {
    let cases: [(TestCard, &str, &[&str]); 3] = [
        (UZCARD, "reset_after", &["pay 500000"]),
        (HUMO, "garbage_after", &[]),
        (UZCARD_2, "reset_before", &[]),
    ];
    for (card, kind, moves) in cases {
        let token = gateways.add_card(card).await;
        let before = Before::of(gateways, card).await;
        let network = card.network();
        gateways
            .fault(json!({"network": network, "operation": "pay", "kind": kind, "times": CALLERS}))
            .await;
        let params = with(
            debit_params(card, &token, AMOUNT),
            json!({"extId": format!("{network}-{kind}")}),
        );
        let replies = gateways
            .race((0..CALLERS).map(|_| (DEBIT, params.clone())))
            .await;
        let id = gateways.last_transaction().await.id;
        let [unknown, ..] = counted(
            &replies,
            [
                &outcome_unknown(id),
                &being_worked_on(id),
                &in_process(id, "processing"),
            ],
        );
        assert_eq!(unknown, 1, "{network} {kind}");
        let left = i64::try_from(CALLERS).unwrap() - 1;
        assert_eq!(gateways.take_scripted_calls().await, left);
        // What HUMO blocked is no movement, but it is not there to spend.
        let executed = kind.ends_with("_after");
        before
            .assert_effect(gateways, moves, if executed { -AMOUNT } else { 0 })
            .await;
        assert_eq!(gateways.statuses(id).await, ["processing"]);
        assert_eq!(gateways.requests(id).await, ["pay unknown"]);
    }
    gateways.assert_settled().await;
}

async fn different_orders_of_one_ext_id(gateways: &Gateways) {
    for round in 0..4 {
        let (debited, sender) = (UZCARD, UZCARD_2);
        let (token, senders) = (
            gateways.add_card(debited).await,
            gateways.add_card(sender).await,
        );
        let before = [
            Before::of(gateways, debited).await,
            Before::of(gateways, sender).await,
        ];
        let rows = gateways.transactions_stored().await;
        let ext_id = format!("order-{round}");
        let same = json!({"extId": ext_id});
        let orders = [
            (
                DEBIT,
                with(debit_params(debited, &token, AMOUNT), same.clone()),
            ),
            (
                DEBIT,
                with(debit_params(debited, &token, AMOUNT + 1), same.clone()),
            ),
            (
                UZCARD_TO_HUMO.method,
                with(UZCARD_TO_HUMO.params(&senders, AMOUNT), same.clone()),
            ),
        ];
        let replies = gateways
            .race((0..CALLERS).map(|n| orders[n % orders.len()].clone()))
            .await;
        let row = gateways.row_of(&ext_id).await;
        let reused = refusal(
            -32401,
            &json!({"reason": "ext_id_reused", "field": "extId", "extId": ext_id}),
        );
        let mut winners = Vec::new();
        for (place, (method, params)) in orders.iter().enumerate() {
            let last = gateways.call(method, params.clone()).await;
            let mine = replies.iter().skip(place).step_by(orders.len());
            let mine: Vec<Value> = mine.cloned().collect();
            if last == reused {
                counted(&mine, [&reused]);
                continue;
            }
            assert!(last.get("result").is_some(), "{last}");
            let mut early = last.clone();
            if early["result"].get("ofd_url").is_some() {
                early["result"]["ofd_url"] = json!("");
                early["result"]["has_fiskal_check"] = json!(false);
            }
            let [done, early, _] = counted(&mine, [&last, &early, &being_worked_on(row.id)]);
            assert!(done + early >= 1);
            winners.push(place);
        }
        let [winner] = winners[..] else {
            panic!("{winners:?} of the orders were taken");
        };
        let transfer = UZCARD_TO_HUMO.moves(AMOUNT, row.fee);
        let transfer: Vec<&str> = transfer.iter().map(String::as_str).collect();
        let (moves, debit, transfer) = match winner {
            0 => (vec!["pay 500000"], AMOUNT, 0),
            1 => (vec!["pay 500001"], AMOUNT + 1, 0),
            _ => (transfer, 0, AMOUNT + row.fee),
        };
        before[0].assert_effect(gateways, &moves, -debit).await;
        before[1].assert_effect(gateways, &moves, -transfer).await;
        assert_eq!(gateways.transactions_stored().await, rows + 1);
    }
    gateways.assert_settled().await;
}

/// Half of the callers charge the hold, half cancel it, at each gateway; what the ones and the others are answered.
async fn charges_and_cancels(
    gateways: &Gateways,
    card: TestCard,
    id: i64,
    round: usize,
) -> [Vec<Value>; 2] {
    // In turn the ones and the others come first.
    let charges = |n: usize| (n + 2 * round) % 4 < 2;
    let replies = gateways
        .race((0..CALLERS).map(|n| (if charges(n) { CHARGE } else { CANCEL }, the(id))))
        .await;
    let of = |charge: bool| {
        let mine = replies.iter().enumerate();
        let mine = mine.filter(|(n, _)| charges(*n) == charge);
        masked_replies(card, mine.map(|(_, reply)| reply.clone()).collect())
    };
    [of(true), of(false)]
}

async fn charge_against_cancel(gateways: &Gateways) {
    for round in 0..4 {
        for card in [UZCARD, HUMO] {
            let id = held(gateways, card).await;
            let before = Before::of(gateways, card).await;
            let [charges, cancels] = charges_and_cancels(gateways, card, id, round).await;
            let busy = in_process(id, "processing");
            let status = gateways.status(id).await;
            match status.as_str() {
                "succeeded" => {
                    let too_late = too_late(-32312, "succeeded");
                    let done = success(&card.taken(id));
                    assert_eq!(counted(&charges, [&done, &busy, &too_late])[0], 1);
                    counted(&cancels, [&busy, &too_late]);
                    before.assert_effect(gateways, &["capture 500000"], 0).await;
                    let calls = ["hold approved", "capture approved"];
                    assert_eq!(gateways.requests(id).await, calls);
                }
                _ => {
                    let too_late = too_late(-32313, "cancelled");
                    let done = success(&json!(true));
                    counted(&charges, [&busy, &too_late]);
                    assert_eq!(counted(&cancels, [&done, &busy, &too_late])[0], 1);
                    before
                        .assert_effect(gateways, &["release 500000"], AMOUNT)
                        .await;
                    let calls = ["hold approved", "release approved"];
                    assert_eq!(gateways.requests(id).await, calls);
                    assert_eq!(status, "cancelled");
                }
            }
            assert_eq!(
                gateways.statuses(id).await,
                ["processing", "held", "processing", &status]
            );
        }
    }
    gateways.assert_settled().await;
}

/// All callers ask for the same of what is held or taken; one gets it.
async fn all_the_same(
    gateways: &Gateways,
    card: TestCard,
    method: &str,
    id: i64,
    (done, late): (Value, Value),
    (moved, gained): (&str, i64),
) {
    let before = Before::of(gateways, card).await;
    let replies = gateways.race((0..CALLERS).map(|_| (method, the(id)))).await;
    let busy = in_process(id, "processing");
    let [acted, ..] = counted(&masked_replies(card, replies), [&done, &busy, &late]);
    assert_eq!(acted, 1, "{method}");
    before.assert_effect(gateways, &[moved], gained).await;
}

async fn charge_against_charge(gateways: &Gateways) {
    for _ in 0..3 {
        for card in [UZCARD, HUMO] {
            let id = held(gateways, card).await;
            let replies = (success(&card.taken(id)), too_late(-32312, "succeeded"));
            let effect = ("capture 500000", 0);
            all_the_same(gateways, card, CHARGE, id, replies, effect).await;
            let statuses = ["processing", "held", "processing", "succeeded"];
            assert_eq!(gateways.statuses(id).await, statuses);
        }
    }
    gateways.assert_settled().await;
}

async fn cancel_against_cancel(gateways: &Gateways) {
    for _ in 0..3 {
        for card in [UZCARD, HUMO] {
            let id = held(gateways, card).await;
            let replies = (success(&json!(true)), too_late(-32313, "cancelled"));
            let effect = ("release 500000", AMOUNT);
            all_the_same(gateways, card, CANCEL, id, replies, effect).await;
            let statuses = ["processing", "held", "processing", "cancelled"];
            assert_eq!(gateways.statuses(id).await, statuses);
        }
    }
    gateways.assert_settled().await;
}

async fn reverse_against_reverse(gateways: &Gateways) {
    for charged in [false, true, false] {
        for card in [UZCARD, HUMO] {
            let id = match charged {
                true => {
                    let id = held(gateways, card).await;
                    gateways.result(CHARGE, the(id)).await;
                    id
                }
                false => {
                    let token = gateways.add_card(card).await;
                    gateways.ordered(debit_params(card, &token, AMOUNT)).await
                }
            };
            let replies = (success(&json!(true)), too_late(-32313, "reversed"));
            let effect = ("reverse 500000", AMOUNT);
            all_the_same(gateways, card, REVERSE, id, replies, effect).await;
            let statuses = gateways.statuses(id).await;
            assert_eq!(
                statuses[statuses.len() - 3..],
                ["succeeded", "processing", "reversed"]
            );
        }
    }
    gateways.assert_settled().await;
}

/// The clock passes the end of the hold while it is charged, and every gateway looks for ended holds.
async fn the_end_of_a_hold_against_its_charge(gateways: &Gateways) {
    for round in 0..5 {
        for card in [UZCARD, HUMO] {
            let id = held(gateways, card).await;
            let before = Before::of(gateways, card).await;
            gateways.clock.advance_ms(HOLD_LIFETIME_MS - 1);
            let charges = gateways.race((0..CALLERS / 5).map(|_| (CHARGE, the(id))));
            let (charges, ()) = tokio::join!(charges, end_holds(gateways, round));
            let charges = masked_replies(card, charges);
            // The simulated UZCARD ends a hold by itself, in the same moment.
            let gone = json!({"network": "UZCARD", "processingCode": "-242"});
            let [acted, gone, late, _, _] = counted(
                &charges,
                [
                    &success(&card.taken(id)),
                    &refusal(-32332, &gone),
                    &too_late(-32312, "succeeded"),
                    &in_process(id, "processing"),
                    &too_late(-32313, "hold_expired"),
                ],
            );
            let calls = gateways.requests(id).await;
            let [_, call] = &calls[..] else {
                panic!("one of them was to act: {calls:?}");
            };
            let ended = match call.as_str() {
                "capture approved" => {
                    assert_eq!((acted, gone), (1, 0));
                    before.assert_effect(gateways, &["capture 500000"], 0).await;
                    "succeeded"
                }
                // A refusal because there is no such hold any more is an end as well.
                "capture declined" | "expire approved" | "expire declined" => {
                    let mine = usize::from(call == "capture declined");
                    assert_eq!((acted, gone, late), (0, mine, 0), "{call}");
                    before
                        .assert_effect(gateways, &["release 500000"], AMOUNT)
                        .await;
                    "expired"
                }
                call => panic!("{call}"),
            };
            assert_eq!(
                gateways.statuses(id).await,
                ["processing", "held", "processing", ended]
            );
        }
    }
    gateways.assert_settled().await;
}

/// The same with a cancel, which is allowed as long as nobody has ended the hold.
async fn the_end_of_a_hold_against_its_cancel(gateways: &Gateways) {
    for round in 0..5 {
        for card in [UZCARD, HUMO] {
            let id = held(gateways, card).await;
            let before = Before::of(gateways, card).await;
            gateways.clock.advance_ms(HOLD_LIFETIME_MS - 1);
            let cancels = gateways.race((0..CALLERS / 5).map(|_| (CANCEL, the(id))));
            let (cancels, ()) = tokio::join!(cancels, end_holds(gateways, round));
            // The simulated UZCARD ends a hold by itself, in the same moment. Then cancels are refused until the
            // gateway looks again.
            let refused = json!({"reason": "refused_by_network", "network": "UZCARD", "processingCode": "-242"});
            let [acted, refused, late, _, over] = counted(
                &cancels,
                [
                    &success(&json!(true)),
                    &refusal(-32330, &refused),
                    &too_late(-32313, "cancelled"),
                    &in_process(id, "processing"),
                    &too_late(-32313, "hold_expired"),
                ],
            );
            gateways.clock.advance_ms(60_000);
            end_holds(gateways, 0).await;
            let calls = gateways.requests(id).await;
            let declined = |call: &&String| *call == "release declined";
            assert_eq!(calls.iter().filter(declined).count(), refused);
            assert_eq!(calls.len(), 2 + refused, "{calls:?}");
            let ended = match calls.last().unwrap().as_str() {
                "release approved" => {
                    assert_eq!((acted, refused, over), (1, 0, 0));
                    "cancelled"
                }
                "expire approved" | "expire declined" => {
                    assert_eq!((acted, late), (0, 0));
                    "expired"
                }
                call => panic!("{call}"),
            };
            before
                .assert_effect(gateways, &["release 500000"], AMOUNT)
                .await;
            let mut statuses = ["processing", "held"].repeat(1 + refused);
            statuses.extend(["processing", ended]);
            assert_eq!(gateways.statuses(id).await, statuses);
        }
    }
    gateways.assert_settled().await;
}

/// Lets the last millisecond of all holds pass, and every gateway end them.
async fn end_holds(gateways: &Gateways, round: usize) {
    // So that sometimes the calls are first.
    for _ in 0..round * 40 {
        tokio::task::yield_now().await;
    }
    gateways.clock.advance_ms(1);
    let looks = gateways
        .all()
        .map(|gateway| gateway.running.gateway.expire_holds());
    for looked in join_all(looks).await {
        looked.unwrap();
    }
}

async fn orders_against_the_days_messages(gateways: &Gateways) {
    const LIMIT: usize = 8;
    let limit = |config: &mut aloqa_gateway::config::Config| config.sms.daily_limit = 8;
    let Some(gateways) = Gateways::with(gateways.setting, limit).await else {
        return;
    };
    for card in [UZCARD, HUMO] {
        // Its code was the first message.
        let token = gateways.add_card(card).await;
        let rows = gateways.transactions_stored().await;
        let order = json!({"force_sms_confirmation": true});
        let params = with(debit_params(card, &token, AMOUNT), order);
        let replies = gateways
            .race((0..CALLERS).map(|_| (DEBIT, params.clone())))
            .await;
        let reached = refusal(-32372, &json!({"retryable": true}));
        let [sent, refused] = counted(&without_results(&replies), [&Value::Null, &reached]);
        assert_eq!((sent, refused), (LIMIT - 1, CALLERS - LIMIT + 1));
        assert_eq!(gateways.messages(card.phone).await.len(), LIMIT);
        let sent = u64::try_from(sent).unwrap();
        assert_eq!(gateways.transactions_stored().await, rows + sent);
        assert_eq!(messages_counted(&gateways, card).await, [8]);
    }
    assert_eq!(gateways.moves().await, [""; 0]);
    gateways.assert_settled().await;
    gateways.end().await;
}

async fn attachments_against_the_days_messages(gateways: &Gateways) {
    const LIMIT: usize = 8;
    let limit = |config: &mut aloqa_gateway::config::Config| config.sms.daily_limit = 8;
    let Some(gateways) = Gateways::with(gateways.setting, limit).await else {
        return;
    };
    for card in [UZCARD, HUMO] {
        let rows = gateways.transactions_stored().await;
        let params = json!({"pan": card.pan, "expiry": "1230", "phone": card.phone});
        let replies = gateways
            .race((0..CALLERS).map(|_| ("cards.add", params.clone())))
            .await;
        let reached = refusal(-32372, &json!({"retryable": true}));
        let counts = counted(&without_results(&replies), [&Value::Null, &reached]);
        assert_eq!(counts, [LIMIT, CALLERS - LIMIT]);
        assert_eq!(gateways.messages(card.phone).await.len(), LIMIT);
        let stored = gateways.transactions_stored().await;
        assert_eq!(stored, rows + u64::try_from(LIMIT).unwrap());
        assert_eq!(messages_counted(&gateways, card).await, [8]);
    }
    gateways.assert_settled().await;
    gateways.end().await;
}

/// What the gateways have counted for the phone of this card, one number a partner and day.
async fn messages_counted(gateways: &Gateways, card: TestCard) -> Vec<i32> {
    let rows = entity::sms_count::Entity::find().all(&*gateways.running.gateway.database);
    let rows = rows.await.unwrap().into_iter();
    rows.filter(|row| row.phone == card.phone)
        .map(|row| row.sent)
        .collect()
}
