//! Who changes, removes, inserts or moves rows of the log is found out, row by row. The database itself refuses to.

use aloqa_gateway::audit::{Finding, Head, Remark};
use aloqa_gateway::database::{Connection as _, Fetch as _, Run as _};
use aloqa_gateway::repository::audit::{Wanted, list};
use entity::audit::{BEFORE, Column, Entity, Model};
use entity::audit_chain;
use migration::{Migrator, MigratorTrait as _};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _,
};
use uuid::Uuid;

use super::*;

const REFUSED: &str = "rows of the audit log are only added";

/// As somebody does who owns the table.
async fn without_guard(app: &TestApp) {
    let rules: &[&str] = match app.kind {
        DatabaseKind::Sqlite => &[
            "DROP TRIGGER audit_log_is_not_changed",
            "DROP TRIGGER audit_log_is_not_removed",
            "DROP TRIGGER audit_is_not_changed",
        ],
        DatabaseKind::Postgres => &[
            "ALTER TABLE audit_log DISABLE TRIGGER USER",
            "ALTER TABLE audit DISABLE TRIGGER USER",
        ],
    };
    for rule in rules {
        execute(app, rule).await.unwrap();
    }
}

async fn execute(app: &TestApp, sql: &str) -> Result<(), String> {
    let done = app.running.gateway.database.run_sql(sql).await;
    done.map(drop).map_err(|error| error.to_string())
}

/// Puts a row in the place of the one of this number.
async fn put(app: &TestApp, chain: Uuid, seq: i64, row: Option<Model>) {
    let db = &*app.running.gateway.database;
    Entity::delete_by_id((chain, seq)).run(db).await.unwrap();
    if let Some(row) = row {
        let row = row.into_active_model().reset_all();
        Entity::insert(row).run(db).await.unwrap();
    }
}

async fn end_of(app: &TestApp, chain: Uuid) -> audit_chain::Model {
    let found = audit_chain::Entity::find_by_id(chain);
    let found = found
        .fetch_one(&*app.running.gateway.database)
        .await
        .unwrap();
    found.unwrap()
}

async fn put_end(app: &TestApp, chain: Uuid, end: Option<audit_chain::Model>) {
    let db = &*app.running.gateway.database;
    let old = audit_chain::Entity::delete_by_id(chain);
    old.run(db).await.unwrap();
    if let Some(end) = end {
        let end = end.into_active_model().reset_all();
        audit_chain::Entity::insert(end).run(db).await.unwrap();
    }
}

async fn found_with(app: &TestApp, anchors: &[Head]) -> Vec<Finding> {
    let gateway = &app.running.gateway;
    let verify = Verify {
        db: &*gateway.database,
        vault: &gateway.vault,
        anchors,
        kept_since: None,
        progress: &|_| {},
    };
    verify.run().await.unwrap().findings
}

on_each_database! {
    async fn the_database_refuses_to_change_or_remove_rows(app: TestApp) {
        let count = rows(&app).await.len();
        let refused = |done: Result<(), String>| done.is_err_and(|error| error.contains(REFUSED));
        assert!(refused(execute(&app, "UPDATE audit_log SET outcome = 'ok'").await));
        assert!(refused(execute(&app, "UPDATE audit_log SET at = 0 WHERE seq = 1").await));
        assert!(refused(execute(&app, "DELETE FROM audit_log").await));
        if app.kind == DatabaseKind::Postgres {
            assert!(refused(execute(&app, "TRUNCATE audit_log").await));
        }
        assert!(rows(&app).await.len() >= count);
    }

    async fn every_way_to_falsify_the_log_is_found(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        app.result("transactions.debit", debit_params(UZCARD, &token, 500)).await;
        app.running.gateway.audit.turn().await.unwrap();
        let rows = app.audit_rows("*").await;
        let chain = rows[0].chain;
        let last = i64::try_from(rows.len()).unwrap();
        assert_eq!(last, 7, "{rows:?}");
        let row = |seq: i64| rows[usize::try_from(seq - 1).unwrap()].clone();
        let altered = |seq| Finding::Altered { chain, seq };
        assert_eq!(found_with(&app, &[]).await, []);
        without_guard(&app).await;

        // Changed: each column of a row, and its hash.
        let changes: [fn(&mut Model); 8] = [
            |row| row.at = row.at + 1,
            |row| row.who = "shop".to_owned(),
            |row| row.source = "192.0.2.9".to_owned(),
            |row| row.action = "cards.list".to_owned(),
            |row| row.object = String::new(),
            |row| row.outcome = "done".to_owned(),
            |row| row.detail = String::new(),
            |row| row.mac[0] ^= 1,
        ];
        for (number, change) in changes.into_iter().enumerate() {
            let mut changed = row(3);
            change(&mut changed);
            let is_mac = changed.mac != row(3).mac;
            put(&app, chain, 3, Some(changed)).await;
            let expected = if is_mac { vec![altered(3), altered(4)] } else { vec![altered(3)] };
            assert_eq!(found_with(&app, &[]).await, expected, "change {number}");
            put(&app, chain, 3, Some(row(3))).await;
        }
        // Removed: from the beginning, the middle, the end.
        for (gone, finding) in [
            (1..=2, Finding::Missing { chain, from: 1, to: 2 }),
            (3..=3, Finding::Missing { chain, from: 3, to: 3 }),
            (last..=last, Finding::CutOff { chain, last: last - 1, known: last }),
        ] {
            for seq in gone.clone() {
                put(&app, chain, seq, None).await;
            }
            assert_eq!(found_with(&app, &[]).await, [finding]);
            for seq in gone {
                put(&app, chain, seq, Some(row(seq))).await;
            }
        }
        // The end is cut, and where it was is changed to fit.
        let end = end_of(&app, chain).await;
        put(&app, chain, last, None).await;
        put_end(&app, chain, Some(audit_chain::Model { seq: last - 1, mac: row(last - 1).mac, ..end.clone() })).await;
        assert_eq!(found_with(&app, &[]).await, [Finding::EndForged { chain }]);
        put_end(&app, chain, None).await;
        assert_eq!(found_with(&app, &[]).await, [Finding::EndForged { chain }]);
        put(&app, chain, last, Some(row(last))).await;
        put_end(&app, chain, Some(end.clone())).await;
        // Inserted.
        let forged = Model { seq: last + 1, ..row(last) };
        put(&app, chain, last + 1, Some(forged)).await;
        assert_eq!(found_with(&app, &[]).await, [altered(last + 1)]);
        put(&app, chain, last + 1, None).await;
        // Moved: two rows have changed their places.
        put(&app, chain, 3, Some(Model { seq: 3, ..row(4) })).await;
        put(&app, chain, 4, Some(Model { seq: 4, ..row(3) })).await;
        assert_eq!(found_with(&app, &[]).await, [altered(3), altered(4), altered(5)]);
        put(&app, chain, 3, Some(row(3))).await;
        put(&app, chain, 4, Some(row(4))).await;
        // Moved to another chain.
        let other = Uuid::from_u128(9);
        put(&app, other, 1, Some(Model { chain: other, seq: 1, ..row(1) })).await;
        let found = found_with(&app, &[]).await;
        assert_eq!(found, [Finding::Altered { chain: other, seq: 1 }, Finding::EndForged { chain: other }]);
        put(&app, other, 1, None).await;
        assert_eq!(found_with(&app, &[]).await, []);

        // A whole chain, with its end: the next gateway has named it, and so does an anchor from elsewhere.
        let app = app.restarted().await;
        let heads = verified(&app).await.heads;
        let known = heads.iter().find(|head| head.chain == chain).unwrap();
        let all = Entity::delete_many().filter(Column::Chain.eq(chain));
        all.run(&*app.running.gateway.database).await.unwrap();
        put_end(&app, chain, None).await;
        let gone = Finding::Gone { chain, known: known.seq };
        assert_eq!(found_with(&app, &[]).await, std::slice::from_ref(&gone));
        assert_eq!(found_with(&app, &heads).await, [gone]);
    }

    /// Everything is as it was at an earlier moment: only what is kept elsewhere tells.
    async fn an_older_copy_is_found_by_an_anchor_from_elsewhere(app: TestApp) {
        app.running.gateway.audit.turn().await.unwrap();
        let chain = app.running.gateway.audit.figures().chain;
        let (rows, end) = (app.audit_rows("*").await, end_of(&app, chain).await);
        app.add_card(UZCARD).await;
        app.running.gateway.audit.turn().await.unwrap();
        let heads = verified(&app).await.heads;
        without_guard(&app).await;
        let later = Entity::delete_many().filter(Column::Seq.gt(end.seq));
        later.run(&*app.running.gateway.database).await.unwrap();
        let last = end.seq;
        put_end(&app, chain, Some(end)).await;
        assert_eq!(found_with(&app, &[]).await, []);
        assert_eq!(found_with(&app, &heads).await, [Finding::CutOff { chain, last, known: heads[0].seq }]);
        // The same number, another row.
        let row = rows.last().unwrap();
        let other = format!("{}:{}:{}", chain.simple(), row.seq, "0".repeat(32));
        let head: Head = other.parse().unwrap();
        assert_eq!(found_with(&app, &[head]).await, [Finding::Other { head }]);
    }

    /// What was archived and removed, up to an anchor of each chain, is no finding where that is said.
    async fn older_rows_may_be_removed_up_to_an_anchor(app: TestApp) {
        app.add_card(UZCARD).await;
        app.running.gateway.audit.turn().await.unwrap();
        app.clock.advance_ms(1_000);
        let kept_since = entity::time::UnixMillis(app.now());
        app.call("cards.list", json!({})).await;
        let chain = app.running.gateway.audit.figures().chain;
        let kept = app.audit_rows("audit.anchor").await.remove(0);
        let anchor = kept.seq;
        without_guard(&app).await;
        let older = Entity::delete_many().filter(Column::Seq.lt(anchor));
        older.run(&*app.running.gateway.database).await.unwrap();
        assert_eq!(found_with(&app, &[]).await, [Finding::Missing { chain, from: 1, to: anchor - 1 }]);
        let gateway = &app.running.gateway;
        let verify = Verify {
            db: &*gateway.database,
            vault: &gateway.vault,
            anchors: &[],
            kept_since: Some(kept_since),
            progress: &|_| {},
        };
        assert_eq!(verify.run().await.unwrap().findings, []);
        // That anchor itself is not believed without its hash.
        let changes: [fn(&mut Model); 2] = [|row| row.detail = String::new(), |row| row.who = "x".to_owned()];
        for change in changes {
            let mut forged = kept.clone();
            change(&mut forged);
            put(&app, chain, anchor, Some(forged)).await;
            assert_eq!(verify.run().await.unwrap().findings, [Finding::Altered { chain, seq: anchor }]);
        }
        // Not from any other row on.
        let anchor = Entity::delete_many().filter(Column::Seq.eq(anchor));
        anchor.run(&*app.running.gateway.database).await.unwrap();
        assert_eq!(verify.run().await.unwrap().findings.len(), 1);
    }

    /// The clock of a machine is set back by an hour.
    async fn a_clock_that_went_back_is_a_remark(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        app.clock.set_by_ms(-3_600_000);
        app.call("cards.info", json!({"token": token})).await;
        app.call("cards.info", json!({"token": token})).await;
        let found = verified(&app).await;
        assert_eq!((found.findings, found.remarks.len()), (vec![], 1));
        app.clock.set_by_ms(3_600_000);
    }
}

/// What was recorded before there were chains is kept, and sealed by the first gateway that opens it.
async fn rows_from_before_are_sealed(kind: DatabaseKind) {
    let files = tempfile::tempdir_in(fast_directory()).unwrap();
    let url = match kind {
        DatabaseKind::Sqlite => format!("sqlite:{}/old.sqlite?mode=rwc", files.path().display()),
        DatabaseKind::Postgres => match postgres::empty_database().await {
            Some(url) => url,
            None => return,
        },
    };
    let old = sea_orm::Database::connect(&url).await.unwrap();
    let before = Migrator::migrations()
        .iter()
        .position(|migration| migration.name().ends_with("_audit_chains"))
        .unwrap();
    Migrator::up(&old, u32::try_from(before).ok())
        .await
        .unwrap();
    let id = match kind {
        DatabaseKind::Sqlite => "x'00000000000000000000000000000007'",
        DatabaseKind::Postgres => "'00000000-0000-0000-0000-000000000007'",
    };
    let secret = if kind == DatabaseKind::Sqlite {
        "x'00'"
    } else {
        "'\\x00'"
    };
    let written = [
        "INSERT INTO database_profile (id, name, recorded_at) VALUES (1, 'sandbox', 1)".to_owned(),
        format!(
            "INSERT INTO partner (id, name, secret_mac, permissions, created_at) VALUES ({id}, 'shop', {secret}, '*', 1)"
        ),
        format!(
            "INSERT INTO audit (at, partner_id, action, object, request) VALUES (5, {id}, 'pan.read', '64ec', 'monitoring.get.entry x')"
        ),
        format!(
            "INSERT INTO audit (at, partner_id, action, object, request) \
             VALUES (6, {id}, 'transactions.resolve', '7', 'anna: request 9: failed: ticket 77')"
        ),
    ];
    for sql in &written {
        old.execute_unprepared(sql).await.unwrap();
    }
    old.close().await.unwrap();
    let app = TestApp::at(kind, Some(url), |_| {}).await;
    let db = &*app.running.gateway.database;
    let all = Wanted {
        limit: 100,
        ..Wanted::default()
    };
    let kept = list(db, &all).await.unwrap();
    let kept: Vec<(i64, i64, String, &str)> = kept
        .iter()
        .filter(|row| row.chain == BEFORE)
        .map(|row| (row.seq, row.at.0, told(row), &*row.detail))
        .collect();
    assert_eq!(
        kept,
        [
            (
                2,
                6,
                "anna from : transactions.resolve transaction 7: ".to_owned(),
                "request 9: failed: ticket 77"
            ),
            (
                1,
                5,
                "shop from : pan.read operation 64ec: ".to_owned(),
                "monitoring.get.entry x"
            ),
        ]
    );
    let sealed = app.audit_rows("audit.sealed").await;
    assert!(
        sealed.len() == 1 && sealed[0].detail.starts_with("to row 2: "),
        "{sealed:?}"
    );
    let found = verified(&app).await;
    assert_eq!((found.findings, found.remarks), (vec![], vec![]));

    // A gateway of the earlier version still writes; the next process seals that, too.
    execute(&app, &written[2]).await.unwrap();
    let found = verified(&app).await;
    assert_eq!(
        (found.findings, found.remarks),
        (vec![], vec![Remark::Unsealed { from: 3, to: 3 }])
    );
    let app = app.restarted().await;
    assert_eq!(app.audit_rows("audit.sealed").await.len(), 1);
    let found = verified(&app).await;
    assert_eq!((found.findings, found.remarks), (vec![], vec![]));

    for sql in [
        "UPDATE audit SET at = 7 WHERE id = 1",
        "DELETE FROM audit WHERE id = 2",
    ] {
        assert!(
            execute(&app, sql)
                .await
                .is_err_and(|error| error.contains(REFUSED))
        );
    }
    without_guard(&app).await;
    execute(&app, "UPDATE audit SET at = 7 WHERE id = 1")
        .await
        .unwrap();
    assert_eq!(found_with(&app, &[]).await, [Finding::Before]);
    // Sealed once.
    let app = app.restarted().await;
    assert_eq!(app.audit_rows("audit.sealed").await, []);
    assert_eq!(found_with(&app, &[]).await, [Finding::Before]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_from_before_are_sealed_on_sqlite() {
    rows_from_before_are_sealed(DatabaseKind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_from_before_are_sealed_on_postgres() {
    rows_from_before_are_sealed(DatabaseKind::Postgres).await;
}

/// With a role of its own to serve, the gateway cannot change or remove rows, whatever triggers there are.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_serves_may_only_add_rows() {
    let Some(url) = postgres::new_database().await else {
        return;
    };
    let owner = sea_orm::Database::connect(&url).await.unwrap();
    let database = url
        .rsplit('/')
        .find(|part| part.contains('?'))
        .unwrap_or(&url);
    let role = format!("serving_{}", database.split('?').next().unwrap());
    let documented =
        std::fs::read_to_string(program::repository().join("docs/operations.md")).unwrap();
    let (_, grants) = documented.split_once("```sql\n").unwrap();
    let (grants, _) = grants.split_once("```").unwrap();
    let grants = grants.replace("gateway;", &format!("{role};"));
    owner
        .execute_unprepared(&format!("CREATE ROLE {role} LOGIN"))
        .await
        .unwrap();
    owner
        .execute_unprepared("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        .await
        .unwrap();
    owner.execute_unprepared(&grants).await.unwrap();
    let url = url.replace("postgres://postgres@", &format!("postgres://{role}@"));
    let app = TestApp::at(DatabaseKind::Postgres, Some(url), |_| {}).await;
    let token = app.add_card(UZCARD).await;
    app.result("transactions.debit", debit_params(UZCARD, &token, 500))
        .await;
    for sql in [
        "UPDATE audit_log SET who = 'x'",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
        "ALTER TABLE audit_log DISABLE TRIGGER USER",
    ] {
        let error = execute(&app, sql).await.unwrap_err();
        assert!(
            error.contains("permission denied") || error.contains("must be owner"),
            "{sql}: {error}"
        );
    }
    assert_eq!(found_with(&app, &[]).await, []);
    assert!(app.running.stop().await);
    owner
        .execute_unprepared(&format!("DROP OWNED BY {role}; DROP ROLE {role}"))
        .await
        .unwrap();
    owner.close().await.unwrap();
}
