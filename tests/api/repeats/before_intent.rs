//! The first call is still looking at the cards, and nothing of it is stored: what do others with its `extId` hear, and
//! what becomes of it when it is refused, too late, or left alone?

use aloqa_gateway::clock::Clock as _;
use aloqa_gateway::database::Fetch as _;
use aloqa_gateway::database::was_refused;
use aloqa_gateway::environment::CrashPoint;
use aloqa_gateway::repository::ext_id_claim as claims;
use entity::ext_id_claim;
use sea_orm::EntityTrait as _;
use sea_orm::prelude::Uuid;

use super::*;

/// Asks what became of an order.
const GET: &str = "transactions.get";

in_each_setting! {
    while_a_network_is_asked_about_the_card,
    a_refusal_is_not_told_beside_a_success,
    a_call_that_stood_still_begins_nothing,
    the_claims_of_dead_calls_are_cleared,
}

/// Orders before whose intent a network is asked, the network that is, and the params.
async fn orders(gateways: &Gateways) -> [(&'static str, TestCard, Value); 4] {
    let (uzcard, humo) = (
        gateways.add_card(UZCARD).await,
        gateways.add_card(HUMO).await,
    );
    let coded = json!({"force_sms_confirmation": true});
    let hold = json!({"force_sms_confirmation": true, "is_hold": true});
    [
        (
            DEBIT,
            UZCARD,
            with(debit_params(UZCARD, &uzcard, 500), coded.clone()),
        ),
        (DEBIT, HUMO, with(debit_params(HUMO, &humo, 500), hold)),
        (
            HUMO_TO_HUMO.method,
            HUMO,
            HUMO_TO_HUMO.params(&humo, 500_000),
        ),
        (
            UZCARD_TO_HUMO.method,
            UZCARD,
            with(UZCARD_TO_HUMO.params(&uzcard, 500_000), coded),
        ),
    ]
}

/// The next question about a card of this network is answered late; the one after it, not usably.
async fn delay_one_and_fail_one(gateways: &Gateways, network: &str) {
    for fault in [
        json!({"network": network, "operation": "info", "kind": "delay", "delayMs": 1_000, "times": 1}),
        json!({"network": network, "operation": "info", "kind": "http_500_before", "times": 1}),
    ] {
        gateways.fault(fault).await;
    }
}

async fn while_a_network_is_asked_about_the_card(gateways: &Gateways) {
    for (n, (method, card, params)) in orders(gateways).await.into_iter().enumerate() {
        let ext_id = format!("order-{n}");
        let params = with(params, json!({"extId": ext_id}));
        delay_one_and_fail_one(gateways, card.network()).await;
        let others = async {
            gateways.until_claimed(&ext_id).await;
            for gateway in gateways.all() {
                let reply = gateway.call(method, params.clone()).await;
                assert_eq!(reply, being_begun(&ext_id), "{method}");
                let other = with(params.clone(), json!({"amount": 500_001}));
                assert_eq!(gateway.call(method, other).await, being_begun(&ext_id));
                let asked = gateway.call(GET, json!({"extId": ext_id})).await;
                assert_eq!(asked, being_begun(&ext_id), "{method}");
            }
        };
        let (first, ()) = tokio::join!(gateways.call(method, params.clone()), others);
        let first = succeeded(first);
        let asked = succeeded(gateways.call(GET, json!({"extId": ext_id})).await);
        assert_eq!(asked["result"]["extId"], ext_id.as_str());
        // Nobody else has asked.
        assert_eq!(gateways.take_scripted_calls().await, 1, "{method}");
        for gateway in gateways.all() {
            assert_eq!(gateway.call(method, params.clone()).await, first);
        }
    }
    assert_eq!(gateways.moves().await, ["p2p 500000"]);
    gateways.assert_settled().await;
    gateways.assert_nothing_claimed().await;
}

/// One of many calls asks, gets no answer for a long time and is refused; an answer would have been there for the others.
async fn a_refusal_is_not_told_beside_a_success(gateways: &Gateways) {
    let hasty = |config: &mut aloqa_gateway::config::Config| {
        config.uzcard.timeout_ms = 1_500;
        config.humo.timeout_ms = 1_500;
    };
    let Some(gateways) = Gateways::with(gateways.setting, hasty).await else {
        return;
    };
    for (n, (method, card, params)) in orders(&gateways).await.into_iter().enumerate() {
        let ext_id = format!("order-{n}");
        let params = with(params, json!({"extId": ext_id}));
        gateways.fail_once(card, "info", "drop_before").await;
        let replies = gateways
            .race((0..40).map(|_| (method, params.clone())))
            .await;
        let [unavailable, busy] = [unavailable(card), being_begun(&ext_id)];
        assert!(
            replies
                .iter()
                .all(|reply| *reply == unavailable || *reply == busy),
            "{replies:?}"
        );
        let refused = replies.iter().filter(|reply| **reply == unavailable);
        assert_eq!(refused.count(), 1);
        // It left the `extId` free.
        succeeded(gateways.call(method, params).await);
    }
    gateways.assert_settled().await;
    gateways.assert_nothing_claimed().await;
    gateways.end().await;
}

/// Its time is over, and others have taken the `extId` over, or might have.
async fn a_call_that_stood_still_begins_nothing(gateways: &Gateways) {
    let claim_ms = gateways.running.gateway.rules.claim_ms;
    let token = gateways.add_card(HUMO).await;
    let params = |ext_id: &str| {
        with(
            HUMO_TO_HUMO.params(&token, 500_000),
            json!({"extId": ext_id}),
        )
    };
    let method = HUMO_TO_HUMO.method;
    let other = gateways.all().last().unwrap();
    let slow = json!({"network": "HUMO", "operation": "info", "kind": "delay", "delayMs": 3_000, "times": 1});
    let stands_still = async |ext_id: &str| {
        gateways.until_claimed(ext_id).await;
        gateways.clock.advance_ms(claim_ms);
    };

    // Another one has carried it out.
    gateways.fault(slow.clone()).await;
    let taken_over = async {
        stands_still("done").await;
        succeeded(other.call(method, params("done")).await)
    };
    let (first, second) = tokio::join!(gateways.call(method, params("done")), taken_over);
    assert_eq!(first, second);
    assert_eq!(gateways.moves().await, ["p2p 500000"]);

    // Another one was refused.
    delay_one_and_fail_one(gateways, "HUMO").await;
    let taken_over = async {
        stands_still("refused").await;
        assert_eq!(
            other.call(method, params("refused")).await,
            unavailable(HUMO)
        );
    };
    let (first, ()) = tokio::join!(gateways.call(method, params("refused")), taken_over);
    assert_eq!(first, being_begun("refused"));

    // Nobody was there.
    gateways.fault(slow).await;
    let (first, ()) = tokio::join!(
        gateways.call(method, params("alone")),
        stands_still("alone")
    );
    assert_eq!(first, being_begun("alone"));

    assert_eq!(gateways.moves().await, ["p2p 500000"]);
    for ext_id in ["refused", "alone"] {
        succeeded(gateways.call(method, params(ext_id)).await);
    }
    gateways.assert_settled().await;
    gateways.assert_nothing_claimed().await;
}

async fn the_claims_of_dead_calls_are_cleared(gateways: &Gateways) {
    let token = gateways.add_card(UZCARD).await;
    let params = with(debit_params(UZCARD, &token, 500), json!({"extId": "a"}));
    // It dies when it has claimed its `extId`.
    let doomed = Doomed::after_commit(gateways, 1).await;
    assert_eq!(doomed.call(DEBIT, &params).await, None);
    doomed.end().await;
    assert_eq!(gateways.claimed().await, ["a"]);
    let asked = json!({"extId": "a"});
    for gateway in gateways.all() {
        assert_eq!(gateway.call(DEBIT, params.clone()).await, being_begun("a"));
        assert_eq!(gateway.call(GET, asked.clone()).await, being_begun("a"));
    }
    let claim_ms = gateways.running.gateway.rules.claim_ms;
    gateways.clock.advance_ms(claim_ms);
    // It can begin nothing any more.
    assert_eq!(gateways.error_code(GET, asked).await, -32314);
    gateways.running.gateway.clear_claims().await.unwrap();
    assert_eq!(claims_stored(gateways).await, 1);
    gateways.clock.advance_ms(claim_ms);
    gateways.running.gateway.clear_claims().await.unwrap();
    assert_eq!(claims_stored(gateways).await, 0);
    succeeded(gateways.call(DEBIT, params).await);
    gateways.assert_settled().await;
    gateways.assert_nothing_claimed().await;
}

on_each_database! {
    /// A call that was received before a refusal, and comes to its claim only after it, would make of the order a failure
    /// and a success at the same time.
    async fn a_call_that_was_received_before_a_refusal_does_not_begin(app: TestApp) {
        let (refused_at, database) = (app.clock.now(), &app.running.gateway.database);
        let claim = |owner: u128| ext_id_claim::Model {
            partner_id: Uuid::nil(),
            ext_id: "a".to_owned(),
            owner: Uuid::from_u128(owner),
            until: refused_at + 1_000,
        };
        let take = async |owner, received_at| {
            let tx = database.write().await.unwrap();
            let taken = async {
                claims::take(&tx, claim(owner), received_at).await?;
                tx.commit().await
            };
            let refused = taken.await.err();
            assert!(refused.iter().all(was_refused));
            refused.is_none()
        };
        assert!(take(1, refused_at - 5).await);
        assert!(!take(2, refused_at).await);
        let tx = database.write().await.unwrap();
        assert!(claims::release(&*tx, &claim(1), refused_at).await.unwrap());
        tx.commit().await.unwrap();
        assert!(!take(2, refused_at - 1).await);
        assert!(take(3, refused_at).await);
        let tx = database.write().await.unwrap();
        // It has lost the `extId` for good.
        assert!(!claims::spend(&*tx, &claim(1), refused_at).await.unwrap());
        assert!(!claims::release(&*tx, &claim(1), refused_at).await.unwrap());
        assert!(!claims::spend(&*tx, &claim(3), refused_at + 1_000).await.unwrap());
        assert!(claims::spend(&*tx, &claim(3), refused_at + 999).await.unwrap());
        tx.commit().await.unwrap();
    }

    async fn a_refusal_before_the_intent_leaves_it_free(app: TestApp) {
        let adjust = |config: &mut aloqa_gateway::config::Config| {
            config.debits.min_amount = 100;
            config.debits.max_amount = 10_000;
            config.transfers.humo2humo.min_amount = 1_000;
            config.transfers.humo2humo.max_amount = 10_000_000;
            config.transfers.sender_required_from = 1_000_000;
            config.sms.daily_limit = 1;
        };
        let Some(app) = TestApp::with(app.kind, adjust).await else {
            return;
        };
        let (token, humo) = (app.add_card(UZCARD).await, app.add_card(HUMO).await);
        let coded = json!({"force_sms_confirmation": true});
        let debit = debit_params(UZCARD, &token, 500);
        let transfer = HUMO_TO_HUMO.params(&humo, 500_000);
        let nobodys = json!({"token": "5f0c3a52-8a0b-4c5e-8a44-0d5c2f9e7a11"});
        let expired = TestCard::forcing(sandbox::Network::Uzcard, sandbox::Outcome::Expired);
        let humo2uzcard = HUMO_TO_UZCARD.params(&humo, 500_000);
        let refused = [
            (DEBIT, &debit, json!({"amount": 0}), -32385),
            (DEBIT, &debit, json!({"surplus": 1}), -32401),
            (DEBIT, &debit, nobodys.clone(), -32301),
            (DEBIT, &debit, json!({"terminalId": "1"}), -32362),
            (DEBIT, &debit, json!({"amount": 99}), -32328),
            (DEBIT, &debit, json!({"amount": 10_001}), -32329),
            // The code of the card's attachment was the day's message.
            (DEBIT, &debit, coded.clone(), -32372),
            ("p2p.humo2humo", &transfer, nobodys, -32301),
            ("p2p.uzcard2humo", &transfer, json!({}), -32374),
            ("p2p.humo2humo", &transfer, json!({"pan": UZCARD.pan}), -32374),
            ("p2p.humo2humo", &transfer, json!({"pan": HUMO.pan}), -32387),
            ("p2p.humo2humo", &transfer, json!({"amount": 999}), -32328),
            ("p2p.humo2humo", &transfer, json!({"amount": 10_000_001}), -32329),
            ("p2p.humo2uzcard", &humo2uzcard, json!({"amount": 1_000_000}), -32329),
            ("p2p.humo2humo", &transfer, json!({"expiry": "3011"}), -32347),
            ("p2p.humo2uzcard", &humo2uzcard, json!({"pan": expired.pan}), -32404),
        ];
        let same = json!({"extId": "a"});
        for (method, params, change, code) in refused {
            let params = with(with(params.clone(), change), same.clone());
            assert_eq!(app.error_code(method, params.clone()).await, code, "{method} {params}");
            assert_eq!(app.claimed().await, [""; 0], "{method} {params}");
        }
        for (card, kind, code) in [
            (UZCARD, "http_500_before", -32338),
            (UZCARD, "garbage_after", -32338),
            (HUMO, "drop_before", -32339),
        ] {
            let (method, params) = match card == HUMO {
                true => ("p2p.humo2humo", &transfer),
                false => (DEBIT, &debit),
            };
            app.fail_once(card, "info", kind).await;
            let params = with(with(params.clone(), coded.clone()), same.clone());
            assert_eq!(app.error_code(method, params).await, code, "{kind}");
            assert_eq!(app.claimed().await, [""; 0], "{kind}");
        }
        // Another hold on the card is under way.
        app.fail_once(UZCARD, "hold", "reset_after").await;
        let hold = with(debit.clone(), json!({"is_hold": true}));
        assert_eq!(app.error_code(DEBIT, hold.clone()).await, -32379);
        let rows = app.transaction_count().await;
        let busy = refusal(-32364, &json!({"retryable": true}));
        assert_eq!(app.call(DEBIT, with(hold, same.clone())).await, busy);
        assert_eq!(app.claimed().await, [""; 0]);

        assert_eq!(app.transaction_count().await, rows);
        app.ordered(with(debit, same)).await;
        assert_eq!(app.moves().await, ["hold 500", "pay 500"]);
    }

    async fn an_order_whose_callers_time_is_over_begins_nothing(app: TestApp) {
        let hasty = |config: &mut aloqa_gateway::config::Config| {
            config.history.timeout_ms = 400;
            config.server.call_timeout_ms = 1_201;
        };
        let Some(app) = TestApp::with(app.kind, hasty).await else {
            return;
        };
        let token = app.add_card(UZCARD).await;
        let rows = app.transaction_count().await;
        for (n, coded) in [true, false].into_iter().enumerate() {
            let ext_id = format!("order-{n}");
            let order = json!({"extId": ext_id, "force_sms_confirmation": coded});
            let params = with(debit_params(UZCARD, &token, 500), order);
            // It has claimed its `extId`, and stands still.
            app.moments.hold(CrashPoint::AfterCommit, 1);
            let internal = refusal(-32334, &json!({"retryable": true}));
            assert_eq!(app.call(DEBIT, params.clone()).await, internal);
            app.moments.until_held().await;
            // On SQLite it keeps all others from writing.
            if app.kind == DatabaseKind::Postgres {
                assert_eq!(app.call(DEBIT, params.clone()).await, being_begun(&ext_id));
            }
            app.moments.release();
            until_free(&app).await;
            assert_eq!(app.transaction_count().await, rows + n);
            app.ordered(params).await;
        }
        assert_eq!(app.moves().await, ["pay 500"]);
        app.assert_settled().await;
        app.assert_nothing_claimed().await;
    }

    async fn an_order_whose_caller_hung_up_goes_on(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let refused = json!({"terminalId": "1"});
        for (ext_id, more) in [("refused", refused), ("done", json!({}))] {
            let order = with(debit_params(UZCARD, &token, 500), json!({"extId": ext_id}));
            app.moments.hold(CrashPoint::AfterCommit, 1);
            tokio::select! {
                reply = app.call(DEBIT, with(order.clone(), more)) => panic!("answered: {reply}"),
                () = app.moments.until_held() => {}
            }
            app.moments.release();
            until_free(&app).await;
            if ext_id == "refused" {
                app.ordered(order).await;
            }
        }
        app.until_status("done", "succeeded").await;
        assert_eq!(app.moves().await, ["pay 500", "pay 500"]);
        app.assert_settled().await;
        app.assert_nothing_claimed().await;
    }
}

/// -32338 or -32339: a question about a card found no usable answer.
fn unavailable(card: TestCard) -> Value {
    let code = if card.network() == "HUMO" {
        -32339
    } else {
        -32338
    };
    refusal(code, &json!({"network": card.network(), "retryable": true}))
}

/// How many claims there are, over or not.
async fn claims_stored(app: &TestApp) -> usize {
    let all = ext_id_claim::Entity::find().fetch_all(&*app.running.gateway.database);
    all.await.unwrap().len()
}

/// Waits until no call works on any `extId`.
async fn until_free(app: &TestApp) {
    for _ in 0..1_000 {
        if app.claimed().await.is_empty() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(3)).await;
    }
    panic!("somebody still works on {:?}", app.claimed().await);
}
