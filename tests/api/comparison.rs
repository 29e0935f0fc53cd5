//! The daily comparison with the networks' own books: what matches, and every way in which it may not.

use aloqa_gateway::comparison::receipts::receipts;
use aloqa_gateway::comparison::report::{ComparisonReport, Counts, Verdict};
use aloqa_gateway::comparison::{CompareError, Sources, compare};
use aloqa_gateway::config::Config;
use aloqa_gateway::database::Connection as _;
use aloqa_gateway::domain::day::Day;
use aloqa_gateway::start::card_networks;
use entity::transaction::Status;
use rpc_schema::values::Network;
use sea_orm::Statement;
use serde_json::{Value, json};

use test_support::*;

/// The day on which the tests' clock begins, at ten o'clock.
const TODAY: &str = "2026-11-21";
const HOUR_MS: i64 = 3_600 * 1_000;
const BOTH: [(Network, TestCard); 2] = [(Network::Uzcard, UZCARD), (Network::Humo, HUMO)];

on_each_database! {
    async fn whatever_the_gateway_did_matches(app: TestApp) {
        let [uzcard, humo] = [app.add_card(UZCARD).await, app.add_card(HUMO).await];
        for (card, token) in [(UZCARD, &uzcard), (HUMO, &humo)] {
            app.ordered(debit_params(card, token, 1_000)).await;
            let given_back = app.ordered(debit_params(card, token, 1_001)).await;
            app.result("transactions.debit.reverse", the(given_back)).await;
            app.ordered(hold_params(card, token, 1_002)).await;
            let charged = app.ordered(hold_params(card, token, 1_003)).await;
            app.result("transactions.debit.hold.charge", the(charged)).await;
            app.result("transactions.debit.reverse", the(charged)).await;
            let released = app.ordered(hold_params(card, token, 1_004)).await;
            app.result("transactions.debit.hold.cancel", the(released)).await;
            // Refused; without a connection; and a reversal that the network refuses.
            app.refuse_once(card, "pay", card.refusing_code().0).await;
            app.error("transactions.debit", debit_params(card, token, 1_005)).await;
            let stays = app.ordered(debit_params(card, token, 1_006)).await;
            app.refuse_once(card, "reverse", card.refusing_code().0).await;
            app.error("transactions.debit.reverse", the(stays)).await;
        }
        // A sale that is cancelled, and a transfer whose debit is given back.
        app.refuse_once(HUMO, "confirm", "104").await;
        app.error("transactions.debit", debit_params(HUMO, &humo, 1_007)).await;
        for direction in DIRECTIONS {
            let token = if direction.from == HUMO { &humo } else { &uzcard };
            app.transferred(direction, direction.params(token, 10_000)).await;
            if direction.is_across() {
                app.refuse_once(direction.to, "credit", direction.to.refusing_code().0).await;
                app.error(direction.method, direction.params(token, 10_001)).await;
            }
        }
        // A refusal that comes in a result is a payment that SVGate does not list.
        let card = TestCard::forcing(sandbox::Network::Uzcard, sandbox::Outcome::DeclinedInResult);
        let token = app.add_card(card).await;
        app.error("transactions.debit", debit_params(card, &token, 1_008)).await;
        app.assert_settled().await;

        // By UZCARD: 3 debits, 3 holds, a charge, a refusal, another in a result; a transfer, the debits and credits of two each.
        let compared = app.compare(Network::Uzcard, TODAY).await;
        assert_eq!(compared.counts(), matched(14), "{}", text(&compared));
        // By HUMO: 3 debits, 3 holds, a refusal, a cancelled sale; a transfer, the debits and credits of two each.
        let compared = app.compare(Network::Humo, TODAY).await;
        assert_eq!(compared.counts(), matched(13), "{}", text(&compared));
        let told = text(&compared);
        for state in ["done", "reversed", "held", "freed", "declined", "credited"] {
            assert!(told.contains(&format!("ours={state}/")), "{state}: {told}");
        }
        for card in [UZCARD, UZCARD_2, HUMO, HUMO_2] {
            assert!(!told.contains(card.pan), "{told}");
        }
        // Other days have nothing.
        for day in ["2026-11-20", "2025-01-01"] {
            for (network, _) in BOTH {
                assert_eq!(app.compare(network, day).await.counts(), matched(0));
            }
        }
    }

    /// What is given back in parts is compared part by part, and so is a part that somebody else has given back.
    async fn parts_are_payments_of_their_own(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let part = |id: i64, amount: i64, ext_id: &str| json!({"transactionId": id, "amount": amount, "extId": ext_id});
        let paid = app.ordered(debit_params(UZCARD, &token, 1_000)).await;
        app.result("transactions.debit.reverse", part(paid, 300, "a")).await;
        app.result("transactions.debit.reverse", the(paid)).await;
        let held = app.ordered(hold_params(UZCARD, &token, 1_001)).await;
        let some = json!({"transactionId": held, "amount": 400});
        app.result("transactions.debit.hold.charge", some).await;
        app.result("transactions.debit.reverse", part(held, 100, "b")).await;
        app.refuse_once(UZCARD, "reverse", "-246").await;
        app.error("transactions.debit.reverse", part(held, 100, "c")).await;
        let other = app.ordered(debit_params(UZCARD, &token, 1_002)).await;
        app.reverse_part_past_the_gateway(other, 10, "stranger").await;
        // Two payments and four parts of them, a hold, its charge, and a stranger's part.
        let compared = app.compare(Network::Uzcard, TODAY).await;
        let expected = Counts { theirs_only: 1, ..matched(8) };
        let told = text(&compared);
        assert_eq!(compared.counts(), expected, "{told}");
        for state in ["ours=reversed_in_parts/1000", "ours=given_back/300", "ours=given_back/700", "ours=done/400"] {
            assert!(told.contains(state), "{state}: {told}");
        }

        // Of HUMO's hold, what was taken is compared.
        let token = app.add_card(HUMO).await;
        let held = app.ordered(hold_params(HUMO, &token, 1_001)).await;
        let some = json!({"transactionId": held, "amount": 400});
        app.result("transactions.debit.hold.charge", some).await;
        let compared = app.compare(Network::Humo, TODAY).await;
        assert_eq!(compared.counts(), matched(1), "{}", text(&compared));
    }

    async fn what_only_the_network_has_is_found(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        app.ordered(debit_params(UZCARD, &token, 500)).await;
        app.pay_past_the_gateway("stranger", 700).await;
        // Whoever writes there may write anything.
        app.pay_past_the_gateway(UZCARD_2.pan, 701).await;
        let compared = app.compare(Network::Uzcard, TODAY).await;
        let expected = Counts { theirs_only: 2, ..matched(1) };
        assert_eq!(compared.counts(), expected);
        let told = text(&compared);
        assert!(line(&told, "stranger").starts_with("THEIRS_ONLY UZCARD stranger ours=- theirs=listed/700 number="), "{told}");
        assert!(line(&told, "listed/701").contains("860049*****3347") && !told.contains(UZCARD_2.pan), "{told}");
        assert_eq!(compared.counts().verdict(), Verdict::NotMatched);
    }

    /// The most important finding: the partner was told that the payment had failed.
    async fn what_we_hold_for_declined_and_the_network_carried_out_is_found(app: TestApp) {
        for (network, card) in BOTH {
            let token = app.add_card(card).await;
            app.ordered(debit_params(card, &token, 500)).await;
            let lost = app.ordered(debit_params(card, &token, 600)).await;
            app.write_call(lost, "state = 'declined'").await;
            let compared = app.compare(network, TODAY).await;
            let expected = Counts { differing: 1, ..matched(1) };
            assert_eq!(compared.counts(), expected, "{}", text(&compared));
            let told = text(&compared);
            let found = line(&told, "DIFFERING");
            assert!(found.contains("ours=declined/600") && found.contains("done/600"), "{told}");
            assert!(found.contains("differs=state"), "{told}");
            assert_eq!(compared.counts().verdict(), Verdict::NotMatched);
        }
        // HUMO's second call alone: blocked money that nobody may keep.
        let token = app.add_card(HUMO_2).await;
        let kept = app.ordered(debit_params(HUMO_2, &token, 700)).await;
        app.write_call(kept, "state = CASE action WHEN 'confirm' THEN 'declined' ELSE state END").await;
        app.write_status(kept, Status::Declined).await;
        let told = text(&app.compare(Network::Humo, TODAY).await);
        assert!(line(&told, "/700").contains("ours=freed/700 theirs=done/700 differs=state"), "{told}");
    }

    async fn another_amount_is_found(app: TestApp) {
        for (network, card) in BOTH {
            let token = app.add_card(card).await;
            let wrong = app.ordered(debit_params(card, &token, 500)).await;
            app.write_call(wrong, "amount = 499").await;
            let compared = app.compare(network, TODAY).await;
            assert_eq!(compared.counts(), Counts { differing: 1, ..matched(0) });
            let told = text(&compared);
            let found = line(&told, "DIFFERING");
            assert!(found.contains("ours=done/499") && found.contains("/500 differs=amount"), "{told}");
        }
    }

    async fn what_only_we_have_is_found(app: TestApp) {
        for (network, card) in BOTH {
            let token = app.add_card(card).await;
            let id = app.ordered(debit_params(card, &token, 500)).await;
            app.write_call(id, "reference = 'x' || id").await;
            let compared = app.compare(network, TODAY).await;
            // UZCARD's list now has a row that nobody knows; HUMO has no list.
            let theirs_only = usize::from(network == Network::Uzcard);
            let expected = Counts { ours_only: 1, theirs_only, ..matched(0) };
            assert_eq!(compared.counts(), expected, "{}", text(&compared));
            let told = text(&compared);
            assert!(line(&told, "OURS_ONLY").contains("ours=done/500 theirs=absent"), "{told}");
        }
    }

    async fn a_reversal_that_only_one_side_has_is_found(app: TestApp) {
        for (network, card) in BOTH {
            let token = app.add_card(card).await;
            // Ours says that it was refused.
            let refused = app.ordered(debit_params(card, &token, 500)).await;
            app.result("transactions.debit.reverse", the(refused)).await;
            app.write_call(refused, "state = CASE action WHEN 'reverse' THEN 'declined' ELSE state END").await;
            // Ours says that it was carried out.
            let stands = app.ordered(debit_params(card, &token, 600)).await;
            app.refuse_once(card, "reverse", card.refusing_code().0).await;
            app.error("transactions.debit.reverse", the(stands)).await;
            app.write_call(stands, "state = 'approved'").await;
            let compared = app.compare(network, TODAY).await;
            let told = text(&compared);
            assert_eq!(compared.counts(), Counts { differing: 2, ..matched(0) }, "{told}");
            let found = line(&told, "ours=done/500");
            assert!(found.contains("undone/500 differs=state"), "{told}");
            let found = line(&told, "ours=reversed/600");
            assert!(found.contains("done/600 differs=state"), "{told}");
        }
    }

    /// The list has a payment for as long as the day, whatever became of it later.
    async fn what_somebody_else_reversed_charged_or_released_is_found(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let paid = app.result("transactions.debit", debit_params(UZCARD, &token, 500)).await;
        app.ordered(debit_params(UZCARD, &token, 501)).await;
        let mut holds = Vec::new();
        for amount in [600, 601, 602] {
            app.ordered(hold_params(UZCARD, &token, amount)).await;
            holds.push(app.ledger().await.last().unwrap()["reference"].clone());
        }
        assert_eq!(app.compare(Network::Uzcard, TODAY).await.counts(), matched(5));
        app.svgate("trans.reverse", json!({"tranId": paid["refNum"]})).await;
        let terminal = json!({"merchantId": "90001", "terminalId": "92400001"});
        let dismiss = with(terminal.clone(), json!({"holdId": holds[0], "amount": 600}));
        app.svgate("hold.dismiss", json!({"hold": dismiss})).await;
        let charge = json!({"holdId": holds[1], "amount": 601, "ext": "stranger", "port": "", "stan": "000001"});
        app.svgate("hold.dismiss.charge", json!({"hold": with(terminal, charge)})).await;
        let compared = app.compare(Network::Uzcard, TODAY).await;
        let told = text(&compared);
        let expected = Counts { differing: 3, theirs_only: 1, ..matched(2) };
        assert_eq!(compared.counts(), expected, "{told}");
        for found in ["ours=done/500 theirs=listed/500,undone/500", "ours=held/600 theirs=undone/600", "ours=held/601 theirs=done/601"] {
            assert!(told.contains(found), "{found}: {told}");
        }
    }

    async fn receipts_that_are_not_registered_are_told(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let fault = json!({"network": "FISCAL", "operation": "any", "kind": "http_500_before", "times": 1});
        let mut ids = Vec::new();
        for fails in [false, true, true] {
            if fails {
                app.fault(fault.clone()).await;
            }
            let params = UZCARD_TO_UZCARD.params(&token, 10_000);
            ids.push(app.transferred(UZCARD_TO_UZCARD, params).await);
        }
        let database = &app.running.gateway.database;
        let refused = format!("UPDATE transfer SET fiscal = 'refused', fiscal_cause = 'HTTP 422' WHERE transaction_id = {}", ids[2]);
        database.run_sql(&refused).await.unwrap();
        let told = async || {
            let gateway = &app.running.gateway;
            let sources = Sources {
                database: &gateway.database,
                networks: &gateway.networks,
                clock: app.clock.as_ref(),
                progress: &|_| {},
            };
            let found = receipts(&sources, Day::from_iso(TODAY).unwrap()).await.unwrap();
            let mut page = Vec::new();
            found.write(&mut page).unwrap();
            (String::from_utf8(page).unwrap(), found.verdict())
        };
        let (page, verdict) = told().await;
        for line in [
            format!("RECEIPT     transaction={} due attempts=1\n", ids[1]),
            format!("RECEIPT     transaction={} refused why=\"HTTP 422\"\n", ids[2]),
            "2026-11-21 receipts: 1 registered, 1 due, 1 refused; the fiscal service cannot be asked which it has\n".to_owned(),
        ] {
            assert!(page.contains(&line), "{line}: {page}");
        }
        assert_eq!(verdict, Verdict::NotMatched);
        let none = format!("UPDATE transfer SET fiscal = 'none' WHERE transaction_id = {}", ids[2]);
        database.run_sql(&none).await.unwrap();
        assert_eq!(told().await.1, Verdict::AllMatched);
        app.clock.advance_ms(48 * HOUR_MS);
        let (page, verdict) = told().await;
        assert!(page.contains("due attempts=1 overdue"), "{page}");
        assert_eq!(verdict, Verdict::NotMatched);
    }

    async fn what_is_unsettled_counts_after_a_day_or_when_recovery_has_given_up(app: TestApp) {
        for (network, card) in BOTH {
            let token = app.add_card(card).await;
            let open = app.ordered(debit_params(card, &token, 500)).await;
            // Never due, so that no recovery settles it meanwhile.
            let unknown = "state = 'unknown', settled_at = NULL, next_check_at = 9000000000000000";
            app.write_call(open, unknown).await;
            let compared = app.compare(network, TODAY).await;
            let expected = Counts { unsettled: 1, ..matched(0) };
            assert_eq!(compared.counts(), expected, "{}", text(&compared));
            assert_eq!(compared.counts().verdict(), Verdict::AllMatched);
            let told = text(&compared);
            let found = line(&told, "UNSETTLED");
            assert!(found.contains("ours=unsettled/500 since=2026-11-21") && found.contains("done/500"), "{told}");
            app.write_status(open, Status::Manual).await;
            let compared = app.compare(network, TODAY).await;
            assert_eq!(compared.counts(), Counts { overdue: 1, ..expected });
            app.write_status(open, Status::Processing).await;
            app.clock.advance_ms(24 * HOUR_MS);
            let compared = app.compare(network, TODAY).await;
            assert_eq!(compared.counts(), Counts { overdue: 1, ..expected });
            assert_eq!(compared.counts().verdict(), Verdict::NotMatched);
            app.clock.advance_ms(-24 * HOUR_MS);
        }
    }

    /// A hold of SVGate is asked about by its id. One whose outcome nobody knows has none, and is not forgotten.
    async fn an_unsettled_hold_of_uzcard_is_told(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let id = app.ordered(hold_params(UZCARD, &token, 500)).await;
        assert_eq!(app.compare(Network::Uzcard, TODAY).await.counts(), matched(1));
        app.write_call(id, "state = 'unknown', settled_at = NULL, next_check_at = 9000000000000000").await;
        let compared = app.compare(Network::Uzcard, TODAY).await;
        assert_eq!(compared.counts(), Counts { unsettled: 1, ..matched(0) });
        assert!(text(&compared).contains("action=hold ours=unsettled/500"));
    }

    async fn clocks_that_differ_at_midnight_raise_no_alarm(app: TestApp) {
        // A second after midnight by the network's clock.
        app.clock.advance_ms(14 * HOUR_MS + 1_000);
        let (yesterday, today) = (TODAY, "2026-11-22");
        for (network, card) in BOTH {
            let token = app.add_card(card).await;
            let id = app.ordered(debit_params(card, &token, 500)).await;
            app.write_call(id, "sent_at = sent_at - 2000, settled_at = settled_at - 2000").await;
            assert_eq!(app.compare(network, yesterday).await.counts(), matched(1), "{network:?}");
            // Today's list has it, though by our clock it belongs to yesterday.
            let listed = usize::from(network == Network::Uzcard);
            assert_eq!(app.compare(network, today).await.counts(), matched(listed));
        }
        // The other way round: our clock is ahead.
        app.clock.advance_ms(-2_000);
        for card in [UZCARD_2, HUMO_2] {
            let token = app.add_card(card).await;
            let id = app.ordered(debit_params(card, &token, 600)).await;
            app.write_call(id, "sent_at = sent_at + 2000, settled_at = settled_at + 2000").await;
        }
        app.clock.advance_ms(2_000);
        assert_eq!(app.compare(Network::Uzcard, yesterday).await.counts(), matched(2));
        assert_eq!(app.compare(Network::Uzcard, today).await.counts(), matched(2));
        assert_eq!(app.compare(Network::Humo, today).await.counts(), matched(1));
    }

    /// Far from midnight, another day is not explained by clocks: the network's books of the day lack the payment.
    async fn a_payment_on_another_day_of_the_network_is_found(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let id = app.ordered(debit_params(UZCARD, &token, 500)).await;
        let day_ms = 24 * HOUR_MS;
        app.write_call(id, &format!("sent_at = sent_at - {day_ms}, settled_at = settled_at - {day_ms}")).await;
        let compared = app.compare(Network::Uzcard, "2026-11-20").await;
        assert_eq!(compared.counts(), Counts { ours_only: 1, ..matched(0) });
        assert!(text(&compared).contains("ours=done/500 theirs=done/500"), "{}", text(&compared));
    }

    async fn what_is_done_later_with_a_payment_is_compared_on_both_days(app: TestApp) {
        let mut ids = Vec::new();
        for (_, card) in BOTH {
            let token = app.add_card(card).await;
            ids.push(app.ordered(debit_params(card, &token, 500)).await);
            let held = app.ordered(hold_params(card, &token, 600)).await;
            app.clock.advance_ms(24 * HOUR_MS);
            app.result("transactions.debit.hold.charge", the(held)).await;
            app.clock.advance_ms(-24 * HOUR_MS);
        }
        app.clock.advance_ms(24 * HOUR_MS);
        for id in ids {
            app.result("transactions.debit.reverse", the(id)).await;
        }
        for day in [TODAY, "2026-11-22"] {
            for (network, _) in BOTH {
                let compared = app.compare(network, day).await;
                // SVGate's charge is a payment of its own beside its hold.
                let payments = if network == Network::Uzcard { 3 } else { 2 };
                assert_eq!(compared.counts(), matched(payments), "{day}: {}", text(&compared));
            }
        }
    }

    async fn a_list_of_many_pages_is_read_to_its_end(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        for amount in 1..=7 {
            app.ordered(debit_params(UZCARD, &token, amount)).await;
        }
        for page_size in [1, 2, 7, 100] {
            let compared = app
                .compare_with(Network::Uzcard, |config| config.history.page_size = page_size)
                .await
                .unwrap();
            assert_eq!(compared.counts(), matched(7), "{page_size} a page");
        }
    }

    async fn a_network_that_cannot_be_asked_is_no_match(app: TestApp) {
        for (_, card) in BOTH {
            let token = app.add_card(card).await;
            app.ordered(debit_params(card, &token, 500)).await;
        }
        let closed = |config: &mut Config| config.sandbox.listen = closed_port();
        let failed = app.compare_with(Network::Uzcard, closed).await;
        assert!(matches!(failed, Err(CompareError::Network { network: Network::Uzcard, .. })), "{failed:?}");
        let compared = app.compare_with(Network::Humo, closed).await.unwrap();
        assert_eq!(compared.counts(), Counts { unanswered: 1, ..matched(0) });
        assert_eq!(compared.counts().verdict(), Verdict::Incomplete);
        assert!(text(&compared).contains("theirs=unanswered why="));

        // A single answer that goes astray is asked for again; a list that goes astray cannot be read in part.
        app.fail_once(HUMO, "lookup", "reset_before").await;
        assert_eq!(app.compare(Network::Humo, TODAY).await.counts(), matched(1));
        app.fail_once(UZCARD, "lookup", "garbage_after").await;
        assert!(app.try_compare(Network::Uzcard, TODAY).await.is_err());
        assert_eq!(app.compare(Network::Uzcard, TODAY).await.counts(), matched(1));

        // With many payments, the comparison gives up on a network that is down instead of asking about each.
        let token = app.add_card(HUMO_2).await;
        for _ in 0..16 {
            app.ordered(debit_params(HUMO_2, &token, 10)).await;
        }
        let failed = app.compare_with(Network::Humo, closed).await;
        assert!(matches!(failed, Err(CompareError::Network { network: Network::Humo, .. })), "{failed:?}");
    }

    /// What changes on our side while the network answers does not count as a difference.
    async fn a_reversal_in_the_midst_of_the_comparison_raises_no_alarm(app: TestApp) {
        let token = app.add_card(HUMO).await;
        let id = app.ordered(debit_params(HUMO, &token, 500)).await;
        let late = json!({"network": "HUMO", "operation": "lookup", "kind": "delay", "delayMs": 1_500, "times": 1});
        app.fault(late).await;
        let (compared, ()) = tokio::join!(app.compare_with(Network::Humo, patient), async {
            app.faults_are_taken().await;
            app.result("transactions.debit.reverse", the(id)).await;
        });
        let compared = compared.unwrap();
        assert_eq!(compared.counts(), matched(1), "{}", text(&compared));
    }

    async fn a_day_that_has_not_begun_is_refused(app: TestApp) {
        let failed = app.try_compare(Network::Humo, "2026-11-22").await;
        assert!(matches!(failed, Err(CompareError::NotBegun(_))), "{failed:?}");
    }

    /// Several gateways have one database: the rows of all are compared, in the order of their numbers or not.
    async fn the_payments_of_all_gateways_are_compared(app: TestApp) {
        let other = app.another().await;
        let token = app.add_card(UZCARD).await;
        for amount in 1..=6 {
            let by = if amount % 2 == 0 { &other } else { &app };
            let id = by.ordered(debit_params(UZCARD, &token, amount)).await;
            // As if their clocks differed by minutes.
            app.write_call(id, &format!("sent_at = sent_at + {}", (amount % 2) * 600_000)).await;
        }
        assert_eq!(app.compare(Network::Uzcard, TODAY).await.counts(), matched(6));
        // The day is found among days without an index to lead there.
        for _ in 0..3 {
            app.clock.advance_ms(48 * HOUR_MS);
            app.ordered(debit_params(UZCARD, &token, 7)).await;
        }
        assert_eq!(app.compare(Network::Uzcard, TODAY).await.counts(), matched(6));
        assert_eq!(app.compare(Network::Uzcard, "2026-11-23").await.counts(), matched(1));
    }
}

fn the(transaction_id: i64) -> Value {
    json!({"transactionId": transaction_id})
}

fn hold_params(card: TestCard, token: &str, amount: i64) -> Value {
    with(debit_params(card, token, amount), json!({"is_hold": true}))
}

pub(crate) fn matched(matched: usize) -> Counts {
    Counts {
        matched,
        ..Counts::default()
    }
}

/// What the command prints, without the padding of its columns.
pub(crate) fn text(compared: &ComparisonReport) -> String {
    let mut out = Vec::new();
    compared.write(&mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    text.lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ") + "\n")
        .collect()
}

/// The first line with these words.
#[track_caller]
pub(crate) fn line<'a>(text: &'a str, words: &str) -> &'a str {
    let found = text.lines().find(|line| line.contains(words));
    found.unwrap_or_else(|| panic!("no {words:?} in {text}"))
}

/// What the tests of the comparison ask of a gateway.
pub(crate) trait Compares {
    async fn compare(&self, network: Network, day: &str) -> ComparisonReport;

    async fn try_compare(
        &self,
        network: Network,
        day: &str,
    ) -> Result<ComparisonReport, CompareError>;

    /// Compares the first day with clients of its own, as the command has them; `adjust` changes their settings.
    async fn compare_with(
        &self,
        network: Network,
        adjust: impl FnOnce(&mut Config),
    ) -> Result<ComparisonReport, CompareError> {
        self.compare_on(TODAY, network, adjust).await
    }

    /// The same of any day.
    async fn compare_on(
        &self,
        day: &str,
        network: Network,
        adjust: impl FnOnce(&mut Config),
    ) -> Result<ComparisonReport, CompareError>;

    /// Changes the rows of a transaction's calls behind the gateway's back.
    async fn write_call(&self, transaction_id: i64, change: &str);
}

impl Compares for TestApp {
    async fn compare(&self, network: Network, day: &str) -> ComparisonReport {
        self.try_compare(network, day).await.unwrap()
    }

    async fn try_compare(
        &self,
        network: Network,
        day: &str,
    ) -> Result<ComparisonReport, CompareError> {
        let gateway = &self.running.gateway;
        let sources = Sources {
            database: &gateway.database,
            networks: &gateway.networks,
            clock: self.clock.as_ref(),
            progress: &|_| {},
        };
        compare(&sources, network, Day::from_iso(day).unwrap()).await
    }

    async fn compare_on(
        &self,
        day: &str,
        network: Network,
        adjust: impl FnOnce(&mut Config),
    ) -> Result<ComparisonReport, CompareError> {
        let mut config = self.config.clone();
        config.sandbox.listen = self.running.sandbox_address.unwrap();
        adjust(&mut config);
        let networks = card_networks(&config).unwrap();
        let sources = Sources {
            database: &self.running.gateway.database,
            networks: &networks,
            clock: self.clock.as_ref(),
            progress: &|_| {},
        };
        compare(&sources, network, Day::from_iso(day).unwrap()).await
    }

    async fn write_call(&self, transaction_id: i64, change: &str) {
        let statement = format!(
            "UPDATE processing_request SET {change} WHERE transaction_id = {transaction_id}"
        );
        let database = &self.running.gateway.database;
        let written = Statement::from_string(database.backend(), &statement);
        let changed = database.run_statement(written).await.unwrap();
        assert!(changed > 0, "{statement}");
    }
}
