//! What a page of the history costs, as the number of stored cards grows: `cargo bench --bench history`.
//!
//! ```text
//! cargo bench --bench history -- [--cards 1000,10000] [--big 50000] [--calls 500] [--only sqlite|postgres]
//! ```
//!
//! Fills a database of each kind with so many cards of 100 operations each in 30 days, and one card with `--big` more.
//! The operations of a card lie scattered among those of all others, as they do when they come day by day. Each call is
//! `cards.monitoring` of the whole period behind the front door: cards, totals and page. PostgreSQL is started from the
//! installed programs.

use std::error::Error;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use aloqa_gateway::caller::{Caller, Partner, Permissions};
use aloqa_gateway::clock::Clock;
use aloqa_gateway::config::Config;
use aloqa_gateway::database::{Connection as _, Database};
use aloqa_gateway::domain::day::Day;
use aloqa_gateway::environment::Environment;
use aloqa_gateway::gateway::Gateway;
use aloqa_gateway::random::SystemRandom;
use aloqa_gateway::repository::{card, card_day, operation, partner};
use aloqa_gateway::service::HistoryQuery;
use aloqa_gateway::start::{Running, start};
use aloqa_gateway::vault::Owner;
use entity::network::Network;
use entity::time::UnixMillis;
use rpc_schema::values::{Pan, TokenList, Value as _};
use sea_orm::{DbBackend, QueryTrait as _, Statement};
use serde_json::value::RawValue;
use tempfile::TempDir;
use test_support::postgres;
use uuid::Uuid;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The operations of each card, in a period of 30 days.
const OPERATIONS: u64 = 100;
const FIRST_DAY: i32 = 20_261_001;
const LAST_DAY: i32 = 20_261_030;
const PERIOD_MS: u64 = 30 * 24 * 60 * 60 * 1_000;
/// So many cards are asked about, in turn.
const ASKED: u64 = 200;
const PAGE_SIZE: u32 = 50;

/// Always 2026-11-21 at 10:00 in Tashkent, when all days of the period are over.
struct FixedClock;

impl Clock for FixedClock {
    fn now(&self) -> UnixMillis {
        UnixMillis(1_795_237_200_000)
    }

    fn steady(&self) -> i64 {
        0
    }

    fn ahead_of(&self, _: UnixMillis, _: (UnixMillis, UnixMillis)) -> i64 {
        0
    }
}

struct Options {
    cards: Vec<u64>,
    big: u64,
    calls: usize,
    only: Option<String>,
}

impl Options {
    fn read() -> Result<Self> {
        let mut options = Self {
            cards: vec![1_000, 10_000],
            big: 50_000,
            calls: 500,
            only: None,
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(name) = arguments.next() {
            // Cargo's own.
            if name == "--bench" {
                continue;
            }
            let value = arguments
                .next()
                .ok_or_else(|| format!("{name} has no value"))?;
            match name.as_str() {
                "--cards" => {
                    options.cards = value
                        .split(',')
                        .map(str::parse)
                        .collect::<std::result::Result<_, _>>()?;
                }
                "--big" => options.big = value.parse()?,
                "--calls" => options.calls = value.parse()?,
                "--only" => options.only = Some(value),
                _ => return Err(format!("unknown option {name}").into()),
            }
        }
        Ok(options)
    }
}

/// How long calls took, in microseconds.
struct Times {
    p50: u128,
    p99: u128,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::read()?;
    for kind in ["sqlite", "postgres"] {
        if options.only.as_deref().is_none_or(|only| only == kind) {
            on_database(kind, &options).await?;
        }
    }
    Ok(())
}

async fn on_database(kind: &str, options: &Options) -> Result<()> {
    let mut out = std::io::stdout();
    let mut first: Option<Times> = None;
    for cards in &options.cards {
        let directory = tempfile::tempdir()?;
        let Some(running) = gateway(kind, &directory).await? else {
            writeln!(out, "{kind}: not installed")?;
            return Ok(());
        };
        let filled = Instant::now();
        let partner = fill(&running, *cards, options.big).await?;
        writeln!(
            out,
            "{kind}: {cards} cards, {} operations (filled in {} s)",
            cards * OPERATIONS + options.big,
            filled.elapsed().as_secs()
        )?;
        let address = Arc::from("http://127.0.0.1:8080/");
        let caller = Caller::new(Arc::new(partner), None, None, Uuid::nil(), address);
        let asked = ASKED.min(*cards);
        let month = calls(&running.gateway, &caller, options.calls, 0, |call| {
            call % asked + 1
        })
        .await?;
        tell("a card and a month, first page", &month)?;
        if let Some(first) = &first {
            let hundredths = month.p50 * 100 / first.p50.max(1);
            let (whole, rest) = (hundredths / 100, hundredths % 100);
            writeln!(out, "  p50 against the first size     {whole}.{rest:02}")?;
        }
        let big = cards + 1;
        let operations = u32::try_from(options.big)?;
        let newest = calls(&running.gateway, &caller, options.calls, 0, |_| big).await?;
        tell("the great card, first page", &newest)?;
        let last = operations.saturating_sub(1) / PAGE_SIZE;
        let oldest = calls(
            &running.gateway,
            &caller,
            options.calls / 10 + 1,
            last,
            |_| big,
        )
        .await?;
        tell("the great card, last page", &oldest)?;
        plans(&running.gateway.database, asked).await?;
        first.get_or_insert(month);
        running.stop().await;
    }
    Ok(())
}

fn tell(what: &str, times: &Times) -> Result<()> {
    let Times { p50, p99 } = times;
    let mut out = std::io::stdout();
    Ok(writeln!(
        out,
        "  {what:<30} p50 {p50:>6} µs   p99 {p99:>6} µs"
    )?)
}

async fn gateway(kind: &str, directory: &TempDir) -> Result<Option<Running>> {
    let path = |name: &str| directory.path().join(name);
    let mut config = Config::default();
    config.database.url = match kind {
        "sqlite" => sqlite_url(&path("gateway.sqlite")).into(),
        _ => match postgres::new_measured_database().await {
            Some(url) => url.into(),
            None => return Ok(None),
        },
    };
    for address in [
        &mut config.server.listen,
        &mut config.server.ops_listen,
        &mut config.sandbox.listen,
    ] {
        address.set_port(0);
    }
    config.sandbox.state = Some(path("gateway.sandbox"));
    config.vault.key_file = Some(path("gateway.keys"));
    let environment = Environment {
        clock: Arc::new(FixedClock),
        random: Arc::new(SystemRandom),
        crash_points: None,
    };
    Ok(Some(start(&config, environment).await?))
}

fn sqlite_url(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

/// Cards 1 to `cards`, and one more with `big` operations. The cards that are asked about can be opened.
async fn fill(running: &Running, cards: u64, big: u64) -> Result<Partner> {
    let gateway = &running.gateway;
    let database = &gateway.database;
    let demo = partner::find(&**database, "demo")
        .await?
        .ok_or("no demo partner")?;
    let asked = ASKED.min(cards);
    let tx = database.write().await?;
    for number in (1..=asked).chain([cards + 1]) {
        let id = Uuid::from_u128(number.into());
        let pan = Pan::parse(&format!("9860{number:012}")).ok_or("no card number")?;
        let sealed = gateway
            .vault
            .seal(gateway.random.as_ref(), Owner::card(demo.id, id), &pan)?;
        let row = entity::card::Model {
            id,
            partner_id: demo.id,
            network: Network::Humo,
            pan_hash: gateway.vault.pan_hash(&pan).to_vec(),
            pan_key_id: sealed.key_id,
            pan_sealed: sealed.bytes,
            expiry: "3012".to_owned(),
            network_token: None,
            account: "default".to_owned(),
            phone: "998977446066".to_owned(),
            currency: 860,
            created_at: UnixMillis(0),
            removed_at: None,
        };
        card::insert(&*tx, row).await?;
    }
    tx.commit().await?;
    for statement in filling(database.backend(), demo.id, asked, cards, big) {
        let tx = database.write().await?;
        tx.run_sql(&statement).await?;
        tx.commit().await?;
    }
    Ok(Partner {
        uzcard_account: "default".to_owned(),
        humo_account: "default".to_owned(),
        id: demo.id,
        name: demo.name,
        permissions: Permissions::parse("*"),
        code_required_from: None,
        applications: Vec::new(),
        terminals: Vec::new(),
        has_webhook: false,
    })
}

/// The statements that fill the tables, each a database transaction of its own.
fn filling(backend: DbBackend, partner: Uuid, asked: u64, cards: u64, big: u64) -> Vec<String> {
    let postgres = backend == DbBackend::Postgres;
    // A number as the last bytes of so many, and as so many hexadecimal digits.
    let bytes = |number: &str, length: u64| match postgres {
        true => format!("decode(lpad(to_hex({number}), {}, '0'), 'hex')", length * 2),
        false => format!("unhex(printf('%0{}x', {number}))", length * 2),
    };
    let digits = |number: &str| match postgres {
        true => format!("lpad(to_hex({number}), 12, '0')"),
        false => format!("printf('%012x', {number})"),
    };
    let id = |number: &str| match postgres {
        true => format!("lpad(to_hex({number}), 32, '0')::uuid"),
        false => bytes(number, 16),
    };
    let partner = match postgres {
        true => format!("'{partner}'::uuid"),
        false => format!("unhex('{}')", partner.simple()),
    };
    let series = |from: u64, to: u64| match postgres {
        true => (
            String::new(),
            format!("generate_series({from}::bigint, {to}::bigint) AS s(n)"),
        ),
        false => (
            format!(
                "WITH RECURSIVE s(n) AS (SELECT {from} UNION ALL SELECT n + 1 FROM s WHERE n < {to}) "
            ),
            "s".to_owned(),
        ),
    };
    let mut statements = Vec::new();
    if asked < cards {
        let (with, series) = series(asked + 1, cards);
        statements.push(format!(
            "{with}INSERT INTO card (id, partner_id, network, pan_hash, pan_key_id, pan_sealed, expiry, phone, created_at) \
             SELECT {}, {partner}, 'HUMO', {}, 'none', {}, '3012', '998977446066', 0 FROM {series}",
            id("n"),
            bytes("n", 32),
            bytes("n", 32),
        ));
    }
    let begin = Day::from_number(FIRST_DAY).map_or(UnixMillis(0), Day::begins_at);
    // `n` counts, `card` and `number` are expressions of it.
    let operations = |from: u64, to: u64, card: &str, number: &str, of: u64| {
        let (with, series) = series(from, to);
        let since = format!("(CAST({number} AS BIGINT) * {})", PERIOD_MS / of);
        format!(
            "{with}INSERT INTO operation (public_id, card_id, network, reference, at, day, utime, amount, currency, is_credit, \
             reversal, created_at, op_type, ref_num, sys_num, apr_code, ref_number, merchant, terminal, description, \
             merchant_name, city, internal_number) \
             SELECT {} || {}, {}, 'HUMO', {number} || '/205', {begin} + {since}, {FIRST_DAY} + {since} / 86400000, \
             100000, 100000 + {number}, 860, {number} % 3 = 0, false, 1795237200000, '205', '770532', '770532', '921439', \
             '324010770532', '0040100000401CS', '1965000A', 'Оплата товаров и услуг', 'ZOOMRAD P2P', 'TASHKENT', \
             '4747770532' FROM {series}",
            digits(number),
            digits(card),
            id(card),
        )
    };
    for round in 0..OPERATIONS {
        statements.push(operations(1, cards, "n", &round.to_string(), OPERATIONS));
    }
    if big > 0 {
        statements.push(operations(0, big - 1, &(cards + 1).to_string(), "n", big));
    }
    statements.push(
        "INSERT INTO card_day (card_id, day, total_debit, total_credit, operations, fetched_at) \
         SELECT card_id, day, sum(CASE WHEN is_credit THEN 0 ELSE amount END), sum(CASE WHEN is_credit THEN amount ELSE 0 END), \
         count(*), 1795237200000 FROM operation GROUP BY card_id, day"
            .to_owned(),
    );
    statements.push("ANALYZE".to_owned());
    statements
}

/// Calls about cards in turn; the first tenth does not count.
async fn calls(
    gateway: &Arc<Gateway>,
    caller: &Caller,
    count: usize,
    page: u32,
    card: impl Fn(u64) -> u64,
) -> Result<Times> {
    let mut times = Vec::with_capacity(count);
    for call in 0..u64::try_from(count + count / 10)? {
        let token = Uuid::from_u128(card(call).into());
        let tokens = RawValue::from_string(format!("[\"{token}\"]"))?;
        let query = HistoryQuery {
            tokens: TokenList::decode(&tokens).map_err(|fault| format!("{fault:?}"))?,
            from: Day::from_number(FIRST_DAY).ok_or("no day")?,
            to: Day::from_number(LAST_DAY).ok_or("no day")?,
            page,
            size: PAGE_SIZE,
        };
        let begun = Instant::now();
        let answered = gateway.history(caller, query).await?;
        let took = begun.elapsed().as_micros();
        if answered.operations.is_empty() || answered.total_debit == 0 {
            return Err("an empty page".into());
        }
        if call >= u64::try_from(count / 10)? {
            times.push(took);
        }
    }
    times.sort_unstable();
    let at = |percent: usize| {
        times
            .get(times.len() * percent / 100)
            .copied()
            .unwrap_or_default()
    };
    Ok(Times {
        p50: at(50),
        p99: at(99),
    })
}

/// How the database answers the three queries of a call.
async fn plans(database: &Database, asked: u64) -> Result<()> {
    let backend = database.backend();
    let card = Uuid::from_u128(asked.into());
    let days = (Day::from_number(FIRST_DAY), Day::from_number(LAST_DAY));
    let (Some(from), Some(to)) = days else {
        return Err("no days".into());
    };
    let newest = operation::newest(card, from.begins_at(), to.ends_at(), PAGE_SIZE.into());
    let places = operation::places(&**database, newest.clone()).await?;
    let ids: Vec<i64> = places.into_iter().map(|(_, id)| id).collect();
    let queries = [
        (
            "totals",
            card_day::in_period(&[card], FIRST_DAY, LAST_DAY).build(backend),
        ),
        ("places", newest.build(backend)),
        ("operations", operation::by_ids(&ids).build(backend)),
    ];
    let (explain, column) = match backend {
        DbBackend::Postgres => (
            "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY OFF)",
            "QUERY PLAN",
        ),
        DbBackend::Sqlite => ("EXPLAIN QUERY PLAN", "detail"),
        DbBackend::MySql | _ => return Err("no plans of this kind of database".into()),
    };
    let mut out = std::io::stdout();
    for (name, query) in queries {
        let question = Statement {
            sql: format!("{explain} {}", query.sql),
            ..query
        };
        writeln!(out, "  plan of {name}:")?;
        for mut row in database.fetch_rows(question).await? {
            let line: String = row.take(column)?;
            let shown: String = line.chars().take(150).collect();
            writeln!(out, "    {shown}")?;
        }
    }
    Ok(())
}
