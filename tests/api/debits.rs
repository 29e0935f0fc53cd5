//! `transactions.debit` and its confirmation: every documented result of both networks, and every refusal.

use aloqa_gateway::partners::{NewPartner, PartnerAccounts};
use serde_json::{Value, json};

use test_support::refused_calls::no_such_terminal;
use test_support::*;

on_each_database! {
    async fn a_debit_of_uzcard(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let reply = app
            .call("transactions.debit", debit_params(UZCARD, &token, 500_000))
            .await;
        assert_eq!(
            masked(reply, &["ext", "refNum", "transactionId"]),
            json!({"jsonrpc": "2.0", "id": 1, "result": {
                "ext": "*", "refNum": "*", "merchantId": "90001", "terminalId": "92400001", "transactionId": "*",
            }})
        );
        assert_eq!(app.moves().await, ["pay 500000"]);
        assert_eq!(app.balance(UZCARD).await, 999_500_000);
    }

    async fn a_debit_of_humo(app: TestApp) {
        let token = app.add_card(HUMO).await;
        let reply = app
            .call("transactions.debit", debit_params(HUMO, &token, 500_000))
            .await;
        assert_eq!(
            masked(
                reply,
                &[
                    "paymentId",
                    "paymentRef",
                    "auth_ref_number",
                    "transactionId"
                ]
            ),
            json!({"jsonrpc": "2.0", "id": 1, "result": {
                "paymentId": "*", "paymentRef": "*", "merchantId": "0040100000401CS", "terminalId": "1965000A",
                "auth_ref_number": "*", "transactionId": "*",
            }})
        );
        assert_eq!(app.moves().await, ["pay 500000"]);
        assert_eq!(app.balance(HUMO).await, 999_500_000);
    }

    async fn a_debit_with_a_code(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let token = app.add_card(card).await;
            let params = with(
                debit_params(card, &token, 500_000),
                json!({"force_sms_confirmation": true}),
            );
            let begun = app.call("transactions.debit", params).await;
            let id = begun["result"]["transactionId"].as_i64().unwrap();
            assert_eq!(
                begun,
                success(&json!({"phone": card.phone, "transactionId": id}))
            );
            assert_eq!(app.balance(card).await, FULL);
            let confirmed = app.call("transactions.debit.confirm", right_code(id)).await;
            assert_eq!(card.masked_result(confirmed), success(&card.taken(id)));
            assert_eq!(app.balance(card).await, FULL - 500_000);
        }
        assert_eq!(app.moves().await, ["pay 500000", "pay 500000"]);
        app.assert_settled().await;
    }

    async fn of_twenty_reversals_at_once_one_acts(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let before = app.moves().await.len();
            let token = app.add_card(card).await;
            let id = app.ordered(debit_params(card, &token, 500_000)).await;
            let reverse = |_| app.call("transactions.debit.reverse", json!({"transactionId": id}));
            let replies = join_all((0..20).map(reverse)).await;
            let reversed = refusal(-32313, &json!({"reason": "reversed"}));
            let busy = in_process(id, "processing");
            assert_eq!(
                replies
                    .iter()
                    .filter(|reply| **reply == success(&json!(true)))
                    .count(),
                1,
                "{replies:?}"
            );
            assert_eq!(
                replies
                    .iter()
                    .filter(|reply| **reply == reversed || **reply == busy)
                    .count(),
                19,
                "{replies:?}"
            );
            assert_eq!(
                app.moves().await[before..],
                ["pay 500000", "reverse 500000"]
            );
            assert_eq!(app.balance(card).await, FULL);
        }
        app.assert_settled().await;
    }

    async fn what_moved_carries_our_reference(app: TestApp) {
        for (card, reference) in [(UZCARD, "ext"), (HUMO, "paymentRef")] {
            let token = app.add_card(card).await;
            let result = app
                .result("transactions.debit", debit_params(card, &token, 700))
                .await;
            let mut row = app.ledger().await.pop().unwrap();
            assert!(row["at"].take().is_i64());
            assert_eq!(
                row,
                json!({
                    "network": card.network(), "reference": result[reference], "action": "pay", "pan": card.pan,
                    "amount": 700, "at": null,
                })
            );
        }
    }

    async fn the_message_goes_to_the_phone_on_file_and_names_amount_and_card(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let token = app.add_card(card).await;
            let mask = card.mask();
            let table = [
                (
                    &[][..],
                    500_000,
                    format!("AloqaGateway: код 111111 для оплаты 5000.00 UZS картой {mask}."),
                ),
                (
                    &[("lang", "ru"), ("app-name", "Kundalik-dev")][..],
                    1,
                    format!("Kundalik: код 111111 для оплаты 0.01 UZS картой {mask}."),
                ),
                (
                    &[("lang", "en"), ("app-name", "Kundalik-prod")][..],
                    1_250,
                    format!("Kundalik: code 111111 to pay 12.50 UZS with the card {mask}."),
                ),
                (
                    &[("lang", "uz"), ("app-name", "not a name")][..],
                    500_005,
                    format!("AloqaGateway: {mask} kartasidan 5000.05 UZS to'lash kodi 111111."),
                ),
            ];
            for (headers, amount, text) in table {
                let before = app.messages(card.phone).await.len();
                let params = with(
                    debit_params(card, &token, amount),
                    json!({"force_sms_confirmation": true}),
                );
                let reply = app
                    .call_with_headers(headers, "transactions.debit", params)
                    .await;
                assert_eq!(reply["result"]["phone"], card.phone, "{reply}");
                let messages = app.messages(card.phone).await;
                assert_eq!(messages.len(), before + 1);
                let last = messages.last().unwrap();
                assert!(last.starts_with(&text), "{last}");
                assert!(!last.contains(card.pan), "{last}");
            }
        }
    }

    async fn a_debit_without_a_code_sends_no_message(app: TestApp) {
        let token = app.add_card(HUMO).await;
        let before = app.messages(HUMO.phone).await.len();
        app.ordered(debit_params(HUMO, &token, 500)).await;
        app.ordered(with(
            debit_params(HUMO, &token, 500),
            json!({"is_hold": true}),
        ))
        .await;
        app.ordered(with(
            debit_params(HUMO, &token, 500),
            json!({"is_hold": null, "force_sms_confirmation": null}),
        ))
        .await;
        assert_eq!(app.messages(HUMO.phone).await.len(), before);
    }

    async fn from_some_amount_on_a_code_is_needed(app: TestApp) {
        let Some(app) = TestApp::with(app.kind, |config| {
            config.codes.required_from = Some(500_000)
        })
        .await
        else {
            return;
        };
        let permissions = vec!["*".to_owned()];
        let partner = |name: &str, from| NewPartner {
            name: name.to_owned(),
            permissions: permissions.clone(),
            terminals: Vec::new(),
            code_required_from: from,
            addresses: Vec::new(),
            certificates: Vec::new(),
            applications: Vec::new(),
            accounts: PartnerAccounts::default(),
        };
        let stricter = app.add_new_partner(partner("stricter", Some(1_000))).await;
        let laxer = app.add_new_partner(partner("laxer", Some(2_000_000))).await;
        let table = [
            (Credentials::demo(), 499_999, false),
            (Credentials::demo(), 500_000, true),
            (stricter.clone(), 999, false),
            (stricter, 1_000, true),
            // The lower of both bounds counts.
            (laxer.clone(), 499_999, false),
            (laxer, 500_000, true),
        ];
        for (partner, amount, needed) in table {
            let token = app.add_card_as(&partner, UZCARD).await;
            for hold in [false, true] {
                let params = with(
                    debit_params(UZCARD, &token, amount),
                    json!({"is_hold": hold}),
                );
                let reply = app.call_as(&partner, "transactions.debit", params).await;
                assert!(reply["result"]["transactionId"].is_i64(), "{reply}");
                let asked = reply["result"]["phone"] == UZCARD.phone;
                assert_eq!(asked, needed, "{} {amount} {hold}: {reply}", partner.name);
            }
        }
    }

    async fn a_confirmation_must_agree_on_is_hold(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        for hold in [false, true] {
            let order = json!({"force_sms_confirmation": true, "is_hold": hold});
            let id = app
                .ordered(with(debit_params(UZCARD, &token, 500), order))
                .await;
            // Before the status and the code are looked at: no try is counted.
            for _ in 0..4 {
                let params =
                    json!({"transactionId": id, "confirmedCode": "000000", "is_hold": !hold});
                let differs = refusal(
                    -32401,
                    &json!({"reason": "is_hold_differs", "field": "is_hold"}),
                );
                assert_eq!(
                    app.call("transactions.debit.confirm", params).await,
                    differs
                );
            }
            let params = with(right_code(id), json!({"is_hold": hold}));
            app.result("transactions.debit.confirm", params).await;
            let params = with(right_code(id), json!({"is_hold": !hold}));
            assert_eq!(
                app.error_code("transactions.debit.confirm", params).await,
                -32401
            );
        }
        assert_eq!(app.moves().await, ["pay 500", "hold 500"]);
    }

    async fn a_card_that_refuses_is_told_by_its_networks_code(app: TestApp) {
        use sandbox::Network::{Humo, Uzcard};
        use sandbox::Outcome as O;
        let table = [
            (Uzcard, O::InsufficientFunds, 101, -32309, "-240"),
            (Uzcard, O::DeclinedInResult, 500, -32309, "51"),
            (Uzcard, O::Blocked, 500, -32310, "-205"),
            (Uzcard, O::Expired, 500, -32336, "-201"),
            (Uzcard, O::PinTries, 500, -32341, "75"),
            (Humo, O::InsufficientFunds, 101, -32309, "116"),
            (Humo, O::Blocked, 500, -32310, "104"),
            (Humo, O::Expired, 500, -32336, "101"),
            (Humo, O::PinTries, 500, -32341, "106"),
        ];
        for (network, outcome, amount, code, processing_code) in table {
            let card = TestCard::forcing(network, outcome);
            let balance = app.balance(card).await;
            let token = app.add_card(card).await;
            let data = json!({"network": card.network(), "processingCode": processing_code});
            for hold in [false, true] {
                let shown = format!("{network:?} {outcome:?} hold {hold}");
                let order =
                    json!({"is_hold": hold, "extId": format!("{network:?}-{outcome:?}-{hold}")});
                let params = with(debit_params(card, &token, amount), order.clone());
                assert_eq!(
                    app.call("transactions.debit", params).await,
                    refusal(code, &data),
                    "{shown}"
                );
                let found = app
                    .result("transactions.get", json!({"extId": order["extId"]}))
                    .await;
                assert_eq!(found["status"], "declined", "{shown}");
                assert_eq!(found["error"], refusal(code, &data)["error"], "{shown}");

                let order = json!({"is_hold": hold, "force_sms_confirmation": true});
                let id = app
                    .ordered(with(debit_params(card, &token, amount), order))
                    .await;
                let confirmed = app.call("transactions.debit.confirm", right_code(id)).await;
                assert_eq!(confirmed, refusal(code, &data), "{shown}");
                assert_eq!(app.status(id).await, "declined", "{shown}");
                // The code is spent.
                let again = app.call("transactions.debit.confirm", right_code(id)).await;
                assert_eq!(
                    again,
                    refusal(-32313, &json!({"reason": "declined"})),
                    "{shown}"
                );
            }
            assert_eq!(app.balance(card).await, balance, "{network:?} {outcome:?}");
        }
        assert_eq!(app.moves().await, [""; 0]);
        app.assert_settled().await;
    }

    async fn a_card_that_became_unusable_gets_no_code(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let (code, mapped) = card.refusing_code();
            let token = app.add_card(card).await;
            let (rows, messages) = (
                app.transaction_count().await,
                app.messages(card.phone).await.len(),
            );
            let network = card.network();
            app.refuse_once(card, "info", code).await;
            let params = with(
                debit_params(card, &token, 500),
                json!({"force_sms_confirmation": true, "extId": network}),
            );
            let refused = refusal(mapped, &json!({"network": network, "processingCode": code}));
            assert_eq!(
                app.call("transactions.debit", params.clone()).await,
                refused
            );
            assert_eq!(app.transaction_count().await, rows);
            assert_eq!(app.messages(card.phone).await.len(), messages);
            app.fail_once(card, "info", "reset_before").await;
            let unavailable = if network == "HUMO" { -32339 } else { -32338 };
            let refused = refusal(unavailable, &json!({"network": network, "retryable": true}));
            assert_eq!(
                app.call("transactions.debit", params.clone()).await,
                refused
            );
            assert_eq!(app.transaction_count().await, rows);
            // A refusal before the intent leaves the extId free.
            app.ordered(params).await;
        }
    }

    async fn a_partner_uses_its_own_terminals_only(app: TestApp) {
        let (uzcard, humo) = (app.add_card(UZCARD).await, app.add_card(HUMO).await);
        let table = [
            (UZCARD, "90001", "92400002"),
            (UZCARD, "90002", "92400001"),
            (UZCARD, "92400001", "90001"),
            (UZCARD, "0040100000401CS", "1965000A"),
            (HUMO, "90001", "92400001"),
            (HUMO, "0040100000401CS", "1965000B"),
            (HUMO, "0040100000401cs", "1965000A"),
        ];
        for (card, merchant, terminal) in table {
            let token = if card.network() == "HUMO" {
                &humo
            } else {
                &uzcard
            };
            for force in [false, true] {
                let order = json!({"merchantId": merchant, "terminalId": terminal, "force_sms_confirmation": force});
                let reply = app
                    .call(
                        "transactions.debit",
                        with(debit_params(card, token, 500), order),
                    )
                    .await;
                assert_eq!(
                    reply,
                    no_such_terminal(card.network()),
                    "{merchant} {terminal}"
                );
            }
        }
        assert_eq!(app.moves().await, [""; 0]);

        let free = app.add_partner("free", &["*"]).await;
        let token = app.add_card_as(&free, UZCARD).await;
        let order =
            json!({"token": token, "amount": 500, "merchantId": "any", "terminalId": "other"});
        let reply = app.call_as(&free, "transactions.debit", order).await;
        assert_eq!(
            (
                &reply["result"]["merchantId"],
                &reply["result"]["terminalId"]
            ),
            (&json!("any"), &json!("other"))
        );

        // With terminals at one network only, the other network's are closed.
        let shop = app
            .add_new_partner(NewPartner {
                name: "shop".to_owned(),
                permissions: vec!["*".to_owned()],
                terminals: vec![(
                    entity::network::Network::Humo,
                    "m".to_owned(),
                    "t".to_owned(),
                )],
                code_required_from: None,
                addresses: Vec::new(),
            certificates: Vec::new(),
                applications: Vec::new(),
                accounts: PartnerAccounts::default(),
            })
            .await;
        let token = app.add_card_as(&shop, UZCARD).await;
        let order = json!({"token": token, "amount": 500, "merchantId": "m", "terminalId": "t"});
        assert_eq!(
            app.call_as(&shop, "transactions.debit", order).await,
            no_such_terminal("UZCARD")
        );
        assert_eq!(app.moves().await, ["pay 500"]);
    }

    async fn a_token_that_is_not_this_partners_is_unknown(app: TestApp) {
        let stranger = app.add_partner("stranger", &["*"]).await;
        let foreign = app.add_card_as(&stranger, UZCARD).await;
        let begun = app.call("cards.attach", json!({
            "pan": UZCARD_2.pan, "expiry": "3012", "phoneNumber": UZCARD_2.phone, "processingType": "UZCARD",
        })).await;
        let unconfirmed = begun["result"]["cardId"]
            .as_str()
            .unwrap_or_else(|| panic!("{begun}"))
            .to_owned();
        let rows = app.transaction_count().await;
        let table = [
            foreign.as_str(),
            unconfirmed.as_str(),
            "5f0c3a52-8a0b-4c5e-8a44-0d5c2f9e7a11",
            "00000000-0000-0000-0000-000000000000",
            "no-uuid",
            "'; drop table card; --",
        ];
        for token in table {
            for more in [
                json!({}),
                json!({"force_sms_confirmation": true}),
                json!({"is_hold": true}),
            ] {
                let params = with(debit_params(UZCARD, token, 500), more);
                assert_eq!(
                    app.call("transactions.debit", params).await,
                    refusal(-32301, &Value::Null),
                    "{token}"
                );
            }
        }
        let params = debit_params(UZCARD, "", 500);
        assert_eq!(
            app.call("transactions.debit", params).await,
            refusal(-32300, &json!({"field": "token"}))
        );
        assert_eq!(app.transaction_count().await, rows);
        assert_eq!(app.moves().await, [""; 0]);
    }
}
