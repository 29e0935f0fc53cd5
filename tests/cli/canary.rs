//! Marked card numbers, codes, secrets and keys go through everything that the program does, failures and `trace` included.
//! Then they are looked for in everything that it leaves behind.
//!
//! | file | question |
//! |---|---|
//! | `search` | In which spellings is a secret looked for, and what counts as found? |
//! | `walk` | Which calls does the program answer meanwhile? |
//! | `places` | Where does it leave something behind? |

mod places;
mod search;
mod walk;

use std::fs::{self, File};

use aloqa_gateway::clock::{Clock as _, SystemClock};
use aloqa_gateway::domain::day::Day;
use test_support::{Credentials, HUMO_2, postgres};

use self::places::Places;
use self::search::{Secret, Spelled};
use self::walk::Walk;
use crate::program::{FREE_PORTS, Serving, program, run, stderr, stdout};

/// The right code of every message, and one that is wrong.
const CODE: &str = "739152";
const WRONG_CODE: &str = "804613";
const PASSWORDS: [(&str, &str); 5] = [
    ("ALOQA__UZCARD__PASSWORD", "canary-svgate-7f3a91"),
    ("ALOQA__HUMO__PASSWORD", "canary-humo-2b8e04"),
    ("ALOQA__HUMO__TOKEN", "canary-token-d15c67"),
    ("ALOQA__SMS__PASSWORD", "canary-sms-94ab20"),
    ("ALOQA__FISCAL__PASSWORD", "canary-fiscal-6e0d38"),
];
/// All that can be had: some parts are silent unless they are named.
const LOG: &str = "trace,sqlx::query=trace,sea_orm::database=trace,hyper::proto=trace,jsonrpsee_core::tracing=trace";
const DATABASE_PASSWORD: &str = "canary-database-51f7c2";
const WRONG_SECRET: &str = "canary-wrong-secret-8c40e6";

#[tokio::test]
async fn nothing_secret_is_left_behind_with_sqlite() {
    leaves_nothing("sqlite:canary.sqlite", None).await;
}

#[tokio::test]
async fn nothing_secret_is_left_behind_with_postgres() {
    let Some(url) = postgres::empty_database().await else {
        return;
    };
    places::log_every_statement(&url).await;
    let with_password = url.replace(
        "postgres://postgres@",
        &format!("postgres://postgres:{DATABASE_PASSWORD}@"),
    );
    leaves_nothing(&with_password, Some(&url)).await;
}

async fn leaves_nothing(database: &str, postgres: Option<&str>) {
    let directory = tempfile::tempdir().unwrap();
    let mut settings: Vec<(&str, &str)> = FREE_PORTS.to_vec();
    settings.extend(PASSWORDS);
    settings.extend([
        ("ALOQA__DATABASE__URL", database),
        ("ALOQA__LOG__FILTER", LOG),
        ("ALOQA__CODES__FIXED", CODE),
        ("ALOQA__COMPAT__HTTP_PATHS", "true"),
        ("ALOQA__UZCARD__TIMEOUT_MS", "500"),
        ("ALOQA__HUMO__TIMEOUT_MS", "500"),
        ("ALOQA__HUMO__MAX_PROCESSING_S", "2"),
        ("ALOQA__UZCARD__MAX_PROCESSING_S", "2"),
    ]);
    let path = directory.path().to_owned();
    let log = path.join("standard-error");
    let mut command = program(&path, &settings);
    command.stderr(File::create(&log).unwrap());
    let serving = Serving::spawn(command, directory, "curl");

    let mut places = Places::default();
    places.add("start-up", serving.greeting());
    let mut secrets: Vec<Secret> = PASSWORDS
        .iter()
        .map(|&(name, password)| Secret::new(name, password))
        .collect();
    secrets.push(Secret::new("the database's password", DATABASE_PASSWORD));
    secrets.push(Secret::new("a wrong secret", WRONG_SECRET));
    secrets.extend(
        walk::CARDS
            .iter()
            .map(|card| Secret::new("a card", card.pan)),
    );
    secrets.extend(walk::PERSON.map(|(member, value)| Secret::new(member, value)));
    secrets.extend([CODE, WRONG_CODE].map(|code| Secret::word("a code", code)));

    // What a command prints for its operator alone.
    let told = |arguments: &[&str]| {
        let output = run(&path, arguments, &settings);
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            stderr(&output)
        );
        (stdout(&output), stderr(&output))
    };
    let secret_of = |arguments: &[&str], places: &mut Places| {
        let (out, log) = told(arguments);
        places.add("a command's log", &log);
        let (rest, secret) = out.trim().rsplit_once('\n').unwrap();
        places.add("a command", rest);
        secret.to_owned()
    };
    let secret = secret_of(&["partner", "add", "canary", "--allow", "*"], &mut places);
    secrets.push(Secret::new("the partner's secret", &secret));
    let receiver = walk::Receiver::start();
    let set = ["partner", "webhook", "set", "canary", &receiver.url];
    let webhook = secret_of(&set, &mut places);
    secrets.push(Secret::new(
        "the webhook's secret",
        webhook.trim_start_matches("whsec_"),
    ));
    let file = if postgres.is_some() {
        "aloqa-gateway.keys"
    } else {
        "canary.keys"
    };
    let keys: serde_json::Value =
        serde_json::from_slice(&fs::read(path.join(file)).unwrap()).unwrap();
    let all_keys = keys["keys"]
        .as_object()
        .unwrap()
        .values()
        .chain([&keys["index"]]);
    for key in all_keys {
        secrets.push(Secret::key("a key", key.as_str().unwrap()));
    }

    let credentials = Credentials {
        name: "canary".to_owned(),
        secret,
    };
    let address = |label: &str| {
        let url = serving.url(label);
        url.trim_start_matches("http://").parse().unwrap()
    };
    let walk = Walk {
        gateway: address("partners"),
        operations: address("operations"),
        sandbox: address("sandbox"),
        credentials,
    };
    walk.everything(&mut places).await;
    let today = Day::of(SystemClock.now()).iso();
    for arguments in [
        &["partner", "list"][..],
        &["ban", "add", HUMO_2.pan, "--reason", "canary"],
        &["ban", "list"],
        &["transactions", "list"],
        &["transactions", "list", "--json"],
        &["report", "--partner", "canary", "--day", &today, "--json"],
        &["webhooks", "list"],
        &["partner", "webhook", "list"],
    ] {
        let output = run(&path, arguments, &settings);
        places.add("a command", &stdout(&output));
        places.add("a command's log", &stderr(&output));
    }
    receiver.into_heard(&mut places);
    let directory = serving.terminate_and_keep();
    places.add("the log", &fs::read_to_string(&log).unwrap());
    match postgres {
        None => places.sqlite(directory.path(), "canary.sqlite"),
        Some(url) => places.postgres(url).await,
    }

    places.assert_full();
    let spelled: Vec<Spelled> = secrets.iter().flat_map(Secret::spelled).collect();
    let found = places.search(&spelled);
    assert!(found.is_empty(), "{}", found.join("\n"));
}
