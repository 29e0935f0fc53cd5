//! Codes of one debit, hold or transfer.

use super::*;

in_each_setting! {
    right_codes_of_one_debit,
    wrong_codes_of_one_debit,
    right_and_wrong_codes_of_one_debit,
    right_codes_of_one_transfer,
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
            [&code_refused("wrong_code"), &code_refused("tries_used_up")],
        );
        assert_eq!(counts, [2, CALLERS - 2]);
        assert_eq!(gateways.row(id).await.code_tries, 3);
        let after = gateways.call(CONFIRM, code(id, CODE)).await;
        assert_eq!(after, code_refused("tries_used_up"));
        before.assert_effect(gateways, &[], 0).await;
        assert_eq!(gateways.statuses(id).await, ["awaiting_code", "expired"]);
        assert_eq!(gateways.requests(id).await, [""; 0]);
    }
    gateways.assert_settled().await;
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
            assert_eq!((busy, confirmed, missed, expired), (0, 0, 2, 0));
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
