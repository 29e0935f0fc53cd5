//! An older copy of the database is restored under load: what was ordered since is asked for again, and no order is carried
//! out twice, no id given again, and nothing that was told as done comes undone (docs/operations.md#restoring-an-older-copy).

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use aloqa_gateway::clock::{Clock as _, SystemClock};
use aloqa_gateway::domain::day::stamp;
use entity::time::UnixMillis;
use entity::transaction::{self, Status};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, Database, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _,
};
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::alarms::Alarms;
use crate::checker::check_restored;
use crate::client::Credentials;
use crate::gateway::{Gateway, start_networks};
use crate::journal::{self, Exchange, Journal};
use crate::load::{Market, lone_order};
use crate::operator::resolve_holds;
use crate::records::{Executed, Records, Stored};
use crate::report::say;
use test_support::chance::Chance;
use test_support::postgres;
use test_support::proxy::Proxy;

/// How long the load runs before the copy is taken, and after it, milliseconds; as many times as long in a long run.
const BEFORE_MS: u64 = 800;
const AFTER_MS: u64 = 1_500;
/// How many times as long the load runs.
const TIMES: &str = "ALOQA_PROOF_RESTORE_TIMES";
/// How far the copy is.
const BEFORE: u8 = 0;
const MEANWHILE: u8 = 1;
const AFTER: u8 = 2;
/// Who orders at the same time.
const CLIENTS: u64 = 5;
/// How many calls in a hundred go wrong at the networks meanwhile.
const FAULTS_PERCENT: u64 = 5;
/// Errors after which an order is asked for again: it is open, or nothing was begun as a network did not answer.
const OPEN: [i64; 7] = [-32379, -32364, -32365, -32334, -32343, -32338, -32339];
/// How long everything has to settle afterwards.
const SETTLES_WITHIN: Duration = Duration::from_secs(90);
/// How long an order is asked for again until its answer is final.
const ASKED_FOR: Duration = Duration::from_secs(60);

/// What was restored.
#[derive(Debug, Clone)]
pub(crate) struct Restored {
    /// When the copy was begun, and when it was there; UNIX milliseconds.
    pub(crate) since: i64,
    pub(crate) copied_by: i64,
    /// The first id that may be given afterwards.
    pub(crate) first_id: i64,
    /// The database that was lost.
    pub(crate) lost: Stored,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite() {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/gateway.sqlite", directory.path().display());
    prove("sqlite", directory.path(), &url).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres() {
    if let Some(url) = postgres::new_database().await {
        prove("postgres", tempfile::tempdir().unwrap().path(), &url).await;
    }
}

async fn prove(name: &str, directory: &Path, database_url: &str) {
    let times = std::env::var_os(TIMES).map_or(1, |text| {
        let text = text.to_str().unwrap();
        text.parse().unwrap()
    });
    let (networks, networks_at) = start_networks(directory).await;
    let proxy = Proxy::start(networks_at, 1).await;
    let gateway = Gateway::new(directory, database_url, proxy.address);
    let demo = Credentials {
        name: "demo".to_owned(),
        secret: "demo-secret".to_owned(),
    };
    let written = directory.join("journal");
    let (alive, at) = watch::channel(Vec::new());
    let market = Arc::new(Market::new(Journal::create(&written), at, vec![demo]));

    let serving = gateway.start().await;
    alive.send_replace(vec![serving.address]);
    market.attach_cards().await;
    proxy.misbehave(FAULTS_PERCENT);
    let numbers = Arc::new(AtomicU64::new(1));
    let copying = Arc::new(AtomicU8::new(BEFORE));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let (market, numbers) = (Arc::clone(&market), Arc::clone(&numbers));
            tokio::spawn(order(market, numbers, Arc::clone(&copying), client))
        })
        .collect();
    sleep(Duration::from_millis(BEFORE_MS * times)).await;
    copying.store(MEANWHILE, Ordering::Relaxed);
    let since = SystemClock.now().0;
    let copy = copied(directory, database_url).await;
    copying.store(AFTER, Ordering::Relaxed);
    let copied_by = SystemClock.now().0;
    sleep(Duration::from_millis(AFTER_MS * times)).await;
    serving.process.kill().await;
    alive.send_replace(Vec::new());
    for client in clients {
        client.abort();
        let _ = client.await;
    }

    let lost = Stored::read(database_url, &gateway.key_file()).await;
    let gateway = put_back(directory, &copy, proxy.address);
    let taken = stamp(UnixMillis(since));
    let marked = [
        "restored",
        "mark",
        "--since",
        &taken,
        "--reason",
        "the disk is lost",
    ];
    let said = gateway.command(&marked).await.unwrap();
    let first_id = said
        .split_once("the next transaction has the id ")
        .and_then(|(_, rest)| rest.split(';').next()?.parse().ok())
        .unwrap_or_else(|| panic!("no first id: {said}"));
    if times == 1 {
        // Each fault may cost a pause of recovery, and a short run is to stay short.
        proxy.misbehave(0);
    }
    let serving = gateway.start().await;
    let restored_at = SystemClock.now().0;
    alive.send_replace(vec![serving.address]);
    let told_before = journal::read(&written);
    let operator = async {
        loop {
            sleep(Duration::from_secs(2)).await;
            resolve_holds(&gateway, networks_at).await;
        }
    };
    let unsettled = tokio::select! {
        unsettled = ask_again(&market, &told_before, &lost) => unsettled,
        () = operator => unreachable!("the operator comes again and again"),
    };
    // Orders that are new go on, and get new ids.
    for _ in 0..3 {
        let number = numbers.fetch_add(1, Ordering::Relaxed);
        let (method, params) = lone_order(&market, number, number);
        market.ask(0, &method, params).await;
    }
    proxy.misbehave(0);
    wait_until_settled(&gateway).await;
    let (_, refused) = resolve_holds(&gateway, networks_at).await;
    assert_eq!(refused, Vec::<String>::new(), "{name}");

    let alarms = Alarms::read(&gateway.log(), serving.operations).await;
    assert!(serving.process.stop().await);
    let whole = journal::read(&written);
    let records = Records {
        journal: whole.clone(),
        quiet_from: i64::MAX,
        gateway: Stored::read(&gateway.database_url, &gateway.key_file()).await,
        networks: Executed::read(networks_at).await,
        alarms,
        others: Vec::new(),
        compared: Vec::new(),
    };
    let restored = Restored {
        since,
        copied_by,
        first_id,
        lost,
    };
    let violations = check_restored(&records, &restored, restored_at);
    let told = told_of(&whole, restored_at);
    say(&format!(
        "restored {name}: {} transactions in the lost database, {} in the copy once all was asked for again; answers since: \
         {told:?}; never settled: {}; violations: {}",
        restored.lost.transactions.len(),
        records.gateway.transactions.len(),
        unsettled.len(),
        violations.len(),
    ));
    say(&format!("{unsettled:#?}"));
    let shown: Vec<String> = violations
        .iter()
        .take(20)
        .map(ToString::to_string)
        .collect();
    for violation in &shown {
        say(&format!("restored {name} violates {violation}"));
    }
    assert!(shown.is_empty(), "{name}: {shown:#?}");
    assert_eq!(unsettled, BTreeMap::new(), "{name}");
    let lost_ids = restored
        .lost
        .transactions
        .iter()
        .filter(|row| row.created_at.0 > since);
    assert!(lost_ids.count() > 10, "{name}: too little was lost");
    assert!(networks.stop().await);
}

/// Waits until recovery has nothing left to look up.
async fn wait_until_settled(gateway: &Gateway) {
    let db = Database::connect(&gateway.database_url).await.unwrap();
    let begun = Instant::now();
    loop {
        let open = transaction::Entity::find()
            .filter(transaction::Column::Status.eq(Status::Processing))
            .count(&db)
            .await
            .unwrap();
        if open == 0 {
            break;
        }
        assert!(begun.elapsed() < SETTLES_WITHIN, "{open} are not settled");
        sleep(Duration::from_millis(100)).await;
    }
    db.close().await.unwrap();
}

/// How often each kind of answer was given since.
fn told_of(whole: &[Exchange], restored_at: i64) -> BTreeMap<String, usize> {
    let mut told = BTreeMap::new();
    for exchange in whole
        .iter()
        .filter(|exchange| exchange.asked.at >= restored_at)
    {
        let answer = match exchange.error_code() {
            Some(code) => format!("{code} {}", exchange.reason()),
            None => "result".to_owned(),
        };
        *told.entry(answer).or_default() += 1;
    }
    told
}

/// Orders, each of an amount of its own, and gives some back. Holds are ended only if the copy has them: one that was made
/// and ended since can be recognised by nobody.
async fn order(market: Arc<Market>, numbers: Arc<AtomicU64>, copying: Arc<AtomicU8>, client: u64) {
    let mut chance = Chance::of(7, client);
    let mut older_holds = Vec::new();
    loop {
        let number = numbers.fetch_add(1, Ordering::Relaxed);
        let (method, params) = lone_order(&market, chance.number(), number);
        let Some(reply) = market.ask(0, &method, params.clone()).await else {
            continue;
        };
        let copying = copying.load(Ordering::Relaxed);
        let is_hold = params.get("is_hold").is_some();
        let id = reply["result"]["transactionId"].as_i64();
        let step = match id {
            Some(id) if is_hold && copying == BEFORE => {
                older_holds.push(id);
                None
            }
            Some(id) if !is_hold && chance.percent(25) && method == "transactions.debit" => {
                Some(("transactions.debit.reverse", id))
            }
            _ if copying == AFTER && chance.percent(25) => older_holds.pop().map(|id| {
                let ways = [
                    "transactions.debit.hold.charge",
                    "transactions.debit.hold.cancel",
                ];
                (*chance.pick(&ways), id)
            }),
            _ => None,
        };
        if let Some((method, id)) = step {
            market.ask(0, method, json!({"transactionId": id})).await;
        }
        sleep(Duration::from_millis(chance.between(5, 40))).await;
    }
}

/// Takes a copy of a database that is in use.
async fn copied(directory: &Path, url: &str) -> String {
    if url.starts_with("sqlite:") {
        let copy = directory.join("copy.sqlite").display().to_string();
        let database = Database::connect(url).await.unwrap();
        let taken = format!("VACUUM INTO '{copy}'");
        database.execute_unprepared(&taken).await.unwrap();
        database.close().await.unwrap();
        return format!("sqlite:{copy}");
    }
    let copy = postgres::empty_database().await.unwrap();
    let bin = postgres::programs().unwrap();
    let dump = directory.join("dump.sql");
    let dumped = Command::new(bin.join("pg_dump"))
        .args(["--no-owner", "--no-privileges", "-d", url, "-f"])
        .arg(&dump)
        .status();
    assert!(dumped.await.unwrap().success());
    let read = Command::new(bin.join("psql"))
        .args(["-q", "-v", "ON_ERROR_STOP=1", "-d", &copy, "-f"])
        .arg(&dump)
        .stdout(Stdio::null())
        .status();
    assert!(read.await.unwrap().success());
    copy
}

/// A gateway on the copy.
fn put_back(directory: &Path, copy: &str, networks: std::net::SocketAddr) -> Gateway {
    if let Some(file) = copy.strip_prefix("sqlite:") {
        // The lost one was read already; its name is the copy's now.
        let place = directory.join("gateway.sqlite");
        for left in ["-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{left}", place.display()));
        }
        fs::rename(file, &place).unwrap();
        let url = format!("sqlite:{}", place.display());
        return Gateway::new(directory, &url, networks);
    }
    Gateway::new(directory, copy, networks)
}

/// Asks for everything again, at several hands, until each answer is final; the last answers of those that never
/// got one.
async fn ask_again(
    market: &Arc<Market>,
    told_before: &[Exchange],
    lost: &Stored,
) -> BTreeMap<String, Value> {
    let mut orders: BTreeMap<String, (String, Value)> = BTreeMap::new();
    let mut steps: Vec<(String, String)> = Vec::new();
    let named: BTreeMap<i64, &str> = lost
        .transactions
        .iter()
        .filter_map(|row| Some((row.id.0, row.ext_id.as_deref()?)))
        .collect();
    for exchange in told_before {
        let (method, params) = (&exchange.asked.method, &exchange.asked.params);
        if let Some(ext_id) = exchange.text("extId") {
            orders.insert(ext_id.to_owned(), (method.clone(), params.clone()));
        } else if method.starts_with("transactions.debit.")
            && let Some(ext_id) = exchange
                .number("transactionId")
                .and_then(|id| named.get(&id))
        {
            steps.push((method.clone(), (*ext_id).to_owned()));
        }
    }
    let orders: Vec<_> = orders.into_iter().collect();
    let share = orders
        .len()
        .div_ceil(usize::try_from(CLIENTS).unwrap())
        .max(1);
    let hands: Vec<_> = orders
        .chunks(share)
        .map(|orders| tokio::spawn(ask_for_each(Arc::clone(market), orders.to_vec())))
        .collect();
    let (mut ids, mut unsettled) = (BTreeMap::new(), BTreeMap::new());
    for hand in hands {
        let (found, left) = hand.await.unwrap();
        ids.extend(found);
        unsettled.extend(left);
    }
    for (method, ext_id) in steps {
        if let Some(id) = ids.get(&ext_id) {
            market.ask(0, &method, json!({"transactionId": id})).await;
        }
    }
    unsettled
}

async fn ask_for_each(
    market: Arc<Market>,
    orders: Vec<(String, (String, Value))>,
) -> (BTreeMap<String, i64>, BTreeMap<String, Value>) {
    let (mut ids, mut left) = (BTreeMap::new(), orders);
    let mut last = BTreeMap::new();
    let begun = Instant::now();
    while !left.is_empty() && begun.elapsed() < ASKED_FOR {
        let mut open = Vec::new();
        for (ext_id, (method, params)) in left {
            let reply = market
                .ask(0, &method, params.clone())
                .await
                .unwrap_or_default();
            let code = reply["error"]["code"].as_i64();
            if reply.get("result").is_none() && code.is_none_or(|code| OPEN.contains(&code)) {
                let declined = matches!(code, Some(-32338 | -32339));
                if declined && let Some(id) = id_of(&market, &ext_id).await {
                    last.remove(&ext_id);
                    ids.insert(ext_id, id);
                    continue;
                }
                last.insert(ext_id.clone(), reply);
                open.push((ext_id, (method, params)));
                continue;
            }
            last.remove(&ext_id);
            ids.extend(id_of(&market, &ext_id).await.map(|id| (ext_id, id)));
        }
        left = open;
        sleep(Duration::from_millis(200)).await;
    }
    (ids, last)
}

async fn id_of(market: &Market, ext_id: &str) -> Option<i64> {
    let told = market
        .ask(0, "transactions.get", json!({"extId": ext_id}))
        .await?;
    told["result"]["transactionId"].as_i64()
}
