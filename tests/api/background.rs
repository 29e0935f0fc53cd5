//! Background work continues after an error or a panic, and the operator can see that it does.

use aloqa_gateway::background::Job;

use test_support::*;

/// The value of each duty in the metrics, in seconds.
async fn shown(app: &TestApp) -> Vec<i64> {
    let page = send(app.running.ops_address, HttpRequest::get("/metrics"))
        .await
        .body;
    let of = |duty: Job| {
        let name = duty.name();
        let start = format!("aloqa_background_success_timestamp_seconds{{duty=\"{name}\"}} ");
        let value = page.lines().find_map(|line| line.strip_prefix(&start));
        value
            .unwrap_or_else(|| panic!("{name}: {page}"))
            .parse()
            .unwrap()
    };
    Job::ALL.map(of).to_vec()
}

/// Waits until all but the receipts, claims and webhooks, whose turns are rare, have had this many more turns.
async fn turns(app: &TestApp, more: u64) {
    for duty in [Job::RecoverUzcard, Job::RecoverHumo, Job::ReleaseHolds] {
        let mut turns = app.running.jobs.of(duty).subscribe();
        let until = turns.borrow().ended + more;
        turns
            .wait_for(|turned| turned.ended >= until)
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_ends_no_more_than_a_turn() {
    let app = TestApp::with(DatabaseKind::Sqlite, |config| {
        config.recovery.period_ms = 1;
        config.holds.release_period_ms = 1;
    })
    .await
    .unwrap();
    let seconds = app.now() / 1_000;
    assert_eq!(shown(&app).await, [seconds; 11]);
    app.clock.set_broken(true);
    // The turn that was under way may still end well.
    turns(&app, 3).await;
    app.clock.advance_ms(60_000);
    turns(&app, 3).await;
    let recovered = *app.running.jobs.of(Job::RecoverHumo).borrow();
    assert_eq!(recovered.succeeded_at.map(|at| at.0 / 1_000), Some(seconds));
    app.clock.set_broken(false);
    turns(&app, 3).await;
    let later = seconds + 60;
    assert_eq!(
        shown(&app).await,
        [
            later, later, later, seconds, seconds, seconds, seconds, seconds, seconds, seconds,
            seconds
        ]
    );
    assert!(app.running.stop().await);
}
