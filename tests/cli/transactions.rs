//! What recovery has given up, as an operator lists, looks at and settles it.

use serde_json::Value;

use crate::program::{FREE_PORTS, Serving, run, stderr, stdout};

/// What a command has answered with `--json`.
fn json(output: &std::process::Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

#[test]
fn an_operator_lists_shows_and_resolves_what_was_given_up() {
    let quick = [
        ("ALOQA__UZCARD__TIMEOUT_MS", "300"),
        ("ALOQA__HUMO__TIMEOUT_MS", "300"),
        ("ALOQA__UZCARD__MAX_PROCESSING_S", "1"),
        ("ALOQA__HUMO__MAX_PROCESSING_S", "1"),
        ("ALOQA__RECOVERY__LEASE_MARGIN_MS", "500"),
        ("ALOQA__RECOVERY__CLOCK_SKEW_MS", "0"),
        ("ALOQA__RECOVERY__PERIOD_MS", "100"),
    ];
    let gateway = Serving::start(&[], &[&FREE_PORTS[..], &quick].concat(), "curl");
    let sandbox = gateway.url("sandbox").replace("http://", "");
    let operate = |arguments: &[&str]| {
        // A command goes by the same settings as the gateway.
        let settings = [&[("ALOQA__SANDBOX__LISTEN", sandbox.as_str())], &quick[..]].concat();
        let arguments = [&["transactions"], arguments].concat();
        run(gateway.directory.path(), &arguments, &settings)
    };
    assert_eq!(
        stdout(&operate(&["list"])),
        "no transaction is open: looked for manual, unknown, contradicted\n"
    );

    let call = |method: &str, params: &str| {
        let body =
            format!(r#"{{"jsonrpc": "2.0", "id": 1, "method": "{method}", "params": {params}}}"#);
        curl(&gateway.url("partners"), &body)
    };
    call(
        "cards.add",
        r#"{"pan": "8600010000000408", "expiry": "1230", "phone": "998900010408"}"#,
    );
    let card = call(
        "cards.add-confirm",
        r#"{"transactionId": 1, "confirmedCode": "111111"}"#,
    );
    let token = card["result"]["token"]
        .as_str()
        .unwrap_or_else(|| panic!("{card}"));
    let order = format!(
        r#"{{"token": "{token}", "amount": 500, "merchantId": "90001", "terminalId": "92400001", "is_hold": true}}"#
    );
    let lost = call("transactions.debit", &order);
    assert_eq!(lost["error"]["code"], -32379, "{lost}");
    let id = lost["error"]["data"]["transactionId"].to_string();

    let list = loop {
        let list = stdout(&operate(&["list", "--status", "manual"]));
        if list != "no transaction is open: looked for manual\n" {
            break list;
        }
    };
    let row: Vec<&str> = list.lines().last().unwrap().split_whitespace().collect();
    assert_eq!(
        row[..8],
        [
            id.as_str(),
            "manual",
            "hold",
            "UZCARD",
            "500",
            "hold",
            "demo",
            "860001*****0408"
        ],
        "{list}"
    );
    let listed = json(&operate(&["list", "--status", "manual", "--json"]));
    let item = &listed["items"][0];
    assert_eq!(item["transactionId"].to_string(), id);
    assert_eq!(
        (&item["partner"], &item["card"], &item["call"]["action"]),
        (&"demo".into(), &"860001*****0408".into(), &"hold".into())
    );
    assert_eq!(
        stdout(&operate(&["list", "--status", "unknown"])),
        "no transaction is open: looked for unknown\n"
    );
    let unfounded = operate(&["resolve", &id, "--as", "failed"]);
    assert!(stderr(&unfounded).contains("--reason"), "{unfounded:?}");
    let bare = operate(&["resolve", &id, "--as", "succeeded", "--reason", "x"]);
    assert!(stderr(&bare).contains("--reference"), "{bare:?}");
    let empty = operate(&["resolve", &id, "--as", "failed", "--reason", " "]);
    assert!(stderr(&empty).contains("must not be empty"), "{empty:?}");
    // What would be recorded can be asked for, and changes nothing.
    let dry = operate(&[
        "resolve",
        &id,
        "--as",
        "failed",
        "--reason",
        "ticket 77",
        "--dry-run",
    ]);
    let would = format!("the open call of transaction {id} was not carried out and never will be");
    assert!(
        stdout(&dry).contains(&would) && stdout(&dry).contains("nothing was changed"),
        "{dry:?}"
    );
    let otherwise = operate(&[
        "resolve",
        &id,
        "--as",
        "succeeded",
        "--reference",
        "7",
        "--reason",
        "x",
        "--dry-run",
    ]);
    assert_eq!(otherwise.status.code(), Some(4), "{otherwise:?}");
    assert!(
        stdout(&operate(&["list", "--limit", "1", "--newest"])).contains(" manual "),
        "it is still open"
    );
    // Nobody can be asked here; what is done is said all the same.
    let settled = operate(&[
        "resolve",
        &id,
        "--as",
        "failed",
        "--reason",
        "ticket 77",
        "--by",
        "anna",
    ]);
    assert_eq!(
        stdout(&settled),
        format!("transaction {id} is declined\n"),
        "{}",
        stderr(&settled)
    );
    let said = "of demo: the hold of 500 tiyin on UZCARD with the card 860001*****0408 was not carried out";
    assert!(stderr(&settled).contains(said), "{settled:?}");
    let shown = stdout(&operate(&["show", &id]));
    for said in [
        "hold of 500 tiyin (fee 0) on UZCARD, declined",
        "hold declined, asked for 500 tiyin on UZCARD",
        "by operator",
        "processing -> manual",
        "manual -> declined",
        "statements of operators:",
        ": failed: ticket 77",
        "  anna: request ",
    ] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    assert!(!shown.contains("8600010000000408"), "{shown}");
    let again = operate(&["resolve", &id, "--as", "failed", "--reason", "x"]);
    assert!(
        again.status.code() == Some(4) && stderr(&again).contains("nothing to resolve"),
        "{again:?}"
    );
    let shown = json(&operate(&["show", &id, "--json"]));
    assert_eq!(shown["item"]["status"], "declined", "{shown}");
    assert_eq!(
        shown["item"]["calls"][0]["settledBy"], "operator",
        "{shown}"
    );
    let unasked = operate(&["acknowledge", &id, "--reason", "x"]);
    assert!(
        stderr(&unasked).contains(&format!("no late answer contradicts transaction {id}")),
        "{unasked:?}"
    );
    let absent = operate(&["show", "999"]);
    assert!(
        absent.status.code() == Some(3) && stderr(&absent).contains("no transaction 999"),
        "{absent:?}"
    );
}

/// Posts as the demo partner.
fn curl(url: &str, body: &str) -> Value {
    let arguments = [
        "-s",
        "-u",
        "demo:demo-secret",
        "-H",
        "Content-Type: application/json",
        "-d",
        body,
    ];
    let output = std::process::Command::new("curl")
        .args(arguments)
        .arg(url)
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}
