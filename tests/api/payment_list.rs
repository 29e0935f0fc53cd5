//! HUMO's list of a day, where the settings say that it has one: it shows what is not known here, and changes nothing else.

use aloqa_gateway::comparison::CompareError;
use aloqa_gateway::comparison::report::{ComparisonReport, Counts, Verdict};
use aloqa_gateway::config::{Config, HumoAccount};
use rpc_schema::values::Network;
use serde_json::json;

use test_support::proxy::Proxy;
use test_support::*;

use crate::comparison::{Compares as _, line, matched, text};

const TODAY: &str = "2026-11-21";
const HOUR_MS: i64 = 3_600 * 1_000;
/// What stands in each question for the list.
const LIST: &str = ":GetPaymentList>";

/// Compares the first day with HUMO's list.
async fn listed(
    app: &TestApp,
    adjust: impl FnOnce(&mut Config),
) -> Result<ComparisonReport, CompareError> {
    app.compare_with(Network::Humo, |config| {
        config.humo.payment_list = true;
        adjust(config);
    })
    .await
}

/// The same, where it can be made.
async fn found(app: &TestApp) -> ComparisonReport {
    listed(app, |_| {}).await.unwrap()
}

/// A sale of somebody else, confirmed.
async fn sold(app: &TestApp, reference: &str, amount: i64) -> String {
    let id = app.sell_past_the_gateway(reference, amount).await;
    app.end_past_the_gateway(&id, "Payment").await;
    id
}

/// In front of the networks.
async fn proxy(app: &TestApp) -> Proxy {
    Proxy::start(app.running.sandbox_address.unwrap(), 1).await
}

/// What we do in a day: eleven payments at HUMO, in every state.
async fn trade(app: &TestApp) {
    let [uzcard, humo] = [app.add_card(UZCARD).await, app.add_card(HUMO).await];
    let the = |id: i64| json!({"transactionId": id});
    let hold = |amount: i64| with(debit_params(HUMO, &humo, amount), json!({"is_hold": true}));
    app.ordered(debit_params(HUMO, &humo, 1_000)).await;
    let given_back = app.ordered(debit_params(HUMO, &humo, 1_001)).await;
    app.result("transactions.debit.reverse", the(given_back))
        .await;
    app.ordered(hold(1_002)).await;
    let charged = app.ordered(hold(1_003)).await;
    let part = json!({"transactionId": charged, "amount": 400});
    app.result("transactions.debit.hold.charge", part).await;
    let released = app.ordered(hold(1_004)).await;
    app.result("transactions.debit.hold.cancel", the(released))
        .await;
    app.refuse_once(HUMO, "pay", "116").await;
    app.error("transactions.debit", debit_params(HUMO, &humo, 1_005))
        .await;
    for direction in DIRECTIONS {
        let token = if direction.from == HUMO {
            &humo
        } else {
            &uzcard
        };
        app.transferred(direction, direction.params(token, 10_000))
            .await;
    }
    app.assert_settled().await;
}

/// Of those that `trade` makes: six, a transfer inside HUMO, the debit and the credit of one each.
const TRADED: usize = 9;

on_each_database! {
    async fn what_only_humo_knows_is_found(app: TestApp) {
        trade(&app).await;
        let compared = found(&app).await;
        assert_eq!(compared.counts(), matched(TRADED), "{}", text(&compared));
        assert!(text(&compared).contains(" 0 theirs only, "), "{}", text(&compared));

        let sold = sold(&app, "stranger-1", 700).await;
        app.sell_past_the_gateway("stranger-2", 701).await;
        // Whoever writes there may write anything.
        app.sell_past_the_gateway(UZCARD_2.pan, 702).await;
        // No money is held or taken any more.
        let returned = app.sell_past_the_gateway("stranger-3", 703).await;
        app.end_past_the_gateway(&returned, "Payment").await;
        app.end_past_the_gateway(&returned, "ReturnPayment").await;
        let cancelled = app.sell_past_the_gateway("stranger-4", 704).await;
        app.end_past_the_gateway(&cancelled, "CancelRequest").await;
        let compared = found(&app).await;
        let told = text(&compared);
        assert_eq!(compared.counts(), Counts { theirs_only: 3, ..matched(TRADED) }, "{told}");
        assert_eq!(compared.counts().verdict(), Verdict::NotMatched);
        let expected = format!("THEIRS_ONLY HUMO stranger-1 ours=- theirs=listed/700 number={sold} date=20261121");
        assert!(line(&told, "stranger-1").starts_with(&expected), "{told}");
        assert!(line(&told, "stranger-2").contains("theirs=listed/701"), "{told}");
        assert!(line(&told, "listed/702").contains("860049*****3347") && !told.contains(UZCARD_2.pan), "{told}");

        // Without the setting nothing of that is seen, and the counts say so.
        let compared = app.compare(Network::Humo, TODAY).await;
        assert_eq!(compared.counts(), matched(TRADED));
        assert!(text(&compared).contains("theirs only cannot be seen (no humo.payment_list)"), "{}", text(&compared));
    }

    /// By our clock they may be of another day. A reference may be missing: then they are known by HUMO's number.
    async fn what_is_known_here_is_never_theirs(app: TestApp) {
        let token = app.add_card(HUMO).await;
        // It is ten o'clock: half an hour before midnight, and long before.
        for earlier in [10 * HOUR_MS + HOUR_MS / 2, 30 * HOUR_MS] {
            let id = app.ordered(debit_params(HUMO, &token, 500)).await;
            app.write_call(id, &format!("sent_at = sent_at - {earlier}, settled_at = settled_at - {earlier}")).await;
        }
        app.ordered(debit_params(HUMO, &token, 501)).await;
        let compared = found(&app).await;
        assert_eq!(compared.counts(), matched(1), "{}", text(&compared));

        let proxy = proxy(&app).await;
        proxy.rewrite(LIST, "paymentRef>", "other>");
        let numbers = [sold(&app, "a", 600).await, sold(&app, "b", 600).await];
        let compared = listed(&app, |config| config.sandbox.listen = proxy.address).await.unwrap();
        let told = text(&compared);
        // Those of others, and ours of long before: numbers alone are held against those of the day.
        assert_eq!(compared.counts(), Counts { theirs_only: 3, ..matched(1) }, "{told}");
        for number in numbers {
            let row = format!("THEIRS_ONLY HUMO - ours=- theirs=listed/600 number={number} ");
            assert!(told.contains(&row), "{told}");
        }
    }

    /// Whatever the list says of them, or if it lacks them.
    async fn our_payments_are_what_humo_says_when_asked_about_each(app: TestApp) {
        trade(&app).await;
        let proxy = proxy(&app).await;
        let behind = |config: &mut Config| config.sandbox.listen = proxy.address;
        for (from, to) in [
            ("amount</name><value>1", "amount</name><value>2"),
            ("<paymentID>1", "<paymentID>9"),
            ("<status>finished", "<status>new"),
            ("<details>", "<details/><gone>"),
        ] {
            proxy.rewrite(LIST, from, to);
        }
        proxy.rewrite(LIST, "</details>", "</gone>");
        let compared = listed(&app, behind).await.unwrap();
        assert_eq!(compared.counts(), matched(TRADED), "{}", text(&compared));
        proxy.rewrite_nothing();
        for name in ["paymentID", "paymentRef"] {
            proxy.rewrite(LIST, &format!("<{name}>"), format!("<{name}/><!-- "));
            proxy.rewrite(LIST, &format!("</{name}>"), " -->");
        }
        for name in ["status", "name", "value"] {
            proxy.rewrite(LIST, &format!("<{name}>"), "<!-- ");
            proxy.rewrite(LIST, &format!("</{name}>"), " -->");
        }
        let compared = listed(&app, behind).await.unwrap();
        assert_eq!(compared.counts(), matched(TRADED), "{}", text(&compared));
    }

    /// Reconciliations are ours and move nothing, also one whose answer was lost.
    async fn reconciliations_are_not_theirs(app: TestApp) {
        let app = app.restarted_after(async |config| config.humo.reconciliation_hour = Some(9)).await;
        trade(&app).await;
        let proxy = proxy(&app).await;
        // Known by our rows where the list says nothing of what it is.
        proxy.rewrite(LIST, "name>", "nick>");
        app.running.gateway.reconcile_terminals().await.unwrap();
        let compared = listed(&app, |config| config.sandbox.listen = proxy.address).await.unwrap();
        assert_eq!(compared.counts(), matched(TRADED), "{}", text(&compared));

        app.clock.advance_ms(24 * HOUR_MS);
        app.fail_once(HUMO, "reconcile", "reset_after").await;
        for _ in 0..2 {
            app.running.gateway.reconcile_terminals().await.unwrap();
            app.clock.advance_ms(11 * 60_000);
        }
        let config = |config: &mut Config| config.humo.payment_list = true;
        let compared = app.compare_on("2026-11-22", Network::Humo, config).await.unwrap();
        assert_eq!(compared.counts(), matched(0), "{}", text(&compared));
    }

    async fn a_list_of_many_pages_is_read_to_its_end(app: TestApp) {
        let token = app.add_card(HUMO).await;
        app.ordered(debit_params(HUMO, &token, 500)).await;
        for number in 0..120 {
            app.sell_past_the_gateway(&format!("s{number}"), 1).await;
        }
        sold(&app, "last", 2).await;
        let compared = found(&app).await;
        assert_eq!(compared.counts(), Counts { theirs_only: 121, ..matched(1) });
    }

    /// One that is confirmed between both questions is in both answers.
    async fn a_payment_that_changes_meanwhile_is_one(app: TestApp) {
        let id = sold(&app, "stranger", 700).await;
        let proxy = proxy(&app).await;
        let active = format!("<p><paymentID>{id}</paymentID><paymentRef>stranger</paymentRef><status>active</status></p>");
        proxy.rewrite("<startBookmark>1<", "<payments></payments>", &active);
        let compared = listed(&app, |config| config.sandbox.listen = proxy.address).await.unwrap();
        let told = text(&compared);
        assert_eq!(compared.counts(), Counts { theirs_only: 1, ..matched(0) }, "{told}");
        assert!(told.contains("theirs=listed/700 "), "{told}");
    }

    async fn a_list_that_is_not_had_is_told_and_the_rest_is_compared(app: TestApp) {
        let token = app.add_card(HUMO).await;
        app.ordered(debit_params(HUMO, &token, 500)).await;
        sold(&app, "stranger", 700).await;
        app.sell_past_the_gateway("other", 701).await;
        let proxy = proxy(&app).await;
        let behind = |config: &mut Config| config.sandbox.listen = proxy.address;
        let incomplete = |compared: ComparisonReport, theirs_only: usize, why: &str| {
            let told = text(&compared);
            let expected = Counts { theirs_only, lacks_list: true, ..matched(1) };
            assert_eq!(compared.counts(), expected, "{told}");
            assert_eq!(compared.counts().verdict(), Verdict::Incomplete);
            let said = format!(" {theirs_only} theirs only (the list could not be read whole: ");
            assert!(told.contains(&said) && told.contains(why), "{why}: {told}");
        };
        // What is refused of one status is lacking alone.
        app.refuse_once(HUMO, "lookup", "904").await;
        incomplete(found(&app).await, 1, "refused with action code 904");
        app.fail_once(HUMO, "lookup", "garbage_after").await;
        incomplete(found(&app).await, 1, "HTTP 200");
        // HUMO's word for nothing.
        app.refuse_once(HUMO, "lookup", "914").await;
        assert_eq!(found(&app).await.counts(), Counts { theirs_only: 1, ..matched(1) });
        // It takes no bookmarks.
        proxy.rewrite(LIST, "<payments></payments>", "<p><paymentRef>again</paymentRef></p>");
        incomplete(listed(&app, behind).await.unwrap(), 3, "only repeat themselves");
        proxy.rewrite_nothing();
        // What it says in place of the next page is no end.
        proxy.rewrite("<startBookmark>2<", "<payments></payments>", "<error>96</error>");
        incomplete(listed(&app, behind).await.unwrap(), 2, "no payment is recognised in Body(GetPaymentListResponse(error))");
        proxy.rewrite_nothing();
        // How many there are in all stands on each page.
        proxy.rewrite(LIST, "<payments>", "<total>2</total><payments>");
        assert_eq!(listed(&app, behind).await.unwrap().counts(), Counts { theirs_only: 2, ..matched(1) });
        proxy.rewrite_nothing();
        // Nothing in it is a payment.
        for name in ["paymentRef", "paymentID"] {
            proxy.rewrite(LIST, &format!("{name}>"), "odd>");
        }
        incomplete(listed(&app, behind).await.unwrap(), 0, "(payments(payment(odd status details(");
    }

    async fn each_originator_is_asked_once(app: TestApp) {
        sold(&app, "stranger", 700).await;
        let proxy = proxy(&app).await;
        proxy.heard();
        let account = |originator: Option<&str>| HumoAccount {
            originator: originator.map(str::to_owned),
            ..HumoAccount::default()
        };
        let compared = listed(&app, |config| {
            config.sandbox.listen = proxy.address;
            for (name, originator) in [("same", None), ("second", Some("second")), ("third", Some("second"))] {
                config.humo.accounts.insert(name.to_owned(), account(originator));
            }
        });
        let counts = compared.await.unwrap().counts();
        assert_eq!(counts, Counts { theirs_only: 1, ..matched(0) });
        let heard = proxy.heard();
        let asked = |originator: &str| {
            let beginning = format!("<paymentOriginator>{originator}</paymentOriginator>");
            let first = "<startBookmark>1</startBookmark><endBookmark>100</endBookmark>";
            let asked = heard.iter().filter(|(_, body)| body.contains(&beginning) && body.contains(first));
            asked.count()
        };
        assert_eq!((asked("aloqa"), asked("second")), (2, 2), "{heard:?}");
        let period = "<dateFrom>20261121000000</dateFrom><dateTo>20261121235959</dateTo>";
        assert!(heard.iter().all(|(_, body)| body.contains(period)), "{heard:?}");
    }
}
