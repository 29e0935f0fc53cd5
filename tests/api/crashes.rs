//! The gateway is stopped for good at every moment that matters: before and after each commit and each call of every
//! money method, of its own release of a hold and of an operator's decision; then also at every moment of the recovery
//! ([`Operation::is_ended_twice`]). Whatever was under way comes to one of the ends that are right, and so does the money.
//!
//! The moments are not listed here: each operation is run again and again, and ended at its first moment, then at its
//! second, until one run is not ended at all. A new commit or call is a new moment by itself.

mod doomed;
mod judged;
mod moments;
mod shared;

pub(crate) use doomed::Doomed;
use judged::Judged;
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
use entity::ids::TransactionId;
use entity::processing_request::{self, SettledBy};
use entity::transaction::{self, Status};
use rpc_schema::errors::ErrorCode;
use rpc_schema::methods::METHODS;
use rpc_schema::values::Network;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

use test_support::orders::{
    AMOUNT, CREDITED, DEBIT, GIVEN_BACK, HELD, Order, P2P, PAID, PART, REST, Refusal, TOTAL, the,
    wrong_code,
};
use test_support::*;

/// What an operator's decision is based on.
const STATEMENT: Statement<'static> = Statement {
    by: "anna",
    reason: "the ledger of the simulated networks",
};

/// What is under way when the gateway is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    /// The order itself.
    Plain(Order),
    /// The right code of an order.
    Confirmed(Order),
    /// An order of which a later call is refused, so that it is undone.
    Refused(Order, Refusal),
    /// The order after which a code is sent.
    Coded(Order),
    /// The provider refuses to send it.
    UnsentCode(Order),
    WrongCode(Order),
    LastWrongCode(Order),
    /// The right one, after its time.
    LateCode(Order),
    /// An operator says that a lost hold of UZCARD, which cannot be looked up, was not made.
    ResolvedHold,
    /// An operator says that a credit which was given up was not made, and the debit is given back.
    ResolvedCredit(Direction),
}

use Operation::{
    Coded, Confirmed, LastWrongCode, LateCode, Plain, Refused, ResolvedCredit, ResolvedHold,
    UnsentCode, WrongCode,
};
use Order::{
    Cancel, Charge, ChargePart, Debit, Expire, Hold, Reverse, ReverseCharged, ReversePart,
    ReverseRest, Transfer,
};

#[rustfmt::skip] // A table: a kind of operation a line.
const OPERATIONS: [Operation; 46] = [
    Plain(Debit(UZCARD)), Plain(Debit(HUMO)),
    Confirmed(Debit(UZCARD)), Confirmed(Debit(HUMO)),
    Plain(Hold(UZCARD)), Plain(Hold(HUMO)),
    Confirmed(Hold(UZCARD)), Confirmed(Hold(HUMO)),
    Plain(Charge(UZCARD)), Plain(Charge(HUMO)),
    Plain(ChargePart(UZCARD)), Plain(ChargePart(HUMO)),
    Plain(Cancel(UZCARD)), Plain(Cancel(HUMO)),
    Plain(Reverse(UZCARD)), Plain(Reverse(HUMO)),
    Plain(ReversePart(UZCARD)), Plain(ReverseRest(UZCARD)),
    Plain(Expire(UZCARD)), Plain(Expire(HUMO)),
    Plain(Transfer(UZCARD_TO_UZCARD)), Plain(Transfer(HUMO_TO_HUMO)),
    Plain(Transfer(UZCARD_TO_HUMO)), Plain(Transfer(HUMO_TO_UZCARD)),
    Confirmed(Transfer(UZCARD_TO_UZCARD)), Confirmed(Transfer(HUMO_TO_HUMO)),
    Confirmed(Transfer(UZCARD_TO_HUMO)), Confirmed(Transfer(HUMO_TO_UZCARD)),
    Refused(Debit(HUMO), Refusal::Confirmation),
    Refused(Transfer(UZCARD_TO_HUMO), Refusal::Credit), Refused(Transfer(HUMO_TO_UZCARD), Refusal::Credit),
    Coded(Debit(UZCARD)), Coded(Debit(HUMO)),
    Coded(Transfer(UZCARD_TO_HUMO)),
    UnsentCode(Debit(UZCARD)), UnsentCode(Debit(HUMO)),
    WrongCode(Debit(UZCARD)),
    LastWrongCode(Debit(UZCARD)), LastWrongCode(Debit(HUMO)),
    LateCode(Debit(HUMO)),
    LateCode(Transfer(HUMO_TO_UZCARD)),
    ResolvedHold,
    ResolvedCredit(UZCARD_TO_HUMO), ResolvedCredit(HUMO_TO_UZCARD),
    Plain(Transfer(UZCARD_TO_HUMO_IN_ONE_CALL)),
    Confirmed(Transfer(UZCARD_TO_HUMO_IN_ONE_CALL)),
];

on_each_database! {
    async fn every_operation_ended_at_every_moment(app: TestApp) {
        let kind = app.kind;
        let taken = OPERATIONS
            .into_iter()
            .enumerate()
            .filter(|(number, _)| kind.takes(turn(*number), OneIn { sqlite: 2, postgres: 2 }));
        join_all(taken.map(|(_, operation)| async move {
            let app = TestApp::with(kind, operation.with(busy)).await.unwrap();
            let mut moment = 1;
            while end_at(&app, operation, moment, None).await.operation {
                moment += 1;
            }
            operation.assert_had(moment - 1);
            app.assert_settled().await;
        })).await;
    }

    async fn every_operation_ended_at_every_moment_and_its_recovery_too(app: TestApp) {
        let kind = app.kind;
        let twice = OPERATIONS
            .into_iter()
            .filter(|operation| operation.is_ended_twice())
            .enumerate()
            .filter(|(number, _)| kind.takes(turn(*number), OneIn { sqlite: 6, postgres: 8 }))
            .map(|(_, operation)| operation);
        join_all(twice.map(|operation| async move {
            let app = TestApp::with(kind, operation.with(busy)).await.unwrap();
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
            app.assert_settled().await;
        })).await;
    }
}

/// Each run orders something, each order may send a code, and many are under way at the same time.
fn busy(config: &mut Config) {
    patient(config);
    lone_caller(config);
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

/// The cell of an operation. The operations are in pairs, UZCARD before HUMO: each network is to have its turns on both
/// databases.
fn turn(number: usize) -> usize {
    number / 2 + number
}

/// Whether the gateway ended before the operation did, and before its recovery did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ended {
    operation: bool,
    recovery: bool,
}

/// Runs an operation on a gateway that ends at its `moment`-th moment, and then recovers; with `of_recovery`, on a
/// gateway that ends at that moment of the recovery.
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
    // What is to be undone is looked up; then the undo is made, and perhaps made again.
    for _ in 0..3 {
        app.recover_after_all().await;
    }

    let row = app.row_by_ext_id(&ext_id, &prepared).await;
    if let Some(row) = &row {
        app.settle_by_hand(row, &moves).await;
    }
    let row = app.row_by_ext_id(&ext_id, &prepared).await;
    let (id, status) = (row.as_ref().map(|row| row.id), row.map(|row| row.status));
    let moved = app.moves().await.split_off(moves.len());
    let missing = balance - app.balance(operation.payer()).await;
    let shown = format!("{shown}: {status:?} {moved:?} {missing}");
    assert!(operation.may_end_as(status, &moved, missing), "{shown}");
    if let Some(id) = id {
        app.assert_transaction_settled(id.0).await;
    }
    ended
}

impl Operation {
    /// These settings, with those under which it is carried out.
    fn with(self, adjust: fn(&mut Config)) -> impl FnOnce(&mut Config) {
        let direction = match self {
            Plain(order)
            | Confirmed(order)
            | Refused(order, _)
            | Coded(order)
            | UnsentCode(order)
            | WrongCode(order)
            | LastWrongCode(order)
            | LateCode(order) => order.direction(),
            ResolvedCredit(direction) => Some(direction),
            ResolvedHold => None,
        };
        move |config| {
            adjust(config);
            if let Some(direction) = direction {
                direction.adjust(config);
            }
        }
    }

    /// The card that pays.
    fn payer(self) -> TestCard {
        match self {
            Plain(order)
            | Confirmed(order)
            | Refused(order, _)
            | Coded(order)
            | UnsentCode(order)
            | WrongCode(order)
            | LastWrongCode(order)
            | LateCode(order) => order.payer(),
            ResolvedCredit(direction) => direction.from,
            ResolvedHold => UZCARD,
        }
    }

    /// What a partner calls; `None` for what the gateway does by itself, or an operator does.
    fn method(self) -> Option<&'static str> {
        match self {
            Plain(order) | Refused(order, _) | Coded(order) | UnsentCode(order) => order.method(),
            Confirmed(order) | WrongCode(order) | LastWrongCode(order) | LateCode(order) => {
                Some(order.confirming_method())
            }
            ResolvedHold | ResolvedCredit(_) => None,
        }
    }

    /// Whether its recovery is ended, too.
    fn is_ended_twice(self) -> bool {
        match self {
            Plain(_) | Refused(..) => true,
            // From its first commit on it is the same as an order without a code.
            Confirmed(_) => false,
            // No call is made, so there is nothing to recover.
            Coded(_) | UnsentCode(_) | WrongCode(_) | LastWrongCode(_) | LateCode(_) => false,
            // Nobody looks it up any more; the reversal of the debit is the same as for a refused transfer.
            ResolvedHold | ResolvedCredit(_) => false,
        }
    }

    /// It cannot have had fewer moments: each commit and each call has a before and an after.
    fn assert_had(self, moments: usize) {
        let least = match self {
            // The operator's word is a row of the audit log, which is no moment; what follows from it is.
            Coded(_) | WrongCode(_) | LastWrongCode(_) | LateCode(_) | ResolvedHold => 2,
            // The order and its end.
            UnsentCode(_) => 4,
            // Two commits and a call are the least that moves money.
            Plain(_) | Confirmed(_) | Refused(..) | ResolvedCredit(_) => 6,
        };
        let card = self.payer().network();
        let shown = format!("{self:?}");
        let kind: Vec<&str> = shown.split(['(', ' ']).take(2).collect();
        let _ = writeln!(
            std::io::stdout(),
            "{} of {card}: {moments} moments",
            kind.join(" ")
        );
        assert!(moments >= least, "{self:?} has {moments} moments");
    }

    /// What the transaction is when nothing was ended.
    fn ends_as(self) -> Status {
        match self {
            Plain(order) | Confirmed(order) => order.ends_as(),
            LastWrongCode(_) | LateCode(_) => Status::Expired,
            Refused(..) | UnsentCode(_) | ResolvedHold | ResolvedCredit(_) => Status::Declined,
            Coded(_) | WrongCode(_) => Status::AwaitingCode,
        }
    }

    /// All ends that are right: the status (none: it was never begun), what has moved since, and how much less the card
    /// that pays has since.
    fn may_end_as(self, status: Option<Status>, moved: &[String], missing: i64) -> bool {
        let moved: Vec<&str> = moved.iter().map(String::as_str).collect();
        let end = (status, moved.as_slice(), missing);
        let declined = end == (Some(Status::Declined), &[], 0);
        let given_back = end == (Some(Status::Declined), GIVEN_BACK, 0);
        match self {
            Plain(order) | Confirmed(order) => match order {
                Debit(_) => {
                    self.never_begun(end)
                        || end == (Some(Status::Succeeded), PAID, AMOUNT)
                        || declined
                }
                Hold(_) => {
                    self.never_begun(end) || end == (Some(Status::Held), HELD, AMOUNT) || declined
                }
                Charge(_) => {
                    end == (Some(Status::Held), &[], 0)
                        || end == (Some(Status::Succeeded), &["capture 500000"], 0)
                }
                ChargePart(_) => {
                    end == (Some(Status::Held), &[], 0)
                        || end == (Some(Status::Succeeded), &["capture 200000"], -REST)
                }
                Cancel(_) => {
                    end == (Some(Status::Held), &[], 0)
                        || end == (Some(Status::Cancelled), &["release 500000"], -AMOUNT)
                }
                Reverse(_) | ReverseCharged(_) => {
                    end == (Some(Status::Succeeded), &[], 0)
                        || end == (Some(Status::Reversed), &["reverse 500000"], -AMOUNT)
                }
                ReversePart(_) => {
                    end == (Some(Status::Succeeded), &[], 0)
                        || end == (Some(Status::Succeeded), &["reverse 200000"], -PART)
                }
                ReverseRest(_) => {
                    end == (Some(Status::Succeeded), &[], 0)
                        || end == (Some(Status::Reversed), &["reverse 300000"], -REST)
                }
                Expire(_) => {
                    end == (Some(Status::Held), &[], 0)
                        || end == (Some(Status::Expired), &["release 500000"], -AMOUNT)
                }
                Transfer(direction) => {
                    let done = if direction.is_across() { CREDITED } else { P2P };
                    self.never_begun(end)
                        || end == (Some(Status::Succeeded), done, TOTAL)
                        || declined
                        || direction.is_across() && given_back
                }
            },
            Refused(_, Refusal::Confirmation) => self.never_begun(end) || declined,
            Refused(_, Refusal::Credit) => self.never_begun(end) || declined || given_back,
            Coded(_) => end == (None, &[], 0) || end == (Some(Status::AwaitingCode), &[], 0),
            UnsentCode(_) => {
                end == (None, &[], 0) || end == (Some(Status::AwaitingCode), &[], 0) || declined
            }
            WrongCode(_) => end == (Some(Status::AwaitingCode), &[], 0),
            LastWrongCode(_) | LateCode(_) => {
                end == (Some(Status::AwaitingCode), &[], 0)
                    || end == (Some(Status::Expired), &[], 0)
            }
            // An operator who is interrupted says it again.
            ResolvedHold => declined,
            ResolvedCredit(_) => end == (Some(Status::Declined), &["reverse 502500"], -TOTAL),
        }
    }

    /// The world ended before the first commit.
    fn never_begun(self, end: (Option<Status>, &[&str], i64)) -> bool {
        match self {
            Confirmed(_) => {
                end == (Some(Status::AwaitingCode), &[], 0)
                    || end == (Some(Status::Expired), &[], 0)
            }
            Plain(_) | Refused(..) | Coded(_) | UnsentCode(_) | WrongCode(_) | LastWrongCode(_)
            | LateCode(_) | ResolvedHold | ResolvedCredit(_) => end == (None, &[], 0),
        }
    }

    /// It was not ended: its caller has the answer that it should have.
    fn assert_answered(self, reply: &Value, shown: &str) {
        let code = match self {
            Refused(_, refusal) => refusal.code(),
            UnsentCode(_) => -32349,
            WrongCode(_) | LastWrongCode(_) | LateCode(_) => -32308,
            Plain(_) | Confirmed(_) | Coded(_) | ResolvedHold | ResolvedCredit(_) => 0,
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
        let coded = json!({"force_sms_confirmation": true});
        let begun = |order: Order| order.begin_with_code(app, &token, ext_id);
        let (params, id) = match operation {
            Plain(order) | Refused(order, _) => {
                // Clears up what an earlier end has left.
                app.running.gateway.expire_holds().await.unwrap();
                let request = order.prepare(app, &token, ext_id).await;
                let params = request.call.map(|(_, params)| params);
                (params.unwrap_or_default(), request.id)
            }
            Coded(order) | UnsentCode(order) => (with(order.params(&token, ext_id), coded), None),
            Confirmed(order) => {
                let id = begun(order).await;
                (right_code(id), Some(id))
            }
            WrongCode(order) => {
                let id = begun(order).await;
                (wrong_code(id), Some(id))
            }
            LastWrongCode(order) => {
                let id = begun(order).await;
                for _ in 0..2 {
                    app.error(order.confirming_method(), wrong_code(id)).await;
                }
                (wrong_code(id), Some(id))
            }
            LateCode(order) => {
                let id = begun(order).await;
                app.clock.advance_ms(CODE_LIFETIME_MS);
                (right_code(id), Some(id))
            }
            ResolvedHold => {
                app.fail_once(UZCARD, "hold", "reset_before").await;
                app.error(DEBIT, Hold(UZCARD).params(&token, ext_id)).await;
                app.recover_after_all().await;
                let id = app.row_of(ext_id).await.id.0;
                (the(id), Some(id))
            }
            ResolvedCredit(direction) => {
                app.fail_once(direction.to, "credit", "reset_before").await;
                let params = Transfer(direction).params(&token, ext_id);
                app.error(direction.method, params).await;
                let id = app.row_of(ext_id).await.id.0;
                app.give_up(id, direction.to).await;
                // The network answers again, and its time begins anew.
                let early = app
                    .running
                    .gateway
                    .payments
                    .resolve(TransactionId(id), Verdict::Failed, STATEMENT)
                    .await;
                assert!(early.is_err(), "{early:?}");
                (the(id), Some(id))
            }
        };
        Self {
            operation,
            params,
            id,
        }
    }

    /// Makes the networks, or the provider of messages, refuse what is to be refused.
    async fn script(&self, app: &TestApp) {
        match self.operation {
            Refused(order, refusal) => refusal.script(app, order).await,
            UnsentCode(_) => {
                app.fault(json!({"network": "SMS", "operation": "code", "kind": "decline", "code": 400, "times": 1}))
                    .await;
            }
            Plain(_) | Confirmed(_) | Coded(_) | WrongCode(_) | LastWrongCode(_) | LateCode(_)
            | ResolvedHold | ResolvedCredit(_) => {}
        }
    }
}
