//! Charges, cancels, reversals, and the end of a hold's time.

use super::*;

in_each_setting! {
    charge_against_cancel,
    charge_against_charge,
    cancel_against_cancel,
    reverse_against_reverse,
    the_end_of_a_hold_against_its_charge,
    the_end_of_a_hold_against_its_cancel,
}

/// At each gateway half of the callers charge the hold, half cancel it. Returns what each half is answered.
async fn charges_and_cancels(
    gateways: &Gateways,
    card: TestCard,
    id: i64,
    round: usize,
) -> [Vec<Value>; 2] {
    // The two halves take turns to come first.
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

/// All callers ask for the same thing about one hold or debit; one gets it.
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
