//! A connection to PostgreSQL is cut exactly at a COMMIT: either before the server hears of it, or after it was carried
//! out, so that only its answer is lost. This happens at every COMMIT of every operation: each one is run again and
//! again, and cut at its first COMMIT, then at its second, until a run has no COMMIT left to cut. Then the same is done
//! with two COMMITs in a row: by the second one, the gateway checks the first or tries again.
//!
//! Whatever was cut, the networks' ledger and the gateway's rows agree, nothing is carried out twice, the money is
//! where the transaction's end says, and the partner was told nothing to the contrary.
//!
//! By default half of the operations is cut before, half after; `ALOQA_TEST_FAULTS_TIMES=2` cuts all in both ways, twice.

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use aloqa_gateway::database::Fetch as _;
use aloqa_gateway::payment::resolve::{Statement, Verdict};
use entity::processing_request::{self, State};
use entity::transaction::{self, Status};
use rpc_schema::values::Network;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use serde_json::json;

use crate::movements::word;
use crate::needs;
use crate::relay::{Cut, Relay};
use test_support::orders::{
    AMOUNT, CAPTURE_REVERSED, CAPTURED, CREDITED, GIVEN_BACK, HELD, Order, P2P, PAID, PART,
    PART_CAPTURED, PART_REVERSED, RELEASED, REST, REVERSED, REVERSED_IN_PARTS, Refusal, Request,
    TOTAL,
};
use test_support::*;

/// What is under way when the connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    /// The order itself.
    Plain(Order),
    /// The same with a code: what is under way is its confirmation.
    Confirmed(Order),
    /// An order of which a later call is refused, so that it is undone.
    Refused(Order, Refusal),
    /// The credit was lost, and the gateway does not know: what runs is the recovery, which gives the debit back.
    LostCredit(Direction),
}

use Operation::{Confirmed, LostCredit, Plain, Refused};
use Order::{
    Cancel, Charge, ChargePart, Debit, Expire, Hold, Reverse, ReverseCharged, ReversePart,
    ReverseRest, Transfer,
};

#[rustfmt::skip] // A table: a kind of operation a line.
const OPERATIONS: [Operation; 28] = [
    Plain(Debit(UZCARD)), Plain(Debit(HUMO)),
    Plain(Hold(UZCARD)), Plain(Hold(HUMO)),
    Plain(Charge(UZCARD)), Plain(Charge(HUMO)),
    Plain(Cancel(UZCARD)), Plain(Cancel(HUMO)),
    Plain(Reverse(UZCARD)), Plain(Reverse(HUMO)),
    Plain(ChargePart(HUMO)), Plain(ReversePart(UZCARD)), Plain(ReverseRest(UZCARD)),
    Plain(Expire(UZCARD)), Plain(Expire(HUMO)),
    Plain(Transfer(UZCARD_TO_UZCARD)), Plain(Transfer(HUMO_TO_HUMO)),
    Plain(Transfer(UZCARD_TO_HUMO)), Plain(Transfer(HUMO_TO_UZCARD)),
    Confirmed(Debit(UZCARD)), Confirmed(Debit(HUMO)),
    Confirmed(Transfer(UZCARD_TO_HUMO)), Confirmed(Transfer(HUMO_TO_UZCARD)),
    Refused(Debit(HUMO), Refusal::Confirmation),
    Refused(Transfer(UZCARD_TO_HUMO), Refusal::Credit), Refused(Transfer(HUMO_TO_UZCARD), Refusal::Credit),
    LostCredit(UZCARD_TO_HUMO), LostCredit(HUMO_TO_UZCARD),
];

impl Operation {
    /// Whether it is an order, which claims its `extId` before its intent.
    fn is_claimed(self) -> bool {
        match self {
            Plain(order) | Refused(order, _) => match order {
                Debit(_) | Hold(_) | Transfer(_) | ReversePart(_) | ReverseRest(_) => true,
                Charge(_) | ChargePart(_) | Cancel(_) | Expire(_) | Reverse(_)
                | ReverseCharged(_) => false,
            },
            Confirmed(_) | LostCredit(_) => false,
        }
    }
}

/// How often a status that changes by itself is looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Whether the one COMMIT is cut, or the next one as well.
const IN_A_ROW: [usize; 2] = [1, 2];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_commit_of_every_operation_before_it() {
    cut_at_every_commit(Cut::Before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_commit_of_every_operation_after_it() {
    cut_at_every_commit(Cut::After).await;
}

async fn cut_at_every_commit(side: Cut) {
    if postgres::programs().is_none() {
        return;
    }
    // Where a run is not long, half of the operations is cut before a COMMIT, the other half after it.
    let taken = OPERATIONS
        .into_iter()
        .enumerate()
        .filter(|(number, _)| {
            needs::times() > 1 || number.is_multiple_of(2) == (side == Cut::Before)
        })
        .map(|(_, operation)| operation);
    let cut = join_all(taken.map(|operation| async move {
        let rig = Rig::new(operation).await;
        let mut cut = 0;
        for time in 0..needs::times() {
            for in_a_row in IN_A_ROW {
                let mut first = 0;
                while rig.run(side, first, in_a_row, time).await {
                    first += 1;
                }
                // There are at least an intent and a record.
                assert!(first >= 2, "{operation:?} has {first} COMMITs");
                cut += first;
            }
        }
        rig.app.assert_settled().await;
        assert!(rig.app.running.stop().await);
        cut
    }));
    let cut: usize = cut.await.into_iter().sum();
    writeln!(std::io::stderr(), "{side:?}: cut at {cut} COMMITs").unwrap();
}

/// Otherwise the partner would wait for a code that was never sent, and a repeat would not send it either.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_sent_though_the_answer_to_its_commit_was_lost() {
    if postgres::programs().is_none() {
        return;
    }
    let Rig {
        app, relay, token, ..
    } = Rig::new(Confirmed(Debit(UZCARD))).await;
    let order = |ext_id: &str| {
        let coded = json!({"extId": ext_id, "force_sms_confirmation": true});
        with(debit_params(UZCARD, &token, AMOUNT), coded)
    };
    let seen = app.messages(UZCARD.phone).await.len();
    // The first COMMIT is the claim of the `extId`.
    relay.cut(Cut::After, 1..2);
    let reply = app.call("transactions.debit", order("after")).await;
    assert_eq!(relay.mend(), 2);
    let id = app.row_of("after").await.id.0;
    let sent = json!({"phone": UZCARD.phone, "transactionId": id});
    assert_eq!(reply, success(&sent));
    assert_eq!(app.messages(UZCARD.phone).await.len(), seen + 1);
    app.result("transactions.debit.confirm", right_code(id))
        .await;

    relay.cut(Cut::Before, 1..2);
    let code = app.error_code("transactions.debit", order("before")).await;
    // The third gives the claim back.
    assert_eq!((code, relay.mend()), (-32334, 3));
    assert_eq!(app.messages(UZCARD.phone).await.len(), seen + 1);
    app.result("transactions.debit", order("before")).await;
    assert_eq!(app.messages(UZCARD.phone).await.len(), seen + 2);
    app.assert_settled().await;
    assert!(app.running.stop().await);
}

/// Nobody can tell it again: SVGate lists no hold that it has refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_is_kept_however_long_the_database_is_away() {
    if postgres::programs().is_none() {
        return;
    }
    let Rig {
        app, relay, token, ..
    } = Rig::new(Plain(Hold(UZCARD))).await;
    app.refuse_once(UZCARD, "hold", "-240").await;
    // After the intent, every COMMIT of the refusal and every look whether it lasts, for longer than six seconds.
    relay.cut(Cut::Before, 1..10);
    let order = with(
        debit_params(UZCARD, &token, AMOUNT),
        json!({"is_hold": true}),
    );
    let reply = app.call("transactions.debit", order).await;
    let id = app.last_transaction().await.id.0;
    assert_eq!(reply, outcome_unknown(id));
    let told = json!({"network": "UZCARD", "processingCode": "-240"});
    while app.status(id).await != "declined" {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    let expected = refusal(-32309, &told)["error"].clone();
    assert_eq!(app.standing(id).await["error"], expected);
    assert!(relay.mend() > 10);
    app.assert_settled().await;
    assert!(app.running.stop().await);
}

/// The outage outlasts the network's greatest processing time, and another gateway has given the transaction up meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_is_recorded_though_recovery_has_given_the_transaction_up() {
    if postgres::programs().is_none() {
        return;
    }
    let Rig {
        app,
        relay,
        token,
        url,
        ..
    } = Rig::new(Plain(Hold(UZCARD))).await;
    let other = app
        .another_with(|config| config.database.url = url.into())
        .await;
    app.refuse_once(UZCARD, "hold", "-240").await;
    // After the intent, every COMMIT of the gateway that heard the refusal.
    relay.cut(Cut::Before, 1..usize::MAX);
    let order = with(
        debit_params(UZCARD, &token, AMOUNT),
        json!({"is_hold": true}),
    );
    let reply = app.call("transactions.debit", order).await;
    let id = other.last_transaction().await.id.0;
    assert_eq!(reply, outcome_unknown(id));
    // SVGate lists no hold that it has refused.
    for _ in 0..2 {
        other.recover_after_all().await;
    }
    assert_eq!(other.status(id).await, "manual");
    relay.mend();
    let recorded = async {
        while other.status(id).await != "declined" {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    };
    let recorded = tokio::time::timeout(Duration::from_secs(30), recorded).await;
    assert!(recorded.is_ok(), "what the network answered was forgotten");
    let told = json!({"network": "UZCARD", "processingCode": "-240"});
    let expected = refusal(-32309, &told)["error"].clone();
    assert_eq!(app.standing(id).await["error"], expected);
    app.assert_settled().await;
    assert!(other.running.stop().await);
    assert!(app.running.stop().await);
}

/// Whether its COMMIT was cut or only the answer to it, nothing stands in the way of the next order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_of_an_ext_id_is_not_left_behind() {
    if postgres::programs().is_none() {
        return;
    }
    let Rig {
        app, relay, token, ..
    } = Rig::new(Plain(Debit(UZCARD))).await;
    let order = |ext_id: &str| {
        with(
            debit_params(UZCARD, &token, AMOUNT),
            json!({"extId": ext_id}),
        )
    };
    relay.cut(Cut::After, 0..1);
    app.result("transactions.debit", order("claimed")).await;
    assert_eq!(relay.mend(), 3);

    relay.cut(Cut::Before, 0..1);
    let code = app
        .error_code("transactions.debit", order("not-claimed"))
        .await;
    assert_eq!((code, relay.mend()), (-32334, 1));
    app.result("transactions.debit", order("not-claimed")).await;

    // It is refused, and its claim cannot be given back: it runs out.
    let refused = with(order("kept"), json!({"terminalId": "1"}));
    relay.cut(Cut::Before, 1..2);
    let code = app.error_code("transactions.debit", refused).await;
    assert_eq!((code, relay.mend()), (-32334, 2));
    let busy = refusal(-32364, &json!({"extId": "kept", "retryable": true}));
    assert_eq!(app.call("transactions.debit", order("kept")).await, busy);
    app.clock.advance_ms(app.running.gateway.rules.claim_ms);
    app.result("transactions.debit", order("kept")).await;
    app.assert_settled().await;
    assert!(app.running.stop().await);
}

/// What the partner was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    /// How the operation ends when nothing is cut.
    Done,
    /// -32334: nothing was carried out, and nothing will be.
    NotDone,
    /// -32379: nobody knows yet.
    Unknown,
    /// Nobody asked.
    Nothing,
}

/// How an operation has ended: the status (none: nothing was stored), what was moved, and how much less the card that
/// pays has.
type End<'a> = (Option<Status>, &'a [&'a str], i64);

/// A gateway whose connections to its database can be cut.
struct Rig {
    operation: Operation,
    app: TestApp,
    relay: Relay,
    token: String,
    /// Of its database, past the relay.
    url: String,
}

impl Rig {
    async fn new(operation: Operation) -> Self {
        let url = postgres::new_database().await.unwrap();
        let (database, sockets) = url.split_once("?host=").unwrap();
        let relay = Relay::to(Path::new(sockets));
        let database = database.rsplit('/').next().unwrap();
        let app = TestApp::at(
            DatabaseKind::Postgres,
            Some(relay.url(database)),
            |config| {
                patient(config);
                config.sms.daily_limit = 100_000;
            },
        );
        let app = app.await;
        let token = app.add_card(operation.payer()).await;
        // It has run long enough to trust its clock.
        app.let_all_time_pass();
        Self {
            operation,
            app,
            relay,
            token,
            url,
        }
    }

    /// Runs the operation, cuts `in_a_row` COMMITs from its `first`-th on, and checks the end. Returns whether it had
    /// such a COMMIT.
    async fn run(&self, side: Cut, first: usize, in_a_row: usize, time: u32) -> bool {
        let (app, operation) = (&self.app, self.operation);
        let ext_id = format!("{side:?}-{first}-{in_a_row}-{time}");
        let shown = format!("{operation:?}, cut: {ext_id}");
        let payer = operation.payer();
        // Clears up what an earlier run has left.
        app.running.gateway.expire_holds().await.unwrap();
        let (before, balance) = (app.ledger().await.len(), app.balance(payer).await);
        let total = app.totals().await["total"].clone();
        let prepared = self.prepare(&ext_id).await;

        self.relay.cut(side, first..first + in_a_row);
        let told = self.carry_out(&prepared, &shown).await;
        let was_cut = self.relay.mend() > first;
        app.clear_faults().await;
        // What is to be undone is looked up; then the undo is made, and perhaps made again.
        for _ in 0..3 {
            app.recover_after_all().await;
        }

        self.settle_by_hand(&prepared, &ext_id, before).await;
        let row = self.row(&prepared, &ext_id).await;
        let moved = self.moved_since(before).await;
        self.assert_rows_tell(row.as_ref(), &moved, &shown).await;
        let moved: Vec<&str> = moved.iter().map(String::as_str).collect();
        let missing = balance - app.balance(payer).await;
        let id = row.as_ref().map(|row| row.id);
        let end = (row.map(|row| row.status), moved.as_slice(), missing);
        let shown = format!("{shown}: {told:?}, {end:?}");
        let [done, not_done, undone] = [
            operation.done(end),
            operation.not_done(end),
            operation.undone(end),
        ];
        match told {
            Told::Done => assert!(done, "{shown}"),
            Told::NotDone => assert!(not_done, "{shown}"),
            Told::Unknown | Told::Nothing => assert!(done || not_done || undone, "{shown}"),
        }
        match (was_cut, side, in_a_row) {
            (false, _, _) => assert!(done && told != Told::Unknown, "{shown}"),
            // The gateway finds that the COMMIT took effect, and goes on as if nothing had happened.
            (true, Cut::After, 1) => {
                assert!(
                    done && [Told::Done, Told::Nothing].contains(&told),
                    "{shown}"
                );
            }
            // A claim and an intent are given up, a record is made again.
            (true, Cut::Before, 1) => {
                let expected: &[Told] = if matches!(operation, Plain(Transfer(_))) {
                    // The receipt of an earlier one may be recorded beside it, and that COMMIT be the one that is cut.
                    &[Told::Done, Told::NotDone, Told::Nothing]
                } else if first == 0 || first == 1 && operation.is_claimed() {
                    &[Told::NotDone, Told::Nothing]
                } else {
                    &[Told::Done, Told::Nothing]
                };
                assert!(expected.contains(&told), "{shown}");
            }
            (true, _, _) => {}
        }
        assert_eq!(app.totals().await["total"], total, "{shown}");
        if let Some(id) = id {
            app.assert_transaction_settled(id.0).await;
        }
        was_cut
    }

    async fn prepare(&self, ext_id: &str) -> Request {
        let (app, token) = (&self.app, &self.token);
        match self.operation {
            Plain(order) => order.prepare(app, token, ext_id).await,
            Confirmed(order) => {
                let id = order.begin_with_code(app, token, ext_id).await;
                Request {
                    call: Some((order.confirming_method(), right_code(id))),
                    id: Some(id),
                }
            }
            Refused(order, refusal) => {
                refusal.script(app, order).await;
                order.prepare(app, token, ext_id).await
            }
            LostCredit(direction) => {
                app.fail_once(direction.to, "credit", "reset_before").await;
                let params = Transfer(direction).params(token, ext_id);
                let reply = app.call(direction.method, params).await;
                let id = reply["error"]["data"]["transactionId"].as_i64().unwrap();
                assert_eq!(reply, outcome_unknown(id));
                app.let_all_time_pass();
                Request {
                    call: None,
                    id: Some(id),
                }
            }
        }
    }

    async fn carry_out(&self, prepared: &Request, shown: &str) -> Told {
        let gateway = &self.app.running.gateway;
        let Some((method, params)) = &prepared.call else {
            // The background work that does this comes round again if its turn has failed.
            drop(gateway.expire_holds().await);
            for network in [Network::Uzcard, Network::Humo] {
                drop(gateway.payments.recover_due(network).await);
            }
            return Told::Nothing;
        };
        let reply = self.app.call(method, params.clone()).await;
        let refused = reply["error"]["code"].as_i64();
        match (self.operation, refused) {
            (_, Some(-32334)) => Told::NotDone,
            (_, Some(-32379)) => Told::Unknown,
            (Refused(_, refusal), Some(code)) if code == refusal.code() => Told::Done,
            (Refused(..), _) | (_, Some(_)) => panic!("{shown}: {reply}"),
            (_, None) => Told::Done,
        }
    }

    async fn row(&self, prepared: &Request, ext_id: &str) -> Option<transaction::Model> {
        let which = match prepared.id {
            Some(id) => transaction::Column::Id.eq(id),
            None => transaction::Column::ExtId.eq(ext_id),
        };
        let database = &*self.app.running.gateway.database;
        let found = transaction::Entity::find().filter(which);
        found.fetch_one(database).await.unwrap()
    }

    /// Plays the operator. A hold of UZCARD carries no reference of ours, so finding none proves nothing.
    async fn settle_by_hand(&self, prepared: &Request, ext_id: &str, before: usize) {
        let row = self.row(prepared, ext_id).await;
        let Some(row) = row.filter(|row| row.status == Status::Manual) else {
            return;
        };
        assert_eq!(self.operation, Plain(Hold(UZCARD)), "{row:?}");
        let verdict = match self.app.ledger().await.get(before) {
            Some(hold) => Verdict::Succeeded(hold["reference"].as_str().unwrap().to_owned()),
            None => Verdict::Failed,
        };
        let gateway = &self.app.running.gateway;
        gateway
            .payments
            .resolve(
                row.id,
                verdict,
                Statement {
                    by: "anna",
                    reason: "the ledger",
                },
            )
            .await
            .unwrap();
    }

    /// The ledger from this row on.
    async fn moved_since(&self, before: usize) -> Vec<String> {
        self.app.moves().await.split_off(before)
    }

    /// What the rows say was moved is what was moved, in this order.
    async fn assert_rows_tell(
        &self,
        row: Option<&transaction::Model>,
        moved: &[String],
        shown: &str,
    ) {
        let calls = match row {
            Some(row) => processing_request::Entity::find()
                .filter(processing_request::Column::TransactionId.eq(row.id))
                .order_by_asc(processing_request::Column::Id)
                .fetch_all(&*self.app.running.gateway.database)
                .await
                .unwrap(),
            None => Vec::new(),
        };
        let mut told = Vec::new();
        for call in &calls {
            match (call.state, word(call, &calls)) {
                (State::Approved, Some(word)) => told.push(format!("{word} {}", call.amount)),
                (State::Approved, None) | (State::Declined, _) => {}
                (State::Sent | State::Unknown, _) => panic!("{shown}: {call:?}"),
            }
        }
        assert_eq!(told, moved, "{shown}");
    }
}

impl Operation {
    /// The card that pays.
    fn payer(self) -> TestCard {
        match self {
            Plain(order) | Confirmed(order) | Refused(order, _) => order.payer(),
            LostCredit(direction) => direction.from,
        }
    }

    /// It ended as it does when nothing is cut.
    fn done(self, end: End<'_>) -> bool {
        let taken: End<'_> = match self {
            Plain(order) | Confirmed(order) => match order {
                Debit(_) => (Some(Status::Succeeded), PAID, AMOUNT),
                Hold(_) => (Some(Status::Held), HELD, AMOUNT),
                Charge(_) => (Some(Status::Succeeded), CAPTURED, AMOUNT),
                ChargePart(_) => (Some(Status::Succeeded), PART_CAPTURED, PART),
                ReversePart(_) => (Some(Status::Succeeded), PART_REVERSED, REST),
                ReverseRest(_) => (Some(Status::Reversed), REVERSED_IN_PARTS, 0),
                Cancel(_) => (Some(Status::Cancelled), RELEASED, 0),
                Reverse(_) => (Some(Status::Reversed), REVERSED, 0),
                ReverseCharged(_) => (Some(Status::Reversed), CAPTURE_REVERSED, 0),
                Expire(_) => (Some(Status::Expired), RELEASED, 0),
                Transfer(direction) if direction.is_across() => {
                    (Some(Status::Succeeded), CREDITED, TOTAL)
                }
                Transfer(_) => (Some(Status::Succeeded), P2P, TOTAL),
            },
            Refused(_, Refusal::Confirmation) => (Some(Status::Declined), &[], 0),
            Refused(_, Refusal::Credit) | LostCredit(_) => UNDONE,
        };
        end == taken
    }

    /// Nothing of it was carried out.
    fn not_done(self, end: End<'_>) -> bool {
        match self {
            // The code may have expired meanwhile.
            Confirmed(_) => [Status::AwaitingCode, Status::Expired, Status::Declined]
                .into_iter()
                .any(|status| end == (Some(status), &[], 0)),
            Plain(Debit(_) | Hold(_) | Transfer(_)) | Refused(..) => {
                end == (None, &[], 0) || end == (Some(Status::Declined), &[], 0)
            }
            Plain(Charge(_) | ChargePart(_) | Cancel(_) | Expire(_)) => {
                end == (Some(Status::Held), HELD, AMOUNT)
            }
            Plain(ReverseRest(_)) => end == (Some(Status::Succeeded), PART_REVERSED, REST),
            Plain(Reverse(_) | ReversePart(_)) => end == (Some(Status::Succeeded), PAID, AMOUNT),
            Plain(ReverseCharged(_)) => end == (Some(Status::Succeeded), CAPTURED, AMOUNT),
            LostCredit(_) => false,
        }
    }

    /// It was begun, and undone.
    fn undone(self, end: End<'_>) -> bool {
        let declined = end == (Some(Status::Declined), &[], 0);
        match self {
            Plain(Transfer(direction))
            | Confirmed(Transfer(direction))
            | Refused(Transfer(direction), _) => declined || direction.is_across() && end == UNDONE,
            // What HUMO had only blocked is free again.
            Plain(Debit(HUMO)) | Confirmed(Debit(HUMO)) | Refused(..) => declined,
            Plain(_) | Confirmed(_) | LostCredit(_) => false,
        }
    }
}

const UNDONE: End<'_> = (Some(Status::Declined), GIVEN_BACK, 0);
