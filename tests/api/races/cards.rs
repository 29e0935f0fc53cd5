//! Codes of one card.

use super::*;

in_each_setting! {
    right_codes_of_one_added_card,
    right_codes_of_one_attached_card,
    wrong_codes_of_one_card,
    right_and_wrong_codes_of_one_card,
    confirmations_of_several_attachments_of_one_card,
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
            let id = gateways.last_transaction().await.id.0;
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
            assert_eq!((missed, used_up, checked_by_svgate), (2, CALLERS - 2, 0));
        } else {
            // Whoever comes while SVGate checks the third try hears that the tries are used up.
            assert_eq!((missed, checked_by_svgate), (2, 3));
        }
        assert_eq!(gateways.row(id).await.code_tries, 3);
        assert_eq!(gateways.statuses(id).await, ["awaiting_code", "expired"]);
        let params = code(id, CODE);
        let after = gateways.call_as(&shop, "cards.add-confirm", params).await;
        assert_eq!(after, code_refused("tries_used_up"));
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
