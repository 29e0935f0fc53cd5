//! PostgreSQL restarted, cut off and replaced under load: nothing is lost or doubled, nothing goes to a network without
//! its intent, and the gateway is back by itself soon after its database.
//!
//! 5 restarts, 40 ended sessions, 1 promotion. `ALOQA_TEST_FAULTS_TIMES=8` makes it eight times as many; the cuts in
//! `lost_commits` as well.

use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, DbBackend, Statement};
use serde_json::json;

use crate::cluster::Cluster;
use crate::load::{Load, Told};
use crate::needs;
use crate::relay::Relay;
use test_support::*;

const CALLERS: usize = 8;
/// How soon a call must succeed after the database takes connections again.
const BACK_WITHIN: Duration = Duration::from_secs(5);
/// How soon a call must be refused while there is no database.
const REFUSED_WITHIN: Duration = Duration::from_secs(1);

async fn gateway(url: String) -> TestApp {
    TestApp::at(DatabaseKind::Postgres, Some(url), |config| {
        patient(config);
        config.database.max_connections = CALLERS.try_into().unwrap();
        config.server.partner_cache_ms = 2_000;
        config.sms.daily_limit = 100_000;
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn restarted_as_after_a_crash() {
    let Some(mut cluster) = Cluster::new().await else {
        return;
    };
    // Over TCP, where a server that is away refuses connections, and sqlx tries again and again.
    let port = free_port().port();
    let settings = format!("-c listen_addresses=127.0.0.1 -c port={port}");
    cluster.start("primary", &settings).await;
    let app = gateway(format!("postgres://postgres@127.0.0.1:{port}/postgres")).await;
    let load = Load::on(&app).await;
    load.during(CALLERS, async {
        for round in 0..5 * needs::times() {
            load.until_more(40).await;
            cluster.crash("primary").await;
            if round == 0 {
                load.with_nobody_else(refuses_at_once(&app, &load)).await;
            }
            cluster.start("primary", &settings).await;
            let back = load.until_served().await;
            assert!(back < BACK_WITHIN, "round {round}: back after {back:?}");
            until_healthy(&app).await;
        }
        load.until_more(40).await;
    })
    .await;
    load.judge().await;
    assert!(app.running.stop().await);
}

/// While the database is away: every call is refused soon, none reaches a network.
async fn refuses_at_once(app: &TestApp, load: &Load<'_>) {
    for network in ["UZCARD", "HUMO"] {
        let script = json!({
            "network": network, "operation": "any", "kind": "delay", "delayMs": 0, "times": 1_000,
        });
        app.fault(script).await;
    }
    let calls = join_all((0..50).map(|_| async {
        let begun = Instant::now();
        assert_eq!(load.order().await, Told::NotDone);
        begun.elapsed()
    }));
    let slowest = calls.await.into_iter().max().unwrap();
    assert!(slowest < REFUSED_WITHIN, "refused after {slowest:?}");
    assert_eq!(
        app.take_scripted_calls().await,
        2_000,
        "networks were called"
    );
    assert_eq!(health(app).await, 503);
}

async fn health(app: &TestApp) -> u16 {
    let asked = HttpRequest::get("/health");
    send(app.running.ops_address, asked).await.status
}

/// The health check may use a session that was ended while idle.
async fn until_healthy(app: &TestApp) {
    let begun = Instant::now();
    while health(app).await != 200 {
        assert!(begun.elapsed() < BACK_WITHIN, "/health stays as it was");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_ended_at_random() {
    let Some(mut cluster) = Cluster::new().await else {
        return;
    };
    cluster.start("primary", "").await;
    let app = gateway(cluster.url("primary", "postgres")).await;
    let load = Load::on(&app).await;
    let outside = cluster.connect("primary", "postgres").await;
    load.during(CALLERS, async {
        for ended in 0..40 * needs::times() {
            // Any session of the gateway, whatever it is doing.
            let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                       WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() \
                       ORDER BY random() LIMIT 1";
            outside.execute_unprepared(end).await.unwrap();
            let pause = u64::from(100 + ended % 5 * 25);
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
        let back = load.until_served().await;
        assert!(back < BACK_WITHIN, "back after {back:?}");
        until_healthy(&app).await;
        load.until_more(40).await;
    })
    .await;
    outside.close().await.unwrap();
    load.judge().await;
    assert!(app.running.stop().await);
}

/// A primary, and a standby that has every commit before it is answered; the gateway's address is the relay's.
async fn replicated() -> Option<(Cluster, Relay)> {
    let mut cluster = Cluster::new().await?;
    cluster.start("primary", "").await;
    let sockets = cluster.sockets("primary");
    let sockets = sockets.display();
    cluster
        .run(&format!(
            "pg_basebackup -D standby -d \"host={sockets} user=postgres application_name=standby\" -R -c fast"
        ))
        .await;
    cluster.start("standby", "").await;
    cluster
        .execute(
            "primary",
            "ALTER SYSTEM SET synchronous_standby_names = 'standby'",
        )
        .await;
    cluster.execute("primary", "SELECT pg_reload_conf()").await;
    let primary = cluster.connect("primary", "postgres").await;
    let synchronous = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
    until_counted(&primary, synchronous, 1).await;
    primary.close().await.unwrap();
    let relay = Relay::to(&cluster.sockets("primary"));
    Some((cluster, relay))
}

/// Waits until the answer to a question for a number is at least `least`.
async fn until_counted(database: &DatabaseConnection, question: &str, least: i64) {
    let begun = Instant::now();
    loop {
        let asked = Statement::from_string(DbBackend::Postgres, question);
        let row = database.query_one_raw(asked).await.unwrap().unwrap();
        if row.try_get_by_index::<i64>(0).unwrap() >= least {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{question}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replaced_by_its_synchronous_standby() {
    for _ in 0..needs::times() {
        let Some((cluster, relay)) = replicated().await else {
            return;
        };
        replaced(cluster, relay).await;
    }
}

async fn replaced(mut cluster: Cluster, relay: Relay) {
    let app = gateway(relay.url("postgres")).await;
    let load = Load::on(&app).await;
    load.during(CALLERS, async {
        load.until_more(80).await;
        cluster.crash("primary").await;
        relay.point(None);
        cluster.run("pg_ctl -D standby -w promote").await;
        relay.point(Some(&cluster.sockets("standby")));
        let back = load.until_served().await;
        assert!(back < BACK_WITHIN, "back after {back:?}");
        until_healthy(&app).await;
        load.until_more(80).await;
    })
    .await;
    load.judge().await;
    assert!(app.running.stop().await);
}

/// A session that is ended while its COMMIT waits for the standby leaves a commit that only the primary has. Finding it
/// there is not enough to make the call: the primary may be lost the next moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_intent_that_the_standby_has_not_is_none() {
    let Some((mut cluster, relay)) = replicated().await else {
        return;
    };
    let app = gateway(relay.url("postgres")).await;
    let token = app.add_card(UZCARD).await;
    let moves = app.moves().await;
    cluster.crash("standby").await;
    // With an `extId`, its claim would be the commit that waits.
    let order = debit_params(UZCARD, &token, 500);
    let faults = async {
        let outside = Database::connect(cluster.url("primary", "postgres"))
            .await
            .unwrap();
        let waiting = "pg_stat_activity WHERE wait_event = 'SyncRep'";
        let count = format!("SELECT count(*) FROM {waiting}");
        until_counted(&outside, &count, 1).await;
        let end = format!("SELECT pg_terminate_backend(pid, 5000) FROM {waiting}");
        outside.execute_unprepared(&end).await.unwrap();
        // The gateway checks that commit, and commits once more, which waits as well.
        let row = "SELECT count(*) FROM processing_request";
        until_counted(&outside, row, 1).await;
        until_counted(&outside, &count, 1).await;
        assert_eq!(app.moves().await, moves);
        outside.close().await.unwrap();
        cluster.crash("primary").await;
        relay.point(None);
        cluster.start("standby", "").await;
        cluster.run("pg_ctl -D standby -w promote").await;
        relay.point(Some(&cluster.sockets("standby")));
    };
    let (reply, ()) = tokio::join!(app.call("transactions.debit", order.clone()), faults);
    assert_eq!(reply, refusal(-32334, &json!({"retryable": true})));
    assert_eq!(app.moves().await, moves);
    // It may be ordered again, once the gateway has found the other server.
    let begun = Instant::now();
    let done = loop {
        let reply = app.call("transactions.debit", order.clone()).await;
        if reply.get("result").is_some() {
            break reply;
        }
        assert!(begun.elapsed() < BACK_WITHIN, "{reply}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert!(done["result"]["refNum"].is_string(), "{done}");
    assert_eq!(app.moves().await, ["pay 500"]);
    app.assert_settled().await;
    assert!(app.running.stop().await);
}
