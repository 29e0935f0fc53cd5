//! What happens at the start, for each setting and each state of the files that matters: the table of
//! docs/operations.md#profiles-and-the-start.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use aloqa_gateway::vault::Vault;

use test_support::tls_front::Certificates;

use crate::folder::{change, contents, differing};
use crate::program::{FREE_PORTS, Serving, repository, run, stderr, stdout};

/// Real networks, where nobody answers: nothing is asked of them at the start.
pub(crate) const REAL: [(&str, &str); 18] = [
    ("ALOQA__UZCARD__URL", "https://127.0.0.1:1/"),
    ("ALOQA__HUMO__PAYMENT_URL", "https://127.0.0.1:1/"),
    ("ALOQA__HUMO__INFO_URL", "https://127.0.0.1:1/"),
    ("ALOQA__SMS__URL", "https://127.0.0.1:1/"),
    ("ALOQA__FISCAL__URL", "https://127.0.0.1:1/"),
    ("ALOQA__UZCARD__PASSWORD", "000111"),
    ("ALOQA__HUMO__PASSWORD", "1e5"),
    ("ALOQA__HUMO__TOKEN", "token"),
    ("ALOQA__SMS__PASSWORD", "own"),
    ("ALOQA__FISCAL__PASSWORD", "own"),
    ("ALOQA__TRANSFERS__UZCARD_TERMINAL__MERCHANT_ID", "1"),
    ("ALOQA__TRANSFERS__UZCARD_TERMINAL__TERMINAL_ID", "2"),
    ("ALOQA__TRANSFERS__HUMO_TERMINAL__MERCHANT_ID", "3"),
    ("ALOQA__TRANSFERS__HUMO_TERMINAL__TERMINAL_ID", "4"),
    ("ALOQA__UZCARD__HOLD_STATUSES__ACTIVE", "0"),
    ("ALOQA__UZCARD__HOLD_STATUSES__CAPTURED", "1"),
    ("ALOQA__UZCARD__HOLD_STATUSES__DISMISSED", "2"),
    ("ALOQA__UZCARD__HOLD_STATUSES__EXPIRED", "3"),
];

const KEYS: (&str, &str) = ("ALOQA__VAULT__KEY_FILE", "keys");

/// What a start comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    Sandbox,
    Production,
    /// It ends with these words, and nothing in the folder has changed.
    Stops(&'static str),
}

use Start::{Production, Sandbox, Stops};

/// One row of the table.
struct Row {
    /// As in the table of docs/operations.md.
    when: &'static str,
    /// Makes the folder.
    files: fn(&Path),
    settings: Vec<(&'static str, &'static str)>,
    start: Start,
}

fn nothing(_: &Path) {}

fn row(
    when: &'static str,
    files: fn(&Path),
    settings: &[(&'static str, &'static str)],
    start: Start,
) -> Row {
    let settings = settings.to_vec();
    Row {
        when,
        files,
        settings,
        start,
    }
}

fn file(directory: &Path, text: &str) {
    fs::write(directory.join("aloqa-gateway.toml"), text).unwrap();
}

fn keys(directory: &Path) {
    assert!(
        run(directory, &["keys", "new", "keys"], &[])
            .status
            .success()
    );
}

pub(crate) fn sandbox_database(directory: &Path) {
    let made = run(directory, &["migrate"], &[]);
    assert!(made.status.success(), "{}", stderr(&made));
}

fn production_database(directory: &Path) {
    keys(directory);
    let made = run(directory, &["migrate"], &with(&REAL, &[KEYS]));
    assert!(made.status.success(), "{}", stderr(&made));
}

/// A database as an earlier version left it, which recorded no profile.
fn unrecorded(directory: &Path, partners: &[&str]) {
    sandbox_database(directory);
    for name in [&["demo"], partners].concat() {
        let added = run(directory, &["partner", "add", name, "--allow", "*"], &[]);
        assert!(added.status.success(), "{}", stderr(&added));
    }
    let vault = Vault::open(&directory.join("aloqa-gateway.keys")).unwrap();
    let published = hex::encode(vault.secret_mac("demo-secret"));
    let demo = format!("UPDATE partner SET secret_mac = X'{published}' WHERE name = 'demo'");
    change(directory, &format!("{demo}; DELETE FROM database_profile"));
}

pub(crate) fn set_mode(file: &Path, mode: u32) {
    fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
}

pub(crate) fn mode(file: &Path) -> u32 {
    fs::metadata(file).unwrap().permissions().mode() & 0o777
}

fn with<'a>(
    settings: &[(&'a str, &'a str)],
    more: &[(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    [settings, more].concat()
}

fn without(
    settings: &[(&'static str, &'static str)],
    name: &str,
) -> Vec<(&'static str, &'static str)> {
    let kept = settings.iter().filter(|(key, _)| *key != name);
    kept.copied().collect()
}

fn rows() -> Vec<Row> {
    let real = |more: &[(&'static str, &'static str)]| with(&with(&REAL, &[KEYS]), more);
    let plain = ("ALOQA__SMS__URL", "http://127.0.0.1:1/");
    let beyond = ("ALOQA__SERVER__LISTEN", "0.0.0.0:0");
    let mut rows = vec![
        row("no settings at all", nothing, &[], Sandbox),
        row(
            "the settings file is a directory, a dangling link, or cannot be read",
            |at| {
                fs::create_dir(at.join("aloqa-gateway.toml")).unwrap();
            },
            &[],
            Stops("is there but cannot be read"),
        ),
        row(
            "the settings file is a directory, a dangling link, or cannot be read",
            |at| {
                symlink("nowhere", at.join("aloqa-gateway.toml")).unwrap();
            },
            &[],
            Stops("is there but cannot be read"),
        ),
        row(
            "the settings file is no TOML",
            |at| file(at, "[uzcard]\npassword = S3cret"),
            &[],
            Stops("aloqa-gateway.toml:2:12: "),
        ),
        row(
            "an unknown key, in the file or the environment",
            |at| file(at, "[servr]"),
            &[],
            Stops("aloqa-gateway.toml:1:2: there is no setting servr"),
        ),
        row(
            "an unknown key, in the file or the environment",
            nothing,
            &[("ALOQA__SERVR__LISTEN", "x")],
            Stops("ALOQA__SERVR__LISTEN: there is no setting"),
        ),
        row(
            "a variable with one underscore, such as `ALOQA_SERVER_LISTEN`",
            nothing,
            &[("ALOQA_SERVER_LISTEN", "x")],
            Stops("did you mean ALOQA__SERVER__LISTEN?"),
        ),
        row(
            "a value of another kind or out of its bounds",
            nothing,
            &[("ALOQA__CODES__TRIES", "1000000")],
            Stops("codes.tries must be a whole number from 1 to 10"),
        ),
        row(
            "no address, and `vault.key_file` is set",
            nothing,
            &[KEYS],
            Stops("set profile = "),
        ),
        row(
            "the same with `profile = \"sandbox\"`",
            nothing,
            &[KEYS, ("ALOQA__PROFILE", "sandbox")],
            Sandbox,
        ),
        row(
            "`profile = \"sandbox\"`, and a network has an address",
            nothing,
            &[("ALOQA__PROFILE", "sandbox"), REAL[0]],
            Stops("uzcard.url: must not be set"),
        ),
        row(
            "the sandbox, and a listener beyond loopback",
            nothing,
            &[beyond],
            Stops("sandbox.allow_beyond_loopback"),
        ),
        row(
            "the same with `sandbox.allow_beyond_loopback = true`",
            nothing,
            &[beyond, ("ALOQA__SANDBOX__ALLOW_BEYOND_LOOPBACK", "true")],
            Sandbox,
        ),
        row(
            "`profile = \"production\"`, and no network has an address",
            keys,
            &[("ALOQA__PROFILE", "production"), KEYS],
            Stops("uzcard.url: must be set"),
        ),
        row(
            "one of HUMO's two addresses is missing",
            keys,
            &with(&REAL[..2], &[KEYS]),
            Stops("humo.info_url: must be set"),
        ),
        row(
            "no SMS provider, and `codes.required_from` is set",
            keys,
            &with(&REAL[..1], &[KEYS, ("ALOQA__CODES__REQUIRED_FROM", "1")]),
            Stops("sms.url: must be set"),
        ),
        row(
            "the same with `uzcard.known_card = \"own_code\"` in its place",
            keys,
            &with(
                &REAL[..1],
                &[KEYS, ("ALOQA__UZCARD__KNOWN_CARD", "own_code")],
            ),
            Stops("sms.url: must be set"),
        ),
        row(
            "one network has an address, and all else is absent",
            keys,
            &[KEYS, REAL[0], REAL[5], REAL[10], REAL[11]],
            Production,
        ),
        row(
            "production without `vault.key_file`, or without that file",
            keys,
            &REAL,
            Stops("vault.key_file: must be set"),
        ),
        row(
            "production without `vault.key_file`, or without that file",
            nothing,
            &real(&[]),
            Stops("cannot read the key file"),
        ),
        row(
            "production with all of its own",
            keys,
            &real(&[]),
            Production,
        ),
        row(
            "production with a built-in password, token or terminal",
            keys,
            &real(&[("ALOQA__HUMO__TOKEN", "sandbox")]),
            Stops("humo.token: is still what this program has built in"),
        ),
        row(
            "the same with `production.allow_built_in_credentials = true`",
            keys,
            &real(&[
                ("ALOQA__HUMO__TOKEN", "sandbox"),
                ("ALOQA__PRODUCTION__ALLOW_BUILT_IN_CREDENTIALS", "true"),
            ]),
            Production,
        ),
        row(
            "production with `codes.fixed`",
            keys,
            &real(&[("ALOQA__CODES__FIXED", "111111")]),
            Stops("codes.fixed: must not be set"),
        ),
        row(
            "production with a network at `http://`",
            keys,
            &real(&[plain]),
            Stops("sms.url: must begin with https://"),
        ),
        row(
            "the same through a proxy",
            keys,
            &real(&[plain, ("ALOQA__SMS__ROUTE__PROXY", "http://127.0.0.1:3128")]),
            Stops("sms.url: must begin with https://"),
        ),
        row(
            "the same with `production.allow_http_networks = true`",
            keys,
            &real(&[plain, ("ALOQA__PRODUCTION__ALLOW_HTTP_NETWORKS", "true")]),
            Production,
        ),
        row(
            "production with a listener beyond loopback and no TLS",
            keys,
            &real(&[beyond]),
            Stops("server.allow_plaintext_beyond_loopback"),
        ),
        row(
            "the same with `server.allow_plaintext_beyond_loopback = true`",
            keys,
            &real(&[
                beyond,
                ("ALOQA__SERVER__ALLOW_PLAINTEXT_BEYOND_LOOPBACK", "true"),
            ]),
            Production,
        ),
        row(
            "production with PostgreSQL on another machine and no `sslmode=verify-full`",
            keys,
            &real(&[("ALOQA__DATABASE__URL", "postgres://db.example/gateway")]),
            Stops("production.allow_unverified_postgres"),
        ),
        row(
            "a database of production, and no address is set any more",
            production_database,
            &[],
            Stops("no network has an address"),
        ),
        row(
            "a database of production, and `profile = \"sandbox\"`",
            production_database,
            &[("ALOQA__PROFILE", "sandbox"), KEYS],
            Stops("belongs to the production profile"),
        ),
        row(
            "a database of the sandbox, and production",
            |at| {
                sandbox_database(at);
                keys(at);
            },
            &real(&[]),
            Stops("was made by the sandbox profile"),
        ),
        row(
            "a database of before 0.2 with the demo partner alone",
            |at| unrecorded(at, &[]),
            &[],
            Sandbox,
        ),
        row(
            "a database of before 0.2 with other partners, and no address",
            |at| unrecorded(at, &["shop"]),
            &[],
            Stops("partners other than the sandbox's demo partner"),
        ),
        row(
            "the same with `profile = \"sandbox\"`, and the demo partner is there",
            |at| unrecorded(at, &["shop"]),
            &[("ALOQA__PROFILE", "sandbox")],
            Sandbox,
        ),
        row(
            "a database of before 0.2, production, and the demo partner can still call",
            |at| unrecorded(at, &["shop"]),
            &with(&REAL, &[("ALOQA__VAULT__KEY_FILE", "aloqa-gateway.keys")]),
            Stops("partner disable demo"),
        ),
        row(
            "the same, and its published secret is its former one",
            |at| {
                unrecorded(at, &["shop"]);
                let sandbox = [("ALOQA__PROFILE", "sandbox")];
                run(at, &["partner", "rotate-secret", "demo"], &sandbox);
            },
            &with(&REAL, &[("ALOQA__VAULT__KEY_FILE", "aloqa-gateway.keys")]),
            Stops("partner disable demo"),
        ),
        row(
            "a database that has keys, and the key file is gone",
            |at| {
                sandbox_database(at);
                fs::remove_file(at.join("aloqa-gateway.keys")).unwrap();
            },
            &[],
            Stops("aloqa-gateway.keys is not there: put it back"),
        ),
        row(
            "a database with other keys than the key file",
            |at| {
                sandbox_database(at);
                fs::remove_file(at.join("aloqa-gateway.keys")).unwrap();
                run(at, &["keys", "new", "aloqa-gateway.keys"], &[]);
            },
            &[],
            Stops("does not fit the database"),
        ),
        row(
            "a key file that is a symbolic link",
            |at| {
                keys(at);
                symlink("keys", at.join("link")).unwrap();
            },
            &with(&REAL, &[("ALOQA__VAULT__KEY_FILE", "link")]),
            Stops("is a symbolic link"),
        ),
        row(
            "production, and others can read the database or the key file",
            |at| {
                production_database(at);
                set_mode(&at.join("aloqa-gateway.sqlite"), 0o640);
            },
            &real(&[]),
            Stops("run chmod 600 aloqa-gateway.sqlite"),
        ),
        row(
            "production, and others can read the database or the key file",
            |at| {
                production_database(at);
                set_mode(&at.join("keys"), 0o604);
            },
            &real(&[]),
            Stops("run chmod 600 keys"),
        ),
        row(
            "production, and others can read a settings file with a secret",
            |at| {
                keys(at);
                file(at, "[sms]\npassword = \"own\"");
                set_mode(&at.join("aloqa-gateway.toml"), 0o644);
            },
            &without(&real(&[]), "ALOQA__SMS__PASSWORD"),
            Stops("it holds a secret (sms.password): run chmod 600 aloqa-gateway.toml"),
        ),
        row(
            "production, and others can read a settings file without one",
            |at| {
                keys(at);
                file(at, "[database]\nurl = \"sqlite:aloqa-gateway.sqlite\"");
                set_mode(&at.join("aloqa-gateway.toml"), 0o644);
            },
            &real(&[]),
            Production,
        ),
        row(
            "the sandbox, and others can read a settings file with a secret",
            |at| {
                file(at, "[sms]\npassword = \"own\"");
                set_mode(&at.join("aloqa-gateway.toml"), 0o644);
            },
            &[],
            Sandbox,
        ),
        row(
            "the sandbox, and others can read them",
            |at| {
                sandbox_database(at);
                for file in ["aloqa-gateway.sqlite", "aloqa-gateway.keys"] {
                    set_mode(&at.join(file), 0o644);
                }
            },
            &[],
            Sandbox,
        ),
        row(
            "a database of a newer version",
            |at| {
                sandbox_database(at);
                change(
                    at,
                    "INSERT INTO seaql_migrations VALUES ('m20991231_000001_future', 0)",
                );
            },
            &[],
            Stops("written by a newer version of the gateway"),
        ),
    ];
    // Where there is a program that makes certificates.
    if Certificates::new().is_some() {
        rows.push(row(
            "production with `fiscal.operator = \"ofd\"`, and the key is not that of the certificate",
            keys_of_two_taxpayers,
            &real(&[
                ("ALOQA__FISCAL__OPERATOR", "ofd"),
                ("ALOQA__FISCAL__OFD__TERMINAL", "UZ200000000001"),
                ("ALOQA__FISCAL__OFD__CERTIFICATE_FILE", "one.pem"),
                ("ALOQA__FISCAL__OFD__KEY_FILE", "other.key"),
                ("ALOQA__FISCAL__OFD__MXIK", "10701001018000000"),
                ("ALOQA__FISCAL__OFD__PACKAGE_CODE", "1209779"),
            ]),
            Stops("other.key is not the key of the certificate in one.pem"),
        ));
    }
    rows
}

fn keys_of_two_taxpayers(directory: &Path) {
    keys(directory);
    let made = Certificates::new().unwrap();
    made.make("other", "DNS:other");
    fs::copy(made.pem("root"), directory.join("one.pem")).unwrap();
    fs::copy(made.key("other"), directory.join("other.key")).unwrap();
}

#[test]
fn each_row_of_the_start_matrix_is_true() {
    let page = fs::read_to_string(repository().join("docs/operations.md")).unwrap();
    for Row {
        when,
        files,
        settings,
        start,
    } in rows()
    {
        let result = match start {
            Sandbox => "sandbox",
            Production => "production",
            Stops(_) => "stops",
        };
        let told = format!("| {when} | {result}");
        assert!(page.contains(&told), "docs/operations.md lacks {told:?}");
        let directory = tempfile::tempdir().unwrap();
        files(directory.path());
        let before = contents(directory.path());
        // The row's own settings last, since they count.
        let mut settings = [&FREE_PORTS[..], &settings].concat();
        settings.reverse();
        settings.sort_by_key(|(name, _)| *name);
        settings.dedup_by_key(|(name, _)| *name);
        // What would stop the start is known before it, and in the same words.
        let check = ["config", "check", "--connect"];
        let checked = run(directory.path(), &check, &settings);
        match start {
            Stops(words) => {
                let said = stderr(&checked);
                assert_eq!(checked.status.code(), Some(2), "{when}: {said}");
                assert!(
                    said.contains(words) && !said.contains("S3cret"),
                    "{when}: {said}"
                );
            }
            Sandbox | Production => {
                assert!(checked.status.success(), "{when}: {}", stderr(&checked));
            }
        }
        match start {
            Stops(words) => {
                let output = run(directory.path(), &[], &settings);
                let said = stderr(&output);
                assert!(!output.status.success(), "{when}: {}", stdout(&output));
                assert!(said.contains(words), "{when}: {said}");
                assert!(!said.contains("S3cret"), "{when}: {said}");
                let after = contents(directory.path());
                let changed = differing(&before, &after);
                assert!(changed.is_empty(), "{when}: {changed:?}");
            }
            Sandbox | Production => {
                let last = if start == Sandbox {
                    "curl"
                } else {
                    "(production)"
                };
                let served = Serving::start_in(directory, &[], &settings, last);
                let directory = served.terminate_and_keep();
                for file in fs::read_dir(directory.path()).unwrap() {
                    let path = file.unwrap().path();
                    // It is not the gateway's own.
                    if path.ends_with("aloqa-gateway.toml") {
                        continue;
                    }
                    assert_eq!(mode(&path) & 0o077, 0, "{when}: {}", path.display());
                }
            }
        }
    }
}

/// What the message about an older database says to do: each step works, and leads to a gateway that serves.
#[test]
fn an_older_database_with_the_demo_partner_comes_to_production() {
    let directory = tempfile::tempdir().unwrap();
    unrecorded(directory.path(), &["shop"]);
    let keys = [("ALOQA__VAULT__KEY_FILE", "aloqa-gateway.keys")];
    let settings = with(&with(&REAL, &keys), &FREE_PORTS);
    let refused = run(directory.path(), &[], &settings);
    assert!(
        stderr(&refused).contains("partner disable demo"),
        "{refused:?}"
    );
    for step in [&["migrate"][..], &["partner", "disable", "demo"]] {
        let done = run(directory.path(), step, &settings);
        assert!(done.status.success(), "{}", stderr(&done));
    }
    assert!(Serving::start_in(directory, &[], &settings, "(production)").terminate());
}
