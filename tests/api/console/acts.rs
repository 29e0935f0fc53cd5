//! Operators settle in the console what they could settle by a command: by the same rules.

use aloqa_gateway::console::accounts::Role;
use aloqa_gateway::database::Run as _;
use aloqa_gateway::environment::CrashPoint;
use aloqa_gateway::operator::{Open, Part};
use aloqa_gateway::repository::request::keep_contradiction;
use aloqa_gateway::webhook::event_id;
use entity::processing_request::{self, State};
use sea_orm::{ActiveModelTrait as _, EntityTrait as _, IntoActiveModel as _, NotSet, Set};
use serde_json::json;

use super::person::Person;
use test_support::*;

/// The version that stands in a page's form.
fn version(page: &HttpReply) -> String {
    hidden(page, "version")
}

/// What a form of the page carries under this name.
fn hidden(page: &HttpReply, name: &str) -> String {
    let (_, rest) = page
        .body
        .split_once(&format!("name=\"{name}\" value=\""))
        .unwrap_or_else(|| panic!("{name}: {}", page.body));
    rest.split('"').next().unwrap().to_owned()
}

/// A late answer about the first call of a transaction.
async fn answered_late(app: &TestApp, id: i64, said: &str) {
    let call = app.request_rows(id).await[0].id;
    let tx = app.running.gateway.database.write().await.unwrap();
    keep_contradiction(&*tx, call, said.to_owned())
        .await
        .unwrap();
    tx.commit().await.unwrap();
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

    async fn a_long_queue_shows_its_oldest_and_says_so(app: TestApp) {
        let id = lost_hold(&app).await;
        let lost = app.request_rows(id).await[0].clone();
        let db = &app.running.gateway.database;
        let tx = db.write().await.unwrap();
        for number in 1..=201 {
            let answered = processing_request::ActiveModel {
                id: NotSet,
                reference: Set(format!("long-{number}")),
                state: Set(State::Declined),
                contradiction: Set(Some(format!("answer {number} of many."))),
                ..lost.clone().into_active_model().reset_all()
            };
            processing_request::Entity::insert(answered).run(&*tx).await.unwrap();
        }
        tx.commit().await.unwrap();
        let anna = Person::signed_in(&app, "anna", Role::Look).await;
        let queue = anna.get("/console/queue").await;
        assert!(queue.body.contains("These are the oldest 200 of 201."), "{}", queue.body);
        assert!(queue.body.contains("answer 200 of many.") && !queue.body.contains("answer 201 of many."));
        // The command can ask for the other end, and is told of what it did not ask for.
        let part = Part { most: Some(2), newest_first: true };
        let newest = app.running.gateway.open_transactions(Open::Contradicted, part).await.unwrap();
        let said: Vec<_> = newest.rows.iter().map(|row| row.call.contradiction.as_deref().unwrap()).collect();
        assert_eq!((said, newest.count), (vec!["answer 201 of many.", "answer 200 of many."], 201));
    }

    async fn who_may_only_look_finds_no_form(app: TestApp) {
        let id = lost_hold(&app).await;
        let anna = Person::signed_in(&app, "anna", Role::Look).await;
        let page = anna.get(&format!("/console/transactions/{id}")).await;
        assert!(page.body.contains("Somebody with the role settle can settle it"), "{}", page.body);
        let forms = page.body.matches("<form").count();
        assert_eq!(forms, 1, "the way out alone");
    }

    async fn a_late_answer_is_acknowledged_by_who_has_read_it(app: TestApp) {
        let id = lost_hold(&app).await;
        answered_late(&app, id, "the network: it was carried out").await;
        let boris = Person::signed_in(&app, "boris", Role::Settle).await;
        assert!(boris.get("/console/queue").await.body.contains("the network: it was carried out"));
        let link = format!("/console/transactions/{id}");
        let path = format!("{link}/acknowledge");
        let form = async || {
            let page = boris.get(&link).await;
            (version(&page), hidden(&page, "seen"))
        };
        let acknowledge = async |(version, seen): &(String, String), confirmed: &str| {
            let fields = [("reason", "refunded by hand"), ("version", version), ("seen", seen), ("confirmed", confirmed)];
            boris.post(&path, &fields).await
        };
        // Another one comes while the page is open, also after it was asked once more.
        let read = form().await;
        assert!(acknowledge(&read, "").await.body.contains("Are you sure?"));
        answered_late(&app, id, "the network: it was carried out; the network: twice").await;
        for confirmed in ["", "yes"] {
            let unseen = acknowledge(&read, confirmed).await;
            assert!(unseen.status == 409 && unseen.body.contains("Other late answers have come"), "{}", unseen.body);
            assert!(unseen.body.contains("twice"), "and it is shown");
        }
        assert_eq!(app.request_rows(id).await[0].acknowledged_at, None);
        let read = form().await;
        assert!(acknowledge(&read, "").await.body.contains("Are you sure?"));
        let done = acknowledge(&read, "yes").await;
        assert!(done.status == 200 && done.body.contains("are acknowledged"), "{}", done.body);
        let again = acknowledge(&read, "yes").await;
        assert!(again.status == 409 && again.body.contains("somebody has acknowledged them"), "{}", again.body);
    }

    /// What has begun is done, and said, whether who asked for it is still there or not.
    async fn who_closes_the_page_stops_nothing(app: TestApp) {
        let id = lost_hold(&app).await;
        answered_late(&app, id, "the network: it was carried out").await;
        let boris = Person::signed_in(&app, "boris", Role::Settle).await;
        let link = format!("/console/transactions/{id}");
        let page = boris.get(&link).await;
        let (version, seen) = (version(&page), hidden(&page, "seen"));
        let fields = [("reason", "refunded"), ("version", &version), ("seen", &seen), ("confirmed", "yes")];
        let path = format!("{link}/acknowledge");
        let asked = |row: &entity::audit::Model| row.outcome == "accepted";
        app.moments.hold(CrashPoint::BeforeCommit, 1);
        {
            let mut posting = std::pin::pin!(boris.post(&path, &fields));
            tokio::select! {
                reply = &mut posting => panic!("answered: {}", reply.body),
                () = app.moments.until_held() => {}
            }
        }
        assert!(app.audit_rows("transactions.acknowledge").await.iter().any(asked));
        // The gateway has time to see that nobody waits any more.
        send(app.running.ops_address, HttpRequest::get("/health/live")).await;
        app.moments.release();
        while app.request_rows(id).await[0].acknowledged_at.is_none() {
            tokio::task::yield_now().await;
        }
    }

    async fn an_event_is_sent_again_by_who_administers(app: TestApp) {
        // Nobody is there.
        app.set_webhook(&format!("http://{}/hook", closed_port())).await;
        let token = app.add_card(UZCARD).await;
        app.fail_once(UZCARD, "pay", "reset_after").await;
        let params = with(debit_params(UZCARD, &token, 500_000), json!({"extId": "late"}));
        app.error("transactions.debit", params).await;
        app.recover_after_lease().await;
        let id = app.row_of("late").await.id.0;
        app.deliver().await;
        let event = async || app.events().await.into_iter().find(|one| one.transaction_id.is_some_and(|of| of.0 == id)).unwrap();
        let name = event_id(event().await.id);
        assert_eq!(event().await.tries, 1);
        let link = format!("/console/transactions/{id}");
        let path = format!("{link}/webhooks/{name}/resend");
        let boris = Person::signed_in(&app, "boris", Role::Settle).await;
        let page = boris.get(&link).await;
        assert!(page.body.contains(&name) && page.body.contains("Webhook tried") && !page.body.contains("Send again"), "{}", page.body);
        assert_eq!(boris.post(&path, &[]).await.status, 403);
        let vera = Person::signed_in(&app, "vera", Role::Administer).await;
        assert!(vera.get(&link).await.body.contains(&path));
        let other = format!("/console/transactions/1/webhooks/{name}/resend");
        let elsewhere = vera.post(&other, &[]).await;
        assert!(elsewhere.status == 409 && elsewhere.body.contains("no such event"), "{}", elsewhere.body);
        assert_eq!(event().await.tries, 1);
        let sent = vera.post(&path, &[]).await;
        assert!(sent.status == 200 && sent.body.contains("is sent again within seconds"), "{}", sent.body);
        assert_eq!(event().await.tries, 0, "they are counted anew");
        let rows = app.audit_rows("webhooks.resend").await;
        let told: Vec<String> = rows.iter().map(|row| format!("{} {} {}", row.who, row.outcome, row.object)).collect();
        assert_eq!(told, ["asked", "done"].map(|outcome| format!("vera {outcome} event {name}")));
    }
}
