//! The world ends at every moment at which that matters: before and after each commit and each call of every money
//! method, and of its recovery. Whatever was under way comes to one end, and the money with it.
//!
//! The moments are not listed here: each operation is run again and again, and ended at its first moment, then at its
//! second, until one run is not ended at all. A new commit or call is a new moment by itself.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use aloqa_gateway::config::Config;
use aloqa_gateway::gateway::Gateway;
use aloqa_gateway::operator::{Statement, Verdict};
use aloqa_gateway::random::SystemRandom;
use aloqa_gateway::start::Running;
use aloqa_gateway::surroundings::{CrashPoint, CrashPoints, Surroundings};
use async_trait::async_trait;
use entity::transaction::{self, Status};
use rpc_schema::values::Network;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;

use crate::support::*;

const AMOUNT: i64 = 500_000;
/// Half a percent.
const FEE: i64 = 2_500;
const TOTAL: i64 = AMOUNT + FEE;

/// What is under way when the world ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Debit(TestCard),
    ConfirmedDebit(TestCard),
    Hold(TestCard),
    ConfirmedHold(TestCard),
    Charge(TestCard),
    Cancel(TestCard),
    Reverse(TestCard),
    /// The gateway's own release of a hold whose time is over.
    Expire(TestCard),
    Transfer(Direction),
    ConfirmedTransfer(Direction),
    /// HUMO refuses the confirmation of a sale, which is then cancelled.
    RefusedDebit,
    /// The recipient's network refuses the credit, and the debit is given back.
    RefusedTransfer(Direction),
}

use Operation::{
    Cancel, Charge, ConfirmedDebit, ConfirmedHold, ConfirmedTransfer, Debit, Expire, Hold,
    RefusedDebit, RefusedTransfer, Reverse, Transfer,
};

const OPERATIONS: [Operation; 27] = [
    Debit(UZCARD),
    Debit(HUMO),
    ConfirmedDebit(UZCARD),
    ConfirmedDebit(HUMO),
    Hold(UZCARD),
    Hold(HUMO),
    ConfirmedHold(UZCARD),
    ConfirmedHold(HUMO),
    Charge(UZCARD),
    Charge(HUMO),
    Cancel(UZCARD),
    Cancel(HUMO),
    Reverse(UZCARD),
    Reverse(HUMO),
    Expire(UZCARD),
    Expire(HUMO),
    Transfer(UZCARD_TO_UZCARD),
    Transfer(HUMO_TO_HUMO),
    Transfer(UZCARD_TO_HUMO),
    Transfer(HUMO_TO_UZCARD),
    ConfirmedTransfer(UZCARD_TO_UZCARD),
    ConfirmedTransfer(HUMO_TO_HUMO),
    ConfirmedTransfer(UZCARD_TO_HUMO),
    ConfirmedTransfer(HUMO_TO_UZCARD),
    RefusedDebit,
    RefusedTransfer(UZCARD_TO_HUMO),
    RefusedTransfer(HUMO_TO_UZCARD),
];

/// Those whose recovery has most to do, so that it may be ended, too.
const TWICE: [Operation; 5] = [
    Debit(HUMO),
    Transfer(UZCARD_TO_HUMO),
    RefusedDebit,
    RefusedTransfer(UZCARD_TO_HUMO),
    RefusedTransfer(HUMO_TO_UZCARD),
];

on_each_database! {
    async fn every_operation_ended_at_every_moment(app: TestApp) {
        let kind = app.kind;
        join_all(OPERATIONS.into_iter().map(|operation| async move {
            let app = TestApp::with(kind, busy).await.unwrap();
            let mut moment = 1;
            while end_at(&app, operation, moment, None).await.operation {
                moment += 1;
            }
            at_least_six(operation, moment - 1);
        })).await;
    }

    async fn every_operation_ended_at_every_moment_and_its_recovery_too(app: TestApp) {
        let kind = app.kind;
        join_all(TWICE.into_iter().map(|operation| async move {
            let app = TestApp::with(kind, busy).await.unwrap();
            let (mut moment, mut of_recovery) = (1, 1);
            loop {
                let ended = end_at(&app, operation, moment, Some(of_recovery)).await;
                if !ended.operation {
                    break;
                }
                (moment, of_recovery) = match ended.recovery {
                    true => (moment, of_recovery + 1),
                    false => (moment + 1, 1),
                };
            }
            at_least_six(operation, moment - 1);
        })).await;
    }
}

/// Each run orders something, each order may send a code, and many are under way at the same time.
fn busy(config: &mut Config) {
    patient(config);
    config.sms.daily_limit = 100_000;
}

/// Two commits and a call are the least that moves money, each with a before and an after.
fn at_least_six(operation: Operation, moments: usize) {
    let card = operation.payer().network();
    let kind = format!("{operation:?}");
    let kind = kind.split('(').next().unwrap();
    let _ = writeln!(std::io::stdout(), "{kind} of {card}: {moments} moments");
    assert!(moments >= 6, "{operation:?} has {moments} moments");
}

/// No commit and no call can be made beside the functions that are such moments.
#[test]
fn every_commit_and_every_call_is_a_moment() {
    let (mut commits, mut calls) = (Vec::new(), Vec::new());
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if text.contains(".begin()") || text.contains(".begin_with_options(") {
                commits.push(name.clone());
            }
            if text.contains(").execute(") {
                calls.push(name);
            }
        }
    }
    assert_eq!(commits, ["database.rs"]);
    assert_eq!(calls, ["gateway.rs"]);
}

/// Whether the world was ended before the operation was, and before its recovery was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ended {
    operation: bool,
    recovery: bool,
}

/// Runs an operation on a gateway that ends at its `moment`-th moment, and recovers, on one that ends in its turn where
/// `of_recovery` says so.
async fn end_at(
    app: &TestApp,
    operation: Operation,
    moment: usize,
    of_recovery: Option<usize>,
) -> Ended {
    let shown = format!("{operation:?} ended at {moment}, then at {of_recovery:?}");
    let ext_id = format!("{moment}-{}", of_recovery.unwrap_or_default());
    let prepared = Prepared::new(app, operation, &ext_id).await;
    let (moves, balance) = (app.moves().await, app.balance(operation.payer()).await);
    prepared.script(app).await;

    let doomed = Doomed::start(app, moment).await;
    let finished = doomed.run(&prepared).await;
    doomed.end().await;
    app.clear_faults().await;
    if let Some(reply) = &finished {
        operation.assert_answered(reply, &shown);
    }
    let mut ended = Ended {
        operation: finished.is_none(),
        recovery: false,
    };
    if let Some(of_recovery) = of_recovery.filter(|_| ended.operation) {
        let doomed = Doomed::start(app, of_recovery).await;
        ended.recovery = doomed.recover().await.is_none();
        doomed.end().await;
    }
    // What is undone is looked up, made, and perhaps made again.
    for _ in 0..3 {
        app.recover_after_all().await;
    }

    let row = app.row_by_ext_id(&ext_id, &prepared).await;
    if let Some(row) = &row {
        app.settle_by_hand(row, &moves).await;
    }
    let row = app.row_by_ext_id(&ext_id, &prepared).await;
    let status = row.map(|row| row.status);
    let moved = app.moves().await.split_off(moves.len());
    let missing = balance - app.balance(operation.payer()).await;
    let shown = format!("{shown}: {status:?} {moved:?} {missing}");
    assert!(operation.may_end_as(status, &moved, missing), "{shown}");
    app.assert_settled().await;
    ended
}

impl Operation {
    /// The card that pays.
    fn payer(self) -> TestCard {
        match self {
            Debit(card) | ConfirmedDebit(card) | Hold(card) | ConfirmedHold(card)
            | Charge(card) | Cancel(card) | Reverse(card) | Expire(card) => card,
            Transfer(direction) | ConfirmedTransfer(direction) | RefusedTransfer(direction) => {
                direction.from
            }
            RefusedDebit => HUMO,
        }
    }

    /// All ends that are right: the status (none: it was never begun), what has moved since, and what the card that pays
    /// misses since.
    fn may_end_as(self, status: Option<Status>, moved: &[String], missing: i64) -> bool {
        let moved: Vec<&str> = moved.iter().map(String::as_str).collect();
        let end = (status, moved.as_slice(), missing);
        match self {
            Debit(_) | ConfirmedDebit(_) => {
                self.never_begun(end)
                    || end == (Some(Status::Succeeded), &["pay 500000"], AMOUNT)
                    || end == (Some(Status::Declined), &[], 0)
            }
            Hold(_) | ConfirmedHold(_) => {
                self.never_begun(end)
                    || end == (Some(Status::Held), &["hold 500000"], AMOUNT)
                    || end == (Some(Status::Declined), &[], 0)
            }
            Charge(_) => {
                end == (Some(Status::Held), &[], 0)
                    || end == (Some(Status::Succeeded), &["capture 500000"], 0)
            }
            Cancel(_) => {
                end == (Some(Status::Held), &[], 0)
                    || end == (Some(Status::Cancelled), &["release 500000"], -AMOUNT)
            }
            Reverse(_) => {
                end == (Some(Status::Succeeded), &[], 0)
                    || end == (Some(Status::Reversed), &["reverse 500000"], -AMOUNT)
            }
            Expire(_) => {
                end == (Some(Status::Held), &[], 0)
                    || end == (Some(Status::Expired), &["release 500000"], -AMOUNT)
            }
            Transfer(direction) | ConfirmedTransfer(direction) => {
                let done = match direction.is_across() {
                    true => ["pay 502500", "credit 500000"].as_slice(),
                    false => &["p2p 500000"],
                };
                self.never_begun(end)
                    || end == (Some(Status::Succeeded), done, TOTAL)
                    || end == (Some(Status::Declined), &[], 0)
                    || direction.is_across()
                        && end == (Some(Status::Declined), &["pay 502500", "reverse 502500"], 0)
            }
            RefusedDebit => self.never_begun(end) || end == (Some(Status::Declined), &[], 0),
            RefusedTransfer(_) => {
                self.never_begun(end)
                    || end == (Some(Status::Declined), &[], 0)
                    || end == (Some(Status::Declined), &["pay 502500", "reverse 502500"], 0)
            }
        }
    }

    /// The world ended before the first commit.
    fn never_begun(self, end: (Option<Status>, &[&str], i64)) -> bool {
        match self {
            ConfirmedDebit(_) | ConfirmedHold(_) | ConfirmedTransfer(_) => {
                end == (Some(Status::AwaitingCode), &[], 0)
                    || end == (Some(Status::Expired), &[], 0)
            }
            Debit(_) | Hold(_) | Charge(_) | Cancel(_) | Reverse(_) | Expire(_) | Transfer(_)
            | RefusedDebit | RefusedTransfer(_) => end == (None, &[], 0),
        }
    }

    /// It was not ended: its caller has the answer that it should have.
    fn assert_answered(self, reply: &Value, shown: &str) {
        match self {
            RefusedDebit => assert_eq!(reply["error"]["code"], -32309, "{shown}: {reply}"),
            RefusedTransfer(_) => assert_eq!(reply["error"]["code"], -32408, "{shown}: {reply}"),
            Debit(_) | ConfirmedDebit(_) | Hold(_) | ConfirmedHold(_) | Charge(_) | Cancel(_)
            | Reverse(_) | Expire(_) | Transfer(_) | ConfirmedTransfer(_) => {
                assert!(reply.get("result").is_some(), "{shown}: {reply}");
            }
        }
    }
}

/// An operation that is ready to be run: the call that asks for it, or none where the gateway does it by itself.
struct Prepared {
    operation: Operation,
    call: Option<(&'static str, Value)>,
    /// The transaction that is there before it.
    id: Option<i64>,
}

impl Prepared {
    async fn new(app: &TestApp, operation: Operation, ext_id: &str) -> Self {
        let card = operation.payer();
        let token = app.add_card(card).await;
        let debit = with(debit_params(card, &token, AMOUNT), json!({"extId": ext_id}));
        let hold = with(debit.clone(), json!({"is_hold": true}));
        let coded = |params| with(params, json!({"force_sms_confirmation": true}));
        let new = |method, params| (Some((method, params)), None);
        let about = |method, id| (Some((method, json!({"transactionId": id}))), Some(id));
        let transfer =
            |direction: Direction| with(direction.params(&token, AMOUNT), json!({"extId": ext_id}));
        let (call, id) = match operation {
            Debit(_) | RefusedDebit => new("transactions.debit", debit),
            Hold(_) => new("transactions.debit", hold),
            ConfirmedDebit(_) | ConfirmedHold(_) => {
                let order = if operation == ConfirmedDebit(card) {
                    debit
                } else {
                    hold
                };
                let id = app.ordered(coded(order)).await;
                (
                    Some(("transactions.debit.confirm", right_code(id))),
                    Some(id),
                )
            }
            Charge(_) => about("transactions.debit.hold.charge", app.ordered(hold).await),
            Cancel(_) => about("transactions.debit.hold.cancel", app.ordered(hold).await),
            Reverse(_) => about("transactions.debit.reverse", app.ordered(debit).await),
            Expire(_) => {
                // What an earlier end has left.
                app.running.gateway.expire_holds().await.unwrap();
                let id = app.ordered(hold).await;
                app.end_time_of(id).await;
                (None, Some(id))
            }
            Transfer(direction) | RefusedTransfer(direction) => {
                new(direction.method, transfer(direction))
            }
            ConfirmedTransfer(direction) => {
                let id = app.transferred(direction, coded(transfer(direction))).await;
                (Some(("p2p.confirm", right_code(id))), Some(id))
            }
        };
        Self {
            operation,
            call,
            id,
        }
    }

    /// Lets the networks refuse what is to be refused.
    async fn script(&self, app: &TestApp) {
        match self.operation {
            RefusedDebit => app.refuse_once(HUMO, "confirm", "116").await,
            RefusedTransfer(direction) => {
                let code = direction.to.refusing_code().0;
                app.refuse_once(direction.to, "credit", code).await;
            }
            Debit(_) | ConfirmedDebit(_) | Hold(_) | ConfirmedHold(_) | Charge(_) | Cancel(_)
            | Reverse(_) | Expire(_) | Transfer(_) | ConfirmedTransfer(_) => {}
        }
    }
}

/// A gateway in a world of its own, which ends.
pub(crate) struct Doomed {
    runtime: Runtime,
    running: Running,
    world: Arc<World>,
}

/// Stands still from the moment on at which it is to end.
#[derive(Debug)]
struct World {
    ends_at: usize,
    begun: AtomicBool,
    seen: Mutex<Vec<CrashPoint>>,
    ended: Notify,
}

#[async_trait]
impl CrashPoints for World {
    async fn reach(&self, point: CrashPoint) {
        if !self.begun.load(Ordering::SeqCst) {
            return;
        }
        let reached = {
            let mut seen = self.seen.lock().unwrap();
            seen.push(point);
            seen.len()
        };
        if reached >= self.ends_at {
            self.ended.notify_one();
            std::future::pending::<()>().await;
        }
    }
}

impl Doomed {
    /// One whose world ends at its `ends_at`-th moment from now on.
    pub(crate) async fn start(app: &TestApp, ends_at: usize) -> Self {
        let world = Arc::new(World {
            ends_at,
            begun: AtomicBool::new(false),
            seen: Mutex::default(),
            ended: Notify::new(),
        });
        let mut config = app.config.clone();
        config.sandbox.embedded = false;
        config.sandbox.listen = app.running.sandbox_address.unwrap();
        let surroundings = Surroundings {
            clock: app.clock.clone(),
            random: Arc::new(SystemRandom),
            crash_points: Some(world.clone()),
        };
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let starting = async move { started(&config, surroundings).await };
        let running = runtime.spawn(starting).await.unwrap();
        // It has lived for a while, and trusts its clock.
        app.let_all_time_pass();
        world.begun.store(true, Ordering::SeqCst);
        Self {
            runtime,
            running,
            world,
        }
    }

    /// The reply to the operation, unless the world ends before.
    async fn run(&self, prepared: &Prepared) -> Option<Value> {
        match &prepared.call {
            Some((method, params)) => self.call(method, params).await,
            None => {
                self.in_it(|gateway| async move {
                    json!({"result": gateway.expire_holds().await.unwrap()})
                })
                .await
            }
        }
    }

    /// The reply to a call of the demo partner, unless the world ends before.
    pub(crate) async fn call(&self, method: &str, params: &Value) -> Option<Value> {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let request = HttpRequest::post(body.to_string()).credentials(&Credentials::demo());
        let address = self.running.address;
        self.until_the_end(async move { send(address, request).await.json() })
            .await
    }

    /// Recovers, unless the world ends before.
    async fn recover(&self) -> Option<Value> {
        self.in_it(|gateway| async move {
            for network in [Network::Uzcard, Network::Humo] {
                gateway.recover_due(network).await.unwrap();
            }
            Value::Null
        })
        .await
    }

    /// Does something inside.
    async fn in_it<F>(&self, work: impl FnOnce(Arc<Gateway>) -> F) -> Option<Value>
    where
        F: Future<Output = Value> + Send + 'static,
    {
        let task = self.runtime.spawn(work(Arc::clone(&self.running.gateway)));
        self.until_the_end(async { task.await.unwrap() }).await
    }

    async fn until_the_end(&self, work: impl Future<Output = Value>) -> Option<Value> {
        tokio::select! {
            biased;
            () = self.world.ended.notified() => None,
            done = work => Some(done),
        }
    }

    /// Nothing of it is left.
    pub(crate) async fn end(self) {
        let Self {
            runtime, running, ..
        } = self;
        drop(running);
        let gone = move || runtime.shutdown_timeout(std::time::Duration::from_secs(5));
        tokio::task::spawn_blocking(gone).await.unwrap();
    }
}

impl TestApp {
    /// The time of a hold is over for the gateway, and not for its network.
    pub(crate) async fn end_time_of(&self, id: i64) {
        let tx = self.running.gateway.database.write().await.unwrap();
        transaction::Entity::update_many()
            .col_expr(transaction::Column::HoldExpiresAt, Expr::value(self.now()))
            .filter(transaction::Column::Id.eq(id))
            .exec(&*tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        self.clock.advance_ms(61_000);
    }

    async fn row_by_ext_id(&self, ext_id: &str, prepared: &Prepared) -> Option<transaction::Model> {
        let database = &*self.running.gateway.database;
        let rows = transaction::Entity::find().all(database).await.unwrap();
        rows.into_iter().find(|row| match prepared.id {
            Some(id) => row.id == id,
            None => row.ext_id.as_deref() == Some(ext_id),
        })
    }

    /// Plays the operator, who looks at the network for a hold of UZCARD that recovery could not find by itself.
    async fn settle_by_hand(&self, row: &transaction::Model, moves_before: &[String]) {
        if row.status != Status::Manual {
            return;
        }
        let held = self.ledger().await.split_off(moves_before.len());
        let verdict = match held.first() {
            Some(hold) => Verdict::Succeeded(hold["reference"].as_str().unwrap().to_owned()),
            None => Verdict::Failed,
        };
        let resolved = self
            .running
            .gateway
            .resolve(
                row.id,
                verdict,
                Statement {
                    by: "anna",
                    reason: "the ledger",
                },
            )
            .await;
        resolved.unwrap();
    }
}
