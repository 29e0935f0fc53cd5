//! `aloqa-gateway report`: a partner's day agrees with what the partner is told and with what the networks have.

use std::collections::BTreeMap;

use aloqa_gateway::comparison::payment::PaymentState;
use entity::processing_request::Action;
use rpc_schema::values::Network;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::comparison::Compares as _;
use test_support::*;

/// The day on which the tests' clock begins, at ten o'clock.
const TODAY: &str = "2026-11-21";
const DAY_MS: i64 = 24 * 3_600 * 1_000;

/// What was taken and what was given back, tiyin.
type Moved = (i64, i64);

on_each_database! {
    async fn a_day_agrees_with_the_list_and_with_the_comparison(app: TestApp) {
        let [uzcard, humo] = [app.add_card(UZCARD).await, app.add_card(HUMO).await];
        // Another partner's, which is in no report of this one.
        let other = app.add_partner("other", &["*"]).await;
        let token = app.add_card_as(&other, HUMO_2).await;
        app.call_as(&other, "transactions.debit", debit_params(HUMO_2, &token, 9_000)).await;
        for (card, token) in [(UZCARD, &uzcard), (HUMO, &humo)] {
            app.ordered(with(debit_params(card, token, 1_000), json!({"extId": format!("first-{}", card.network())}))).await;
            let reversed = app.ordered(debit_params(card, token, 1_001)).await;
            app.result("transactions.debit.reverse", json!({"transactionId": reversed})).await;
            let hold = |amount: i64| with(debit_params(card, token, amount), json!({"is_hold": true}));
            app.ordered(hold(1_002)).await;
            let charged = app.ordered(hold(1_003)).await;
            app.result("transactions.debit.hold.charge", json!({"transactionId": charged, "amount": 800})).await;
            let released = app.ordered(hold(1_004)).await;
            app.result("transactions.debit.hold.cancel", json!({"transactionId": released})).await;
            app.refuse_once(card, "pay", card.refusing_code().0).await;
            app.error("transactions.debit", debit_params(card, token, 1_005)).await;
        }
        let part = app.ordered(debit_params(UZCARD, &uzcard, 1_006)).await;
        app.result("transactions.debit.reverse", json!({"transactionId": part, "amount": 300, "extId": "part-1"})).await;
        for direction in DIRECTIONS {
            let token = if direction.from == HUMO { &humo } else { &uzcard };
            app.transferred(direction, direction.params(token, 10_000)).await;
        }
        app.assert_settled().await;
        let told = app.result("transactions.list", json!({"from": TODAY, "to": TODAY, "size": 100})).await;
        let told = told["transactions"].as_array().unwrap();
        assert_eq!(told.len(), 17);

        let (lines, totals) = app.report("demo", TODAY);
        // As `transactions.list` has them, which begins with the newest.
        let newest_first: Vec<&Value> = lines.iter().rev().collect();
        assert_eq!(newest_first.len(), told.len());
        for (line, told) in newest_first.into_iter().zip(told) {
            for member in ["transactionId", "extId", "kind", "status", "network", "amount", "fee", "capturedAmount", "reversedAmount"] {
                assert_eq!(line[member], told[member], "{member}: {line} {told}");
            }
            let card = if line["network"] == "HUMO" { HUMO } else { UZCARD };
            assert_eq!(line["card"], card.mask().as_str(), "{line}");
            assert!(line["createdAt"].as_str().unwrap().starts_with("2026-11-21T10:"), "{line}");
        }

        // As both networks have them: the same payments under the same references, and the same sums.
        let mut moved: BTreeMap<i64, Moved> = BTreeMap::new();
        let mut references = Vec::new();
        for network in [Network::Uzcard, Network::Humo] {
            let compared = app.compare(network, TODAY).await;
            assert_eq!(compared.counts().matched, compared.rows.len());
            for row in compared.rows {
                let ours = row.ours.unwrap();
                references.push(ours.reference.clone());
                let (taken, given_back) = moved.entry(ours.transaction_id.0).or_default();
                let is_charged_hold = network == Network::Uzcard && ours.action == Action::Hold;
                match ours.state {
                    // Its charge is a payment of its own.
                    PaymentState::Done if is_charged_hold => {}
                    PaymentState::Reversed => {
                        *taken += ours.amount;
                        *given_back += ours.amount;
                    }
                    PaymentState::GivenBack => *given_back += ours.amount,
                    PaymentState::Done | PaymentState::ReversedInParts | PaymentState::Credited => *taken += ours.amount,
                    PaymentState::Declined | PaymentState::Freed | PaymentState::Held | PaymentState::Unsettled { .. } => {}
                }
            }
        }
        let mut of_day = Vec::new();
        for line in &lines {
            let (mut taken, given_back) = moved[&line["transactionId"].as_i64().unwrap()];
            if line["kind"] == "transfer" {
                // Between the networks the money moves twice: with the fee from the sender, without it to the recipient.
                let legs = line["payments"].as_array().unwrap();
                if legs.iter().any(|leg| leg["action"] == "credit") {
                    taken -= line["amount"].as_i64().unwrap() + line["fee"].as_i64().unwrap();
                }
                assert_eq!(taken, line["amount"].as_i64().unwrap(), "{line}");
            } else {
                assert_eq!(taken, line["capturedAmount"].as_i64().unwrap_or(0), "{line}");
                assert_eq!(given_back, line["reversedAmount"].as_i64().unwrap_or(0), "{line}");
            }
            let payments = line["payments"].as_array().unwrap();
            of_day.extend(payments.iter().map(|one| one["reference"].as_str().unwrap().to_owned()));
        }
        // The other partner's payment is the one that the networks have besides.
        references.sort_unstable();
        of_day.sort_unstable();
        assert_eq!(of_day.len() + 1, references.len());
        assert!(of_day.iter().all(|reference| references.contains(reference)));

        let total = |kind: &str, network: &str, sums: [i64; 5]| json!({
            "kind": kind, "network": network,
            "count": sums[0], "paid": sums[1], "taken": sums[2], "fee": sums[3], "reversed": sums[4],
        });
        let fees = |network: &str| -> i64 {
            let of = lines.iter().filter(|line| line["kind"] == "transfer" && line["network"] == network);
            of.map(|line| line["fee"].as_i64().unwrap()).sum()
        };
        assert_eq!(totals["totals"], json!([
            total("debit", "HUMO", [3, 2, 2_001, 0, 1_001]),
            total("debit", "UZCARD", [4, 3, 3_007, 0, 1_301]),
            total("hold", "HUMO", [3, 1, 800, 0, 0]),
            total("hold", "UZCARD", [3, 1, 800, 0, 0]),
            total("transfer", "HUMO", [2, 2, 20_000, fees("HUMO"), 0]),
            total("transfer", "UZCARD", [2, 2, 20_000, fees("UZCARD"), 0]),
        ]));
        assert_eq!(app.report("other", TODAY).0.len(), 1);
        assert_eq!(app.report("demo", "2026-11-20").0.len(), 0);

        // As text and for spreadsheets.
        let words = app.command(&["report", "--partner", "demo", "--day", TODAY]);
        assert!(words.contains("partner demo, 2026-11-21 (Tashkent), 17 transactions, in tiyin:"), "{words}");
        let csv = app.command(&["report", "--partner", "demo", "--day", TODAY, "--csv"]);
        let rows: Vec<&str> = csv.split_terminator("\r\n").collect();
        assert_eq!(rows.len(), 18, "{csv}");
        assert!(rows[0].starts_with("transaction,ext_id,at,kind,"), "{csv}");
        assert!(rows[1].contains(",first-UZCARD,2026-11-21T10:"), "{csv}");
        // Each that took money has the number that its network gave it.
        let column = |row: &str, name: &str| {
            let at = rows[0].split(',').position(|column| column == name).unwrap();
            row.split(',').nth(at).unwrap().to_owned()
        };
        for row in &rows[1..] {
            let is_numbered = !column(row, "number").is_empty();
            assert_eq!(is_numbered, column(row, "status") != "declined", "{row}");
            assert!(!column(row, "reference").is_empty(), "{row}");
        }
        for output in [&words, &csv] {
            for card in [UZCARD, UZCARD_2, HUMO, HUMO_2] {
                assert!(!output.contains(card.pan), "{output}");
            }
        }
    }

    /// The day is Tashkent's, to the millisecond, however many pages it has.
    async fn a_day_begins_and_ends_at_midnight_in_tashkent(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let midnight = 14 * 3_600 * 1_000;
        app.clock.advance_ms(midnight - 1);
        let last = app.ordered(debit_params(UZCARD, &token, 500)).await;
        app.clock.advance_ms(1);
        let first = app.ordered(debit_params(UZCARD, &token, 501)).await;
        let ids = |day: &str| -> Vec<i64> {
            let (lines, _) = app.report("demo", day);
            lines.iter().map(|line| line["transactionId"].as_i64().unwrap()).collect()
        };
        assert_eq!(ids(TODAY), [last]);
        assert_eq!(ids("2026-11-22"), [first]);
        // Rows of many transactions in one millisecond, more than a page has.
        let copies = format!(
            "INSERT INTO \"transaction\" (partner_id, kind, status, version, network, card_id, amount, fee, reversing, code_tries, \
             created_at, updated_at) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200) \
             SELECT partner_id, kind, 'cancelled', version, network, card_id, amount, fee, 0, 0, created_at + {DAY_MS}, updated_at \
             FROM \"transaction\" CROSS JOIN n WHERE id = {first}"
        );
        app.run_sql(&copies).await;
        let all = ids("2026-11-23");
        assert_eq!(all.len(), 1_200);
        assert!(all.is_sorted());
    }
}

/// What the tests ask of the program beside a gateway.
trait Commands {
    /// The lines of a report, and its last one.
    fn report(&self, partner: &str, day: &str) -> (Vec<Value>, Value);

    /// What a command has printed.
    fn command(&self, arguments: &[&str]) -> String;

    async fn run_sql(&self, sql: &str);
}

impl Commands for TestApp {
    fn report(&self, partner: &str, day: &str) -> (Vec<Value>, Value) {
        let told = self.command(&["report", "--partner", partner, "--day", day, "--json"]);
        let objects = told
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let mut objects: Vec<Value> = objects.collect();
        let mut last = objects.pop().unwrap();
        assert_eq!(last["schema"], "report.totals/1");
        let lines = objects.into_iter().map(|mut object| {
            assert_eq!(object["schema"], "report.transaction/1");
            object["item"].take()
        });
        (lines.collect(), last["item"].take())
    }

    fn command(&self, arguments: &[&str]) -> String {
        let url = self.config.database.url.expose_secret();
        let keys = self.config.vault.key_file.as_ref().unwrap();
        let settings = [
            ("ALOQA__PROFILE", "sandbox"),
            ("ALOQA__DATABASE__URL", url),
            ("ALOQA__VAULT__KEY_FILE", keys.to_str().unwrap()),
        ];
        let output = program::run(&self.directory(), arguments, &settings);
        assert!(output.status.success(), "{output:?}");
        program::stdout(&output)
    }

    async fn run_sql(&self, sql: &str) {
        use aloqa_gateway::database::Connection as _;
        self.running.gateway.database.run_sql(sql).await.unwrap();
    }
}
