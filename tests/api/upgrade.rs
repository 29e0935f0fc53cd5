//! A database of an earlier version opens, is migrated, and goes on: repeats are answered as before, what was open is
//! settled, and what an old gateway still writes beside a new one is taken.
//!
//! `tests/fixtures/VERSION/` has one of each kind of transaction, as that version wrote it, with the answers that it gave.
//! Before a release, write those of the version that is to be released, and add it to [`VERSIONS`]:
//!
//! ```sh
//! cargo test --test api upgrade::write_the_fixtures -- --ignored
//! ```

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use aloqa_gateway::operator::{Open, Part};
use migration::{Migrator, MigratorTrait as _};
use sea_orm::{ConnectionTrait as _, Database};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use test_support::*;

/// The versions whose databases are kept, oldest first.
const VERSIONS: [&str; 1] = ["0.1.0"];

const KINDS: [(DatabaseKind, &str); 2] = [
    (DatabaseKind::Sqlite, "sqlite"),
    (DatabaseKind::Postgres, "postgres"),
];

fn folder(version: &str, kind: &str) -> PathBuf {
    let fixtures = program::repository().join("tests/fixtures");
    fixtures.join(version).join(kind)
}

fn read(folder: &Path, file: &str) -> String {
    fs::read_to_string(folder.join(file)).unwrap()
}

/// What the old version had answered, and when.
struct Before {
    now: i64,
    /// Method, params, and the whole reply that a repeat got.
    repeats: Vec<(String, Value, Value)>,
}

impl Before {
    fn read(folder: &Path) -> Self {
        let mut told: Value = serde_json::from_str(&read(folder, "answers.json")).unwrap();
        let now = told["now"].as_i64().unwrap();
        let repeats = told["repeats"].as_array_mut().unwrap().iter_mut();
        Self {
            now,
            repeats: repeats
                .map(|row| {
                    let method = row["method"].as_str().unwrap().to_owned();
                    (method, row["params"].take(), row["reply"].take())
                })
                .collect(),
        }
    }
}

/// Runs an SQL script in a session of its own, as it may change the session.
async fn run_script(url: &str, script: &str) {
    let database = Database::connect(url).await.unwrap();
    // psql's own commands, which a dump may have.
    let lines = script.lines().filter(|line| !line.starts_with('\\'));
    let script: Vec<&str> = lines.collect();
    database
        .execute_unprepared(&script.join("\n"))
        .await
        .unwrap();
    database.close().await.unwrap();
}

/// A gateway of this version on the database of an earlier one, at the time at which that was left.
async fn opened(kind: DatabaseKind, folder: &Path) -> Option<(TestApp, Before)> {
    let url = match kind {
        DatabaseKind::Sqlite => None,
        DatabaseKind::Postgres => Some(postgres::empty_database().await?),
    };
    if let Some(url) = &url {
        run_script(url, &read(folder, "schema.sql")).await;
        run_script(url, &read(folder, "data.sql")).await;
    }
    let files = tempfile::tempdir_in(fast_directory()).unwrap();
    let sqlite = format!("sqlite:{}/old.sqlite?mode=rwc", files.path().display());
    if url.is_none() {
        run_script(&sqlite, &read(folder, "database.sql")).await;
    }
    for file in ["gateway.keys", "gateway.sandbox"] {
        fs::copy(folder.join(file), files.path().join(file)).unwrap();
    }
    use_only_by_owner(&files.path().join("gateway.keys"));
    let app = TestApp::at(kind, Some(url.unwrap_or(sqlite)), |config| {
        config.vault.key_file = Some(files.path().join("gateway.keys"));
        config.sandbox.state = Some(files.path().join("gateway.sandbox"));
    })
    .await;
    // For as long as the test runs.
    let _ = files.keep();
    let before = Before::read(folder);
    app.clock.advance_ms(before.now - app.now());
    Some((app, before))
}

fn use_only_by_owner(file: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
}

/// Whether everything that was told before is told now; a later version may tell more.
fn still_told(before: &Value, now: &Value) -> bool {
    match (before, now) {
        (Value::Object(before), Value::Object(now)) => before.iter().all(|(name, value)| {
            now.get(name)
                .is_some_and(|told| name == "message" || still_told(value, told))
        }),
        (Value::Array(before), Value::Array(now)) => {
            before.len() == now.len()
                && before
                    .iter()
                    .zip(now)
                    .all(|(before, now)| still_told(before, now))
        }
        (before, now) => before == now,
    }
}

async fn open(app: &TestApp, which: Open) -> usize {
    const ALL: Part = Part {
        most: None,
        newest_first: false,
    };
    let listed = app.running.gateway.open_transactions(which, ALL).await;
    listed.unwrap().rows.len()
}

async fn repeats_are_answered_and_work_goes_on(kind: DatabaseKind, name: &str) {
    for version in VERSIONS {
        let Some((app, before)) = opened(kind, &folder(version, name)).await else {
            return;
        };
        assert!(before.repeats.len() > 30);
        for (method, params, reply) in &before.repeats {
            let now = app.call(method, params.clone()).await;
            assert!(
                still_told(reply, &now),
                "{version}: {method} {params}\nbefore: {reply}\nnow: {now}"
            );
        }
        let moved = app.moves().await;

        // What was open is found out.
        assert_eq!(open(&app, Open::Manual).await, 1);
        assert_eq!(open(&app, Open::Unknown).await, 2);
        app.recover_after_all().await;
        assert_eq!(open(&app, Open::Unknown).await, 0);
        assert_eq!(
            app.row_of("unknown-UZCARD").await.status,
            entity::transaction::Status::Succeeded
        );
        assert_eq!(
            app.row_of("unknown-HUMO").await.status,
            entity::transaction::Status::Declined
        );
        assert_eq!(app.moves().await, moved);

        // What an earlier version took and gave back is told, though it wrote no sums.
        for (word, amounts) in [
            ("debit", [1_001, 0]),
            ("reversed", [1_002, 1_002]),
            ("charged", [1_004, 0]),
        ] {
            for network in ["UZCARD", "HUMO"] {
                let params = json!({"extId": format!("{word}-{network}")});
                let found = app.result("transactions.get", params).await;
                let told = json!([found["capturedAmount"], found["reversedAmount"]]);
                assert_eq!(told, json!(amounts), "{word}");
                let reversed = found["reversals"].as_array().unwrap().len();
                assert_eq!(reversed, usize::from(word == "reversed"));
            }
        }
        // What was held and paid can be charged and given back.
        for network in ["UZCARD", "HUMO"] {
            let held = app.row_of(&format!("held-{network}")).await.id.0;
            app.result(
                "transactions.debit.hold.charge",
                json!({"transactionId": held}),
            )
            .await;
            let paid = app.row_of(&format!("debit-{network}")).await.id.0;
            app.result("transactions.debit.reverse", json!({"transactionId": paid}))
                .await;
        }
        app.running.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_an_earlier_version_goes_on_sqlite() {
    repeats_are_answered_and_work_goes_on(DatabaseKind::Sqlite, "sqlite").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_an_earlier_version_goes_on_postgres() {
    repeats_are_answered_and_work_goes_on(DatabaseKind::Postgres, "postgres").await;
}

/// A gateway of the earlier version may run on while the first one of this version migrates: what it writes then, with
/// the columns that it knows, must be taken.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_new_schema_takes_what_an_earlier_version_writes() {
    for version in VERSIONS {
        let Some(url) = postgres::new_database().await else {
            return;
        };
        let data = read(&folder(version, "postgres"), "data.sql");
        let rows: Vec<&str> = data
            .lines()
            .filter(|line| !line.contains("INTO public.seaql_migrations"))
            .collect();
        assert!(rows.len() > 100);
        run_script(&url, &rows.join("\n")).await;
    }
}

/// Refuses a step that has locked a table of an earlier version against its writers, and then another one: a gateway's call
/// that has written to the second, and waits for the first, would wait for ever, and PostgreSQL end one of the two.
const ONE_TABLE_A_STEP: &str = "
CREATE TABLE told_before AS SELECT oid FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'seaql_migrations';
CREATE FUNCTION one_table_a_step() RETURNS event_trigger LANGUAGE plpgsql AS $$
DECLARE locked text;
BEGIN
    SELECT string_agg(DISTINCT relation::regclass::text, ' ') INTO locked FROM pg_locks JOIN told_before ON oid = relation
        WHERE pid = pg_backend_pid() AND mode IN
            ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock');
    IF locked LIKE '% %' THEN RAISE EXCEPTION 'one step locks %', locked; END IF;
END $$;
CREATE EVENT TRIGGER one_table_a_step ON ddl_command_end EXECUTE FUNCTION one_table_a_step();";

/// Gateways of an earlier version serve while the first one of this version migrates.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_step_waits_for_a_table_while_it_keeps_writers_from_another() {
    for version in VERSIONS {
        let Some(url) = postgres::empty_database().await else {
            return;
        };
        let folder = folder(version, "postgres");
        run_script(&url, &read(&folder, "schema.sql")).await;
        run_script(&url, &read(&folder, "data.sql")).await;
        run_script(&url, ONE_TABLE_A_STEP).await;
        let database = Database::connect(&url).await.unwrap();
        let two = "ALTER TABLE card ADD seen int; ALTER TABLE partner ADD seen int";
        let refused = database.execute_unprepared(two).await.unwrap_err();
        assert!(refused.to_string().contains("one step locks"), "{refused}");
        Migrator::up(&database, None).await.unwrap();
        database.close().await.unwrap();
    }
}

/// Writes the fixtures of this version; see the top of the file.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "writes files of the repository"]
async fn write_the_fixtures() {
    for (kind, name) in KINDS {
        let folder = folder(env!("CARGO_PKG_VERSION"), name);
        fs::create_dir_all(&folder).unwrap();
        let app = TestApp::on(kind).await.unwrap();
        let orders = one_of_each(&app).await;
        let mut repeats = Vec::new();
        for (method, params) in orders {
            let reply = app.call(&method, params.clone()).await;
            repeats.push(json!({"method": method, "params": params, "reply": reply}));
        }
        let told = json!({"now": app.now(), "repeats": repeats});
        let told = serde_json::to_string_pretty(&told).unwrap();
        fs::write(folder.join("answers.json"), told + "\n").unwrap();
        // All that moves is on the disk; nothing is under way.
        for file in ["gateway.keys", "gateway.sandbox"] {
            fs::copy(app.directory().join(file), folder.join(file)).unwrap();
        }
        let url = app.config.database.url.expose_secret();
        match kind {
            DatabaseKind::Sqlite => {
                let file = url.trim_start_matches("sqlite:");
                dump(&folder.join("database.sql"), "sqlite3", &[file, ".dump"]);
            }
            DatabaseKind::Postgres => {
                let plain = ["--no-owner", "--no-privileges", "--no-comments", "-d", url];
                let schema = [&["--schema-only"], &plain[..]].concat();
                dump(&folder.join("schema.sql"), "pg_dump", &schema);
                let data = [&["--data-only", "--column-inserts"], &plain[..]].concat();
                dump(&folder.join("data.sql"), "pg_dump", &data);
            }
        }
    }
}

fn dump(to: &Path, program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", program::stderr(&output));
    // What only says which program wrote it changes with every version of that program.
    let script = program::stdout(&output);
    let lines = script
        .lines()
        .filter(|line| !line.starts_with("--") && !line.is_empty());
    let lines: Vec<&str> = lines.collect();
    fs::write(to, lines.join("\n") + "\n").unwrap();
}

/// One transaction of each kind and end, in every state that lasts; the calls that ask for them again.
async fn one_of_each(app: &TestApp) -> Vec<(String, Value)> {
    let mut repeats: Vec<(String, Value)> = Vec::new();
    let cards = [
        (UZCARD, app.add_card(UZCARD).await),
        (HUMO, app.add_card(HUMO).await),
    ];
    let named = |params: Value, ext_id: &str| with(params, json!({"extId": ext_id}));
    // Given up: only an operator knows.
    let (uzcard, token) = &cards[0];
    let other = app.add_card(UZCARD_2).await;
    let hold = with(
        debit_params(UZCARD_2, &other, 901),
        json!({"is_hold": true, "extId": "manual"}),
    );
    app.fail_once(*uzcard, "hold", "reset_before").await;
    app.error("transactions.debit", hold.clone()).await;
    repeats.push(("transactions.debit".to_owned(), hold));
    app.recover_after_all().await;

    for (card, token) in &cards {
        let (card, network) = (*card, card.network());
        let mut order = async |word: &str, amount: i64, more: Value| {
            let ext_id = format!("{word}-{network}");
            let params = named(with(debit_params(card, token, amount), more), &ext_id);
            app.call("transactions.debit", params.clone()).await;
            repeats.push(("transactions.debit".to_owned(), params));
            json!({"transactionId": app.row_of(&ext_id).await.id.0})
        };
        let is_hold = json!({"is_hold": true});
        order("debit", 1_001, json!({})).await;
        let reversed = order("reversed", 1_002, json!({})).await;
        app.result("transactions.debit.reverse", reversed).await;
        order("held", 1_003, is_hold.clone()).await;
        let charged = order("charged", 1_004, is_hold.clone()).await;
        app.result("transactions.debit.hold.charge", charged).await;
        let cancelled = order("cancelled", 1_005, is_hold.clone()).await;
        app.result("transactions.debit.hold.cancel", cancelled)
            .await;
        app.refuse_once(card, "pay", card.refusing_code().0).await;
        order("declined", 1_006, json!({})).await;
        let coded = json!({"force_sms_confirmation": true});
        order("awaiting", 1_007, coded.clone()).await;
        let confirmed = order("confirmed", 1_008, coded).await;
        let id = confirmed["transactionId"].as_i64().unwrap();
        app.result("transactions.debit.confirm", right_code(id))
            .await;
        app.fail_once(card, "pay", "reset_after").await;
        order("unknown", 1_009, json!({})).await;
    }
    for direction in DIRECTIONS {
        let (_, token) = cards
            .iter()
            .find(|(card, _)| *card == direction.from)
            .unwrap();
        for (word, amount) in [("transfer", 20_001), ("undone", 20_002)] {
            if word == "undone" && !direction.is_across() {
                continue;
            }
            if word == "undone" {
                app.refuse_once(direction.to, "credit", direction.to.refusing_code().0)
                    .await;
            }
            let ext_id = format!("{word}-{}", direction.method);
            let params = named(direction.params(token, amount), &ext_id);
            app.call(direction.method, params.clone()).await;
            repeats.push((direction.method.to_owned(), params));
        }
    }
    let history = json!({"tokens": [token], "from": "2026-11-21", "to": "2026-11-21"});
    app.result("cards.monitoring", history).await;
    let asked: Vec<(String, Value)> = repeats
        .iter()
        .map(|(_, params)| {
            let params = json!({"extId": params["extId"]});
            ("transactions.get".to_owned(), params)
        })
        .collect();
    repeats.extend(asked);
    repeats
}
