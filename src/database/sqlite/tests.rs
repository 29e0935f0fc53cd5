//! What callers who share a COMMIT hear of each other's misfortunes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use sea_orm::{DbBackend, Value};
use tempfile::TempDir;
use tokio::task::JoinHandle;

use super::*;
use crate::database::errors::{is_locked, is_unique_violation};
use crate::environment::{CrashPoint, CrashPoints};

const PATIENCE: Duration = Duration::from_secs(20);

/// Two tables: of names, and of rows that a COMMIT refuses.
const TABLES: &str = "
    CREATE TABLE named (id INTEGER PRIMARY KEY, name TEXT UNIQUE, bytes BLOB);
    CREATE TABLE orphan (of INTEGER REFERENCES named (id) DEFERRABLE INITIALLY DEFERRED);";

struct Bench {
    sqlite: Sqlite,
    directory: TempDir,
}

impl Bench {
    fn new(patience: Duration) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("bench.sqlite");
        rusqlite::Connection::open(&file)
            .unwrap()
            .execute_batch(&format!("PRAGMA journal_mode = WAL; {TABLES}"))
            .unwrap();
        let url = format!("sqlite:{}", file.display());
        let sqlite = Sqlite::open(&url, patience, true).unwrap();
        Self { sqlite, directory }
    }

    /// Another process, as it were.
    fn other(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.directory.path().join("bench.sqlite")).unwrap()
    }

    async fn names(&self) -> Vec<String> {
        let rows = self
            .sqlite
            .rows(sql("SELECT name FROM named ORDER BY name", []))
            .await;
        let name = |mut row: SqliteRow| row.take::<String>("name").unwrap();
        rows.unwrap().into_iter().map(name).collect()
    }

    /// Begins something else, which waits for its turn; returns once it stands in line.
    async fn queued<T: Send + 'static>(
        &self,
        work: impl FnOnce(Session) -> T + Send + 'static,
    ) -> JoinHandle<Result<T, DbErr>> {
        let before = self.sqlite.writer.waiting();
        let sqlite = self.sqlite.clone();
        let task = tokio::spawn(async move { Ok(work(sqlite.begin().await?)) });
        while self.sqlite.writer.waiting() == before {
            tokio::task::yield_now().await;
        }
        task
    }

    /// The same, which writes a name and commits.
    async fn naming(&self, name: &'static str) -> JoinHandle<Result<(), DbErr>> {
        let naming = self.queued(move |session| (named(&session, name), session));
        let naming = naming.await;
        tokio::spawn(async move {
            let (done, session) = naming.await.unwrap()?;
            done?;
            session.commit(None).await
        })
    }
}

fn sql<const N: usize>(text: &str, values: [Value; N]) -> Statement {
    Statement::from_sql_and_values(DbBackend::Sqlite, text, values)
}

fn named(session: &Session, name: &str) -> Result<(), DbErr> {
    let insert = sql("INSERT INTO named (name) VALUES ($1)", [name.into()]);
    session.run(&insert).map(drop)
}

/// A row that belongs to nothing, which only the COMMIT finds.
fn orphaned(session: &Session) {
    session.run_sql("INSERT INTO orphan VALUES (77)").unwrap();
}

#[derive(Debug, Default)]
struct Commits(AtomicUsize);

#[async_trait]
impl CrashPoints for Commits {
    async fn reach(&self, point: CrashPoint) {
        if point == CrashPoint::BeforeSharedCommit {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[tokio::test]
async fn callers_share_a_commit_and_each_has_its_own_answer() {
    let bench = Bench::new(PATIENCE);
    let commits = Arc::new(Commits::default());
    let points: Arc<dyn CrashPoints> = commits.clone();
    let first = bench.sqlite.begin().await.unwrap();
    named(&first, "0").unwrap();
    let mut others = Vec::new();
    for (number, name) in [
        "1", "2", "0", "3", "panics", "4", "panics", "1", "5", "panics", "6",
    ]
    .into_iter()
    .enumerate()
    {
        let points = Arc::clone(&points);
        let before = bench.sqlite.writer.waiting();
        let sqlite = bench.sqlite.clone();
        others.push(tokio::spawn(async move {
            let session = sqlite.begin().await?;
            named(
                &session,
                &if name == "panics" {
                    format!("panic {number}")
                } else {
                    name.to_owned()
                },
            )?;
            assert!(name != "panics", "a panic in the middle");
            session.commit(Some(&points)).await
        }));
        while bench.sqlite.writer.waiting() == before {
            tokio::task::yield_now().await;
        }
    }
    first.commit(Some(&points)).await.unwrap();
    let mut heard = Vec::new();
    for other in others {
        heard.push(match other.await {
            Ok(Ok(())) => "done",
            Ok(Err(error)) if is_unique_violation(&error) => "taken",
            Ok(Err(error)) => panic!("{error}"),
            Err(_) => "panic",
        });
    }
    let expected = [
        "done", "done", "taken", "done", "panic", "done", "panic", "taken", "done", "panic", "done",
    ];
    assert_eq!(heard, expected);
    assert_eq!(bench.names().await, ["0", "1", "2", "3", "4", "5", "6"]);
    assert_eq!(commits.0.load(Ordering::Relaxed), 1);
}

/// SQLite ends the whole transaction then, with what the others have written.
#[tokio::test]
async fn a_disk_that_fills_up_in_somebodys_turn_is_everybodys_error() {
    let bench = Bench::new(PATIENCE);
    let first = bench.sqlite.begin().await.unwrap();
    named(&first, "first").unwrap();
    let second = bench
        .queued(|session| {
            session.run_sql("PRAGMA max_page_count = 10").unwrap();
            let much = vec![0_u8; 1_000_000];
            let insert = sql(
                "INSERT INTO named (name, bytes) VALUES ('much', $1)",
                [much.into()],
            );
            let full = session.run(&insert).unwrap_err();
            // Nothing may commit by itself now.
            let after = named(&session, "after").unwrap_err();
            (full, after, session)
        })
        .await;
    let third = bench.naming("third").await;
    let first = first.commit(None).await.unwrap_err();
    let (full, after, second) = second.await.unwrap().unwrap();
    for error in [
        &first,
        &full,
        &after,
        &second.commit(None).await.unwrap_err(),
    ] {
        assert!(error.to_string().contains("disk is full"), "{error}");
    }
    // Whoever comes later begins anew; there is room again.
    third.await.unwrap().unwrap();
    assert_eq!(bench.names().await, ["third"]);
    let fourth = bench.sqlite.begin().await.unwrap();
    fourth.run_sql("PRAGMA max_page_count = 1000000").unwrap();
    named(&fourth, "fourth").unwrap();
    fourth.commit(None).await.unwrap();
    assert_eq!(bench.names().await, ["fourth", "third"]);
}

/// A refusal may be founded on what is lost then.
#[tokio::test]
async fn whoever_was_refused_hears_of_a_commit_that_failed() {
    let bench = Bench::new(PATIENCE);
    let first = bench.sqlite.begin().await.unwrap();
    named(&first, "taken").unwrap();
    orphaned(&first);
    let refused = bench
        .queued(|session| (named(&session, "taken"), session))
        .await;
    let first = tokio::spawn(async move { first.commit(None).await });
    let (refusal, session) = refused.await.unwrap().unwrap();
    assert!(is_unique_violation(&refusal.unwrap_err()));
    let refused = session.roll_back(None).await.unwrap_err();
    let first = first.await.unwrap().unwrap_err();
    for error in [refused, first] {
        assert!(error.to_string().contains("FOREIGN KEY"), "{error}");
    }
    assert_eq!(bench.names().await, [""; 0]);
    // The connection is of use, and nothing is left open.
    let next = bench.sqlite.begin().await.unwrap();
    named(&next, "taken").unwrap();
    next.commit(None).await.unwrap();
    assert_eq!(bench.names().await, ["taken"]);
    // Alone, there is nothing to wait for.
    let alone = bench.sqlite.begin().await.unwrap();
    alone.roll_back(None).await.unwrap();
}

#[tokio::test]
async fn whoever_is_gone_neither_runs_nor_holds_up_anybody() {
    let bench = Bench::new(PATIENCE);
    let first = bench.sqlite.begin().await.unwrap();
    named(&first, "first").unwrap();
    let gone = bench.queued(|session| named(&session, "gone")).await;
    gone.abort();
    assert!(gone.await.unwrap_err().is_cancelled());
    // Nobody else comes: the COMMIT is made all the same.
    first.commit(None).await.unwrap();
    let dropped = bench.sqlite.begin().await.unwrap();
    named(&dropped, "dropped").unwrap();
    let next = bench.naming("next").await;
    drop(dropped);
    next.await.unwrap().unwrap();
    assert_eq!(bench.names().await, ["first", "next"]);
    // Dropped while others wait for the COMMIT, as the last of them.
    let before = bench.sqlite.begin().await.unwrap();
    named(&before, "third").unwrap();
    let last = bench.queued(drop).await;
    before.commit(None).await.unwrap();
    last.await.unwrap().unwrap();
    assert_eq!(bench.names().await, ["first", "next", "third"]);
}

#[tokio::test]
async fn waiting_for_another_process_has_an_end() {
    let bench = Bench::new(Duration::from_millis(300));
    let other = bench.other();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (first, second) = (bench.sqlite.clone(), bench.sqlite.clone());
    let (first, second) = tokio::join!(first.begin(), second.begin());
    for error in [first.unwrap_err(), second.unwrap_err()] {
        let acquire = matches!(error, DbErr::ConnectionAcquire(_));
        assert!(is_locked(&error) || acquire, "{error}");
    }
    // Reading goes on.
    assert_eq!(bench.names().await, [""; 0]);
    other.execute_batch("COMMIT").unwrap();
    bench.naming_alone("later").await;
    assert_eq!(bench.names().await, ["later"]);
}

impl Bench {
    async fn naming_alone(&self, name: &str) {
        let session = self.sqlite.begin().await.unwrap();
        named(&session, name).unwrap();
        session.commit(None).await.unwrap();
    }
}

#[tokio::test]
async fn the_log_does_not_grow_without_end() {
    let bench = Bench::new(PATIENCE);
    // The pages of 160 MB pass through the log.
    for number in 0..160_u32 {
        let session = bench.sqlite.begin().await.unwrap();
        let replace = "INSERT OR REPLACE INTO named (id, name, bytes) VALUES (1, $1, $2)";
        let name = number.to_string();
        let bytes = vec![7_u8; 1_000_000];
        session
            .run(&sql(replace, [name.into(), bytes.into()]))
            .unwrap();
        session.commit(None).await.unwrap();
    }
    let log = bench.directory.path().join("bench.sqlite-wal");
    let length = std::fs::metadata(log).unwrap().len();
    assert!(length < 64 << 20, "{length} bytes");
}

#[tokio::test]
async fn the_connection_that_commits_does_so_durably() {
    let bench = Bench::new(PATIENCE);
    let session = bench.sqlite.begin().await.unwrap();
    let asked = |setting: &str| {
        let mut rows = session
            .rows(&sql(&format!("PRAGMA {setting}"), []))
            .unwrap();
        rows.remove(0)
    };
    assert_eq!(asked("journal_mode").take_at::<String>(0).unwrap(), "wal");
    assert_eq!(asked("synchronous").take_at::<i64>(0).unwrap(), 2);
    assert_eq!(asked("foreign_keys").take_at::<i64>(0).unwrap(), 1);
    assert_eq!(asked("wal_autocheckpoint").take_at::<i64>(0).unwrap(), 0);
    let mut options = session.rows(&sql("PRAGMA compile_options", [])).unwrap();
    let has = |row: &mut SqliteRow| row.take_at::<String>(0).unwrap() == "ENABLE_QPSG";
    assert!(options.iter_mut().any(has));
    // What reads cannot write.
    let written = bench
        .sqlite
        .rows(sql("DELETE FROM named RETURNING id", []))
        .await;
    assert!(written.unwrap_err().to_string().contains("readonly"));
}

#[tokio::test]
async fn a_value_of_another_type_is_an_error_that_names_its_column() {
    let bench = Bench::new(PATIENCE);
    let row = "SELECT 'seven' AS number, 5 AS text, NULL AS none, 3000000000 AS long";
    let mut row = bench.sqlite.rows(sql(row, [])).await.unwrap().remove(0);
    let error = row.take::<i64>("number").unwrap_err();
    assert!(error.to_string().contains("column number"), "{error}");
    assert!(row.take::<String>("text").is_err());
    assert!(row.take::<String>("none").is_err());
    assert!(row.take::<i32>("long").is_err());
    assert!(row.take::<i64>("absent").is_err());
    // Numbered values stand where their numbers say.
    let numbered = sql("SELECT $2 || $1 || $2 AS text", ["a".into(), "b".into()]);
    let mut row = bench.sqlite.rows(numbered).await.unwrap().remove(0);
    assert_eq!(row.take::<String>("text").unwrap(), "bab");
    let absent = bench.sqlite.rows(sql("SELECT $2", ["a".into()])).await;
    assert!(absent.is_err());
}
