//! `aloqa-gateway doctor`: what a gateway needs, what of it was found, and what to do where the two differ.

mod daily;
mod open_receipt;
mod row;

use std::net::SocketAddr;
use std::path::Path;

use hyper::Uri;
use rustix::fs::statvfs;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;

use self::daily::{COMPARED, DAILY, RECONCILED, backup, comparisons, reconciliations};
use self::open_receipt::{ANSWERED, CHECK, open_receipt};
use self::row::{LONGEST, Row, slow};
use super::Failure;
use super::compare::words;
use super::exit::Exit;
use super::form::{Form, List};
use super::health;
use super::table::Table;
use crate::config::{CardInfoBy, Config, Humo, Profile, Route};
use crate::database::{Database, Schema, sqlite_file};
use crate::domain::day::stamp;
use crate::environment::Environment;
use crate::start::{
    check, check_accounts, descriptors_for_partners, key_file, open_to_read_with_keys,
};

pub(super) const HELP: &str = "All at once, each for three seconds at most: the settings and files, the database, its schema, accounts and clock, the keys, the disk,
file descriptors, whether each server outside takes a connection (nothing is sent), what a running gateway's background duties
say, the last `backup` that the audit log knows, and what `compare` has found of yesterday and the day before on both networks:
production wants both once a day; with humo.reconciliation_hour, whether HUMO's terminals are reconciled; with fiscal.operator = \"ofd\", whether a
receipt keeps all others waiting. Nothing is written.

Exit status: 0 nothing found, 1 somebody has to look.

Examples:
  aloqa-gateway --config /etc/aloqa/gateway.toml doctor
  aloqa-gateway doctor --json | jq '.items[] | select(.isFinding)'";

/// The least that a disk should have free.
const FREE_BYTES: u64 = 1_000_000_000;

/// What is wanted of the accounts at the networks.
const ACCOUNTS: &str = "those of partners and of what is open";

/// A duty that has not succeeded for so long stands; the one that runs every hour has two.
const DUTY_SECONDS: i64 = 300;
const HOURLY_DUTY_SECONDS: i64 = 7_200;

pub(super) async fn run(
    config: &Config,
    environment: &Environment,
    form: Form,
) -> Result<Exit, Failure> {
    let settings = settings(config);
    let (database, keys, networks, gateway) = tokio::join!(
        database(config, environment),
        keys(config, environment),
        networks(config),
        gateway(config),
    );
    let mut rows = settings;
    for part in [database, keys, disk(config), networks, gateway] {
        rows.extend(part);
    }
    let is_well = rows.iter().all(|row| row.advice.is_none());
    let mut table = Table::new(["CHECK", "FOUND", "WANTED", "WHAT TO DO"]);
    let mut items: Vec<Value> = Vec::new();
    for row in rows {
        items.push(json!({
            "check": row.check,
            "found": row.found,
            "wanted": row.wanted,
            "isFinding": row.advice.is_some(),
            "advice": row.advice,
        }));
        table.row([
            row.check,
            row.found,
            row.wanted,
            row.advice.unwrap_or_default(),
        ]);
    }
    form.list(List {
        schema: "doctor/1",
        table,
        items,
        none: String::new(),
        more: None,
    })?;
    Ok(match is_well {
        true => Exit::Done,
        false => Exit::Look,
    })
}

/// What can be seen without asking anybody.
fn settings(config: &Config) -> Vec<Row> {
    let wanted = "a start with them";
    let profile = format!("{} profile", config.profile().name());
    let settings = match check(config) {
        Ok(()) => Row::right("settings", profile, wanted),
        Err(error) => Row::wrong("settings", profile, wanted, words(&error)),
    };
    let connections = config.server.max_connections;
    let wanted = format!("{connections} partners' connections");
    let descriptors = match descriptors_for_partners(config) {
        Ok(room) => Row::right("descriptors", format!("room for {room}"), &wanted).judged(
            room >= connections,
            "raise LimitNOFILE, or lower server.max_connections",
        ),
        Err((have, need)) => Row::wrong(
            "descriptors",
            format!("{have}, and {need} are needed"),
            &wanted,
            "raise LimitNOFILE, or lower server.max_in_flight",
        ),
    };
    vec![settings, descriptors]
}

/// The database, its schema and its clock.
async fn database(config: &Config, environment: &Environment) -> Vec<Row> {
    // What is only read says nothing of a file of SQLite that is written.
    let wanted = match sqlite_file(&config.database) {
        Ok(Some(_)) => "answers",
        Ok(None) | Err(_) => "answers, and its commits last",
    };
    let began = environment.clock.steady();
    let opened = match timeout(LONGEST, Database::open_to_read(&config.database)).await {
        Ok(opened) => opened,
        Err(_) => return vec![slow("database", wanted)],
    };
    let database = match opened {
        Ok(database) => database,
        Err(error) => {
            let advice = words(&error);
            return vec![Row::wrong("database", "cannot be used", wanted, advice)];
        }
    };
    let took = environment.clock.steady() - began;
    let found = format!("{}, opened in {took} ms", database.kind());
    let (schema, clock, accounts) = tokio::join!(
        timeout(LONGEST, schema(&database)),
        timeout(LONGEST, clock(config, environment, &database)),
        timeout(LONGEST, accounts(config, &database)),
    );
    let mut rows = vec![
        Row::right("database", found, wanted),
        schema.unwrap_or_else(|_| slow("schema", "this version's")),
        clock.unwrap_or_else(|_| slow("clock", "the database's")),
    ];
    rows.extend(accounts.unwrap_or_else(|_| Some(slow("accounts", ACCOUNTS))));
    rows
}

/// Whether the settings have each account that is in use; `None` where an older schema has no accounts.
async fn accounts(config: &Config, database: &Database) -> Option<Row> {
    if !matches!(database.schema().await, Ok(Schema::Current)) {
        return None;
    }
    Some(match check_accounts(config, database).await {
        Ok(()) => Row::right("accounts", "all of them", ACCOUNTS),
        Err(error) => Row::wrong("accounts", "not all", ACCOUNTS, words(&error)),
    })
}

async fn schema(database: &Database) -> Row {
    let wanted = "this version's";
    match database.schema().await {
        Ok(Schema::Current) => Row::right("schema", "this version's", wanted),
        Ok(Schema::Absent) => Row::wrong(
            "schema",
            "no tables of the gateway",
            wanted,
            "aloqa-gateway migrate, or name the gateway's own database",
        ),
        Ok(Schema::Older) => Row::wrong(
            "schema",
            "an older version's",
            wanted,
            "aloqa-gateway migrate, after a backup",
        ),
        Ok(Schema::Newer { migration }) => Row::wrong(
            "schema",
            format!("a newer version's ({migration})"),
            wanted,
            "use that version",
        ),
        Err(error) => Row::wrong("schema", "cannot be read", wanted, words(&error)),
    }
}

async fn clock(config: &Config, environment: &Environment, database: &Database) -> Row {
    let skew = i64::from(config.recovery.clock_skew_ms);
    let wanted = format!("within {skew} ms of the database's");
    let before = environment.clock.shared_now();
    match database.clock().await {
        Ok(None) => Row::right(
            "clock",
            format!("{}, the database has no other", stamp(before)),
            &wanted,
        ),
        Ok(Some(theirs)) => {
            let after = environment.clock.shared_now();
            let ahead = environment.clock.ahead_of(theirs, (before, after));
            Row::right("clock", format!("{ahead} ms ahead of it"), &wanted)
                .judged(ahead.abs() <= skew, "synchronise both clocks (NTP)")
        }
        Err(error) => Row::wrong("clock", "cannot be asked", &wanted, words(&error)),
    }
}

/// The keys, what was done daily, and what waits.
async fn keys(config: &Config, environment: &Environment) -> Vec<Row> {
    let wanted = "fit the database";
    let opened = match timeout(LONGEST, open_to_read_with_keys(config)).await {
        Ok(opened) => opened,
        Err(_) => return vec![slow("keys", wanted)],
    };
    let (database, vault) = match opened {
        Ok(both) => both,
        Err(error) => {
            let found = key_file(config).display().to_string();
            return vec![Row::wrong("keys", found, wanted, words(&error))];
        }
    };
    let ids = vault.key_ids().join(" ");
    let found = format!("{ids}, encrypting with {}", vault.current_key());
    let now = environment.clock.now();
    let (backup, comparisons, reconciliations, open_receipt) = tokio::join!(
        timeout(LONGEST, backup(config, &database, now)),
        timeout(LONGEST, comparisons(config, &database, now)),
        timeout(LONGEST, reconciliations(config, &database, now)),
        timeout(LONGEST, open_receipt(config, &database, now)),
    );
    let mut rows = vec![
        Row::right("keys", found, wanted),
        backup.unwrap_or_else(|_| slow("last backup", DAILY)),
    ];
    rows.extend(comparisons.unwrap_or_else(|_| vec![slow("comparisons", COMPARED)]));
    rows.extend(reconciliations.unwrap_or_else(|_| Some(slow("reconciliation HUMO", RECONCILED))));
    rows.extend(open_receipt.unwrap_or_else(|_| Some(slow(CHECK, ANSWERED))));
    rows
}

/// Of the SQLite file; the disk of a server of PostgreSQL cannot be seen from here.
fn disk(config: &Config) -> Vec<Row> {
    let Ok(Some(file)) = sqlite_file(&config.database) else {
        return Vec::new();
    };
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    };
    let wanted = format!("{} MB free", FREE_BYTES / 1_000_000);
    vec![match statvfs(folder) {
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let found = format!("{} MB free in {}", free / 1_000_000, folder.display());
            Row::right("disk", found, &wanted).judged(free >= FREE_BYTES, "make room")
        }
        Err(error) => Row::wrong(
            "disk",
            format!("{} cannot be looked at", folder.display()),
            &wanted,
            error.to_string(),
        ),
    }]
}

/// Whether each server takes a connection.
async fn networks(config: &Config) -> Vec<Row> {
    if config.profile() == Profile::Sandbox {
        return vec![reached("simulated networks", &config.sandbox.listen.to_string()).await];
    }
    let (uzcard, humo, sms, fiscal) = (&config.uzcard, &config.humo, &config.sms, &config.fiscal);
    let rows = tokio::join!(
        at_its_way("UZCARD", &uzcard.url, &uzcard.route),
        at_its_way("HUMO payments", &humo.payment_url, &humo.payment_route),
        humo_cards(humo),
        at_its_way("SMS", &sms.url, &sms.route),
        at_its_way("fiscal service", &fiscal.url, &fiscal.route),
    );
    let mut all = vec![rows.0, rows.1];
    all.extend(rows.2);
    all.extend([rows.3, rows.4]);
    all
}

/// Where HUMO's cards are asked about, by `humo.info`, and their histories.
async fn humo_cards(humo: &Humo) -> Vec<Row> {
    let (soap, route) = (&humo.soap_info, &humo.info_route);
    let history = async {
        match &humo.history_url {
            Some(_) => Some(at_its_way("HUMO histories", &humo.history_url, route).await),
            None => None,
        }
    };
    let cards = async {
        match humo.info {
            CardInfoBy::V3 | CardInfoBy::V2 => {
                vec![at_its_way("HUMO cards", &humo.info_url, route).await]
            }
            CardInfoBy::Soap => {
                let rows = tokio::join!(
                    at_its_way("HUMO cards", &soap.cards_url, route),
                    at_its_way("HUMO Issuing", &soap.issuing_url, route),
                    at_its_way("HUMO AccessGateway", &soap.access_url, route),
                );
                vec![rows.0, rows.1, rows.2]
            }
        }
    };
    let (mut rows, history) = tokio::join!(cards, history);
    rows.extend(history);
    rows
}

/// Where there is a proxy, this machine reaches nothing else.
async fn at_its_way(name: &str, url: &Option<String>, route: &Route) -> Row {
    match (url, &route.proxy) {
        (None, _) => Row::right(name, "absent, by the settings", "takes a connection"),
        (Some(_), Some(proxy)) => {
            let address = proxy.to_string();
            let (_, address) = address.split_once("://").unwrap_or_default();
            reached(&format!("the proxy of {name}"), address).await
        }
        (Some(url), None) => reached(name, &host_and_port(url)).await,
    }
}

async fn reached(name: &str, address: &str) -> Row {
    let wanted = "takes a connection";
    match timeout(LONGEST, TcpStream::connect(address)).await {
        Ok(Ok(_)) => Row::right(name, format!("{address} does"), wanted),
        Ok(Err(error)) => Row::wrong(
            name,
            format!("{address}: {error}"),
            wanted,
            "look at the route, the name and the firewall; is it up?",
        ),
        Err(_) => slow(name, wanted),
    }
}

fn host_and_port(url: &str) -> String {
    let uri: Uri = url.parse().unwrap_or_default();
    let port = uri.port_u16().unwrap_or(match uri.scheme_str() {
        Some("http") => 80,
        Some(_) | None => 443,
    });
    format!("{}:{port}", uri.host().unwrap_or_default())
}

/// What the gateway of these settings says of its background duties.
async fn gateway(config: &Config) -> Vec<Row> {
    let address: SocketAddr = health::reachable(config.server.ops_listen);
    let wanted = "serves";
    let asking = tokio::task::spawn_blocking(move || health::ask(address, "/health"));
    let reply = match timeout(LONGEST, asking).await {
        Ok(Ok(Ok(reply))) => reply,
        Ok(Ok(Err(error))) => {
            return vec![Row::wrong(
                "gateway",
                format!("{address}: {error}"),
                wanted,
                "start it, or name its server.ops_listen",
            )];
        }
        Ok(Err(_)) | Err(_) => return vec![slow("gateway", wanted)],
    };
    let body = reply.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let told: Value = serde_json::from_str(body).unwrap_or_default();
    let word = |key: &str| {
        let word = told.get(key).and_then(Value::as_str);
        word.unwrap_or("?").to_owned()
    };
    let found = format!("version {}, {}", word("version"), word("status"));
    let mut rows = vec![
        Row::right("gateway", found, wanted)
            .judged(word("status") == "ok", "see the run book: docs/runbook.md"),
    ];
    let duties = told
        .get("seconds_since_background_duty")
        .and_then(Value::as_object);
    for (name, seconds) in duties.into_iter().flatten() {
        let longest = match name.as_str() {
            "prune_webhooks" => HOURLY_DUTY_SECONDS,
            _ => DUTY_SECONDS,
        };
        let seconds = seconds.as_i64();
        let found = match seconds {
            Some(seconds) => format!("succeeded {seconds} s ago"),
            None => "has not succeeded yet".to_owned(),
        };
        let is_right = seconds.is_some_and(|seconds| seconds <= longest);
        rows.push(
            Row::right(
                format!("duty {name}"),
                found,
                &format!("within {longest} s"),
            )
            .judged(
                is_right,
                "look again in a minute; then see the gateway's log: background work",
            ),
        );
    }
    rows
}
