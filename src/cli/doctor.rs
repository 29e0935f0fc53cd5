//! `aloqa-gateway doctor`: what a gateway needs, what of it was found, and what to do where the two differ.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use entity::audit::Model;
use entity::time::UnixMillis;
use hyper::Uri;
use rustix::fs::statvfs;
use sea_orm::DbErr;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Failure;
use super::exit::Exit;
use super::form::{Form, List};
use super::health;
use super::table::Table;
use crate::config::{Config, Profile};
use crate::database::{Database, Schema, sqlite_file};
use crate::domain::day::stamp;
use crate::environment::Environment;
use crate::repository::audit::{self, Wanted};
use crate::start::{check, descriptors_for_partners, key_file, open_to_read_with_keys};

pub(super) const HELP: &str = "All at once, each for three seconds at most: the settings and files, the database, its schema and clock, the keys, the disk,
file descriptors, whether each server outside takes a connection (nothing is sent), what a running gateway's background duties
say, and the last `backup` and `compare` that the audit log knows: production wants both once a day. Nothing is written.

Exit status: 0 nothing found, 1 somebody has to look.

Examples:
  aloqa-gateway --config /etc/aloqa/gateway.toml doctor
  aloqa-gateway doctor --json | jq '.items[] | select(.isFinding)'";

/// How long a check may take.
const LONGEST: Duration = Duration::from_secs(3);

/// The least that a disk should have free.
const FREE_BYTES: u64 = 1_000_000_000;

/// A duty that has not succeeded for so long stands; the one that runs every hour has two.
const DUTY_SECONDS: i64 = 300;
const HOURLY_DUTY_SECONDS: i64 = 7_200;

/// What is due once a day, and may be an hour or two late.
const DAILY: &str = "within a day";
const DAY_AND_MORE_MS: i64 = 26 * 3_600 * 1_000;

/// One line of the table.
struct Row {
    check: String,
    found: String,
    wanted: String,
    /// What to do; `None`: nothing.
    advice: Option<String>,
}

impl Row {
    fn right(check: impl Into<String>, found: impl Into<String>, wanted: &str) -> Self {
        Self {
            check: check.into(),
            found: found.into(),
            wanted: wanted.to_owned(),
            advice: None,
        }
    }

    fn wrong(
        check: impl Into<String>,
        found: impl Into<String>,
        wanted: &str,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            advice: Some(advice.into()),
            ..Self::right(check, found, wanted)
        }
    }

    /// The row with this advice where it is not right.
    fn judged(self, is_right: bool, advice: &str) -> Self {
        Self {
            advice: (!is_right).then(|| advice.to_owned()),
            ..self
        }
    }
}

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
    let (schema, clock) = tokio::join!(
        timeout(LONGEST, schema(&database)),
        timeout(LONGEST, clock(config, environment, &database)),
    );
    vec![
        Row::right("database", found, wanted),
        schema.unwrap_or_else(|_| slow("schema", "this version's")),
        clock.unwrap_or_else(|_| slow("clock", "the database's")),
    ]
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

/// The keys, and what only the audit log tells.
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
    let (backup, comparison) = tokio::join!(
        timeout(LONGEST, backup(config, &database, now)),
        timeout(LONGEST, comparison(config, &database, now)),
    );
    vec![
        Row::right("keys", found, wanted),
        backup.unwrap_or_else(|_| slow("last backup", DAILY)),
        comparison.unwrap_or_else(|_| slow("last comparison", DAILY)),
    ]
}

async fn backup(config: &Config, database: &Database, now: UnixMillis) -> Row {
    if database.is_shared() {
        let found = "not known here: pg_basebackup makes it";
        return Row::right("last backup", found, DAILY);
    }
    let last = last(database, "backup").await;
    let advice = "aloqa-gateway backup FILE, from a timer";
    daily(config, ("last backup", advice), now, last)
}

async fn comparison(config: &Config, database: &Database, now: UnixMillis) -> Row {
    let last = last(database, "compare").await;
    let advice = "aloqa-gateway compare, from a timer";
    daily(config, ("last comparison", advice), now, last)
}

/// The last row of the audit log about what an operator did so.
async fn last(database: &Database, action: &str) -> Result<Option<Model>, DbErr> {
    let asked = Wanted {
        since: None,
        who: None,
        action: Some(action.to_owned()),
        object: None,
        limit: 20,
    };
    let rows = audit::list(&**database, &asked).await?;
    Ok(rows.into_iter().find(|row| row.outcome == "done"))
}

/// What production needs once a day.
fn daily(
    config: &Config,
    (check, advice): (&str, &str),
    now: UnixMillis,
    last: Result<Option<Model>, DbErr>,
) -> Row {
    let (is_needed, wanted) = match config.profile() {
        Profile::Production => (true, DAILY),
        Profile::Sandbox => (false, "none needed in the sandbox"),
    };
    match last {
        Ok(Some(row)) => {
            let is_right = !is_needed || now - row.at <= DAY_AND_MORE_MS;
            let words = [row.object, row.detail].join(" ");
            Row::right(check, format!("{} {}", stamp(row.at), words.trim()), wanted)
                .judged(is_right, advice)
        }
        Ok(None) => {
            Row::right(check, "none that the audit log knows", wanted).judged(!is_needed, advice)
        }
        Err(error) => Row::wrong(check, "cannot be read", wanted, words(&error)),
    }
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
    let address = |url: &Option<String>| url.as_deref().map(host_and_port).unwrap_or_default();
    let addresses = [
        ("UZCARD", &config.uzcard.url),
        ("HUMO payments", &config.humo.payment_url),
        ("HUMO cards", &config.humo.info_url),
        ("SMS", &config.sms.url),
        ("fiscal service", &config.fiscal.url),
    ]
    .map(|(name, url)| (name, address(url)));
    let [uzcard, payments, cards, sms, fiscal] = &addresses;
    let rows = tokio::join!(
        reached(uzcard.0, &uzcard.1),
        reached(payments.0, &payments.1),
        reached(cards.0, &cards.1),
        reached(sms.0, &sms.1),
        reached(fiscal.0, &fiscal.1),
    );
    vec![rows.0, rows.1, rows.2, rows.3, rows.4]
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

fn slow(check: &str, wanted: &str) -> Row {
    let found = format!("no answer in {} s", LONGEST.as_secs());
    Row::wrong(check, found, wanted, "find out what it waits for")
}

/// An error and its causes on one line.
fn words(error: &(dyn std::error::Error + 'static)) -> String {
    let mut words = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        words.push_str(&format!(": {cause}"));
        next = cause.source();
    }
    words
}
