//! The world ends at every moment at which that matters: before and after each commit and each call of every money
//! method, of the gateway's own release of a hold and of an operator's word; and then at every moment of the recovery of
//! those that have one of their own ([`Operation::is_ended_twice`]). Whatever was under way comes to one end, and the money
//! with it.
//!
//! The moments are not listed here: each operation is run again and again, and ended at its first moment, then at its
//! second, until one run is not ended at all. A new commit or call is a new moment by itself.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use aloqa_gateway::config::Config;
use aloqa_gateway::environment::{CrashPoint, CrashPoints, Environment};
use aloqa_gateway::gateway::Gateway;
use aloqa_gateway::payment::resolve::{Statement, Verdict};
use aloqa_gateway::random::SystemRandom;
use aloqa_gateway::start::Running;
use async_trait::async_trait;
use entity::processing_request::{self, SettledBy};
use entity::transaction::{self, Status};
use rpc_schema::errors::ErrorCode;
use rpc_schema::methods::METHODS;
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

/// What an operator goes by.
const STATEMENT: Statement<'static> = Statement {
    by: "anna",
    reason: "the ledger of the simulated networks",
};

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
    /// The order after which a code is sent.
    CodedDebit(TestCard),
    CodedTransfer(Direction),
    /// The provider refuses to send it.
    UnsentCode(TestCard),
    WrongCode(TestCard),
    LastWrongCode(TestCard),
    /// The right one, after its time.
    LateCode(TestCard),
    LateCodeOfTransfer(Direction),
    /// An operator says that a lost hold of UZCARD, which nobody can look up, was not made.
    ResolvedHold,
    /// An operator says that a credit which was given up was not made, and the debit is given back.
    ResolvedCredit(Direction),
}

use Operation::{
    Cancel, Charge, CodedDebit, CodedTransfer, ConfirmedDebit, ConfirmedHold, ConfirmedTransfer,
    Debit, Expire, Hold, LastWrongCode, LateCode, LateCodeOfTransfer, RefusedDebit,
    RefusedTransfer, ResolvedCredit, ResolvedHold, Reverse, Transfer, UnsentCode, WrongCode,
};

const OPERATIONS: [Operation; 40] = [
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
    CodedDebit(UZCARD),
    CodedDebit(HUMO),
    CodedTransfer(UZCARD_TO_HUMO),
    UnsentCode(UZCARD),
    UnsentCode(HUMO),
    WrongCode(UZCARD),
    LastWrongCode(UZCARD),
    LastWrongCode(HUMO),
    LateCode(HUMO),
    LateCodeOfTransfer(HUMO_TO_UZCARD),
    ResolvedHold,
    ResolvedCredit(UZCARD_TO_HUMO),
    ResolvedCredit(HUMO_TO_UZCARD),
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
            operation.assert_had(moment - 1);
        })).await;
    }

    async fn every_operation_ended_at_every_moment_and_its_recovery_too(app: TestApp) {
        let kind = app.kind;
        let twice = OPERATIONS.into_iter().filter(|operation| operation.is_ended_twice());
        join_all(twice.map(|operation| async move {
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
            operation.assert_had(moment - 1);
        })).await;
    }
}

/// Each run orders something, each order may send a code, and many are under way at the same time.
fn busy(config: &mut Config) {
    patient(config);
    config.sms.daily_limit = 100_000;
}

/// A method that may say that an outcome is unknown is one that moves money.
#[test]
fn every_method_that_moves_money_is_ended() {
    for method in METHODS {
        let moves_money = method.errors.contains(&ErrorCode::OutcomeUnknown);
        let is_ended = OPERATIONS
            .iter()
            .any(|operation| operation.method() == Some(method.name));
        assert_eq!(
            is_ended, moves_money,
            "{}: an operation of OPERATIONS is to call it if it moves money, and only then",
            method.name
        );
    }
}

/// Where `src` begins and commits transactions and has calls carried out, and how often. What has no remark has nothing to
/// do with money.
const COMMITS_AND_CALLS: [(&str, &str, usize); 27] = [
    ("bans.rs", "commit", 2),
    // All others come to these: `write` begins, and `WriteTransaction::commit` is the moment. A migration needs none.
    ("database/durability.rs", "execute_unprepared", 1),
    ("database/migrate.rs", "begin", 1),
    ("database/migrate.rs", "commit", 1),
    ("database/migrate.rs", "execute_unprepared", 1),
    ("database/pool.rs", "execute_raw", 1),
    ("database/pool.rs", "execute_unprepared", 1),
    ("database/write.rs", "begin", 2),
    ("database/write.rs", "begin_with_options", 1),
    ("database/write.rs", "commit", 1),
    ("database/write.rs", "execute_raw", 1),
    ("database/write.rs", "execute_unprepared", 1),
    // Rows of unit tests.
    ("domain/operation.rs", "transaction", 2),
    // `Gateway::make`, the one way to a network.
    ("gateway.rs", "execute", 1),
    // An operator's word.
    ("operator.rs", "commit", 2),
    ("partners.rs", "commit", 3),
    // The leases of recovery.
    ("recovery/mod.rs", "commit", 1),
    // `gateway.transaction`, which answers `transactions.get`.
    ("rpc/transactions.rs", "transaction", 1),
    ("service/attach.rs", "commit", 8),
    // A code that was not sent.
    ("service/code.rs", "commit", 1),
    // All intents, and what asks after a lost COMMIT.
    ("service/execution.rs", "commit", 2),
    ("service/fetch.rs", "commit", 1),
    ("service/fiscal.rs", "commit", 1),
    ("service/history.rs", "commit", 1),
    // An order with a code, a wrong code, a late code.
    ("service/order.rs", "commit", 3),
    // All outcomes, and a late answer.
    ("service/record.rs", "commit", 2),
    ("start/keys.rs", "commit", 1),
];

/// No commit and no call can be made beside the functions that are such moments.
#[test]
fn every_commit_and_every_call_is_a_moment() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeMap::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap();
            let text = std::fs::read_to_string(&path).unwrap();
            for called in text.lines().flat_map(called_names) {
                *found
                    .entry((name.to_owned(), called.to_owned()))
                    .or_default() += 1;
            }
        }
    }
    let expected = COMMITS_AND_CALLS
        .iter()
        .map(|(file, called, times)| (((*file).to_owned(), (*called).to_owned()), *times))
        .collect::<BTreeMap<_, usize>>();
    assert_eq!(
        found, expected,
        "a commit is to be one of `WriteTransaction`, and a call that can move money to be made by `Gateway::make`. If a \
         new one is, let an operation of OPERATIONS come by it, unless it has nothing to do with money; then count it in \
         COMMITS_AND_CALLS"
    );
}

/// The names in a line of code that begin or commit a transaction, run a statement or have a call carried out, where
/// they are called.
fn called_names(line: &str) -> impl Iterator<Item = &str> {
    const NAMES: [&str; 10] = [
        "begin",
        "begin_with_config",
        "begin_with_options",
        "commit",
        "execute",
        "execute_raw",
        "execute_unprepared",
        "transaction",
        "transaction_with_config",
        "transaction_with_options",
    ];
    let is_comment = line.trim_start().starts_with("//");
    let dots = line.match_indices(['.', ':']);
    dots.filter(move |_| !is_comment).filter_map(|(at, dot)| {
        let rest = line.get(at + 1..)?;
        let is_of_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let end = rest
            .find(|letter| !is_of_name(letter))
            .unwrap_or(rest.len());
        let (name, next) = rest.split_at_checked(end)?;
        let is_called = next.starts_with('(') || next.starts_with("::<");
        // A path may be handed over to be called by somebody else.
        let is_handed_over = dot == ":" && next.starts_with([')', ',']);
        ((is_called || is_handed_over) && NAMES.contains(&name)).then_some(name)
    })
}

#[test]
fn calls_are_seen_in_every_spelling() {
    for (line, called) in [
        (
            "let outcome = network.execute(&call).await;",
            vec!["execute"],
        ),
        ("            .execute(call)", vec!["execute"]),
        ("Processing::execute(&self.humo, call)", vec!["execute"]),
        (
            "<Humo as Processing>::execute(network, call)",
            vec!["execute"],
        ),
        ("db.begin().await?.commit().await", vec!["begin", "commit"]),
        (
            "pool.transaction::<_, (), DbErr>(work)",
            vec!["transaction"],
        ),
        ("calls.map(Processing::execute)", vec!["execute"]),
        ("use entity::transaction;", vec![]),
        ("let id = listed.transaction.id;", vec![]),
        ("self.commit_intent(tx, &intended).await?;", vec![]),
        ("    // tx.commit() is the moment", vec![]),
        ("async fn commit(self) -> Result<(), DbErr> {", vec![]),
    ] {
        assert_eq!(called_names(line).collect::<Vec<_>>(), called, "{line}");
    }
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
    if let Some(row) = app.row_by_ext_id(&ext_id, &prepared).await {
        if finished.is_some() {
            assert_eq!(row.status, operation.ends_as(), "{shown}");
        }
        app.assert_counted_and_kept(&row, operation, finished.is_some())
            .await;
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
            CodedDebit(card) | UnsentCode(card) | WrongCode(card) | LastWrongCode(card)
            | LateCode(card) => card,
            CodedTransfer(direction)
            | LateCodeOfTransfer(direction)
            | ResolvedCredit(direction) => direction.from,
            ResolvedHold => UZCARD,
        }
    }

    /// What a partner calls; `None` of what the gateway does by itself, or an operator.
    fn method(self) -> Option<&'static str> {
        match self {
            Debit(_) | Hold(_) | RefusedDebit | CodedDebit(_) | UnsentCode(_) => {
                Some("transactions.debit")
            }
            ConfirmedDebit(_) | ConfirmedHold(_) | WrongCode(_) | LastWrongCode(_)
            | LateCode(_) => Some("transactions.debit.confirm"),
            Charge(_) => Some("transactions.debit.hold.charge"),
            Cancel(_) => Some("transactions.debit.hold.cancel"),
            Reverse(_) => Some("transactions.debit.reverse"),
            Transfer(direction) | RefusedTransfer(direction) | CodedTransfer(direction) => {
                Some(direction.method)
            }
            ConfirmedTransfer(_) | LateCodeOfTransfer(_) => Some("p2p.confirm"),
            Expire(_) | ResolvedHold | ResolvedCredit(_) => None,
        }
    }

    /// Whether its recovery is ended, too.
    fn is_ended_twice(self) -> bool {
        match self {
            Debit(_) | Hold(_) | Charge(_) | Cancel(_) | Reverse(_) | Expire(_) | Transfer(_)
            | RefusedDebit | RefusedTransfer(_) => true,
            // From the first commit on it is what is ordered without a code.
            ConfirmedDebit(_) | ConfirmedHold(_) | ConfirmedTransfer(_) => false,
            // No call is made, so that there is nothing to recover.
            CodedDebit(_)
            | CodedTransfer(_)
            | UnsentCode(_)
            | WrongCode(_)
            | LastWrongCode(_)
            | LateCode(_)
            | LateCodeOfTransfer(_) => false,
            // Nobody looks it up any more; a debit that is to be given back is one of a refused transfer.
            ResolvedHold | ResolvedCredit(_) => false,
        }
    }

    /// It cannot have had fewer moments: each commit and each call has a before and an after.
    fn assert_had(self, moments: usize) {
        let least = match self {
            CodedDebit(_)
            | CodedTransfer(_)
            | WrongCode(_)
            | LastWrongCode(_)
            | LateCode(_)
            | LateCodeOfTransfer(_) => 2,
            // The order and its end; the operator's word and what follows from it.
            UnsentCode(_) | ResolvedHold => 4,
            // Two commits and a call are the least that moves money.
            Debit(_) | ConfirmedDebit(_) | Hold(_) | ConfirmedHold(_) | Charge(_) | Cancel(_)
            | Reverse(_) | Expire(_) | Transfer(_) | ConfirmedTransfer(_) | RefusedDebit
            | RefusedTransfer(_) => 6,
            ResolvedCredit(_) => 8,
        };
        let card = self.payer().network();
        let kind = format!("{self:?}");
        let kind = kind.split('(').next().unwrap();
        let _ = writeln!(std::io::stdout(), "{kind} of {card}: {moments} moments");
        assert!(moments >= least, "{self:?} has {moments} moments");
    }

    /// What the transaction is when nothing was ended.
    fn ends_as(self) -> Status {
        match self {
            Debit(_) | ConfirmedDebit(_) | Charge(_) | Transfer(_) | ConfirmedTransfer(_) => {
                Status::Succeeded
            }
            Hold(_) | ConfirmedHold(_) => Status::Held,
            Cancel(_) => Status::Cancelled,
            Reverse(_) => Status::Reversed,
            Expire(_) | LastWrongCode(_) | LateCode(_) | LateCodeOfTransfer(_) => Status::Expired,
            RefusedDebit | RefusedTransfer(_) | UnsentCode(_) | ResolvedHold
            | ResolvedCredit(_) => Status::Declined,
            CodedDebit(_) | CodedTransfer(_) | WrongCode(_) => Status::AwaitingCode,
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
            CodedDebit(_) | CodedTransfer(_) => {
                end == (None, &[], 0) || end == (Some(Status::AwaitingCode), &[], 0)
            }
            UnsentCode(_) => {
                end == (None, &[], 0)
                    || end == (Some(Status::AwaitingCode), &[], 0)
                    || end == (Some(Status::Declined), &[], 0)
            }
            WrongCode(_) => end == (Some(Status::AwaitingCode), &[], 0),
            LastWrongCode(_) | LateCode(_) | LateCodeOfTransfer(_) => {
                end == (Some(Status::AwaitingCode), &[], 0)
                    || end == (Some(Status::Expired), &[], 0)
            }
            // An operator who is interrupted says it again.
            ResolvedHold => end == (Some(Status::Declined), &[], 0),
            ResolvedCredit(_) => end == (Some(Status::Declined), &["reverse 502500"], -TOTAL),
        }
    }

    /// The world ended before the first commit.
    fn never_begun(self, end: (Option<Status>, &[&str], i64)) -> bool {
        match self {
            ConfirmedDebit(_) | ConfirmedHold(_) | ConfirmedTransfer(_) => {
                end == (Some(Status::AwaitingCode), &[], 0)
                    || end == (Some(Status::Expired), &[], 0)
            }
            Debit(_)
            | Hold(_)
            | Charge(_)
            | Cancel(_)
            | Reverse(_)
            | Expire(_)
            | Transfer(_)
            | RefusedDebit
            | RefusedTransfer(_)
            | CodedDebit(_)
            | CodedTransfer(_)
            | UnsentCode(_)
            | WrongCode(_)
            | LastWrongCode(_)
            | LateCode(_)
            | LateCodeOfTransfer(_)
            | ResolvedHold
            | ResolvedCredit(_) => end == (None, &[], 0),
        }
    }

    /// It was not ended: its caller has the answer that it should have.
    fn assert_answered(self, reply: &Value, shown: &str) {
        let code = match self {
            RefusedDebit => -32309,
            RefusedTransfer(_) => -32408,
            UnsentCode(_) => -32349,
            WrongCode(_) | LastWrongCode(_) | LateCode(_) | LateCodeOfTransfer(_) => -32308,
            Debit(_) | ConfirmedDebit(_) | Hold(_) | ConfirmedHold(_) | Charge(_) | Cancel(_)
            | Reverse(_) | Expire(_) | Transfer(_) | ConfirmedTransfer(_) | CodedDebit(_)
            | CodedTransfer(_) | ResolvedHold | ResolvedCredit(_) => 0,
        };
        let said = reply["error"]["code"].as_i64().unwrap_or_default();
        assert_eq!(said, code, "{shown}: {reply}");
    }
}

/// An operation that is ready to be run.
struct Prepared {
    operation: Operation,
    /// The params of its method, if a partner asks for it.
    params: Value,
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
        let transfer =
            |direction: Direction| with(direction.params(&token, AMOUNT), json!({"extId": ext_id}));
        let new = |params| (params, None);
        let about = |id| (json!({"transactionId": id}), Some(id));
        let confirm = |id| (right_code(id), Some(id));
        let mistake = |id| (wrong_code(id), Some(id));
        let (params, id) = match operation {
            Debit(_) | RefusedDebit => new(debit),
            CodedDebit(_) | UnsentCode(_) => new(coded(debit)),
            Hold(_) => new(hold),
            ConfirmedDebit(_) => confirm(app.ordered(coded(debit)).await),
            ConfirmedHold(_) => confirm(app.ordered(coded(hold)).await),
            WrongCode(_) => mistake(app.ordered(coded(debit)).await),
            LastWrongCode(_) => {
                let id = app.ordered(coded(debit)).await;
                for _ in 0..2 {
                    app.error("transactions.debit.confirm", wrong_code(id))
                        .await;
                }
                mistake(id)
            }
            LateCode(_) => {
                let id = app.ordered(coded(debit)).await;
                app.clock.advance_ms(CODE_LIFETIME_MS);
                confirm(id)
            }
            Charge(_) | Cancel(_) => about(app.ordered(hold).await),
            Reverse(_) => about(app.ordered(debit).await),
            Expire(_) => {
                // What an earlier end has left.
                app.running.gateway.expire_holds().await.unwrap();
                let id = app.ordered(hold).await;
                app.end_time_of(id).await;
                about(id)
            }
            Transfer(direction) | RefusedTransfer(direction) => new(transfer(direction)),
            CodedTransfer(direction) => new(coded(transfer(direction))),
            ConfirmedTransfer(direction) => {
                confirm(app.transferred(direction, coded(transfer(direction))).await)
            }
            LateCodeOfTransfer(direction) => {
                let id = app.transferred(direction, coded(transfer(direction))).await;
                app.clock.advance_ms(CODE_LIFETIME_MS);
                confirm(id)
            }
            ResolvedHold => {
                app.fail_once(UZCARD, "hold", "reset_before").await;
                app.error("transactions.debit", hold).await;
                app.recover_after_all().await;
                about(app.row_of(ext_id).await.id)
            }
            ResolvedCredit(direction) => {
                app.fail_once(direction.to, "credit", "reset_before").await;
                app.error(direction.method, transfer(direction)).await;
                let id = app.row_of(ext_id).await.id;
                app.give_up(id, direction.to).await;
                about(id)
            }
        };
        Self {
            operation,
            params,
            id,
        }
    }

    /// Lets the networks, or the provider of messages, refuse what is to be refused.
    async fn script(&self, app: &TestApp) {
        match self.operation {
            RefusedDebit => app.refuse_once(HUMO, "confirm", "116").await,
            RefusedTransfer(direction) => {
                let code = direction.to.refusing_code().0;
                app.refuse_once(direction.to, "credit", code).await;
            }
            UnsentCode(_) => {
                app.fault(json!({"network": "SMS", "operation": "code", "kind": "decline", "code": 100, "times": 1}))
                    .await;
            }
            Debit(_)
            | ConfirmedDebit(_)
            | Hold(_)
            | ConfirmedHold(_)
            | Charge(_)
            | Cancel(_)
            | Reverse(_)
            | Expire(_)
            | Transfer(_)
            | ConfirmedTransfer(_)
            | CodedDebit(_)
            | CodedTransfer(_)
            | WrongCode(_)
            | LastWrongCode(_)
            | LateCode(_)
            | LateCodeOfTransfer(_)
            | ResolvedHold
            | ResolvedCredit(_) => {}
        }
    }
}

fn wrong_code(transaction_id: i64) -> Value {
    json!({"transactionId": transaction_id, "confirmedCode": "000000"})
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
        let environment = Environment {
            clock: app.clock.clone(),
            random: Arc::new(SystemRandom),
            crash_points: Some(world.clone()),
        };
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let starting = async move { started(&config, environment).await };
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
        if let Some(method) = prepared.operation.method() {
            return self.call(method, &prepared.params).await;
        }
        let resolved = match prepared.operation {
            ResolvedHold | ResolvedCredit(_) => prepared.id,
            Debit(_)
            | ConfirmedDebit(_)
            | Hold(_)
            | ConfirmedHold(_)
            | Charge(_)
            | Cancel(_)
            | Reverse(_)
            | Expire(_)
            | Transfer(_)
            | ConfirmedTransfer(_)
            | RefusedDebit
            | RefusedTransfer(_)
            | CodedDebit(_)
            | CodedTransfer(_)
            | UnsentCode(_)
            | WrongCode(_)
            | LastWrongCode(_)
            | LateCode(_)
            | LateCodeOfTransfer(_) => None,
        };
        self.in_it(move |gateway| async move {
            match resolved {
                Some(id) => {
                    let resolved = gateway
                        .payments
                        .resolve(id, Verdict::Failed, STATEMENT)
                        .await;
                    json!({"result": format!("{:?}", resolved.unwrap().status)})
                }
                None => json!({"result": gateway.expire_holds().await.unwrap()}),
            }
        })
        .await
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
                gateway.payments.recover_due(network).await.unwrap();
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

    /// Lets the look-ups of a transaction fail until nobody looks any more.
    async fn give_up(&self, id: i64, called: TestCard) {
        self.fault(json!({
            "network": called.network(), "operation": "lookup", "kind": "http_500_before", "times": 1_000,
        }))
        .await;
        while self.status(id).await == "processing" {
            // An hour is the longest pause between two look-ups.
            self.clock.advance_ms(2 * 3_600_000);
            self.recover().await;
        }
        self.clear_faults().await;
    }

    /// A wrong code is counted once, and before its caller hears of it; an operator's word is kept before it counts.
    async fn assert_counted_and_kept(
        &self,
        row: &transaction::Model,
        operation: Operation,
        finished: bool,
    ) {
        if let WrongCode(_) = operation {
            let counted = row.code_tries;
            assert!(counted == 1 || counted == 0 && !finished, "{counted} tries");
        }
        let gateway = &self.running.gateway;
        let whole = gateway.whole_transaction(row.id).await.unwrap().unwrap();
        let by_operator =
            |call: &processing_request::Model| matches!(call.settled_by, Some(SettledBy::Operator));
        if whole.calls.iter().any(by_operator) {
            assert_eq!(whole.said.len(), 1, "transaction {}", row.id);
        }
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
            .payments
            .resolve(row.id, verdict, STATEMENT)
            .await;
        resolved.unwrap();
    }
}
