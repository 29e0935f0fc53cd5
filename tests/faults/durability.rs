//! A database that would forget commits is refused at the start, with a message that names the setting, and also when
//! it becomes such a database later on.

use std::fs::{self, File};
use std::process::Output;
use std::time::{Duration, Instant};

use aloqa_gateway::config::Config;
use aloqa_gateway::database::{Connection, Database, OpenError};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};

use crate::cluster::Cluster;
use test_support::program::{FREE_PORTS, Serving, program, run, stderr};
use test_support::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgresql_that_would_forget_commits_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut cluster) = Cluster::new().await else {
        return;
    };
    for (settings, named) in [
        ("-c fsync=off", "fsync = off"),
        ("-c synchronous_commit=off", "synchronous_commit = off"),
    ] {
        cluster.start("primary", settings).await;
        assert_refused(
            &migrate(folder.path(), &cluster.url("primary", "postgres")),
            named,
        );
        cluster.crash("primary").await;
    }

    // Whether set for the server, the database or the user: what counts is the value in our sessions.
    cluster.start("primary", "").await;
    for (set, reset) in [
        (
            "ALTER DATABASE postgres SET synchronous_commit = off",
            "ALTER DATABASE postgres RESET ALL",
        ),
        (
            "ALTER ROLE postgres SET synchronous_commit = off",
            "ALTER ROLE postgres RESET ALL",
        ),
    ] {
        cluster.execute("primary", set).await;
        let refused = migrate(folder.path(), &cluster.url("primary", "postgres"));
        assert_refused(&refused, "synchronous_commit = off");
        cluster.execute("primary", reset).await;
    }
    // Every other value waits at least for the server's disk, which is enough where no standby has to have the commit.
    for value in ["local", "remote_write", "on", "remote_apply"] {
        let set = format!("ALTER DATABASE postgres SET synchronous_commit = {value}");
        cluster.execute("primary", &set).await;
        let taken = migrate(folder.path(), &cluster.url("primary", "postgres"));
        assert!(taken.status.success(), "{value}: {}", stderr(&taken));
    }
    for value in ["local", "remote_write"] {
        let set = format!("ALTER DATABASE postgres SET synchronous_commit = {value}");
        cluster.execute("primary", &set).await;
        cluster.crash("primary").await;
        let standby = "-c synchronous_standby_names=standby";
        cluster.start("primary", standby).await;
        let refused = migrate(folder.path(), &cluster.url("primary", "postgres"));
        assert_refused(&refused, &format!("synchronous_commit = {value}"));
        cluster.crash("primary").await;
        cluster.start("primary", "").await;
    }
    let reset = "ALTER DATABASE postgres RESET ALL";
    cluster.execute("primary", reset).await;
    cluster.crash("primary").await;

    // Torn pages are a matter between the server and its file system, and only worth a warning.
    cluster.start("primary", "-c full_page_writes=off").await;
    let warned = migrate(folder.path(), &cluster.url("primary", "postgres"));
    let said = stderr(&warned);
    assert!(
        warned.status.success() && said.contains("full_page_writes = off"),
        "{said}"
    );
}

/// In a folder that keeps the keys, without which a database is not migrated again.
fn migrate(directory: &std::path::Path, url: &str) -> Output {
    run(directory, &["migrate"], &[("ALOQA__DATABASE__URL", url)])
}

fn assert_refused(output: &Output, named: &str) {
    let said = stderr(output);
    assert!(!output.status.success(), "{named} was taken");
    assert!(
        said.contains(named) && said.contains("could be lost") && said.contains("set it to on"),
        "{said}"
    );
}

/// Whatever is set after the start, commits in our sessions wait as they did.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_session_of_postgresql_waits_for_its_commits() {
    let Some(mut cluster) = Cluster::new().await else {
        return;
    };
    cluster.start("primary", "").await;
    let mut settings = Config::default().database;
    settings.url = cluster.url("primary", "postgres").into();
    settings.max_connections = 4;
    let database = Database::open(&settings).await.unwrap();
    let one = database.write().await.unwrap();
    for set in [
        "ALTER DATABASE postgres SET synchronous_commit = off",
        "ALTER SYSTEM SET synchronous_commit = off",
        "SELECT pg_reload_conf()",
    ] {
        cluster.execute("primary", set).await;
    }
    // Once another session has read the new settings, the first one has had the time to read them, too.
    let begun = Instant::now();
    loop {
        let outside = cluster.connect("primary", "template1").await;
        let asked = Statement::from_string(DbBackend::Postgres, "SHOW synchronous_commit");
        let set = outside.query_one_raw(asked).await.unwrap().unwrap();
        let set: String = set.try_get_by_index(0).unwrap();
        outside.close().await.unwrap();
        if set == "off" {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{set}");
    }
    // The old session and new ones: all of them are in use at the same time.
    let (two, three) = (database.write().await, database.write().await);
    for session in [one, two.unwrap(), three.unwrap()] {
        assert_eq!(show(&*session, "synchronous_commit").await, "on");
    }
    // A setting that waits for more is left as it is.
    let more = "ALTER DATABASE postgres SET synchronous_commit = remote_apply";
    cluster.execute("primary", more).await;
    let database = Database::open(&settings).await.unwrap();
    let session = database.write().await.unwrap();
    assert_eq!(show(&*session, "synchronous_commit").await, "remote_apply");
}

async fn show(session: &impl Connection, setting: &str) -> String {
    let asked = Statement::from_string(DbBackend::Postgres, format!("SHOW {setting}"));
    let mut row = session.fetch_rows(asked).await.unwrap().remove(0);
    row.take_at(0).unwrap()
}

/// A server that comes back, or takes over, with `fsync = off` is as good as none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgresql_that_comes_back_without_fsync_is_not_used() {
    let Some(mut cluster) = Cluster::new().await else {
        return;
    };
    cluster.start("primary", "").await;
    let url = cluster.url("primary", "postgres");
    let app = TestApp::at(DatabaseKind::Postgres, Some(url), patient).await;
    let token = app.add_card(UZCARD).await;
    let order = debit_params(UZCARD, &token, 500);
    app.result("transactions.debit", order.clone()).await;
    cluster.crash("primary").await;
    cluster.start("primary", "-c fsync=off").await;
    // Nobody has noticed anything so far: the first call has to.
    for _ in 0..5 {
        let code = app.error_code("transactions.debit", order.clone()).await;
        assert!([-32334, -32343].contains(&code), "{code}");
    }
    assert_eq!(app.moves().await, ["pay 500"]);
    let health = send(app.running.ops_address, HttpRequest::get("/health")).await;
    assert_eq!(health.status, 503);

    cluster.crash("primary").await;
    cluster.start("primary", "").await;
    let begun = Instant::now();
    while app
        .call("transactions.debit", order.clone())
        .await
        .get("result")
        .is_none()
    {
        assert!(begun.elapsed() < Duration::from_secs(5), "it stays away");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(app.moves().await, ["pay 500", "pay 500"]);
    app.assert_settled().await;
    assert!(app.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn why_it_is_not_used_is_in_the_log() {
    let Some(mut cluster) = Cluster::new().await else {
        return;
    };
    cluster.start("primary", "").await;
    let url = cluster.url("primary", "postgres");
    let mut settings = FREE_PORTS.to_vec();
    settings.push(("ALOQA__DATABASE__URL", &url));
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("log");
    let mut command = program(directory.path(), &settings);
    command.stderr(File::create(&log).unwrap());
    let gateway = Serving::spawn(command, directory, "curl");
    let operations = gateway.url("operations").replace("http://", "");
    let operations = operations.parse().unwrap();
    assert_eq!(
        send(operations, HttpRequest::get("/health")).await.status,
        200
    );
    cluster.crash("primary").await;
    cluster.start("primary", "-c fsync=off").await;
    let begun = Instant::now();
    loop {
        let health = send(operations, HttpRequest::get("/health")).await;
        assert_eq!(health.status, 503);
        let said = fs::read_to_string(&log).unwrap();
        if said.contains("would lose commits; calls are refused") {
            assert!(said.contains("fsync = off") && said.contains("set it to on"));
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(5), "{said}");
    }
    assert!(gateway.terminate());
}

/// Every connection of the pool has the settings that are requested of SQLite when it is opened.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_connection_to_sqlite_syncs_each_commit() {
    let directory = tempfile::tempdir().unwrap();
    let mut settings = Config::default().database;
    let file = directory.path().join("gateway.sqlite");
    settings.url = format!("sqlite:{}", file.display()).into();
    settings.max_connections = 4;
    let database = Database::open_or_create(&settings).await.unwrap();
    let ask = |question: &'static str| {
        let asked = Statement::from_string(DbBackend::Sqlite, question);
        let database = database.clone();
        async move { database.fetch_rows(asked).await.unwrap().remove(0) }
    };
    // So many at once that all connections are asked.
    for _ in 0..20 {
        let (modes, levels) = tokio::join!(
            join_all((0..8).map(|_| ask("PRAGMA journal_mode"))),
            join_all((0..8).map(|_| ask("PRAGMA synchronous")))
        );
        for mut mode in modes {
            assert_eq!(mode.take_at::<String>(0).unwrap(), "wal");
        }
        for mut level in levels {
            assert_eq!(level.take_at::<i64>(0).unwrap(), 2, "FULL");
        }
    }
}

/// A database in memory has no log to sync.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sqlite_without_a_file_is_refused() {
    let mut settings = Config::default().database;
    settings.url = "sqlite::memory:".into();
    settings.max_connections = 1;
    let refused = Database::open_or_create(&settings).await.unwrap_err();
    assert!(
        matches!(
            refused,
            OpenError::NotDurable {
                setting: "journal_mode",
                ..
            }
        ),
        "{refused}"
    );
    assert_eq!(
        refused.to_string(),
        "SQLite runs with journal_mode = memory: a committed payment could be lost; set it to wal"
    );
}
