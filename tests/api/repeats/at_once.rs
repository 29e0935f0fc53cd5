//! Many calls of one `extId`, or of equal holds, at once.

use super::*;

on_each_database! {
    async fn of_fifty_calls_at_once_one_acts(app: TestApp) {
        let Some(app) = TestApp::with(app.kind, patient).await else {
            return;
        };
        let other = if app.kind == DatabaseKind::Postgres {
            Some(app.another().await)
        } else {
            None
        };
        for card in [UZCARD, HUMO] {
            for hold in [false, true] {
                let before = app.moves().await.len();
                let token = app.add_card(card).await;
                let ext_id = format!("{}-{hold}", card.network());
                let order = json!({"extId": ext_id, "is_hold": hold});
                let params = with(debit_params(card, &token, 500), order);
                let replies = join_all((0..50).map(|n| {
                    let gateway = if n % 2 == 0 {
                        &app
                    } else {
                        other.as_ref().unwrap_or(&app)
                    };
                    gateway.call(DEBIT, params.clone())
                }))
                .await;
                let last = app.call(DEBIT, params).await;
                let id = last["result"]["transactionId"]
                    .as_i64()
                    .unwrap_or_else(|| panic!("{last}"));
                let allowed = [last, being_worked_on(id), being_begun(&ext_id)];
                assert!(
                    replies.iter().all(|reply| allowed.contains(reply)),
                    "{replies:?}"
                );
                let [last, ..] = allowed;
                assert!(replies.contains(&last));
                assert_eq!(app.moves().await.len(), before + 1);
            }
        }
        app.assert_settled().await;
        app.assert_nothing_claimed().await;
    }

    async fn of_fifty_calls_at_once_with_a_code_one_sends_it(app: TestApp) {
        let Some(app) = TestApp::with(app.kind, patient).await else {
            return;
        };
        let token = app.add_card(UZCARD).await;
        let (rows, messages) = (
            app.transaction_count().await,
            app.messages(UZCARD.phone).await.len(),
        );
        let order = json!({"extId": "a", "force_sms_confirmation": true});
        let params = with(debit_params(UZCARD, &token, 500), order);
        let replies = join_all((0..50).map(|_| app.call(DEBIT, params.clone()))).await;
        let sent = app.call(DEBIT, params).await;
        assert_eq!(sent["result"]["phone"], UZCARD.phone);
        let allowed = [sent, being_begun("a")];
        assert!(
            replies.iter().all(|reply| allowed.contains(reply)),
            "{replies:?}"
        );
        assert!(replies.contains(&allowed[0]));
        assert_eq!(app.transaction_count().await, rows + 1);
        assert_eq!(app.messages(UZCARD.phone).await.len(), messages + 1);
    }

    async fn of_fifty_calls_at_once_whose_outcome_is_unknown_one_acts(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let params = with(debit_params(UZCARD, &token, 500), json!({"extId": "a"}));
        app.fail_once(UZCARD, "pay", "drop_after").await;
        let replies = join_all((0..50).map(|_| app.call(DEBIT, params.clone()))).await;
        let id = app.row_of("a").await.id.0;
        let allowed = [
            outcome_unknown(id),
            being_worked_on(id),
            in_process(id, "processing"),
            being_begun("a"),
        ];
        assert!(
            replies.iter().all(|reply| allowed.contains(reply)),
            "{replies:?}"
        );
        assert_eq!(
            replies.iter().filter(|reply| **reply == allowed[0]).count(),
            1
        );
        assert_eq!(app.moves().await, ["pay 500"]);
        app.assert_settled().await;
        app.assert_nothing_claimed().await;
    }

    async fn one_unsettled_hold_a_card_of_uzcard(app: TestApp) {
        let stranger = app.add_partner("stranger", &["*"]).await;
        let (token, foreign) = (
            app.add_card(UZCARD).await,
            app.add_card_as(&stranger, UZCARD).await,
        );
        let (other, humo) = (app.add_card(UZCARD_2).await, app.add_card(HUMO).await);
        let hold =
            |card, token: &str| with(debit_params(card, token, 500), json!({"is_hold": true}));
        let waiting = app
            .ordered(with(
                hold(UZCARD, &token),
                json!({"force_sms_confirmation": true}),
            ))
            .await;

        app.fault(
            json!({"network": "UZCARD", "operation": "hold", "kind": "reset_after", "times": 2}),
        )
        .await;
        let first = app.call(DEBIT, hold(UZCARD, &token)).await;
        assert_eq!(first["error"]["code"], -32379);
        let rows = app.transaction_count().await;
        let busy = refusal(-32364, &json!({"retryable": true}));
        assert_eq!(app.call(DEBIT, hold(UZCARD, &token)).await, busy);
        assert_eq!(
            app.call(
                DEBIT,
                with(hold(UZCARD, &token), json!({"extId": "a"}))
            )
            .await,
            busy
        );
        assert_eq!(
            app.call_as(&stranger, DEBIT, hold(UZCARD, &foreign)).await,
            busy
        );
        assert_eq!(app.transaction_count().await, rows);
        // This does not use up the code of an order that waits for it.
        assert_eq!(app.call(CONFIRM, right_code(waiting)).await, busy);
        assert_eq!(
            (app.status(waiting).await, app.row(waiting).await.code_tries),
            ("awaiting_code".to_owned(), 0)
        );

        // The rule is about holds on this card at this network; the second lost reply is the other card's.
        app.ordered(debit_params(UZCARD, &token, 500)).await;
        assert_eq!(app.error_code(DEBIT, hold(UZCARD_2, &other)).await, -32379);
        app.fail_once(HUMO, "hold", "reset_after").await;
        assert_eq!(app.error_code(DEBIT, hold(HUMO, &humo)).await, -32379);
        app.ordered(hold(HUMO, &humo)).await;
        assert_eq!(
            app.moves().await,
            ["hold 500", "pay 500", "hold 500", "hold 500", "hold 500"]
        );
        app.assert_settled().await;
        app.assert_nothing_claimed().await;
    }

    async fn of_equal_holds_at_once_on_a_card_of_uzcard_none_is_confused(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let params = with(debit_params(UZCARD, &token, 500), json!({"is_hold": true}));
        let replies = join_all((0..20).map(|_| app.call(DEBIT, params.clone()))).await;
        let held = replies
            .iter()
            .filter(|reply| reply.get("result").is_some())
            .count();
        let busy = refusal(-32364, &json!({"retryable": true}));
        assert_eq!(
            replies.iter().filter(|reply| **reply == busy).count(),
            20 - held,
            "{replies:?}"
        );
        assert!(held >= 1);
        assert_eq!(app.moves().await.len(), held);
        app.assert_settled().await;
        app.assert_nothing_claimed().await;
    }
}
