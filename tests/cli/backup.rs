//! `aloqa-gateway backup` beside a gateway that serves, and `doctor`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::Value;
use test_support::{Credentials, HttpRequest, UZCARD, debit_params, postgres, send};

use crate::folder::change;
use crate::program::{FREE_PORTS, Serving, migrated, run, stderr, stdout};

fn json(output: &std::process::Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

/// Calls as the demo partner.
fn call(gateway: &Serving, method: &str, params: &Value) -> Value {
    let address = gateway
        .url("partners")
        .replace("http://", "")
        .parse()
        .unwrap();
    let body = serde_json::json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    let request = HttpRequest::post(body.to_string()).credentials(&Credentials::demo());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let reply = runtime.block_on(send(address, request));
    let reply: Value = serde_json::from_str(&reply.body).unwrap();
    assert!(reply["error"].is_null(), "{reply}");
    reply["result"].clone()
}

/// Attaches the first test card; its token.
pub(crate) fn card(gateway: &Serving) -> String {
    let card = serde_json::json!({"pan": UZCARD.pan, "expiry": "1230", "phone": UZCARD.phone});
    let begun = call(gateway, "cards.add", &card);
    let code =
        serde_json::json!({"transactionId": begun["transactionId"], "confirmedCode": "111111"});
    call(gateway, "cards.add-confirm", &code)["token"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// The files of a folder that are a copy or a part of one; not what a command that used it has left.
fn copies(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names
        .filter(|name| {
            name.starts_with("copy") && !name.ends_with("-wal") && !name.ends_with("-shm")
        })
        .collect();
    names.sort_unstable();
    names
}

#[test]
fn a_copy_is_made_and_verified_while_payments_go_on() {
    let gateway = Serving::gateway();
    let path = gateway.directory.path();
    let token = card(&gateway);
    let debit = || {
        call(
            &gateway,
            "transactions.debit",
            &debit_params(UZCARD, &token, 500),
        )["transactionId"]
            .as_i64()
            .unwrap()
    };
    let (begun, stop) = (debit(), AtomicBool::new(false));
    let output = thread::scope(|scope| {
        let paying = scope.spawn(|| {
            let mut last = 0;
            while !stop.load(Ordering::Relaxed) {
                last = debit();
            }
            last
        });
        let output = run(path, &["backup", "copy.sqlite", "--json"], &[]);
        stop.store(true, Ordering::Relaxed);
        assert!(paying.join().unwrap() > begun);
        output
    });
    assert!(output.status.success(), "{output:?}");
    let made = json(&output)["item"].clone();
    let last = made["lastTransactionId"].as_i64().unwrap();
    assert!(last >= begun, "{made}");
    assert_eq!(copies(path), ["copy.sqlite"]);
    let file = fs::metadata(path.join("copy.sqlite")).unwrap();
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
    assert_eq!(made["bytes"], file.len());
    let summed = Command::new("sha256sum")
        .arg(path.join("aloqa-gateway.keys"))
        .output()
        .unwrap();
    assert!(
        stdout(&summed).starts_with(made["keyFileSha256"].as_str().unwrap()),
        "{made}"
    );

    // It is a database that the gateway's keys fit, with all that had been told before it was begun.
    let settings = [
        ("ALOQA__DATABASE__URL", "sqlite:copy.sqlite"),
        ("ALOQA__VAULT__KEY_FILE", "aloqa-gateway.keys"),
        ("ALOQA__PROFILE", "sandbox"),
    ];
    let fits = run(path, &["keys", "check"], &settings);
    assert!(fits.status.success(), "{fits:?}");
    let shown = json(&run(
        path,
        &["transactions", "show", &begun.to_string(), "--json"],
        &settings,
    ));
    assert_eq!(shown["item"]["status"], "succeeded", "{shown}");

    // No copy is overwritten, and none is begun where it cannot be written.
    let again = run(path, &["backup", "copy.sqlite"], &[]);
    assert_eq!(again.status.code(), Some(4), "{again:?}");
    assert!(stderr(&again).contains("is there already"), "{again:?}");
    let nowhere = run(path, &["backup", "no/such/folder/copy"], &[]);
    assert_eq!(nowhere.status.code(), Some(5), "{nowhere:?}");
    let words = run(path, &["backup", "copy-2.sqlite"], &[]);
    for said in [
        "copy-2.sqlite: ",
        " MB, last transaction ",
        "schema m2026",
        "verified",
        "the key file aloqa-gateway.keys is not in it",
    ] {
        assert!(stdout(&words).contains(said), "{said}: {words:?}");
    }
    assert!(stderr(&words).contains("next: encrypt it"), "{words:?}");
    assert_eq!(copies(path), ["copy-2.sqlite", "copy.sqlite"]);
    let rows = json(&run(
        path,
        &["audit", "list", "--action", "backup", "--json"],
        &[],
    ));
    assert_eq!(rows["items"][0]["object"], "file copy-2.sqlite", "{rows}");
    assert_eq!(rows["items"][0]["outcome"], "done", "{rows}");
}

/// A copy that cannot be whole gets no name.
#[test]
fn a_damaged_database_gives_no_copy() {
    let directory = migrated();
    let path = directory.path();
    let database = path.join("aloqa-gateway.sqlite");
    // What is in its log is carried over into the file.
    change(path, "PRAGMA user_version = 1");
    let mut bytes = fs::read(&database).unwrap();
    // A page in the middle, after what the command itself needs.
    let page = 4_096;
    let pages = bytes.len() / page;
    for number in pages / 2..pages {
        bytes[number * page..(number + 1) * page].fill(0xff);
    }
    fs::write(&database, bytes).unwrap();
    let output = run(path, &["backup", "copy.sqlite"], &[]);
    assert!(!output.status.success(), "{output:?}");
    assert_eq!(copies(path), [""; 0]);
}

#[test]
fn postgresql_is_backed_up_by_its_own_programs() {
    let directory = tempfile::tempdir().unwrap();
    let settings = [("ALOQA__DATABASE__URL", "postgres://x@127.0.0.1:1/x")];
    let output = run(directory.path(), &["backup", "copy"], &settings);
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    assert!(
        stderr(&output).contains("pg_basebackup -X stream -c fast"),
        "{output:?}"
    );
}

/// The rows of `doctor` by their check.
fn examined(
    directory: &Path,
    settings: &[(&str, &str)],
) -> (Option<i32>, impl Fn(&str) -> Value + use<>) {
    let output = run(directory, &["doctor", "--json"], settings);
    let told = json(&output);
    let find = move |check: &str| {
        let rows = told["items"].as_array().unwrap();
        let row = rows.iter().find(|row| row["check"] == check);
        row.unwrap_or_else(|| panic!("{check}: {told}")).clone()
    };
    (output.status.code(), find)
}

#[test]
fn doctor_finds_what_is_missing_and_says_what_to_do() {
    let gateway = Serving::gateway();
    let (operations, sandbox) = (gateway.url("operations"), gateway.url("sandbox"));
    let settings = [
        (
            "ALOQA__SERVER__OPS_LISTEN",
            operations.trim_start_matches("http://"),
        ),
        (
            "ALOQA__SANDBOX__LISTEN",
            sandbox.trim_start_matches("http://"),
        ),
    ];
    // Just after the start, no duty has had its turn.
    let row = loop {
        let (_, row) = examined(gateway.directory.path(), &settings);
        if row("duty follow_keys")["found"] != "has not succeeded yet" {
            break row;
        }
    };
    for check in [
        "settings",
        "database",
        "schema",
        "clock",
        "keys",
        "simulated networks",
        "gateway",
        "duty follow_keys",
    ] {
        assert_eq!(row(check)["isFinding"], false, "{}", row(check));
    }
    assert_eq!(row("keys")["found"], "k1, encrypting with k1");
    run(gateway.directory.path(), &["backup", "copy.sqlite"], &[]);
    let (_, row) = examined(gateway.directory.path(), &settings);
    let found =
        |row: &dyn Fn(&str) -> Value, check: &str| row(check)["found"].as_str().unwrap().to_owned();
    assert!(found(&row, "last backup").ends_with("+05:00 file copy.sqlite"));
    for network in ["UZCARD", "HUMO"] {
        let none = found(&row, &format!("comparison {network}"));
        assert_eq!(none.matches(": not compared").count(), 2, "{none}");
    }
    run(gateway.directory.path(), &["compare"], &settings);
    let (_, row) = examined(gateway.directory.path(), &settings);
    for network in ["UZCARD", "HUMO"] {
        let both = found(&row, &format!("comparison {network}"));
        assert!(
            both.contains(": not compared") && both.ends_with(": all matched"),
            "{both}"
        );
    }

    let directory = gateway.terminate_and_keep();
    let (status, row) = examined(directory.path(), &settings);
    assert_eq!(status, Some(1));
    for check in ["simulated networks", "gateway"] {
        assert_eq!(row(check)["isFinding"], true, "{}", row(check));
    }
    let table = run(directory.path(), &["doctor"], &settings);
    assert!(stdout(&table).starts_with("CHECK "), "{table:?}");
    assert!(
        stdout(&table).contains("start it, or name its server.ops_listen"),
        "{table:?}"
    );

    let nowhere = tempfile::tempdir().unwrap();
    let (status, row) = examined(nowhere.path(), &settings);
    assert_eq!(status, Some(1));
    assert!(
        row("database")["advice"]
            .as_str()
            .unwrap()
            .contains("there is no database at")
    );
    assert!(fs::read_dir(nowhere.path()).unwrap().next().is_none());
}

#[tokio::test]
async fn doctor_compares_the_clock_with_postgresqls() {
    let Some(url) = postgres::empty_database().await else {
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let settings = [&FREE_PORTS[1..], &[("ALOQA__DATABASE__URL", url.as_str())]].concat();
    let (_, row) = examined(directory.path(), &settings);
    assert_eq!(row("schema")["found"], "no tables of the gateway");
    let made = run(directory.path(), &["migrate"], &settings);
    assert!(made.status.success(), "{made:?}");
    let (_, row) = examined(directory.path(), &settings);
    for check in ["database", "schema", "clock", "keys"] {
        assert_eq!(row(check)["isFinding"], false, "{}", row(check));
    }
    assert!(
        row("clock")["found"]
            .as_str()
            .unwrap()
            .ends_with(" ms ahead of it")
    );
}

/// A command that only reads leaves the file as it is, byte by byte: here a copy, which is not even one to commit in.
#[test]
fn who_only_reads_changes_no_file() {
    let directory = migrated();
    let path = directory.path();
    let made = run(path, &["backup", "copy.sqlite"], &[]);
    assert!(made.status.success(), "{made:?}");
    let settings = [
        ("ALOQA__DATABASE__URL", "sqlite:copy.sqlite"),
        ("ALOQA__VAULT__KEY_FILE", "aloqa-gateway.keys"),
        ("ALOQA__PROFILE", "sandbox"),
    ];
    let before = fs::read(path.join("copy.sqlite")).unwrap();
    for (command, status) in [
        (&["doctor"][..], 1),
        (&["report", "--partner", "demo"], 3),
        (&["operator", "list"], 0),
        (&["partner", "list"], 0),
        (&["partner", "webhook", "list"], 0),
        (&["ban", "list"], 0),
        (&["audit", "list"], 0),
        (&["audit", "verify"], 0),
        (&["transactions", "list"], 0),
        (&["transactions", "show", "7"], 3),
        (&["receipts", "list"], 0),
        (&["webhooks", "list"], 0),
        (&["restored", "list"], 0),
        (&["config", "check", "--connect"], 0),
    ] {
        let read = run(path, command, &settings);
        assert_eq!(read.status.code(), Some(status), "{command:?}: {read:?}");
        assert!(
            fs::read(path.join("copy.sqlite")).unwrap() == before,
            "{command:?}"
        );
        let beside = ["copy.sqlite-wal", "copy.sqlite-shm"];
        assert!(
            beside.iter().all(|file| !path.join(file).exists()),
            "{command:?}"
        );
    }
    // What is done is written, and recorded.
    let did = run(
        path,
        &["operator", "add", "anna", "--role", "look"],
        &settings,
    );
    assert!(did.status.success(), "{did:?}");
    let log = stdout(&run(path, &["audit", "list"], &settings));
    assert!(log.contains("operator.add"), "{log}");
}
