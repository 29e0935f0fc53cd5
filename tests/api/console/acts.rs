//! Operators settle in the console what they could settle by a command: by the same rules.

use aloqa_gateway::console::accounts::Role;
use serde_json::json;

use super::person::Person;
use test_support::*;

/// The version that stands in a page's form.
fn version(page: &HttpReply) -> String {
    let (_, rest) = page
        .body
        .split_once("name=\"version\" value=\"")
        .unwrap_or_else(|| panic!("{}", page.body));
    rest.split('"').next().unwrap().to_owned()
}

/// A hold of UZCARD that was lost on its way, and given up.
async fn lost_hold(app: &TestApp) -> i64 {
    let token = app.add_card(UZCARD).await;
    app.fail_once(UZCARD, "hold", "reset_before").await;
    let hold = with(
        debit_params(UZCARD, &token, 500_000),
        json!({"is_hold": true, "extId": "lost"}),
    );
    app.error("transactions.debit", hold).await;
    app.recover_after_all().await;
    app.row_of("lost").await.id.0
}

on_each_database! {
    async fn a_lost_hold_is_found_in_the_queue_and_settled(app: TestApp) {
        let id = lost_hold(&app).await;
        let boris = Person::signed_in(&app, "boris", Role::Settle).await;
        let queue = boris.get("/console/queue").await;
        let link = format!("/console/transactions/{id}");
        assert!(queue.body.contains(&link), "{}", queue.body);
        let page = boris.get(&link).await;
        let version = version(&page);
        let resolve = format!("{link}/resolve");
        let settle = async |fields: &[(&str, &str)]| boris.post(&resolve, fields).await;
        let good = [("verdict", "failed"), ("reason", "ticket 77"), ("version", version.as_str())];
        for (fields, said) in [
            (vec![("verdict", "failed"), ("version", &version)], "Say how you know"),
            (vec![("reason", "x"), ("version", &version)], "Say whether it was carried out"),
            (vec![("verdict", "succeeded"), ("reason", "x"), ("version", &version)], "what the network calls"),
            (vec![("verdict", "failed"), ("reference", "7"), ("reason", "x"), ("version", &version)], "has no name"),
            (vec![("verdict", "failed"), ("reason", "x"), ("version", "1")], "has changed since"),
        ] {
            let refused = settle(&fields).await;
            assert!(refused.status == 409 && refused.body.contains(said), "{said}: {}", refused.body);
        }
        // It asks once more, and has done nothing yet.
        let asked = settle(&good).await;
        assert!(asked.status == 200 && asked.body.contains("Are you sure?"), "{}", asked.body);
        for words in ["860001*****1332", "5\u{202f}000.00", "UZCARD is asked first", "ticket 77"] {
            assert!(asked.body.contains(words), "{words}: {}", asked.body);
        }
        assert_eq!(app.status(id).await, "manual");
        let confirmed = [&good[..], &[("confirmed", "yes")]].concat();
        // What the network says goes before anybody's word.
        let unknown = [("verdict", "succeeded"), ("reference", "123456"), ("reason", "ticket 77"), ("version", &version), ("confirmed", "yes")];
        let denied = settle(&unknown).await;
        assert!(denied.status == 409 && denied.body.contains("Not done: nothing at UZCARD proves"), "{}", denied.body);
        let settled = settle(&confirmed).await;
        assert!(settled.status == 200 && settled.body.contains("is declined"), "{}", settled.body);
        assert_eq!(app.status(id).await, "declined");
        // Two at once: the second hears that it has changed.
        let late = settle(&confirmed).await;
        assert!(late.status == 409 && late.body.contains("has changed since"), "{}", late.body);
        assert!(!boris.get("/console/queue").await.body.contains(&link));

        let rows = app.audit_rows("transactions.resolve").await;
        let told: Vec<_> = rows.iter().map(|row| format!("{} {} {}", row.who, row.outcome, row.object)).collect();
        let row = |outcome: &str| format!("boris {outcome} transaction {id}");
        assert_eq!(told, [row("asked"), row("failed"), row("asked"), row("accepted")]);
        assert!(rows[0].source == "127.0.0.1" && rows[3].detail.ends_with("failed: ticket 77"), "{rows:?}");
        let page = boris.get(&link).await;
        assert!(page.body.contains("<strong>boris</strong> said:") && page.body.contains("by an operator"), "{}", page.body);
        app.assert_settled().await;
    }

    async fn who_may_only_look_finds_no_form(app: TestApp) {
        let id = lost_hold(&app).await;
        let anna = Person::signed_in(&app, "anna", Role::Look).await;
        let page = anna.get(&format!("/console/transactions/{id}")).await;
        assert!(page.body.contains("Somebody with the role settle can settle it"), "{}", page.body);
        let forms = page.body.matches("<form").count();
        assert_eq!(forms, 1, "the way out alone");
    }

    async fn a_late_answer_is_acknowledged(app: TestApp) {
        let id = lost_hold(&app).await;
        let db = &app.running.gateway.database;
        let call = app.request_rows(id).await[0].id;
        let tx = db.write().await.unwrap();
        let said = "the network: it was carried out".to_owned();
        aloqa_gateway::repository::request::keep_contradiction(&*tx, call, said).await.unwrap();
        tx.commit().await.unwrap();
        let boris = Person::signed_in(&app, "boris", Role::Settle).await;
        assert!(boris.get("/console/queue").await.body.contains("the network: it was carried out"));
        let link = format!("/console/transactions/{id}");
        let version = version(&boris.get(&link).await);
        let path = format!("{link}/acknowledge");
        let fields = [("reason", "refunded by hand"), ("version", version.as_str())];
        assert!(boris.post(&path, &fields).await.body.contains("Are you sure?"));
        let done = boris.post(&path, &[&fields[..], &[("confirmed", "yes")]].concat()).await;
        assert!(done.status == 200 && done.body.contains("are acknowledged"), "{}", done.body);
        let again = boris.post(&path, &[&fields[..], &[("confirmed", "yes")]].concat()).await;
        assert!(again.status == 409 && again.body.contains("Not done: no late answer"), "{}", again.body);
    }
}
