//! The gateway is killed at random moments under mixed load, while its networks let one call in ten go wrong; then all
//! is left to settle, and the checker looks at the three records. Now and then it is frozen instead, and goes on as if
//! nothing had happened. On PostgreSQL two processes share the database and settle what the other one left.
//!
//! By default 8 kills on each database, so that everybody runs it; CI adds 50. A longer run takes one command:
//!
//! ```sh
//! ALOQA_PROOF_KILLS=1000 cargo test --release --test proof -- crash_loop --nocapture
//! ```
//!
//! The seed of a run is printed with the command that repeats it. What clients and proxy decide follows from it; how the
//! processes take their turns does not.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use aloqa_gateway::clock::{Clock as _, SystemClock};
use aloqa_gateway::random::{Random as _, SystemRandom};
use entity::partner;
use entity::processing_request::{self, State};
use entity::transaction::{self, Status};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, Database, DatabaseConnection, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _,
};
use serde_json::json;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::alarms::Alarms;
use crate::checker::check;
use crate::client::Credentials;
use crate::comparison::compare;
use crate::gateway::{Gateway, Process, Serving, start_networks};
use crate::journal::{self, Journal};
use crate::load::{Client, Market};
use crate::operator::{resolve_holds, resolve_overtaken_parts};
use crate::records::{Executed, Records, Stored};
use crate::report::{Report, say};
use crate::trouble::{People, frosts};
use test_support::chance::Chance;
use test_support::postgres;
use test_support::proxy::Proxy;

/// The number of kills, on each database.
const KILLS: &str = "ALOQA_PROOF_KILLS";
const KILLS_BY_DEFAULT: u64 = 8;
/// What the run follows from; a random one where it is not set.
const SEED: &str = "ALOQA_PROOF_SEED";

/// How long a gateway lives, milliseconds.
const LIVES_MS: (u64, u64) = (50, 1_500);
/// How many kills in a hundred are of all processes at the same time.
const ALL_AT_ONCE_PERCENT: u64 = 25;
/// How many kills in a hundred have a freeze before them.
const FREEZES_PERCENT: u64 = 10;
/// How long a process is frozen, milliseconds: beyond its leases. Together with a late execution it is within the time
/// after which a call that the network does not know is declined, as no client can take back what it has sent.
const FREEZES_MS: (u64, u64) = (300, 2_000);
/// How many calls in a hundred go wrong at the networks.
const FAULTS_PERCENT: u64 = 10;
/// Clients of the first partner; the other one has one.
const CLIENTS: usize = 8;
/// After how many kills the operator settles what was given up.
const OPERATOR_COMES_AFTER: u64 = 10;
/// How long everything has to settle by itself once the networks are well again: longer than the pauses between the
/// first five look-ups. A run of few kills is to be short: there each look-up that is more than seconds away is brought
/// forward at once.
const SETTLES_WITHIN: Duration = Duration::from_secs(90);
/// A request that was looked up in vain this often under fire is looked up next after five minutes, and so on: that
/// look-up is then brought forward.
const LOOK_UPS_BEFORE_LONG_PAUSES: i32 = 5;
/// How long it may take after that.
const SETTLES_AT_LAST: Duration = Duration::from_secs(120);
/// How long after a look-up that was brought forward the next one may be, in a run of few kills.
const FORWARD_AGAIN: Duration = Duration::from_secs(2);
/// How often the operator looks after reversals of which nobody else can tell.
const OPERATOR_LOOKS_EVERY: Duration = Duration::from_secs(3);
/// How many orders are asked about at the very end.
const ASKED_AT_LAST: usize = 2_000;
/// The part of the run that decides about the kills.
const PART_OF_KILLS: u64 = 999;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite() {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/gateway.sqlite", directory.path().display());
    prove("sqlite", 1, directory, &url).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres() {
    if let Some(url) = postgres::new_database().await {
        prove("postgres", 2, tempfile::tempdir().unwrap(), &url).await;
    }
}

/// A whole run on one database, with so many processes.
async fn prove(name: &'static str, processes: usize, directory: TempDir, database_url: &str) {
    let kills = number(KILLS).unwrap_or(KILLS_BY_DEFAULT);
    let seed = number(SEED).unwrap_or_else(random_seed);
    let repeat = format!(
        "{SEED}={seed} {KILLS}={kills} cargo test --test proof -- crash_loop::{name} --nocapture"
    );
    say(&format!("{name}: {kills} kills; to repeat: {repeat}"));

    let mut run = Run::start(directory.path(), database_url, seed).await;
    let mut report = Report::default();
    run.under_fire(name, processes, kills, seed, &mut report)
        .await;
    let records = run.settle(&mut report).await;
    let violations = check(&records);
    report.conclude(&records, &violations);
    say(&format!("{name}: {report}"));
    if !violations.is_empty() || report.is_broken() {
        let kept = directory.keep();
        let shown: Vec<String> = violations
            .iter()
            .take(20)
            .map(ToString::to_string)
            .collect();
        panic!(
            "{} violations, and {} complaints in the report; the first violations:\n{}\nrecords and logs: {}\nto repeat: {repeat}",
            violations.len(),
            report.complaints.len(),
            shown.join("\n"),
            kept.display()
        );
    }
}

/// Everything of a run. The gateway's processes come and go.
struct Run {
    gateway: Gateway,
    networks: Process,
    networks_at: SocketAddr,
    proxy: Arc<Proxy>,
    people: People,
    market: Arc<Market>,
    journal: PathBuf,
    alive: watch::Sender<Vec<SocketAddr>>,
    processes: Vec<Option<Serving>>,
}

impl Run {
    async fn start(directory: &Path, database_url: &str, seed: u64) -> Self {
        let (networks, networks_at) = start_networks(directory).await;
        let proxy = Arc::new(Proxy::start(networks_at, seed).await);
        let gateway = Gateway::new(directory, database_url, proxy.address);
        gateway.command(&["migrate"]).await.unwrap();
        let added = gateway
            .command(&["partner", "add", "stranger", "--allow", "*"])
            .await
            .unwrap();
        let demo = Credentials {
            name: "demo".to_owned(),
            secret: "demo-secret".to_owned(),
        };
        let stranger = Credentials {
            name: "stranger".to_owned(),
            secret: added.lines().last().unwrap().to_owned(),
        };
        let journal = directory.join("journal");
        let (alive, at) = watch::channel(Vec::new());
        let market = Market::new(Journal::create(&journal), at, vec![demo, stranger]);
        Self {
            gateway,
            networks,
            networks_at,
            proxy,
            people: People::new(seed),
            market: Arc::new(market),
            journal,
            alive,
            processes: Vec::new(),
        }
    }

    /// Load, faults and kills.
    async fn under_fire(
        &mut self,
        name: &str,
        processes: usize,
        kills: u64,
        seed: u64,
        report: &mut Report,
    ) {
        let mut chance = Chance::of(seed, PART_OF_KILLS);
        self.processes.resize_with(processes, || None);
        self.start_missing(report).await;
        self.market.attach_cards().await;

        self.proxy.misbehave(FAULTS_PERCENT);
        let begun = Instant::now();
        let clients: Vec<_> = (0..=CLIENTS)
            .map(|number| {
                let partner = usize::from(number == CLIENTS);
                let client = Client::new(Arc::clone(&self.market), partner, number, seed);
                tokio::spawn(client.work())
            })
            .collect();
        let frosts = tokio::spawn(frosts(
            Arc::clone(&self.proxy),
            Arc::clone(&self.market),
            seed,
        ));
        let pause = |chance: &mut Chance, (from, to)| {
            sleep(Duration::from_millis(chance.between(from, to)))
        };
        for kill in 1..=kills {
            let lives = pause(&mut chance, LIVES_MS);
            let meddling = self.people.meddle(&self.gateway, self.networks_at);
            tokio::join!(lives, meddling);
            if chance.percent(FREEZES_PERCENT) {
                let place = chance.below(processes);
                let frozen = self.processes[place].as_mut().unwrap();
                frozen.process.freeze().await;
                pause(&mut chance, FREEZES_MS).await;
                frozen.process.thaw().await;
                report.freezes += 1;
                pause(&mut chance, LIVES_MS).await;
            }
            let all = chance.percent(ALL_AT_ONCE_PERCENT);
            let only = chance.below(processes);
            for place in 0..processes {
                if all || place == only {
                    self.kill(place).await;
                }
            }
            self.start_missing(report).await;
            if kill % OPERATOR_COMES_AFTER == 0 {
                // What is not taken now is taken later.
                self.resolve_holds(report).await;
            }
            if kill % 25 == 0 {
                let seconds = begun.elapsed().as_secs();
                say(&format!("{name}: {kill} of {kills} kills in {seconds} s"));
            }
        }
        report.kills = kills;
        report.under_fire = begun.elapsed();
        self.proxy.misbehave(0);
        self.market.stopping.store(true, Ordering::Relaxed);
        report.frosts = frosts.await.unwrap();
        for client in clients {
            client.await.unwrap();
        }
    }

    /// Returns what was not taken.
    async fn resolve_holds(&self, report: &mut Report) -> Vec<String> {
        let (resolved, refused) = resolve_holds(&self.gateway, self.networks_at).await;
        report.resolved += resolved;
        refused
    }

    /// Until all are taken: a hold whose network was silent when somebody last asked counts its time anew from then, and
    /// is not taken as failed before that is over.
    async fn resolve_last_holds(&self, report: &mut Report) {
        let begun = Instant::now();
        loop {
            let refused = self.resolve_holds(report).await;
            if refused.is_empty() {
                return;
            }
            if begun.elapsed() > SETTLES_AT_LAST {
                report.complaints.extend(refused);
                return;
            }
            sleep(OPERATOR_LOOKS_EVERY).await;
        }
    }

    async fn start_missing(&mut self, report: &mut Report) {
        for place in &mut self.processes {
            if place.is_none() {
                let serving = self.gateway.start().await;
                report.was_ready(serving.ready_after);
                let address = serving.address;
                self.alive.send_modify(|alive| alive.push(address));
                *place = Some(serving);
            }
        }
    }

    /// The clients find out by themselves.
    async fn kill(&mut self, place: usize) {
        let serving = self.processes[place].take().unwrap();
        serving.process.kill().await;
        self.alive
            .send_modify(|alive| alive.retain(|address| *address != serving.address));
    }

    /// Waits until nothing is open, settles what only an operator can, asks once more about all, and reads the records.
    async fn settle(self, report: &mut Report) -> Records {
        self.wait_until_settled(report).await;
        self.resolve_last_holds(report).await;
        let believed = self.people.wrongly_believed();
        if believed > 0 {
            let complaint = format!("{believed} numbers of other payments were taken for a call's");
            report.complaints.push(complaint);
        }
        // The last calls under fire have had the time to go wrong.
        report.faults = self.proxy.counts();

        let quiet_from = SystemClock.now().0;
        let unanswered = self.ask_about_all().await;
        report.complaints.extend(unanswered);
        let operations = self.processes.iter().flatten().next().unwrap().operations;
        let alarms = Alarms::read(&self.gateway.log(), operations).await;
        report.stopped_well = true;
        for serving in self.processes.into_iter().flatten() {
            report.stopped_well &= serving.process.stop().await;
        }
        // Whatever was killed and when, each chain of the audit log is whole.
        let verified = self.gateway.output(&["audit", "verify"]).await;
        if !verified.status.success() {
            let told = [verified.stdout, verified.stderr].concat();
            let told = String::from_utf8_lossy(&told);
            report
                .complaints
                .push(format!("the audit log is not whole: {told}"));
        }
        let journal = journal::read(&self.journal);
        let began = journal.first().map_or(quiet_from, |first| first.asked.at);
        let records = Records {
            compared: compare(&self.gateway, began, SystemClock.now().0).await,
            journal,
            quiet_from,
            gateway: Stored::read(&self.gateway.database_url, &self.gateway.key_file()).await,
            networks: Executed::read(self.networks_at).await,
            alarms,
            others: self.people.others,
        };
        report.said = self.people.said;
        report.log = self.gateway.log();
        assert!(self.networks.stop().await, "the networks did not end well");
        records
    }

    /// Waits until nothing is open, or the time is over.
    async fn wait_until_settled(&self, report: &mut Report) {
        let db = Database::connect(&self.gateway.database_url).await.unwrap();
        let begun = Instant::now();
        let quiet_from = SystemClock.now().0;
        let (mut forwarded, mut complained) = (BTreeMap::new(), BTreeSet::new());
        let mut operator_looked = begun;
        loop {
            let processing = transaction::Entity::find()
                .filter(transaction::Column::Status.eq(Status::Processing))
                .count(&db)
                .await
                .unwrap();
            let sent = processing_request::Entity::find()
                .filter(processing_request::Column::State.eq(State::Sent))
                .count(&db)
                .await
                .unwrap();
            report.left_open = processing;
            if processing + sent == 0 || begun.elapsed() > SETTLES_WITHIN + SETTLES_AT_LAST {
                break;
            }
            if operator_looked.elapsed() > OPERATOR_LOOKS_EVERY {
                operator_looked = Instant::now();
                let others = &self.people.others;
                report.resolved +=
                    resolve_overtaken_parts(&self.gateway, self.networks_at, others).await;
            }
            let hastened = report.kills <= KILLS_BY_DEFAULT;
            if hastened || begun.elapsed() > SETTLES_WITHIN {
                let sent_before = if hastened { i64::MAX } else { quiet_from };
                for request in left_of_the_fire(&db, sent_before).await {
                    // The networks are well, so one look-up tells, or soon a second one.
                    let lately = |at: &Instant| !hastened || at.elapsed() < FORWARD_AGAIN;
                    if !hastened && request.attempts < LOOK_UPS_BEFORE_LONG_PAUSES {
                        if complained.insert(request.id) {
                            let within = SETTLES_WITHIN.as_secs();
                            let complaint = format!("not settled within {within} s: {request:?}");
                            report.complaints.push(complaint);
                        }
                    } else if !forwarded.get(&request.id).is_some_and(lately)
                        && bring_forward(&db, &request).await
                    {
                        forwarded.insert(request.id, Instant::now());
                    }
                }
            }
            sleep(Duration::from_millis(100)).await;
        }
        db.close().await.unwrap();
        report.brought_forward = forwarded.len();
        report.settled_in = begun.elapsed();
    }

    /// Every earlier answer must agree with what is said now. Nothing goes wrong any more, so each question about an
    /// existing transaction is answered with it. Returns the complaints about those that were not.
    async fn ask_about_all(&self) -> Vec<String> {
        let stored = self.stored_orders().await;
        let orders = journal::read(&self.journal);
        let mut asked = BTreeSet::new();
        let mut complaints = Vec::new();
        for exchange in orders.iter().rev() {
            let partner = usize::from(exchange.asked.partner == "stranger");
            // A reversal's own id leads to the payment that it gives back.
            if exchange.asked.method == "transactions.debit.reverse" {
                continue;
            }
            let Some(ext_id) = exchange.text("extId") else {
                continue;
            };
            if asked.len() == ASKED_AT_LAST || !asked.insert((partner, ext_id.to_owned())) {
                continue;
            }
            let id = stored.get(&(partner, ext_id.to_owned()));
            let questions = [
                Some(json!({"extId": ext_id})),
                id.map(|id| json!({"transactionId": id})),
            ];
            for params in questions.into_iter().flatten() {
                let reply = self
                    .market
                    .ask(partner, "transactions.get", params.clone())
                    .await
                    .unwrap_or_default();
                let told = reply["result"]["transactionId"].as_i64();
                // A call that died with its gateway keeps its claim for a while.
                let absent = matches!(reply["error"]["code"].as_i64(), Some(-32314 | -32364));
                if told != id.copied() || (id.is_none() && !absent) {
                    complaints.push(format!("{params} was answered {reply}, and is {id:?}"));
                }
            }
        }
        complaints
    }

    /// The number of each order, by the place of its partner and the id that the partner gave it.
    async fn stored_orders(&self) -> BTreeMap<(usize, String), i64> {
        let db = Database::connect(&self.gateway.database_url).await.unwrap();
        let partners = partner::Entity::find().all(&db).await.unwrap();
        let rows = transaction::Entity::find().all(&db).await.unwrap();
        db.close().await.unwrap();
        let place_of = |id| {
            let stranger = |row: &partner::Model| row.id == id && row.name == "stranger";
            usize::from(partners.iter().any(stranger))
        };
        rows.into_iter()
            .filter_map(|row| Some(((place_of(row.partner_id), row.ext_id?), row.id.0)))
            .collect()
    }
}

/// The requests from before all was quiet that are still open, without those that only an operator can settle.
async fn left_of_the_fire(
    db: &DatabaseConnection,
    quiet_from: i64,
) -> Vec<processing_request::Model> {
    processing_request::Entity::find()
        .filter(processing_request::Column::State.is_in([State::Sent, State::Unknown]))
        .filter(processing_request::Column::SentAt.lt(quiet_from))
        .filter(processing_request::Column::NextCheckAt.lt(i64::MAX))
        .all(db)
        .await
        .unwrap()
}

/// Ends the long pause before the next look-up of a request, if it is in one. A look-up that is under way is left
/// alone.
async fn bring_forward(db: &DatabaseConnection, request: &processing_request::Model) -> bool {
    let soon = SystemClock.now() + 5_000;
    processing_request::Entity::update_many()
        .col_expr(processing_request::Column::NextCheckAt, Expr::value(0_i64))
        .filter(processing_request::Column::Id.eq(request.id))
        .filter(processing_request::Column::State.eq(State::Unknown))
        .filter(processing_request::Column::NextCheckAt.eq(request.next_check_at))
        .filter(processing_request::Column::NextCheckAt.gt(soon))
        .exec(db)
        .await
        .unwrap()
        .rows_affected
        == 1
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var_os(name)?;
    let text = text.to_str()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name}={text} is no number")),
    )
}

fn random_seed() -> u64 {
    let mut bytes = [0; 4];
    SystemRandom.fill(&mut bytes).unwrap();
    u64::from(u32::from_le_bytes(bytes))
}
