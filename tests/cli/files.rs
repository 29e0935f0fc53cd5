//! Which files the commands make, and who may read them and the process.

use std::fs;

use crate::folder::{change, contents};
use crate::program::{FREE_PORTS, Serving, migrated, program, run, stderr, stdout};
use crate::start::{mode, sandbox_database};

/// Every command but `serve` and `migrate` leaves a folder without a database as it is.
#[test]
fn commands_make_no_database_and_say_where_they_looked() {
    let directory = tempfile::tempdir().unwrap();
    let commands: [&[&str]; 19] = [
        &["partner", "add", "shop", "--allow", "*"],
        &["partner", "list"],
        &["partner", "disable", "shop"],
        &["partner", "rotate-secret", "shop"],
        &["partner", "webhook", "list"],
        &["ban", "list"],
        &["ban", "remove", "998901234567"],
        &["transactions", "list"],
        &["transactions", "show", "1"],
        &["compare"],
        &["receipts", "list"],
        &["receipts", "retry", "1", "--reason", "x"],
        &[
            "receipts",
            "settle",
            "1",
            "--not-registered",
            "--reason",
            "x",
        ],
        &["restored", "list"],
        &["restored", "close", "1", "--reason", "x"],
        &["webhooks", "list"],
        &["keys", "check"],
        &["report", "--partner", "shop"],
        &["backup", "copy"],
    ];
    let file = directory.path().join("aloqa-gateway.sqlite");
    let refused = |command: &[&str], words: &str| {
        let output = run(directory.path(), command, &[]);
        let said = stderr(&output);
        assert!(
            !output.status.success() && stdout(&output).is_empty(),
            "{command:?}: {output:?}"
        );
        assert!(said.contains(words), "{command:?}: {said}");
    };
    for command in commands {
        refused(
            command,
            &format!("there is no database at {}", file.display()),
        );
        assert!(contents(directory.path()).is_empty(), "{command:?}");
    }
    // Somebody else's, or one that nobody has prepared yet.
    fs::write(&file, "").unwrap();
    for command in commands {
        refused(command, "has no tables of the gateway");
    }
    fs::remove_file(&file).unwrap();
    sandbox_database(directory.path());
    // As a version before left it.
    change(
        directory.path(),
        "DELETE FROM seaql_migrations WHERE version LIKE '%_profile'; DROP TABLE database_profile",
    );
    let before = contents(directory.path());
    for command in commands {
        refused(
            command,
            "was written by an older version: run `aloqa-gateway migrate`",
        );
    }
    assert!(contents(directory.path()) == before);
    sandbox_database(directory.path());
    change(
        directory.path(),
        "INSERT INTO seaql_migrations VALUES ('m20991231_000001_future', 0)",
    );
    for command in commands.into_iter().chain([&["migrate"][..]]) {
        refused(
            command,
            "newer version of the gateway, which has m20991231_000001_future",
        );
    }
}

#[test]
fn a_key_file_is_made_by_its_own_command_alone() {
    let directory = migrated();
    let keys = |arguments: &[&str]| run(directory.path(), &[&["keys"], arguments].concat(), &[]);
    let made = keys(&["new", "other"]);
    assert!(made.status.success(), "{}", stderr(&made));
    assert_eq!(mode(&directory.path().join("other")), 0o600);
    let again = keys(&["new", "other"]);
    assert!(stderr(&again).contains("left alone"), "{again:?}");
    for (command, words) in [
        (
            &["some-file"][..],
            "write `aloqa-gateway keys new some-file`",
        ),
        (&["rotate", "--to", "other"], "has no key \"other\""),
        (&["list"], "has no command `keys list`"),
        (&["new", "rotate"], "is no name for a key file"),
        (&["new", "check"], "is no name for a key file"),
    ] {
        let refused = keys(command);
        assert!(
            !refused.status.success() && stderr(&refused).contains(words),
            "{refused:?}"
        );
    }
    let names = contents(directory.path()).into_iter().map(|(name, _)| name);
    let names: Vec<String> = names
        .filter(|name| !name.contains("aloqa-gateway."))
        .collect();
    assert_eq!(names, ["other"]);
    let fits = keys(&["check"]);
    assert_eq!(
        stdout(&fits),
        "the key file fits the database (keys: k1 index)\n"
    );
    fs::copy(
        directory.path().join("other"),
        directory.path().join("aloqa-gateway.keys"),
    )
    .unwrap();
    let refused = keys(&["check"]);
    assert!(
        stderr(&refused).contains("does not fit the database"),
        "{refused:?}"
    );
}

/// The lines of `/proc/PID/status` and `limits` say it, whoever may read the rest.
#[test]
fn there_is_no_core_dump_and_no_debugger() {
    let limit = |served: &Serving| {
        let limits = fs::read_to_string(format!("/proc/{}/limits", served.id())).unwrap();
        let line = limits
            .lines()
            .find(|line| line.starts_with("Max core file size"));
        line.unwrap().split_whitespace().nth(4).unwrap().to_owned()
    };
    let guarded = Serving::gateway();
    assert_eq!(limit(&guarded), "0");
    // What is not dumpable belongs to root, whoever runs it.
    let owner = |served: &Serving| {
        use std::os::unix::fs::MetadataExt as _;
        fs::metadata(format!("/proc/{}/maps", served.id()))
            .unwrap()
            .uid()
    };
    assert_eq!(owner(&guarded), 0);
    let directory = tempfile::tempdir().unwrap();
    let mut command = program(directory.path(), &FREE_PORTS);
    command.arg("--debuggable");
    let open = Serving::spawn(command, directory, "curl");
    let ours = fs::read_to_string("/proc/self/limits").unwrap();
    let ours = ours
        .lines()
        .find(|line| line.starts_with("Max core file size"));
    assert_eq!(
        limit(&open),
        ours.unwrap().split_whitespace().nth(4).unwrap()
    );
}
