//! What may be done with a transaction in each status: every cell of the table of
//! docs/contract.md#operations-by-status.

use entity::transaction::Status;
use serde_json::{Value, json};

use test_support::*;

/// How a transaction stands, and how a test brings it there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    AwaitingCode,
    Processing,
    Manual,
    Held,
    Succeeded,
    Cancelled,
    Reversed,
    Declined,
    HoldExpired,
    CodeTooOld,
    CodeTriesUsedUp,
}

/// A cell: what the operation answers.
#[derive(Debug, Clone, Copy)]
enum Cell {
    /// It runs, and leads to this status.
    Runs(&'static str),
    /// -32365 with this reason and the transaction.
    Busy(&'static str),
    /// This code, with a reason where there is one.
    No(i32, Option<&'static str>),
}

use Cell::{Busy, No, Runs};

const NOT_FOUND: Cell = No(-32314, None);

const fn no(code: i32, reason: &'static str) -> Cell {
    No(code, Some(reason))
}

/// A code that is too old: its confirmation, and everything else.
const CODE_OVER: Cell = no(-32308, "code_expired");
const CODE_ENDED: Cell = no(-32313, "code_expired");
/// One that is out of tries.
const TRIES_OVER: Cell = no(-32308, "tries_used_up");
const TRIES_ENDED: Cell = no(-32313, "tries_used_up");

/// The columns of the table.
const METHODS: [&str; 4] = [
    "transactions.debit.confirm",
    "transactions.debit.reverse",
    "transactions.debit.hold.charge",
    "transactions.debit.hold.cancel",
];

/// A state, the status it is shown as, and the cells: confirm, reverse, hold.charge, hold.cancel.
type Row = (State, &'static str, [Cell; 4]);

#[rustfmt::skip] // A row a state.
const HOLDS: [Row; 11] = [
    (State::AwaitingCode, "awaiting_code",
        [Runs("held"), no(-32330, "awaiting_code"), NOT_FOUND, no(-32330, "awaiting_code")]),
    (State::Processing, "processing", [Busy("processing"); 4]),
    (State::Manual, "manual", [Busy("manual"); 4]),
    (State::Held, "held",
        [no(-32392, "held"), no(-32330, "held"), Runs("succeeded"), Runs("cancelled")]),
    (State::Succeeded, "succeeded",
        [no(-32392, "succeeded"), Runs("reversed"), no(-32312, "succeeded"), no(-32312, "succeeded")]),
    (State::Cancelled, "cancelled", [no(-32313, "cancelled"); 4]),
    (State::Reversed, "reversed", [no(-32313, "reversed"); 4]),
    (State::Declined, "declined", [no(-32313, "declined"); 4]),
    (State::HoldExpired, "expired", [no(-32313, "hold_expired"); 4]),
    (State::CodeTooOld, "expired", [CODE_OVER, CODE_ENDED, CODE_ENDED, CODE_ENDED]),
    (State::CodeTriesUsedUp, "expired", [TRIES_OVER, TRIES_ENDED, TRIES_ENDED, TRIES_ENDED]),
];

/// A plain debit is never held, and whatever is asked of it as a hold is not found.
#[rustfmt::skip] // A row a state.
const DEBITS: [Row; 8] = [
    (State::AwaitingCode, "awaiting_code",
        [Runs("succeeded"), no(-32330, "awaiting_code"), NOT_FOUND, NOT_FOUND]),
    (State::Processing, "processing", [Busy("processing"), Busy("processing"), NOT_FOUND, NOT_FOUND]),
    (State::Manual, "manual", [Busy("manual"), Busy("manual"), NOT_FOUND, NOT_FOUND]),
    (State::Succeeded, "succeeded", [no(-32392, "succeeded"), Runs("reversed"), NOT_FOUND, NOT_FOUND]),
    (State::Reversed, "reversed", [no(-32313, "reversed"), no(-32313, "reversed"), NOT_FOUND, NOT_FOUND]),
    (State::Declined, "declined", [no(-32313, "declined"), no(-32313, "declined"), NOT_FOUND, NOT_FOUND]),
    (State::CodeTooOld, "expired", [CODE_OVER, CODE_ENDED, NOT_FOUND, NOT_FOUND]),
    (State::CodeTriesUsedUp, "expired", [TRIES_OVER, TRIES_ENDED, NOT_FOUND, NOT_FOUND]),
];

on_each_database! {
    async fn holds_of_uzcard(app: TestApp) {
        check(&app, Subject::hold(UZCARD), &HOLDS).await;
    }

    async fn holds_of_humo(app: TestApp) {
        check(&app, Subject::hold(HUMO), &HOLDS).await;
    }

    async fn debits_of_uzcard(app: TestApp) {
        check(&app, Subject::debit(UZCARD), &DEBITS).await;
    }

    async fn debits_of_humo(app: TestApp) {
        check(&app, Subject::debit(HUMO), &DEBITS).await;
    }

    async fn a_code_that_nobody_looked_at_expires_all_the_same(app: TestApp) {
        let subject = Subject {
            card: UZCARD,
            hold: true,
        };
        let token = app.add_card(subject.card).await;
        for (method, code) in [
            (METHODS[0], -32308),
            (METHODS[1], -32313),
            (METHODS[2], -32313),
            (METHODS[3], -32313),
        ] {
            let id = subject.order(&app, &token, true).await;
            app.clock.advance_ms(CODE_LIFETIME_MS - 1);
            assert_eq!(app.status(id).await, "awaiting_code");
            app.clock.advance_ms(1);
            let reply = app.call(method, params_of(method, id)).await;
            assert_eq!(
                reply,
                refusal(code, &json!({"reason": "code_expired"})),
                "{method}"
            );
            // What is told as final is written first.
            assert_eq!(app.row(id).await.status, Status::Expired, "{method}");
            assert_eq!(app.status(id).await, "expired", "{method}");
        }
        assert_eq!(app.moves().await, [""; 0]);
    }

    async fn an_attachment_is_no_transaction_of_these_methods(app: TestApp) {
        let begun = app
            .result(
                "cards.add",
                json!({"pan": HUMO.pan, "expiry": "1230", "phone": HUMO.phone}),
            )
            .await;
        let id = begun["transactionId"].as_i64().unwrap();
        nobody_finds(&app, &Credentials::demo(), id).await;
        app.result(
            "cards.add-confirm",
            json!({"transactionId": id, "confirmedCode": CODE}),
        )
        .await;
        nobody_finds(&app, &Credentials::demo(), id).await;
    }

    async fn a_transaction_of_another_partner_is_not_found(app: TestApp) {
        let stranger = app.add_partner("stranger", &["*"]).await;
        let token = app.add_card(UZCARD).await;
        for hold in [false, true] {
            for force in [false, true] {
                let id = Subject { card: UZCARD, hold }
                    .order(&app, &token, force)
                    .await;
                let before = app.standing(id).await;
                nobody_finds(&app, &stranger, id).await;
                assert_eq!(app.standing(id).await, before);
            }
        }
        // No try of the codes was counted, and nothing moved.
        assert_eq!(app.moves().await, ["pay 500", "hold 500"]);
        nobody_finds(&app, &Credentials::demo(), 0).await;
        nobody_finds(&app, &Credentials::demo(), -1).await;
        nobody_finds(&app, &Credentials::demo(), i64::MAX).await;
    }
}

/// A kind of transaction of one network.
#[derive(Debug, Clone, Copy)]
struct Subject {
    card: TestCard,
    hold: bool,
}

impl Subject {
    fn hold(card: TestCard) -> Self {
        Self { card, hold: true }
    }

    fn debit(card: TestCard) -> Self {
        Self { card, hold: false }
    }

    async fn order(&self, app: &TestApp, token: &str, force: bool) -> i64 {
        let order = json!({"is_hold": self.hold, "force_sms_confirmation": force});
        app.ordered(with(debit_params(self.card, token, 500), order))
            .await
    }

    /// A new transaction in this state.
    async fn reach(&self, app: &TestApp, token: &str, state: State) -> i64 {
        let operation = if self.hold { "hold" } else { "pay" };
        match state {
            State::AwaitingCode => self.order(app, token, true).await,
            State::Processing => {
                let id = self.order(app, token, true).await;
                app.fail_once(self.card, operation, "reset_after").await;
                assert_eq!(
                    app.call(METHODS[0], right_code(id)).await,
                    outcome_unknown(id)
                );
                id
            }
            State::Manual => {
                let id = self.order(app, token, false).await;
                app.write_status(id, Status::Manual).await;
                id
            }
            State::Held => self.order(app, token, false).await,
            State::Succeeded if self.hold => {
                let id = self.order(app, token, false).await;
                app.result(METHODS[2], json!({"transactionId": id})).await;
                id
            }
            State::Succeeded => self.order(app, token, false).await,
            State::Cancelled => {
                let id = self.order(app, token, false).await;
                app.result(METHODS[3], json!({"transactionId": id})).await;
                id
            }
            State::Reversed => {
                let id = Box::pin(self.reach(app, token, State::Succeeded)).await;
                app.result(METHODS[1], json!({"transactionId": id})).await;
                id
            }
            State::Declined => {
                let id = self.order(app, token, true).await;
                let (code, _) = self.card.refusing_code();
                app.refuse_once(self.card, operation, code).await;
                assert!(
                    app.call(METHODS[0], right_code(id))
                        .await
                        .get("error")
                        .is_some()
                );
                id
            }
            State::HoldExpired => {
                let id = self.order(app, token, false).await;
                app.clock.advance_ms(HOLD_LIFETIME_MS);
                app.running.gateway.expire_holds().await.unwrap();
                id
            }
            State::CodeTooOld => {
                let id = self.order(app, token, true).await;
                app.clock.advance_ms(CODE_LIFETIME_MS);
                id
            }
            State::CodeTriesUsedUp => {
                let id = self.order(app, token, true).await;
                for _ in 0..3 {
                    let wrong = json!({"transactionId": id, "confirmedCode": "000000"});
                    assert_eq!(app.error_code(METHODS[0], wrong).await, -32308);
                }
                id
            }
        }
    }
}

async fn check(app: &TestApp, subject: Subject, table: &[Row]) {
    let token = app.add_card(subject.card).await;
    // The unsettled hold of UZCARD keeps further ones off its card, so it comes last.
    let (last, first): (Vec<&Row>, Vec<&Row>) = table
        .iter()
        .partition(|(state, ..)| *state == State::Processing);
    for (state, status, cells) in first.into_iter().chain(last) {
        let id = subject.reach(app, &token, *state).await;
        assert_eq!(app.status(id).await, *status, "{state:?}");
        let (standing, moves) = (app.standing(id).await, app.moves().await);
        for (method, cell) in METHODS.iter().zip(cells) {
            let expected = match cell {
                Runs(_) => continue,
                Busy(reason) => in_process(id, reason),
                No(code, None) => refusal(*code, &Value::Null),
                No(code, Some(reason)) => refusal(*code, &json!({"reason": reason})),
            };
            assert_eq!(
                app.call(method, params_of(method, id)).await,
                expected,
                "{state:?} {method}"
            );
        }
        // What was refused changed nothing; that a code is too old may have been written down.
        let unchanged = app.standing(id).await;
        assert_eq!(unchanged["status"], standing["status"], "{state:?}");
        assert_eq!(unchanged["result"], standing["result"], "{state:?}");
        assert_eq!(app.moves().await, moves, "{state:?}");
        for (method, cell) in METHODS.iter().zip(cells) {
            if let Runs(after) = cell {
                let id = subject.reach(app, &token, *state).await;
                app.result(method, params_of(method, id)).await;
                assert_eq!(app.status(id).await, *after, "{state:?} {method}");
            }
        }
    }
    app.assert_settled().await;
}

async fn nobody_finds(app: &TestApp, partner: &Credentials, id: i64) {
    for method in METHODS.into_iter().chain(["transactions.get"]) {
        let reply = app.call_as(partner, method, params_of(method, id)).await;
        assert_eq!(reply, refusal(-32314, &Value::Null), "{method}");
    }
}

fn params_of(method: &str, id: i64) -> Value {
    if method == METHODS[0] {
        right_code(id)
    } else {
        json!({"transactionId": id})
    }
}
