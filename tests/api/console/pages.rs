//! What the other pages tell: the overview, partners, the audit log, and operators, who can be shut out.

use aloqa_gateway::comparison::kept;
use aloqa_gateway::comparison::report::{ComparisonReport, TheirList};
use aloqa_gateway::console::accounts::Role;
use aloqa_gateway::domain::day::Day;
use rpc_schema::values::Network;
use serde_json::json;

use super::person::{PASSWORD, Person, add_operator};
use test_support::*;

/// The number in a tile of the overview.
fn tile(page: &HttpReply, name: &str) -> i64 {
    let (_, rest) = page
        .body
        .split_once(&format!(">{name}<"))
        .unwrap_or_else(|| panic!("{name}: {}", page.body));
    let (_, rest) = rest.split_once("class=\"figure\">").unwrap();
    rest.split('<').next().unwrap().parse().unwrap()
}

on_each_database! {
    async fn the_overview_tells_what_waits_and_how_calls_go(app: TestApp) {
        let anna = Person::signed_in(&app, "anna", Role::Look).await;
        let page = anna.get("/console").await;
        assert_eq!((tile(&page, "Manual"), tile(&page, "Unknown"), tile(&page, "Contradicted")), (0, 0, 0));
        assert!(page.body.contains("0 calls of partners, of which 0 ended with an error"), "{}", page.body);
        let token = app.add_card(UZCARD).await;
        app.ordered(debit_params(UZCARD, &token, 500_000)).await;
        app.fail_once(UZCARD, "hold", "reset_before").await;
        app.error("transactions.debit", with(debit_params(UZCARD, &token, 500_000), json!({"is_hold": true, "extId": "lost"}))).await;
        let page = anna.get("/console").await;
        assert_eq!((tile(&page, "Manual"), tile(&page, "Unknown")), (0, 1));
        assert!(page.body.contains("4 calls of partners, of which 1 ended with an error"), "{}", page.body);
        // One was approved, and one is unknown: the row of the numbers says so.
        let (_, numbers) = page.body.split_once("Numbers: UZCARD: how calls that move money ended, 1 hour").unwrap();
        let (numbers, _) = numbers.split_once("</table>").unwrap();
        let cells = ["1", "0", "1", "0"].map(|count| format!("<td class=\"number\">{count}</td>")).concat();
        assert!(numbers.contains(&cells), "{numbers}");
        for job in ["recover uzcard", "deliver webhooks", "anchor audit"] {
            assert!(page.body.contains(job), "{job}: {}", page.body);
        }
        app.recover_after_all().await;
        let mut anna = anna;
        anna.sign_in("anna", PASSWORD).await;
        let page = anna.get("/console").await;
        assert_eq!((tile(&page, "Manual"), tile(&page, "Unknown")), (1, 0));
    }

    async fn partners_and_their_limits_are_looked_at(app: TestApp) {
        let Some(app) = TestApp::with(app.kind, |config| config.limits.debits_per_hour = Some(30)).await else {
            return;
        };
        app.add_partner("shop", &["cards.*", "transactions.debit"]).await;
        let anna = Person::signed_in(&app, "anna", Role::Look).await;
        let page = anna.get("/console/partners").await;
        for words in ["shop", "cards.* transactions.debit", "demo", "UZCARD 90001 92400001", "<dt>Debits of a card in an hour, a day</dt><dd>30, no limit</dd>"] {
            assert!(page.body.contains(words), "{words}: {}", page.body);
        }
        assert_eq!(page.body.matches("<form").count(), 1, "the way out alone");
        let how = anna.get("/console/comparisons").await;
        assert!(how.body.contains("aloqa-gateway compare --day"), "{}", how.body);
    }

    async fn comparisons_are_shown_with_what_they_found(app: TestApp) {
        let anna = Person::signed_in(&app, "anna", Role::Look).await;
        let page = anna.get("/console/comparisons").await;
        assert!(page.body.contains("No comparison is kept yet"), "{}", page.body);
        let gateway = &app.running.gateway;
        let (now, day) = (gateway.clock.now(), Day::from_iso("2026-11-20").unwrap());
        let rows = Vec::new();
        let list = TheirList::NotAsked;
        let report = ComparisonReport { network: Network::Humo, day, list, rows };
        let failed = kept::not_compared((Network::Uzcard, day), "anna", "no route to host".to_owned(), now);
        kept::keep(&gateway.database, vec![kept::compared(&report, "anna", now), failed.clone()], now).await.unwrap();
        let page = anna.get("/console/comparisons").await;
        for words in ["2026-11-20", "all matched", "not all could be compared", "no route to host", "by anna"] {
            assert!(page.body.contains(words), "{words}: {}", page.body);
        }
        // They are kept for more than a year, and no longer.
        let later = now + 401 * 24 * 3_600_000;
        kept::keep(&gateway.database, vec![failed], later).await.unwrap();
        let page = anna.get("/console/comparisons").await;
        assert!(!page.body.contains("all matched"), "{}", page.body);
    }

    async fn who_administers_sees_the_audit_log_and_shuts_others_out(app: TestApp) {
        let boris = Person::signed_in(&app, "boris", Role::Settle).await;
        let vera = Person::signed_in(&app, "vera", Role::Administer).await;
        let log = vera.get("/console/audit").await;
        assert!(log.body.contains("console.sign-in") && log.body.contains("console.audit"), "{}", log.body);
        let operators = vera.get("/console/operators").await;
        assert!(operators.body.contains("/operators/boris/end-sign-ins"), "{}", operators.body);
        assert!(!operators.body.contains("/operators/vera/disable"), "nobody shuts out themselves");

        let ended = vera.post("/console/operators/boris/end-sign-ins", &[]).await;
        assert!(ended.body.contains("1 sign-ins of boris have ended"), "{}", ended.body);
        assert_eq!(boris.get("/console").await.status, 401);
        let mut boris = boris;
        assert_eq!(boris.sign_in("boris", PASSWORD).await.status, 303);
        let disabled = vera.post("/console/operators/boris/disable", &[]).await;
        assert!(disabled.body.contains("boris is disabled"), "{}", disabled.body);
        assert_eq!(boris.get("/console").await.status, 401);
        assert_eq!(boris.sign_in("boris", PASSWORD).await.status, 403);
        for (path, said) in [("vera/disable", "Nobody disables themselves"), ("nobody/disable", "Not done"), ("nobody/end-sign-ins", "there is no operator")] {
            let reply = vera.post(&format!("/console/operators/{path}"), &[]).await;
            assert!(reply.body.contains(said), "{path}: {}", reply.body);
        }
        for action in ["operator.disable", "operator.end-sign-ins"] {
            let rows = app.audit_rows(action).await;
            let told: Vec<String> = rows.iter().map(|row| format!("{} {} {}", row.who, row.outcome, row.object)).collect();
            let row = |outcome: &str, who: &str| format!("vera {outcome} operator {who}");
            assert_eq!(told, [row("asked", "boris"), row("done", "boris"), row("asked", "nobody"), row("failed", "nobody")]);
        }
    }

    /// Two gateways on one database count together, and know each other's sign-ins.
    async fn another_gateway_knows_the_same_operators(app: TestApp) {
        if app.kind == DatabaseKind::Sqlite {
            return;
        }
        let other = app.another().await;
        let anna = Person::signed_in(&app, "anna", Role::Look).await;
        let there = Person { cookie: anna.cookie.clone(), token: anna.token.clone(), ..Person::stranger(&other) };
        assert_eq!(there.get("/console").await.status, 200);
        assert_eq!(there.post("/console/sign-out", &[]).await.status, 303);
        assert_eq!(anna.get("/console").await.status, 401);
        add_operator(&app, "boris", Role::Look).await;
        let (mut here, mut there) = (Person::stranger(&app), Person::stranger(&other));
        for _ in 0..3 {
            here.sign_in("boris", "wrong").await;
            there.sign_in("boris", "wrong").await;
        }
        assert_eq!(here.sign_in("boris", PASSWORD).await.status, 403, "locked by both");
        assert!(other.running.stop().await);
    }

    async fn behind_a_trusted_proxy_the_address_is_the_callers(app: TestApp) {
        let app = TestApp::with(app.kind, |config| {
            config.server.trusted_proxies = vec!["127.0.0.0/8".to_owned()];
            config.server.hosts = vec!["ops.example.uz".to_owned()];
        }).await.unwrap();
        add_operator(&app, "anna", Role::Look).await;
        let person = Person::stranger(&app);
        let fields = [("name", "anna"), ("password", PASSWORD)];
        let request = person.form("/console/sign-in", &fields)
            .header("x-forwarded-for", "203.0.113.9")
            .header("host", "ops.example.uz")
            // The page is the proxy's, over TLS.
            .header("origin", "https://ops.example.uz");
        assert_eq!(send(person.address, request).await.status, 303);
        let rows = app.audit_rows("console.sign-in").await;
        assert_eq!(rows[0].source, "203.0.113.9");
    }
}
