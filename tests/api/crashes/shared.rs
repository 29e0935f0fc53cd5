//! Orders that share a COMMIT, ended at every moment of it: within one's own part, before the COMMIT and after it, and when
//! half of them have heard of it.

use std::collections::HashSet;

use aloqa_gateway::database::Fetch as _;

use super::*;

const AT_ONCE: usize = 6;

#[tokio::test]
async fn orders_that_share_a_commit_ended_at_every_moment() {
    let app = TestApp::with(DatabaseKind::Sqlite, busy).await.unwrap();
    let cards = [UZCARD, HUMO];
    let tokens = [app.add_card(UZCARD).await, app.add_card(HUMO).await];
    let (mut moment, mut seen) = (1, HashSet::new());
    loop {
        let before = [app.balance(UZCARD).await, app.balance(HUMO).await];
        let doomed = Doomed::start(&app, moment).await;
        let ext_id = |number: usize| format!("shared-{moment}-{number}");
        let replies = join_all((0..AT_ONCE).map(|number| {
            let (card, token) = (cards[number % 2], &tokens[number % 2]);
            let params = with(
                debit_params(card, token, AMOUNT),
                json!({"extId": ext_id(number)}),
            );
            let doomed = &doomed;
            async move { doomed.call(DEBIT, &params).await }
        }))
        .await;
        seen.extend(doomed.seen());
        doomed.end().await;
        // What is to be undone is looked up; then the undo is made.
        for _ in 0..3 {
            app.recover_after_all().await;
        }

        let database = &*app.running.gateway.database;
        let calls = processing_request::Entity::find()
            .fetch_all(database)
            .await
            .unwrap();
        let known: HashSet<&str> = calls.iter().map(|call| &*call.reference).collect();
        let ledger = app.ledger().await;
        for moved in &ledger {
            let reference = moved["reference"].as_str().unwrap();
            assert!(known.contains(reference), "{moment}: no intent of {moved}");
        }
        let mut paid = [0, 0];
        for (number, reply) in replies.iter().enumerate() {
            let row = transaction::Entity::find()
                .filter(transaction::Column::ExtId.eq(ext_id(number)))
                .fetch_all(database)
                .await
                .unwrap();
            let status = row.first().map(|row| row.status);
            assert!(row.len() <= 1, "{moment}: {row:?}");
            let ends = [None, Some(Status::Succeeded), Some(Status::Declined)];
            assert!(ends.contains(&status), "{moment}: {row:?}");
            if let Some(reply) = reply {
                assert!(reply.get("result").is_some(), "{moment}: {reply}");
                assert_eq!(status, Some(Status::Succeeded), "{moment}: {reply}");
            }
            if status == Some(Status::Succeeded) {
                paid[number % 2] += AMOUNT;
            }
        }
        let after = [app.balance(UZCARD).await, app.balance(HUMO).await];
        let missing = [before[0] - after[0], before[1] - after[1]];
        assert_eq!(missing, paid, "{moment}");
        if replies.iter().all(Option::is_some) {
            break;
        }
        moment += 1;
    }
    app.assert_settled().await;
    for point in [
        CrashPoint::BeforeCommit,
        CrashPoint::BeforeSharedCommit,
        CrashPoint::AfterSharedCommit,
        CrashPoint::HalfAnswered,
        CrashPoint::AfterCommit,
    ] {
        assert!(seen.contains(&point), "{point:?} is never reached");
    }
}
