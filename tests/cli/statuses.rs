//! With which status commands end, and what they say as JSON.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::program::{FREE_PORTS, Serving, migrated, program, run, stderr, stdout};

/// The object on the standard output.
fn told(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

/// Ends so, and says it as JSON too: the same status, on the standard output alone.
fn ends(directory: &Path, status: i32, code: &str, arguments: &[&str], settings: &[(&str, &str)]) {
    let words = run(directory, arguments, settings);
    assert_eq!(
        words.status.code(),
        Some(status),
        "{arguments:?}: {words:?}"
    );
    assert!(!stderr(&words).is_empty(), "{arguments:?}");
    let arguments = [arguments, &["--json"]].concat();
    let output = run(directory, &arguments, settings);
    assert_eq!(output.status.code(), Some(status), "{output:?}");
    let error = &told(&output)["error"];
    assert_eq!(error["code"], code, "{error}");
    assert_eq!(error["status"], status, "{error}");
    let message = error["message"].as_str().unwrap();
    assert!(stderr(&words).contains(message), "{message}: {words:?}");
}

#[test]
fn each_kind_of_failure_has_its_status_and_its_json() {
    let directory = migrated();
    let path = directory.path();
    ends(
        path,
        2,
        "unusable",
        &["partner", "add", "shop", "--allow", "x"],
        &[],
    );
    ends(
        path,
        2,
        "unusable",
        &["ban", "add", "x", "--reason", "y"],
        &[],
    );
    ends(path, 3, "not_found", &["partner", "show", "nobody"], &[]);
    ends(path, 3, "not_found", &["transactions", "show", "7"], &[]);
    ends(
        path,
        3,
        "not_found",
        &["receipts", "retry", "7", "--reason", "y"],
        &[],
    );
    ends(
        path,
        3,
        "not_found",
        &[
            "receipts",
            "settle",
            "7",
            "--not-registered",
            "--reason",
            "y",
        ],
        &[],
    );
    ends(
        path,
        3,
        "not_found",
        &["restored", "close", "7", "--reason", "y"],
        &[],
    );
    ends(path, 4, "refused", &["keys", "retire", "k1"], &[]);
    let away = [("ALOQA__DATABASE__URL", "postgres://x@127.0.0.1:1/x")];
    ends(path, 5, "out_of_reach", &["partner", "list"], &away);
    let elsewhere = tempfile::tempdir().unwrap();
    ends(elsewhere.path(), 2, "unusable", &["partner", "list"], &[]);
}

#[test]
fn a_second_gateway_is_told_to_try_again() {
    let gateway = Serving::gateway();
    ends(
        gateway.directory.path(),
        6,
        "try_again",
        &["serve"],
        &FREE_PORTS,
    );
}

#[test]
fn what_cannot_be_understood_is_json_too() {
    let directory = tempfile::tempdir().unwrap();
    let output = run(directory.path(), &["partner", "sho", "--json"], &[]);
    assert_eq!(output.status.code(), Some(2));
    let error = &told(&output)["error"];
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("unrecognized subcommand 'sho'"),
        "{error}"
    );
    // Where in the settings it is.
    let file = directory.path().join("gw.toml");
    fs::write(&file, "[server]\nlimit = 1\n").unwrap();
    let output = run(
        directory.path(),
        &["--config", "gw.toml", "partner", "list", "--json"],
        &[],
    );
    assert_eq!(output.status.code(), Some(2));
    let error = &told(&output)["error"];
    assert!(
        error["place"].as_str().unwrap().contains("gw.toml:2"),
        "{error}"
    );
}

#[test]
fn the_program_and_its_manual_have_the_table() {
    let directory = tempfile::tempdir().unwrap();
    let help = stdout(&run(directory.path(), &["--help"], &[]));
    run(directory.path(), &["manual", "share"], &[]);
    let page = fs::read_to_string(directory.path().join("share/man/man1/aloqa-gateway.1")).unwrap();
    for row in [
        "Exit status of every command:",
        "3   what was named is not there",
        "70  a fault of the program",
    ] {
        assert!(help.contains(row), "{row}: {help}");
        assert!(page.contains(row), "{row}: {page}");
    }
}

/// What a command did, and what to look at next.
#[test]
fn acts_answer_as_json_and_name_what_comes_next() {
    let directory = migrated();
    let did = |arguments: &[&str]| {
        let output = run(directory.path(), &[arguments, &["--json"]].concat(), &[]);
        assert!(output.status.success(), "{output:?}");
        told(&output)
    };
    let added = did(&["partner", "add", "shop", "--allow", "*"]);
    assert_eq!(added["schema"], "partner.add/1");
    assert_eq!(added["item"]["secret"].as_str().unwrap().len(), 43);
    assert_eq!(added["next"], "aloqa-gateway partner show shop");
    assert_eq!(did(&["keys", "add", "k2"])["item"]["key"], "k2");
    assert_eq!(did(&["keys", "rotate", "--to", "k2"])["item"]["values"], 0);
    assert_eq!(did(&["audit", "verify"])["item"]["isWhole"], true);
    for (list, schema) in [
        (&["partner", "list"][..], "partner.list/1"),
        (&["partner", "webhook", "list"], "partner.webhook.list/1"),
        (&["webhooks", "list"], "webhooks.list/1"),
        (&["transactions", "list"], "transactions.list/1"),
        (&["receipts", "list"], "receipts.list/1"),
        (&["ban", "list"], "ban.list/1"),
        (&["audit", "list"], "audit.list/1"),
        (&["config", "show"], "config.show/1"),
    ] {
        let listed = did(list);
        assert_eq!(listed["schema"], schema);
        assert!(listed["items"].is_array(), "{listed}");
    }
    let said = run(directory.path(), &["partner", "disable", "shop"], &[]);
    assert_eq!(stdout(&said), "partner shop is disabled\n");
    assert_eq!(stderr(&said), "next: aloqa-gateway partner show shop\n");
}

/// Whether anybody reads what is found changes nothing of what was found.
#[test]
fn a_reader_that_goes_away_changes_no_status() {
    let directory = migrated();
    for (command, status) in [
        (&["doctor"][..], 1),
        (&["doctor", "--json"], 1),
        (&["audit", "verify"], 0),
        (&["restored", "list"], 0),
        (&["config", "check"], 0),
        (&["compare", "--network", "UZCARD"], 2),
        (&["keys", "rotate", "--to", "k1"], 0),
    ] {
        let heard = run(directory.path(), command, &[]);
        assert_eq!(heard.status.code(), Some(status), "{command:?}: {heard:?}");
        let gone = || {
            let (reader, writer) = std::io::pipe().unwrap();
            drop(reader);
            writer
        };
        let mut unheard = program(directory.path(), &[]);
        let unheard = unheard.args(command).stdout(gone()).stderr(gone());
        let unheard = unheard.status().unwrap();
        assert_eq!(unheard.code(), Some(status), "{command:?}");
    }
}

#[test]
fn a_filter_of_the_log_that_is_none_is_a_setting_to_change() {
    let directory = migrated();
    let wrong = [("ALOQA__LOG__FILTER", "info,=[")];
    ends(
        directory.path(),
        2,
        "unusable",
        &["partner", "list"],
        &wrong,
    );
}
