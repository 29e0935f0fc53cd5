//! `aloqa-gateway restored`, and what a start says while a period is open.

use std::fs::{self, File};

use crate::backup::card;
use crate::folder::change;
use crate::program::{FREE_PORTS, Serving, program, run, stderr, stdout};

#[test]
fn an_older_copy_is_marked_listed_and_closed() {
    let gateway = Serving::gateway();
    let restored_in = |directory: &std::path::Path, sandbox: &str, arguments: &[&str]| {
        let settings = [("ALOQA__SANDBOX__LISTEN", sandbox)];
        let arguments = [&["restored"], arguments].concat();
        run(directory, &arguments, &settings)
    };
    let restored =
        |arguments: &[&str]| restored_in(gateway.directory.path(), "127.0.0.1:1", arguments);
    assert_eq!(
        stdout(&restored(&["list"])),
        "no period is marked as lost\n"
    );
    let help = stdout(&restored(&["mark", "--help"]));
    assert!(help.contains("Do this before any gateway serves"), "{help}");
    let bare = restored(&["mark", "--since", "yesterday", "--reason", "x"]);
    assert!(
        stderr(&bare).contains("such as 2026-11-20T03:00:00+05:00"),
        "{bare:?}"
    );
    let mark = [
        "mark",
        "--since",
        "2026-11-20T03:00:00+05:00",
        "--until",
        "2026-11-20T11:42:00+05:00",
    ];
    let mark = [&mark[..], &["--reason", "ticket 79", "--by", "anna"]].concat();
    let beside = restored(&mark);
    assert!(
        stderr(&beside).contains("another gateway (process "),
        "{beside:?}"
    );
    assert_eq!(beside.status.code(), Some(6));
    let directory = gateway.terminate_and_keep();
    let marked = stdout(&restored_in(directory.path(), "127.0.0.1:1", &mark));
    for said in [
        "period 1: 2026-11-20T03:00:00+05:00 to 2026-11-20T11:42:00+05:00, ids from 2000001, marked ",
        " by anna: ticket 79, open",
        "the next transaction has the id 2000001",
    ] {
        assert!(marked.contains(said), "{said}: {marked}");
    }
    let gateway = Serving::start_in(directory, &[], &FREE_PORTS, "curl");
    let sandbox = gateway.url("sandbox").replace("http://", "");
    let restored = |arguments: &[&str]| restored_in(gateway.directory.path(), &sandbox, arguments);
    let listed = stdout(&restored(&["list"]));
    assert!(
        listed.contains("0 payments of these days are in UZCARD's list")
            && listed.starts_with("PERIOD  SINCE ")
            && listed.contains(
                "\n1       2026-11-20T03:00:00+05:00  2026-11-20T11:42:00+05:00  2000001 "
            ),
        "{listed}"
    );
    assert!(listed.contains("payments that only HUMO knows"), "{listed}");
    let closed = restored(&["close", "1", "--reason", "all have compared"]);
    assert!(closed.status.success(), "{closed:?}");
    let again = restored(&["close", "1", "--reason", "x"]);
    assert!(
        stderr(&again).contains("there is no open period 1"),
        "{again:?}"
    );
}

/// An account that left the settings cannot be asked, so each start says so while a period is open.
#[test]
fn a_start_says_which_period_is_open_and_which_accounts_are_missing() {
    let gateway = Serving::gateway();
    card(&gateway);
    let directory = gateway.terminate_and_keep();
    let path = directory.path().to_owned();
    change(&path, "UPDATE card SET account = 'bank9'");
    let marked = run(
        &path,
        &[
            "restored",
            "mark",
            "--since",
            "2026-11-20T03:00:00+05:00",
            "--reason",
            "ticket 79",
        ],
        &[],
    );
    assert!(marked.status.success(), "{marked:?}");
    let started = |directory| {
        let mut command = program(&path, &FREE_PORTS);
        command.stderr(File::create(path.join("log")).unwrap());
        let gateway = Serving::spawn(command, directory, "curl");
        let log = fs::read_to_string(path.join("log")).unwrap();
        (gateway, log)
    };
    let (gateway, log) = started(directory);
    for said in [
        "a lost period is open",
        "2026-11-20T03:00:00+05:00",
        "the settings lack an account that was paid under",
        "bank9",
    ] {
        assert!(log.contains(said), "{said}: {log}");
    }
    let directory = gateway.terminate_and_keep();
    let closed = run(
        &path,
        &["restored", "close", "1", "--reason", "all have compared"],
        &[],
    );
    assert!(closed.status.success(), "{}", stderr(&closed));
    let (gateway, log) = started(directory);
    assert!(!log.contains("period") && !log.contains("bank9"), "{log}");
    assert!(gateway.terminate());
}
