//! Commands, their help, and what they say when something is wrong.

use std::fs;

use serde_json::Value;

use crate::program::{
    FREE_PORTS, Serving, migrated, repository, run, run_with_input, stderr, stdout,
};

/// What a command has answered with `--json`.
fn json(output: &std::process::Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

#[test]
fn help_shows_every_command_with_examples() {
    let directory = tempfile::tempdir().unwrap();
    let help = stdout(&run(directory.path(), &["--help"], &[]));
    for word in [
        "serve",
        "sandbox",
        "migrate",
        "partner",
        "ban",
        "transactions",
        "compare",
        "contour",
        "report",
        "backup",
        "doctor",
        "keys",
        "openrpc",
        "webhooks",
        "config",
        "health",
        "manual",
        "Examples:",
    ] {
        assert!(help.contains(word), "{word}: {help}");
    }
}

#[test]
fn the_committed_openrpc_document_is_what_the_program_prints() {
    let directory = tempfile::tempdir().unwrap();
    let printed = stdout(&run(directory.path(), &["openrpc"], &[]));
    let committed = fs::read_to_string(repository().join("rpc-schema/openrpc.json")).unwrap();
    assert!(
        printed == committed,
        "run: cargo openrpc > rpc-schema/openrpc.json"
    );
}

#[test]
fn unknown_and_contradicting_settings_stop_the_start_and_are_named() {
    let all = [
        ("ALOQA__UZCARD__URL", "http://127.0.0.1:1/"),
        ("ALOQA__HUMO__PAYMENT_URL", "http://127.0.0.1:1/"),
        ("ALOQA__HUMO__INFO_URL", "http://127.0.0.1:1/"),
        ("ALOQA__SMS__URL", "http://127.0.0.1:1/"),
        ("ALOQA__FISCAL__URL", "http://127.0.0.1:1/"),
    ];
    let fixed = [all.as_slice(), &[("ALOQA__CODES__FIXED", "123456")]].concat();
    let cases: [(&[(&str, &str)], &str); 13] = [
        (&[("ALOQA__SERVER__LISTN", "127.0.0.1:0")], "listn"),
        (&[("ALOQA__SERVR__LISTEN", "127.0.0.1:0")], "servr"),
        (
            &[("ALOQA__SERVER__BATCH_LIMIT", "many")],
            "server.batch_limit",
        ),
        (&[("ALOQA__DATABASE__URL", "mysql://x")], "database.url"),
        (
            &[("ALOQA__SERVER__CALL_TIMEOUT_MS", "1000")],
            "server.call_timeout_ms",
        ),
        (
            &[("ALOQA__HOLDS__LIFETIME_MINUTES", "0")],
            "holds.lifetime_minutes",
        ),
        (
            &[("ALOQA__TRANSFERS__HUMO2UZCARD__RATE_BP", "10001")],
            "transfers.humo2uzcard",
        ),
        (
            &[("ALOQA__TRANSFERS__UZCARD2UZCARD__MAX_AMOUNT", "0")],
            "transfers.uzcard2uzcard",
        ),
        (&all[..2], "humo.info_url"),
        (&all[3..], "uzcard.url"),
        (&all, "vault.key_file"),
        (&fixed, "codes.fixed"),
        (&[("ALOQA_SERVER_LISTEN", "x")], "ALOQA__SERVER__LISTEN"),
    ];
    for (settings, key) in cases {
        let directory = tempfile::tempdir().unwrap();
        let settings = [settings, &FREE_PORTS[1..]].concat();
        let output = run(directory.path(), &[], &settings);
        assert!(!output.status.success(), "{settings:?}");
        assert!(
            stderr(&output).contains(key),
            "{settings:?}: {}",
            stderr(&output)
        );
    }
}

#[test]
fn a_taken_address_is_named_with_its_setting() {
    let first = Serving::gateway();
    let taken = first.url("partners").replace("http://", "");
    let directory = tempfile::tempdir().unwrap();
    let settings = [
        &[("ALOQA__SERVER__LISTEN", taken.as_str())],
        &FREE_PORTS[1..],
    ]
    .concat();
    let output = run(directory.path(), &[], &settings);
    assert!(!output.status.success());
    let said = stderr(&output);
    assert!(
        said.contains(&taken) && said.contains("server.listen"),
        "{said}"
    );
}

#[test]
fn cards_and_phones_are_banned_listed_and_allowed_again() {
    let directory = migrated();
    let ban = |arguments: &[&str]| run(directory.path(), &[&["ban"], arguments].concat(), &[]);
    let told = |arguments: &[&str], input: &str| {
        let arguments = [&["ban"], arguments].concat();
        run_with_input(directory.path(), &arguments, &format!("{input}\n"))
    };
    let (card, phone) = ("8600010132441332", "998901234567");
    let nobody = "nobody is banned from transfers\n";
    assert_eq!(stdout(&ban(&["list"])), nobody);
    let added = told(&["add", "-", "--reason", "stolen"], card);
    assert!(added.status.success(), "{}", stderr(&added));
    let added = ban(&["add", phone, "--reason", "a court's order"]);
    assert!(added.status.success(), "{}", stderr(&added));
    // An existing ban keeps its reason.
    let again = told(&["add", "-", "--reason", "another"], card);
    assert!(again.status.success(), "{}", stderr(&again));

    let list = stdout(&ban(&["list"]));
    let rows: Vec<Vec<&str>> = list
        .lines()
        .map(|row| row.split_whitespace().collect())
        .collect();
    let [headings, first, second] = rows.as_slice() else {
        panic!("{list}");
    };
    assert_eq!(headings, &["KIND", "HASH", "SINCE", "REASON"]);
    assert_eq!((first[0], first[3]), ("card", "stolen"));
    assert_eq!(
        (second[0], &second[3..]),
        ("phone", &["a", "court's", "order"][..])
    );
    for row in [first, second] {
        assert!(row[1].len() == 16 && row[2].ends_with("+05:00"), "{list}");
    }
    let items = json(&ban(&["list", "--json"]));
    assert_eq!(items["items"][0]["reason"], "stolen", "{items}");
    // What is banned is kept as a hash only.
    assert!(!list.contains(card) && !list.contains(phone), "{list}");

    // With or without the plus, a phone is the same.
    assert!(ban(&["remove", "+998901234567"]).status.success());
    assert_eq!(stdout(&ban(&["list"])).lines().count(), 2);
    let gone = ban(&["remove", phone]);
    assert_eq!(gone.status.code(), Some(3));
    assert!(stderr(&gone).contains("no such ban"), "{}", stderr(&gone));
    assert!(told(&["remove", "-"], card).status.success());
    assert_eq!(stdout(&ban(&["list"])), nobody);
    // A phone may come the same way.
    assert!(told(&["add", "-", "--reason", "x"], phone).status.success());
    assert!(ban(&["remove", phone]).status.success());
}

#[test]
fn a_ban_needs_a_card_or_a_phone_and_a_reason() {
    let directory = migrated();
    let ban = |arguments: &[&str]| run(directory.path(), &[&["ban"], arguments].concat(), &[]);
    for subject in [
        "",
        "860001013244133",
        "99890123456",
        "8600 0101 3244 1332",
        "x",
    ] {
        let refused = ban(&["add", subject, "--reason", "stolen"]);
        assert!(
            !refused.status.success() && stderr(&refused).contains("16 digits"),
            "{subject}: {}",
            stderr(&refused)
        );
        let input = format!("{subject}\n");
        let told = ["ban", "add", "-", "--reason", "stolen"];
        let refused = run_with_input(directory.path(), &told, &input);
        assert!(
            !refused.status.success() && stderr(&refused).contains("16 digits"),
            "{subject}: {}",
            stderr(&refused)
        );
    }
    for command in [
        &["add", "8600010132441332", "--reason", "x"][..],
        &["remove", "8600010132441332"],
    ] {
        let refused = ban(command);
        let said = stderr(&refused);
        assert!(
            !refused.status.success()
                && said.contains("on the standard input")
                && !said.contains("8600010132441332"),
            "{said}"
        );
    }
    let unfounded = ban(&["add", "998901234567"]);
    assert!(
        !unfounded.status.success() && stderr(&unfounded).contains("--reason"),
        "{}",
        stderr(&unfounded)
    );
    assert_eq!(
        json(&ban(&["list", "--json"]))["items"],
        serde_json::json!([])
    );
}

#[test]
fn a_gateway_uses_a_sandbox_process_of_its_own_and_both_stop_on_sigterm() {
    let sandbox = Serving::start(&["sandbox"], &FREE_PORTS, "simulated networks");
    let address = sandbox.url("the simulated networks").replace("http://", "");
    let mut settings = vec![
        ("ALOQA__SANDBOX__EMBEDDED", "false"),
        ("ALOQA__SANDBOX__LISTEN", address.as_str()),
    ];
    settings.extend(&FREE_PORTS[..2]);
    let gateway = Serving::start(&[], &settings, "curl");
    assert_eq!(
        gateway.url("sandbox"),
        sandbox.url("the simulated networks")
    );
    assert!(gateway.greeting().contains("demo-secret"));
    assert!(gateway.terminate());
    assert!(sandbox.terminate());
}

/// SQLite's own locks let two gateways work on one file, and each would take the other's calls for lost.
#[test]
fn a_second_gateway_on_one_sqlite_file_is_refused_and_commands_work_beside_the_first() {
    let gateway = Serving::gateway();
    let second = run(gateway.directory.path(), &[], &FREE_PORTS);
    let said = stderr(&second);
    assert!(!second.status.success(), "{second:?}");
    for words in [
        format!(
            "another gateway (process {}) uses the SQLite file",
            gateway.id()
        ),
        "aloqa-gateway.sqlite.lock".to_owned(),
        "or use PostgreSQL".to_owned(),
    ] {
        assert!(said.contains(&words), "{words}: {said}");
    }
    for command in [
        &["transactions", "list"][..],
        &["receipts", "list"],
        &["partner", "list"],
    ] {
        let beside = run(gateway.directory.path(), command, &FREE_PORTS);
        assert!(beside.status.success(), "{command:?}: {beside:?}");
    }
    // However the first one ended.
    let directory = gateway.terminate_and_keep();
    assert!(Serving::start_in(directory, &[], &FREE_PORTS, "curl").terminate());
}

#[test]
fn the_key_that_encrypts_is_changed_by_three_commands() {
    let directory = migrated();
    let run = |args: &[&str]| run(directory.path(), args, &[]);
    let told = |args: &[&str]| stdout(&run(args));
    let refused = |status: i32, args: &[&str]| {
        let ended = run(args);
        assert_eq!(ended.status.code(), Some(status), "{args:?}");
        stderr(&ended)
    };
    let missing = refused(3, &["keys", "rotate", "--to", "k2"]);
    assert!(missing.contains("`aloqa-gateway keys add k2`"), "{missing}");
    let bad = refused(2, &["keys", "add", "K 2"]);
    assert!(bad.contains("such as k2"), "{bad}");
    assert!(told(&["keys", "add", "k2"]).starts_with("added k2 to "));
    let twice = refused(2, &["keys", "add", "k2"]);
    assert!(twice.contains("it has a key \"k2\" already"), "{twice}");
    let current = refused(4, &["keys", "retire", "k1"]);
    assert!(current.contains("rotate to another one first"), "{current}");
    // What the file calls current already does, so nothing changes.
    let same = told(&["keys", "rotate"]);
    assert_eq!(same, "0 values are now encrypted with k1\n");
    let rotated = told(&["keys", "rotate", "--to", "k2"]);
    assert_eq!(rotated, "0 values are now encrypted with k2\n");
    assert!(told(&["keys", "retire", "k1"]).starts_with("nothing needs k1 any more"));
    let file = directory.path().join("aloqa-gateway.keys");
    let text = fs::read_to_string(&file).unwrap();
    let mut keys: Value = serde_json::from_str(&text).unwrap();
    keys["keys"].as_object_mut().unwrap().remove("k1");
    keys["current"] = "k2".into();
    fs::write(&file, keys.to_string()).unwrap();
    assert!(told(&["keys", "check"]).contains("(keys: k2 index)"));
}

#[test]
fn health_asks_the_gateway_of_the_same_settings() {
    let gateway = Serving::gateway();
    let address = gateway.url("operations").replace("http://", "");
    let settings = [("ALOQA__SERVER__OPS_LISTEN", address.as_str())];
    let directory = tempfile::tempdir().unwrap();
    for arguments in [&["health"][..], &["health", "--live"]] {
        let output = run(directory.path(), arguments, &settings);
        assert!(output.status.success(), "{}", stderr(&output));
        assert_eq!(stdout(&output), "{\"status\":\"ok\"}\n");
    }
    drop(gateway);
    let output = run(directory.path(), &["health"], &settings);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("(server.ops_listen) does not answer"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    let directory = tempfile::tempdir().unwrap();
    let output = run(directory.path(), &["manual", "share"], &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    let share = directory.path().join("share");
    for file in [
        "man/man1/aloqa-gateway.1",
        "man/man1/aloqa-gateway-transactions-resolve.1",
        "man/man1/aloqa-gateway-config-show.1",
        "bash-completion/completions/aloqa-gateway",
        "zsh/site-functions/_aloqa-gateway",
        "fish/vendor_completions.d/aloqa-gateway.fish",
    ] {
        let text = fs::read_to_string(share.join(file)).unwrap();
        assert!(text.contains("aloqa"), "{file}");
    }
    let page =
        fs::read_to_string(share.join("man/man1/aloqa-gateway-transactions-resolve.1")).unwrap();
    assert!(
        page.contains("OUTCOME") && page.contains("reference"),
        "{page}"
    );
}
