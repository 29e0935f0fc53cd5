//! Orders of one `extId`, and equal holds.

use super::*;

in_each_setting! {
    equal_holds_whose_replies_are_lost,
    equal_holds,
    calls_of_one_ext_id,
    calls_of_one_ext_id_with_a_code,
    calls_of_one_ext_id_whose_reply_is_lost,
    different_orders_of_one_ext_id,
}

/// SVGate's holds carry no reference of ours: if two equal ones were under way, nobody could tell which is which.
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
        // Not the last row: each gateway has ids of its own to give.
        let mut named = replies
            .iter()
            .map(|reply| &reply["error"]["data"]["transactionId"]);
        let id = named.find_map(Value::as_i64).unwrap();
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
        // The other callers' calls were never made.
        let left = i64::try_from(callers).unwrap() - 1;
        assert_eq!(gateways.take_scripted_calls().await, left, "{kind}");
        assert_eq!(gateways.statuses(id).await, ["processing"]);
        assert_eq!(gateways.requests(id).await, ["hold unknown"]);
    }
    gateways.assert_settled().await;
    gateways.assert_nothing_claimed().await;
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
    gateways.assert_nothing_claimed().await;
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
            let id = gateways.row_of(&ext_id).await.id.0;
            let (moved, status, done) = effect(card, hold, id);
            let [done, ..] = {
                assert_eq!(masked_replies(card, vec![last.clone()]), [done]);
                counted(
                    &replies,
                    [&last, &being_worked_on(id), &being_begun(&ext_id)],
                )
            };
            assert!(done >= 1);
            before.assert_effect(gateways, &[moved], -AMOUNT).await;
            assert_eq!(gateways.transactions_stored().await, rows + 1);
            assert_eq!(gateways.statuses(id).await, ["processing", status]);
            assert_eq!(gateways.requests(id).await, calls_of(card, hold));
        }
    }
    for direction in DIRECTIONS {
        transfers_of_one_ext_id(gateways, direction).await;
    }
    gateways.assert_settled().await;
    gateways.assert_nothing_claimed().await;
    let direction = UZCARD_TO_HUMO_IN_ONE_CALL;
    let adjusted = Gateways::with(gateways.setting, |config| direction.adjust(config));
    let adjusted = adjusted.await.unwrap();
    transfers_of_one_ext_id(&adjusted, direction).await;
    adjusted.assert_settled().await;
    adjusted.end().await;
}

async fn transfers_of_one_ext_id(gateways: &Gateways, direction: Direction) {
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
    let [done, early, ..] = counted(
        &replies,
        [
            &last,
            &early,
            &being_worked_on(row.id.0),
            &being_begun(ext_id),
        ],
    );
    assert!(done + early >= 1);
    let moves = direction.moves(AMOUNT, row.fee);
    let moves: Vec<&str> = moves.iter().map(String::as_str).collect();
    before
        .assert_effect(gateways, &moves, -(AMOUNT + row.fee))
        .await;
    assert_eq!(
        gateways.statuses(row.id.0).await,
        ["processing", "succeeded"]
    );
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
        let id = gateways.row_of(&ext_id).await.id.0;
        let sent = success(&json!({"phone": card.phone, "transactionId": id}));
        let [heard, _] = counted(&replies, [&sent, &being_begun(&ext_id)]);
        assert!(heard >= 1);
        assert_eq!(gateways.transactions_stored().await, rows + 1);
        assert_eq!(gateways.messages(card.phone).await.len(), messages + 1);
        before.assert_effect(gateways, &[], 0).await;
        assert_eq!(gateways.statuses(id).await, ["awaiting_code"]);
    }
    gateways.assert_settled().await;
    gateways.assert_nothing_claimed().await;
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
        let ext_id = format!("{network}-{kind}");
        let params = with(debit_params(card, &token, AMOUNT), json!({"extId": ext_id}));
        let replies = gateways
            .race((0..CALLERS).map(|_| (DEBIT, params.clone())))
            .await;
        let id = gateways.row_of(&ext_id).await.id.0;
        let [unknown, ..] = counted(
            &replies,
            [
                &outcome_unknown(id),
                &being_worked_on(id),
                &being_begun(&ext_id),
                &in_process(id, "processing"),
            ],
        );
        assert_eq!(unknown, 1, "{network} {kind}");
        let left = i64::try_from(CALLERS).unwrap() - 1;
        assert_eq!(gateways.take_scripted_calls().await, left);
        // What HUMO blocked is not a movement, but it cannot be spent.
        let executed = kind.ends_with("_after");
        before
            .assert_effect(gateways, moves, if executed { -AMOUNT } else { 0 })
            .await;
        assert_eq!(gateways.statuses(id).await, ["processing"]);
        assert_eq!(gateways.requests(id).await, ["pay unknown"]);
    }
    gateways.assert_settled().await;
    gateways.assert_nothing_claimed().await;
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
            let begun = being_begun(&ext_id);
            if last == reused {
                counted(&mine, [&reused, &begun]);
                continue;
            }
            assert!(last.get("result").is_some(), "{last}");
            let mut early = last.clone();
            if early["result"].get("ofd_url").is_some() {
                early["result"]["ofd_url"] = json!("");
                early["result"]["has_fiskal_check"] = json!(false);
            }
            let busy = being_worked_on(row.id.0);
            let [done, early, ..] = counted(&mine, [&last, &early, &busy, &begun]);
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
    gateways.assert_nothing_claimed().await;
}
