//! `transactions.get`: the whole reply in each status (docs/contract.md#transactionsget).

use entity::transaction::Status;
use rpc_schema::errors::Lang;
use serde_json::{Value, json};

use test_support::*;

const GET: &str = "transactions.get";

/// When a test begins, and the minute after which each test here changes something.
const BEGUN: i64 = 1_795_237_200_000;
const MINUTE: i64 = 60_000;

on_each_database! {
    async fn a_debit_in_each_status(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let subject = Subject {
                app: &app,
                card,
                hold: false,
            };
            let id = subject.order(json!({"force_sms_confirmation": true})).await;
            subject
                .shows(id, "awaiting_code", Value::Null, Value::Null)
                .await;
            subject
                .then(
                    "transactions.debit.confirm",
                    json!({"transactionId": id, "confirmedCode": CODE}),
                )
                .await;
            subject
                .shows(id, "succeeded", card.taken(id), Value::Null)
                .await;
            subject
                .then("transactions.debit.reverse", json!({"transactionId": id}))
                .await;
            // The result stays the debit's.
            subject
                .shows(id, "reversed", card.taken(id), Value::Null)
                .await;

            let (code, mapped) = card.refusing_code();
            app.refuse_once(subject.card, "pay", code).await;
            let id = subject.declined().await;
            let data = json!({"network": card.network(), "processingCode": code});
            subject
                .shows(
                    id,
                    "declined",
                    Value::Null,
                    error_object(mapped, Lang::Ru, &data),
                )
                .await;

            app.fail_once(subject.card, "pay", "reset_after").await;
            let id = subject.declined().await;
            subject
                .shows(id, "processing", Value::Null, Value::Null)
                .await;
            app.write_status(id, Status::Manual).await;
            subject.shows(id, "manual", Value::Null, Value::Null).await;

            // While the reversal is unknown, the debit's result is still true.
            let id = subject.order(json!({})).await;
            app.fail_once(subject.card, "reverse", "reset_after").await;
            app.clock.advance_ms(MINUTE);
            assert_eq!(
                app.error_code("transactions.debit.reverse", json!({"transactionId": id}))
                    .await,
                -32379
            );
            subject
                .shows(id, "processing", card.taken(id), Value::Null)
                .await;
        }
    }

    async fn a_hold_in_each_status(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let subject = Subject {
                app: &app,
                card,
                hold: true,
            };
            let held = |id: i64| json!({"transactionId": id});
            let id = subject.order(json!({"force_sms_confirmation": true})).await;
            subject
                .shows(id, "awaiting_code", Value::Null, Value::Null)
                .await;
            subject
                .then(
                    "transactions.debit.confirm",
                    json!({"transactionId": id, "confirmedCode": CODE}),
                )
                .await;
            subject.shows(id, "held", held(id), Value::Null).await;
            subject
                .then(
                    "transactions.debit.hold.charge",
                    json!({"transactionId": id}),
                )
                .await;
            subject
                .shows(id, "succeeded", card.taken(id), Value::Null)
                .await;
            subject
                .then("transactions.debit.reverse", json!({"transactionId": id}))
                .await;
            subject
                .shows(id, "reversed", card.taken(id), Value::Null)
                .await;

            let id = subject.order(json!({})).await;
            subject
                .then(
                    "transactions.debit.hold.cancel",
                    json!({"transactionId": id}),
                )
                .await;
            subject.shows(id, "cancelled", held(id), Value::Null).await;

            let id = subject.order(json!({})).await;
            subject
                .then(
                    "transactions.debit.hold.charge",
                    json!({"transactionId": id}),
                )
                .await;
            app.fail_once(subject.card, "reverse", "reset_after").await;
            app.clock.advance_ms(MINUTE);
            let reversed = json!({"transactionId": id});
            let code = app.error_code("transactions.debit.reverse", reversed).await;
            assert_eq!(code, -32379);
            let taken = card.taken(id);
            subject.shows(id, "processing", taken, Value::Null).await;

            let id = subject.order(json!({})).await;
            app.fail_once(subject.card, "capture", "reset_before").await;
            app.clock.advance_ms(MINUTE);
            assert_eq!(
                app.error_code(
                    "transactions.debit.hold.charge",
                    json!({"transactionId": id})
                )
                .await,
                -32379
            );
            subject.shows(id, "processing", held(id), Value::Null).await;

            let (code, mapped) = card.refusing_code();
            app.refuse_once(subject.card, "hold", code).await;
            let id = subject.declined().await;
            let data = json!({"network": card.network(), "processingCode": code});
            subject
                .shows(
                    id,
                    "declined",
                    Value::Null,
                    error_object(mapped, Lang::Ru, &data),
                )
                .await;
        }
    }

    async fn a_hold_that_ended(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let token = app.add_card(card).await;
            let id = app
                .ordered(with(
                    debit_params(card, &token, 500),
                    json!({"is_hold": true}),
                ))
                .await;
            app.clock.advance_ms(HOLD_LIFETIME_MS);
            app.running.gateway.expire_holds().await.unwrap();
            let shown = app.standing(id).await;
            assert_eq!(shown["status"], "expired");
            assert_eq!(
                (&shown["result"], &shown["error"]),
                (&json!({"transactionId": id}), &Value::Null)
            );
        }
    }

    async fn a_code_that_ended(app: TestApp) {
        for (n, (wrong, reason)) in [(0, "code_expired"), (3, "tries_used_up")]
            .into_iter()
            .enumerate()
        {
            let subject = Subject {
                app: &app,
                card: UZCARD,
                hold: n == 0,
            };
            let id = subject.order(json!({"force_sms_confirmation": true})).await;
            for _ in 0..wrong {
                app.error(
                    "transactions.debit.confirm",
                    json!({"transactionId": id, "confirmedCode": "000000"}),
                )
                .await;
            }
            app.clock.advance_ms(CODE_LIFETIME_MS);
            let shown = app.standing(id).await;
            assert_eq!(
                (&shown["status"], &shown["result"]),
                (&json!("expired"), &Value::Null)
            );
            assert_eq!(
                shown["error"],
                error_object(-32308, Lang::Ru, &json!({"reason": reason}))
            );
        }
    }

    async fn by_number_or_by_ext_id(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let id = app
            .ordered(with(
                debit_params(UZCARD, &token, 500),
                json!({"extId": "order-1"}),
            ))
            .await;
        let by_id = app.call(GET, json!({"transactionId": id})).await;
        let by_ext_id = app.call(GET, json!({"extId": "order-1"})).await;
        assert_eq!(by_id, by_ext_id);
        assert_eq!(by_id["result"]["extId"], "order-1");
        assert_eq!(
            app.call(GET, json!({"extId": "order-1", "transactionId": null}))
                .await,
            by_id
        );
    }

    async fn exactly_one_key_is_asked_for(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let id = app
            .ordered(with(
                debit_params(UZCARD, &token, 500),
                json!({"extId": "a"}),
            ))
            .await;
        for none in [
            json!({}),
            json!({"transactionId": null}),
            json!({"transactionId": null, "extId": null}),
        ] {
            let error = app.error(GET, none.clone()).await;
            assert_eq!(error["code"], -32300, "{none}: {error}");
        }
        let error = app
            .error(GET, json!({"transactionId": id, "extId": "a"}))
            .await;
        assert_eq!(
            (&error["code"], &error["data"]["reason"]),
            (&json!(-32401), &json!("exactly_one_of"))
        );
        for (params, field) in [
            (json!({"transactionId": "1"}), "transactionId"),
            (json!({"transactionId": 1.5}), "transactionId"),
            (json!({"extId": 1}), "extId"),
            (json!({"extId": "not an id"}), "extId"),
            (json!({"id": 1}), "id"),
        ] {
            let error = app.error(GET, params.clone()).await;
            assert_eq!(
                (&error["code"], &error["data"]["field"]),
                (&json!(-32401), &json!(field)),
                "{params}"
            );
        }
    }

    async fn what_is_not_this_partners_is_not_found(app: TestApp) {
        let stranger = app.add_partner("stranger", &["*"]).await;
        let token = app.add_card(UZCARD).await;
        let id = app
            .ordered(with(
                debit_params(UZCARD, &token, 500),
                json!({"extId": "a"}),
            ))
            .await;
        let attached = app.transaction_count().await;
        assert!(attached > 1, "the attachment is a transaction, too");
        let not_found = refusal(-32314, &Value::Null);
        for params in [json!({"transactionId": id}), json!({"extId": "a"})] {
            assert_eq!(app.call_as(&stranger, GET, params).await, not_found);
        }
        for params in [
            json!({"transactionId": id - 1}),
            json!({"transactionId": id + 1}),
            json!({"extId": "A"}),
        ] {
            assert_eq!(app.call(GET, params.clone()).await, not_found, "{params}");
        }
    }

    async fn the_error_is_told_in_the_language_asked_for(app: TestApp) {
        let subject = Subject {
            app: &app,
            card: HUMO,
            hold: false,
        };
        app.refuse_once(subject.card, "pay", "116").await;
        let id = subject.declined().await;
        let data = json!({"network": "HUMO", "processingCode": "116"});
        for (lang, spoken) in [
            ("ru", Lang::Ru),
            ("uz", Lang::Uz),
            ("en", Lang::En),
            ("", Lang::Ru),
            ("fr", Lang::Ru),
        ] {
            let reply = app
                .call_with_headers(&[("lang", lang)], GET, json!({"transactionId": id}))
                .await;
            assert_eq!(
                reply["result"]["error"],
                error_object(-32309, spoken, &data),
                "{lang}"
            );
        }
    }
}

/// A kind of transaction of one network; each thing done with it takes place a minute after the last.
struct Subject<'a> {
    app: &'a TestApp,
    card: TestCard,
    hold: bool,
}

impl Subject<'_> {
    async fn params(&self, more: Value) -> Value {
        let token = self.app.add_card(self.card).await;
        with(
            with(
                debit_params(self.card, &token, 500_000),
                json!({"is_hold": self.hold}),
            ),
            more,
        )
    }

    async fn order(&self, more: Value) -> i64 {
        let params = self.params(more).await;
        self.app.clock.advance_ms(MINUTE);
        self.app.ordered(params).await
    }

    /// An order that gives no result.
    async fn declined(&self) -> i64 {
        let ext_id = format!("order-{}", self.app.transaction_count().await);
        let params = self.params(json!({"extId": ext_id})).await;
        self.app.clock.advance_ms(MINUTE);
        self.app.error("transactions.debit", params).await;
        self.app.row_of(&ext_id).await.id.0
    }

    async fn then(&self, method: &str, params: Value) {
        self.app.clock.advance_ms(MINUTE);
        self.app.result(method, params).await;
    }

    /// The whole reply, right after the last change of the status.
    async fn shows(&self, id: i64, status: &str, result: Value, error: Value) {
        let row = self.app.row(id).await;
        assert!(row.created_at.0 > BEGUN && row.created_at <= row.updated_at);
        assert_eq!(row.created_at.0 % MINUTE, 0);
        let reply = self.app.call(GET, json!({"transactionId": id})).await;
        let taken = result.as_object().is_some_and(|members| members.len() > 1);
        let reply = if taken {
            self.card.masked_result(reply)
        } else {
            reply
        };
        // What is taken is reversed, or being reversed.
        let (captured, reversed, reversal) = match (taken, status) {
            (false, _) => (Value::Null, Value::Null, None),
            (true, "reversed") => (json!(500_000), json!(500_000), Some("succeeded")),
            (true, "processing") => (json!(500_000), json!(0), Some("processing")),
            (true, _) => (json!(500_000), json!(0), None),
        };
        let at = self.app.now();
        let shown =
            |status: &str| json!({"extId": null, "amount": 500_000, "status": status, "at": at});
        let reversals: Vec<Value> = reversal.into_iter().map(shown).collect();
        assert_eq!(
            reply,
            success(&json!({
                "transactionId": id,
                "extId": row.ext_id,
                "kind": if self.hold { "hold" } else { "debit" },
                "status": status,
                "amount": 500_000,
                "fee": 0,
                "capturedAmount": captured,
                "reversedAmount": reversed,
                "reversals": reversals,
                "network": self.card.network(),
                "createdAt": row.created_at.0,
                "updatedAt": self.app.now(),
                "result": result,
                "error": error,
            }))
        );
    }
}
