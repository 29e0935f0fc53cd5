//! Reversals of parts of one payment, and charges of parts of one hold.

use super::*;

use test_support::orders::{PART, part_of};

in_each_setting! {
    parts_that_exceed_the_payment_together,
    reversals_of_one_ext_id,
    parts_against_all,
    charges_of_parts,
}

/// Each caller asks until it is answered for good. As many parts are given back as the payment has.
async fn parts_that_exceed_the_payment_together(gateways: &Gateways) {
    let token = gateways.add_card(UZCARD).await;
    for round in 0..3 {
        let id = gateways.ordered(debit_params(UZCARD, &token, 1_000)).await;
        let before = Before::of(gateways, UZCARD).await;
        let busy = in_process(id, "processing");
        let too_much = refusal(
            -32330,
            &json!({"reason": "amount_exceeds_rest", "field": "amount"}),
        );
        let mut left: Vec<Value> = (0..8)
            .map(|n| json!({"transactionId": id, "amount": 300, "extId": format!("{round}-{n}")}))
            .collect();
        let mut answers = Vec::new();
        while !left.is_empty() {
            let replies = gateways
                .race(left.iter().map(|params| (REVERSE, params.clone())))
                .await;
            let answered = left.into_iter().zip(replies);
            let (again, told): (Vec<_>, Vec<_>) = answered.partition(|(_, reply)| *reply == busy);
            answers.extend(told.into_iter().map(|(_, reply)| reply));
            left = again.into_iter().map(|(params, _)| params).collect();
        }
        let counts = counted(&answers, [&success(&json!(true)), &too_much]);
        assert_eq!(counts, [3, 5]);
        let moved = ["reverse 300"; 3];
        before.assert_effect(gateways, &moved, 900).await;
        let found = gateways.standing(id).await;
        assert_eq!(
            (&found["status"], &found["reversedAmount"]),
            (&json!("succeeded"), &json!(900))
        );
    }
    gateways.assert_settled().await;
    gateways.assert_nothing_claimed().await;
}

/// One of them acts, whoever asks and however often.
async fn reversals_of_one_ext_id(gateways: &Gateways) {
    for round in 0..3 {
        let token = gateways.add_card(UZCARD).await;
        let id = gateways.ordered(debit_params(UZCARD, &token, AMOUNT)).await;
        let before = Before::of(gateways, UZCARD).await;
        let ext_id = format!("refund-{round}");
        let params = part_of(id, &ext_id);
        let replies = gateways
            .race((0..CALLERS).map(|_| (REVERSE, params.clone())))
            .await;
        let done = success(&json!(true));
        let known = [&done, &being_begun(&ext_id), &being_worked_on(id)];
        assert!(counted(&replies, known)[0] >= 1);
        before
            .assert_effect(gateways, &["reverse 200000"], PART)
            .await;
        assert_eq!(gateways.call(REVERSE, params).await, done);
        assert_eq!(
            gateways.requests(id).await,
            ["pay approved", "reverse_part approved"]
        );
    }
    gateways.assert_settled().await;
    gateways.assert_nothing_claimed().await;
}

/// A part, and all that is left: whichever comes first, no more is given back than was taken.
async fn parts_against_all(gateways: &Gateways) {
    for round in 0..3 {
        let token = gateways.add_card(UZCARD).await;
        let id = gateways.ordered(debit_params(UZCARD, &token, AMOUNT)).await;
        let before = gateways.balance(UZCARD).await;
        let calls = (0..CALLERS / 5).map(|n| match n % 2 == round % 2 {
            true => (REVERSE, part_of(id, &format!("{round}-{n}"))),
            false => (REVERSE, the(id)),
        });
        let replies = gateways.race(calls).await;
        let done = success(&json!(true));
        let too_much = refusal(
            -32330,
            &json!({"reason": "amount_exceeds_rest", "field": "amount"}),
        );
        let known = [
            &done,
            &in_process(id, "processing"),
            &too_late(-32313, "reversed"),
            &too_much,
        ];
        let [acted, ..] = counted(&replies, known);
        let given_back = gateways.balance(UZCARD).await - before;
        let found = gateways.standing(id).await;
        assert_eq!(found["reversedAmount"], given_back);
        assert!(
            (1..=3).contains(&acted) && given_back <= AMOUNT,
            "{acted}: {given_back}"
        );
        assert_eq!(found["status"] == "reversed", given_back == AMOUNT);
    }
    gateways.assert_settled().await;
    gateways.assert_nothing_claimed().await;
}

/// One charge ends the hold, of whatever amount.
async fn charges_of_parts(gateways: &Gateways) {
    for card in [UZCARD, HUMO] {
        let id = held(gateways, card).await;
        let before = gateways.balance(card).await;
        let amount = |n: i64| json!({"transactionId": id, "amount": n + 1});
        let calls = (0..20).map(|n| (CHARGE, amount(n)));
        let replies = masked_replies(card, gateways.race(calls).await);
        let done = success(&card.taken(id));
        let busy = in_process(id, "processing");
        let known = [&done, &busy, &too_late(-32312, "succeeded")];
        assert_eq!(counted(&replies, known)[0], 1);
        let taken = gateways.standing(id).await["capturedAmount"]
            .as_i64()
            .unwrap();
        assert!((1..=20).contains(&taken), "{taken}");
        let freed = gateways.balance(card).await - before;
        assert_eq!(freed, AMOUNT - taken);
        assert_eq!(
            gateways.requests(id).await,
            ["hold approved", "capture approved"]
        );
    }
    gateways.assert_settled().await;
}
