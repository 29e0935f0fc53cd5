//! A database that would forget commits is refused at the start, by a message that names the setting.

use std::process::Output;

use aloqa_gateway::config::Config;
use aloqa_gateway::database::{Database, OpenError};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};

use crate::cluster::Cluster;
use crate::program::{run, stderr};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgresql_that_would_forget_commits_is_refused() {
    let Some(mut cluster) = Cluster::new().await else {
        return;
    };
    for (settings, named) in [
        ("-c fsync=off", "fsync = off"),
        ("-c synchronous_commit=off", "synchronous_commit = off"),
    ] {
        cluster.start("primary", settings).await;
        assert_refused(&migrate(&cluster.url("primary", "postgres")), named);
        cluster.crash("primary").await;
    }

    // Of the server's settings, of the database's, of the user's: what counts is what holds in our sessions.
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
        let refused = migrate(&cluster.url("primary", "postgres"));
        assert_refused(&refused, "synchronous_commit = off");
        cluster.execute("primary", reset).await;
    }
    // Every other value waits for the disk of the server at least.
    for value in ["local", "remote_write", "on", "remote_apply"] {
        let set = format!("ALTER DATABASE postgres SET synchronous_commit = {value}");
        cluster.execute("primary", &set).await;
        let taken = migrate(&cluster.url("primary", "postgres"));
        assert!(taken.status.success(), "{value}: {}", stderr(&taken));
    }
    cluster.crash("primary").await;

    // Torn pages are between the server and its file system; that is only worth a word.
    cluster.start("primary", "-c full_page_writes=off").await;
    let warned = migrate(&cluster.url("primary", "postgres"));
    let said = stderr(&warned);
    assert!(
        warned.status.success() && said.contains("full_page_writes = off"),
        "{said}"
    );
}

fn migrate(url: &str) -> Output {
    let directory = tempfile::tempdir().unwrap();
    run(
        directory.path(),
        &["migrate"],
        &[("ALOQA__DATABASE__URL", url)],
    )
}

fn assert_refused(output: &Output, named: &str) {
    let said = stderr(output);
    assert!(!output.status.success(), "{named} was taken");
    assert!(
        said.contains(named) && said.contains("could be lost") && said.contains("set it to on"),
        "{said}"
    );
}

/// What is asked of SQLite when a connection is opened is what every connection of the pool has.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_connection_to_sqlite_syncs_each_commit() {
    let directory = tempfile::tempdir().unwrap();
    let mut settings = Config::default().database;
    let file = directory.path().join("gateway.sqlite");
    settings.url = format!("sqlite:{}", file.display()).into();
    settings.max_connections = 4;
    let database = Database::open(&settings).await.unwrap();
    let ask = |question: &'static str| {
        let asked = Statement::from_string(DbBackend::Sqlite, question);
        let database = database.clone();
        async move { database.query_one_raw(asked).await.unwrap().unwrap() }
    };
    // So many at once that all connections are asked.
    for _ in 0..20 {
        let (modes, levels) = tokio::join!(
            crate::support::join_all((0..8).map(|_| ask("PRAGMA journal_mode"))),
            crate::support::join_all((0..8).map(|_| ask("PRAGMA synchronous")))
        );
        for mode in modes {
            assert_eq!(mode.try_get_by_index::<String>(0).unwrap(), "wal");
        }
        for level in levels {
            assert_eq!(level.try_get_by_index::<i64>(0).unwrap(), 2, "FULL");
        }
    }
}

/// A database in memory has no log to sync.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sqlite_without_a_file_is_refused() {
    let mut settings = Config::default().database;
    settings.url = "sqlite::memory:".into();
    settings.max_connections = 1;
    let refused = Database::open(&settings).await.unwrap_err();
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
