//! What operators do is recorded, and the log of it can be listed and verified.

use std::fs;

use sea_orm::{ConnectionTrait as _, Database};
use serde_json::Value;

use crate::program::{migrated, run, run_with_input, stderr, stdout};

/// The rows of these arguments without their moments, chains, users and machines.
fn listed(directory: &std::path::Path, arguments: &[&str]) -> Vec<String> {
    let arguments = [&["audit", "list", "--json"], arguments].concat();
    let output = run(directory, &arguments, &[]);
    assert!(output.status.success(), "{output:?}");
    let listed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = listed["items"].as_array().unwrap().iter().map(|row| {
        assert!(row["at"].as_str().unwrap().ends_with("+05:00"), "{row}");
        let words =
            ["action", "object", "outcome", "detail"].map(|column| row[column].as_str().unwrap());
        let or_dash = words.map(|word| if word.is_empty() { "-" } else { word });
        or_dash.join("|")
    });
    rows.collect()
}

#[test]
fn commands_leave_rows_that_can_be_listed_and_verified() {
    let directory = migrated();
    let path = directory.path();
    let done = |arguments: &[&str]| {
        let output = run(path, arguments, &[]);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        stdout(&output)
    };
    done(&["partner", "add", "shop", "--allow", "cards.*"]);
    done(&["partner", "disable", "shop"]);
    assert!(
        !run(path, &["partner", "disable", "nobody"], &[])
            .status
            .success()
    );
    let ban = ["ban", "add", "-", "--reason", "of 8600010132441332"];
    assert!(
        run_with_input(path, &ban, "8600010132441332\n")
            .status
            .success()
    );
    done(&["keys", "add", "k2"]);
    done(&["keys", "rotate", "--to", "k2"]);
    done(&["keys", "retire", "k1"]);
    let resolve = [
        "transactions",
        "resolve",
        "7",
        "--as",
        "failed",
        "--reason",
        "x",
        "--by",
        "anna",
    ];
    assert!(!run(path, &resolve, &[]).status.success());
    // What only reads leaves none.
    done(&["partner", "list"]);
    done(&["transactions", "list"]);

    let partners = listed(path, &["--action", "partner.*"]);
    assert_eq!(
        partners,
        [
            "partner.disable|partner nobody|failed|there is no partner \"nobody\"; `aloqa-gateway partner list` shows all",
            "partner.disable|partner nobody|asked|-",
            "partner.disable|partner shop|done|-",
            "partner.disable|partner shop|asked|-",
            "partner.add|partner shop|done|-",
            "partner.add|partner shop|asked|cards.*",
        ]
    );
    let bans = listed(path, &["--action", "ban.add"]);
    assert!(
        bans[1].ends_with("|asked|of *1332") && bans[1].contains("|card "),
        "{bans:?}"
    );
    assert_eq!(
        listed(path, &["--action", "keys.*", "--limit", "2"]),
        ["keys.retire|key k1|done|-", "keys.retire|key k1|asked|-"]
    );
    assert_eq!(
        listed(path, &["--who", "anna"]),
        ["transactions.resolve|transaction 7|failed|there is no transaction 7"]
    );
    assert_eq!(listed(path, &["--object", "partner shop"]).len(), 4);
    assert_eq!(
        listed(path, &["--since", "2999-01-01T00:00:00+05:00"]),
        [""; 0]
    );
    assert_eq!(
        done(&["audit", "list", "--who", "nobody", "--action", "login"]),
        "the audit log has no row by nobody, with the action login\n"
    );
    // A table for people; what is left out is said.
    let cut = run(path, &["audit", "list", "--limit", "2"], &[]);
    assert_eq!(stdout(&cut).lines().count(), 3, "{cut:?}");
    assert!(
        stdout(&cut).starts_with("AT ") && stderr(&cut).contains("there are more"),
        "{cut:?}"
    );
    assert_eq!(listed(path, &["--action", "migrate"]), ["migrate|-|done|-"]);

    // The keys that rows were sealed with are not those that rotate.
    let keys = fs::read_dir(path).unwrap().find_map(|entry| {
        let path = entry.unwrap().path();
        (path.extension()? == "keys").then_some(path)
    });
    let keys = keys.unwrap();
    let mut file: Value = serde_json::from_str(&fs::read_to_string(&keys).unwrap()).unwrap();
    file["current"] = "k2".into();
    file["keys"].as_object_mut().unwrap().remove("k1");
    fs::write(&keys, file.to_string()).unwrap();
    let verified = done(&["audit", "verify"]);
    assert!(verified.contains("the audit log is whole: "), "{verified}");
    let anchor = verified
        .lines()
        .find_map(|line| line.strip_prefix("ANCHOR "))
        .unwrap();
    done(&["audit", "verify", "--anchor", anchor]);

    // 1: it is not whole. 2: it cannot be verified, or not asked so.
    let database = format!("sqlite:{}/aloqa-gateway.sqlite", path.display());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let database = Database::connect(database).await.unwrap();
        for sql in [
            "DROP TRIGGER audit_log_is_not_changed",
            "UPDATE audit_log SET who = 'x' WHERE action = 'partner.add' AND outcome = 'asked'",
        ] {
            database.execute_unprepared(sql).await.unwrap();
        }
        database.close().await.unwrap();
    });
    let output = run(path, &["audit", "verify"], &[]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(
        stdout(&output).contains("ALTERED ") && stdout(&output).contains("NOT whole: 1 findings"),
        "{output:?}"
    );
    file["index"] = "00".repeat(32).into();
    fs::write(&keys, file.to_string()).unwrap();
    let output = run(path, &["audit", "verify"], &[]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(
        stderr(&output).contains("its key \"index\" is not the database's"),
        "{output:?}"
    );
    let output = run(path, &["audit", "verify", "--anchor", "x"], &[]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}
