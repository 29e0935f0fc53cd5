//! A network that was silent or frozen, or a process that stood still: when does an absence prove anything, and which alarm
//! is true (docs/contract.md#three-outcomes)?

use serde_json::json;

use test_support::*;

/// By how much a look-up may come after the moment from which on an absence is proof, milliseconds.
const A_BIT_MORE_MS: i64 = 1_024;

on_each_database! {
    /// What was sent before the silence may be carried out right after it, and the look-up be answered before that.
    async fn absence_counts_anew_after_a_silence(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let token = app.add_card(card).await;
            app.fail_once(card, "pay", "reset_before").await;
            let params = with(debit_params(card, &token, 500), json!({"extId": card.network()}));
            assert_eq!(app.error_code("transactions.debit", params).await, -32379);
            let id = app.row_of(card.network()).await.id.0;
            // Frozen for longer than it may take; the look-up was not answered either.
            app.fail_once(card, "lookup", "reset_before").await;
            app.recover_after_all().await;
            assert_eq!(app.status(id).await, "processing", "{}", card.pan);
            // It answers again, and does not know the payment yet.
            app.recover_after_lease().await;
            assert_eq!(app.status(id).await, "processing", "{}", card.pan);
            if !card.is_humo() {
                app.pay_as_ordered(id).await;
                app.clock.advance_ms(A_BIT_MORE_MS);
                app.recover_after_all().await;
                assert_eq!(app.status(id).await, "succeeded");
                continue;
            }
            // It has answered for as long as it may take.
            app.clock.advance_ms(A_BIT_MORE_MS);
            app.recover_after_all().await;
            assert_eq!(app.status(id).await, "declined");
        }
        app.assert_settled().await;
    }

    /// Hours may lie between two look-ups: what was silent at the first may be so until just before the second.
    async fn absence_counts_from_the_first_answer_after_a_silence(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let token = app.add_card(card).await;
            app.fail_once(card, "pay", "reset_before").await;
            let params = with(debit_params(card, &token, 500), json!({"extId": card.network()}));
            assert_eq!(app.error_code("transactions.debit", params).await, -32379);
            let id = app.row_of(card.network()).await.id.0;
            app.fail_once(card, "lookup", "reset_before").await;
            app.recover_after_all().await;
            // The first answer comes long after, together with what has waited at the door.
            app.recover_after_all().await;
            assert_eq!(app.status(id).await, "processing", "{}", card.pan);
            if !card.is_humo() {
                app.pay_as_ordered(id).await;
                app.clock.advance_ms(A_BIT_MORE_MS);
                app.recover_after_all().await;
                assert_eq!(app.status(id).await, "succeeded");
                continue;
            }
            app.clock.advance_ms(A_BIT_MORE_MS);
            app.recover_after_all().await;
            assert_eq!(app.status(id).await, "declined");
        }
        app.assert_settled().await;
    }
}
