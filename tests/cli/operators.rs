//! Operators of the console: added, listed, given a new code, locked out.

use crate::program::{migrated, run, run_with_input, stderr, stdout};

const PASSWORD: &str = "correct horse battery\n";

#[test]
fn operators_are_added_listed_reset_and_disabled() {
    let directory = migrated();
    let operator =
        |arguments: &[&str]| run(directory.path(), &[&["operator"], arguments].concat(), &[]);
    let nobody = stdout(&operator(&["list"]));
    assert!(nobody.contains("the console is off"), "{nobody}");

    let added = operator(&["add", "anna", "--role", "settle"]);
    assert!(added.status.success(), "{}", stderr(&added));
    let code = stdout(&added).lines().last().unwrap().to_owned();
    assert_eq!(code.len(), 22, "128 bits in base64: {code}");
    assert!(
        stdout(&added).contains("/console/password"),
        "{}",
        stdout(&added)
    );

    // The words of each line, without moments.
    let listed = || -> Vec<String> {
        let list = stdout(&operator(&["list"]));
        let lines = list.lines().skip(1);
        lines
            .map(|line| {
                line.split_whitespace()
                    .take(3)
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .collect()
    };
    assert_eq!(listed(), ["anna settle invited"]);
    let boris = run_with_input(
        directory.path(),
        &[
            "operator",
            "add",
            "boris",
            "--role",
            "look",
            "--password-stdin",
        ],
        PASSWORD,
    );
    assert_eq!(
        stdout(&boris),
        "operator boris was added\n",
        "{}",
        stderr(&boris)
    );
    assert_eq!(listed(), ["anna settle invited", "boris look active"]);

    assert!(operator(&["disable", "boris"]).status.success());
    assert_eq!(listed(), ["anna settle invited", "boris look disabled"]);
    let again = stdout(&operator(&["reset", "boris"]));
    assert_ne!(again.lines().last().unwrap(), code);
    assert_eq!(listed(), ["anna settle invited", "boris look invited"]);

    let list: serde_json::Value =
        serde_json::from_str(&stdout(&operator(&["list", "--json"]))).unwrap();
    assert_eq!(list["schema"], "operator.list/1");
    assert_eq!(list["items"][1]["role"], "look");
    assert!(!list.to_string().contains("argon2"), "{list}");

    let audit = stdout(&run(
        directory.path(),
        &["audit", "list", "--action", "operator.*"],
        &[],
    ));
    for words in [
        "operator.add",
        "operator.disable",
        "operator.reset",
        "operator boris",
    ] {
        assert!(audit.contains(words), "{words}: {audit}");
    }
}

#[test]
fn an_operator_is_refused_with_a_reason() {
    let directory = migrated();
    let operator =
        |arguments: &[&str]| run(directory.path(), &[&["operator"], arguments].concat(), &[]);
    assert!(
        operator(&["add", "anna", "--role", "look"])
            .status
            .success()
    );
    for (arguments, expected) in [
        (vec!["add", "anna", "--role", "look"], "operator reset anna"),
        (
            vec!["add", "Anna Ivanova", "--role", "look"],
            "use 1 to 64 of a-z",
        ),
        (vec!["disable", "nobody"], "operator list"),
        (vec!["reset", "nobody"], "operator list"),
        (
            vec!["add", "boris", "--role", "look", "--password-stdin"],
            "no password on standard input",
        ),
    ] {
        let output = operator(&arguments);
        assert!(!output.status.success(), "{arguments:?}");
        assert!(
            stderr(&output).contains(expected),
            "{arguments:?}: {}",
            stderr(&output)
        );
    }
    let short = run_with_input(
        directory.path(),
        &[
            "operator",
            "add",
            "boris",
            "--role",
            "look",
            "--password-stdin",
        ],
        "short\n",
    );
    assert!(stderr(&short).contains("at least 15"), "{}", stderr(&short));
}

/// Where the listener takes every address, none of them can be opened as it stands in the settings.
#[test]
fn the_page_that_an_invitation_names_can_be_opened() {
    let directory = migrated();
    for (number, (listen, page, place)) in [
        (
            "0.0.0.0:9090",
            "http://127.0.0.1:9090/console/password on the gateway's machine",
            "",
        ),
        (
            "[::]:9090",
            "http://[::1]:9090/console/password on the gateway's machine",
            "ssh tunnel",
        ),
        (
            "192.0.2.7:9090",
            "http://192.0.2.7:9090/console/password (browsers keep",
            "with TLS",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("anna-{number}");
        let settings = [
            ("ALOQA__SERVER__OPS_LISTEN", listen),
            ("ALOQA__SANDBOX__ALLOW_BEYOND_LOOPBACK", "true"),
        ];
        let added = run(
            directory.path(),
            &["operator", "add", &name, "--role", "look"],
            &settings,
        );
        let said = stdout(&added);
        assert!(
            said.contains(page) && said.contains(place),
            "{said}{}",
            stderr(&added)
        );
    }
}
