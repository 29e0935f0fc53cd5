//! What follows from the outcome of a call: the rules of money (design sections 3 and 4) as one table, without I/O.

use entity::processing_request::{Action, State};
use entity::transaction::Status;
use rpc_schema::errors::ErrorCode;
use rpc_schema::values::{Amount, Network};

use crate::domain::failure::Failure;
use crate::processing::{Call, Outcome, Receipt};

/// What a transaction is to become, as far as its next step depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// A debit or a hold.
    Debit,
    /// A transfer within one network, with this fee quoted (tiyin).
    Within { fee: i64 },
    /// A transfer between the networks: a debit on one, then a credit on the other.
    Across,
}

/// What to record after a call, and what to do then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// What is now known of the request.
    pub request: State,
    /// What the transaction does.
    pub next: Next,
}

/// See [`Progress::next`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Everything the partner asked for was carried out: the transaction's new status, and the receipt it answers with.
    Done(Status, Receipt),
    /// It was not, and no money has moved: the status, and the error.
    Failed(Status, Failure),
    /// HUMO has blocked the money of a sale: take it.
    Confirm(Receipt),
    /// The confirmation of a sale was refused or never left: free the money before the partner hears of it.
    Cancel(Receipt, Failure),
    /// The sender of a transfer is debited: credit the recipient on the other network.
    Credit(Receipt),
    /// The recipient was not credited: give the sender the debited money back before the partner hears of it.
    Undo(Failure),
    /// The sender of a transfer was found debited, and what was to follow must not begin any more: give the money back.
    GiveBack(Receipt, Failure),
    /// What was to undo was not carried out: make it again, by an intent of its own.
    Again,
    /// Nobody can find out by asking: an operator must.
    Manual(String),
    /// The outcome is not known: the transaction stays as it is until recovery finds out.
    Wait,
}

/// The rule for each call and outcome.
pub fn after(
    network: Network,
    plan: Plan,
    action: Action,
    call: &Call,
    outcome: &Outcome,
) -> Progress {
    match call {
        Call::Pay { .. } => after_pay(network, plan, outcome),
        Call::P2p { .. } => after_p2p(network, plan, outcome),
        Call::Confirm { payment, .. } => after_confirm(network, plan, payment, outcome),
        Call::Cancel { .. } => declined_by_undoing(outcome),
        Call::Credit { .. } => after_credit(network, outcome),
        Call::Hold { .. } => match outcome {
            Outcome::Approved(receipt) => done(Status::Held, receipt),
            Outcome::Refused(refusal) => {
                failed(Status::Declined, Failure::refused(network, refusal))
            }
            Outcome::NotSent(_) => failed(Status::Declined, Failure::unavailable(network)),
            Outcome::Blocked(_) | Outcome::Unknown(_) => wait(),
        },
        Call::Capture { .. } => match outcome {
            Outcome::Approved(receipt) => done(Status::Succeeded, receipt),
            Outcome::Refused(refusal) => {
                let status = if refusal.gone {
                    Status::Expired
                } else {
                    Status::Held
                };
                failed(status, Failure::refused(network, refusal))
            }
            Outcome::NotSent(_) => failed(Status::Held, Failure::unavailable(network)),
            Outcome::Blocked(_) | Outcome::Unknown(_) => wait(),
        },
        Call::Release { hold, .. } if action == Action::Expire => {
            after_expire(network, hold, outcome)
        }
        Call::Release { .. } => undo(network, Status::Cancelled, Status::Held, outcome),
        Call::Reverse { .. } => match plan {
            Plan::Debit => undo(network, Status::Reversed, Status::Succeeded, outcome),
            // Partners do not reverse transfers: this one gives back what could not be credited.
            Plan::Within { .. } | Plan::Across => declined_by_undoing(outcome),
        },
    }
}

fn after_pay(network: Network, plan: Plan, outcome: &Outcome) -> Progress {
    match outcome {
        Outcome::Approved(receipt) => taken(plan, receipt),
        Outcome::Blocked(receipt) => Progress {
            request: State::Approved,
            next: Next::Confirm(receipt.clone()),
        },
        Outcome::Refused(refusal) => failed(Status::Declined, Failure::refused(network, refusal)),
        Outcome::NotSent(_) => failed(Status::Declined, Failure::unavailable(network)),
        Outcome::Unknown(_) => wait(),
    }
}

/// HUMO has a tariff of its own; a fee other than the quoted one is not taken (-32406, design section 4).
fn after_p2p(network: Network, plan: Plan, outcome: &Outcome) -> Progress {
    match outcome {
        Outcome::Blocked(receipt) if Some(plan) != receipt.fee.map(|fee| Plan::Within { fee }) => {
            let differs = Failure::new(ErrorCode::ProcessingSystemError).because("fee_differs");
            Progress {
                request: State::Approved,
                next: Next::Cancel(receipt.clone(), differs),
            }
        }
        Outcome::Approved(_)
        | Outcome::Blocked(_)
        | Outcome::Refused(_)
        | Outcome::NotSent(_)
        | Outcome::Unknown(_) => after_pay(network, plan, outcome),
    }
}

fn after_confirm(network: Network, plan: Plan, payment: &Receipt, outcome: &Outcome) -> Progress {
    let cancel = |failure| Progress {
        request: State::Declined,
        next: Next::Cancel(payment.clone(), failure),
    };
    match outcome {
        Outcome::Approved(receipt) => taken(plan, receipt),
        Outcome::Refused(refusal) => cancel(Failure::refused(network, refusal)),
        Outcome::NotSent(_) => cancel(Failure::unavailable(network)),
        Outcome::Blocked(_) | Outcome::Unknown(_) => wait(),
    }
}

/// The money is taken from the card that pays.
fn taken(plan: Plan, receipt: &Receipt) -> Progress {
    match plan {
        Plan::Debit | Plan::Within { .. } => done(Status::Succeeded, receipt),
        Plan::Across => Progress {
            request: State::Approved,
            next: Next::Credit(receipt.clone()),
        },
    }
}

/// An unknown credit is resolved before any reversal: reversing early would make money.
fn after_credit(network: Network, outcome: &Outcome) -> Progress {
    let give_back = |failure| Progress {
        request: State::Declined,
        next: Next::Undo(failure),
    };
    match outcome {
        // HUMO's `SOAP_TOCARD_2` credits at once, in whatever words.
        Outcome::Approved(receipt) | Outcome::Blocked(receipt) => done(Status::Succeeded, receipt),
        Outcome::Refused(refusal) => give_back(Failure::refused(network, refusal)),
        Outcome::NotSent(_) => give_back(Failure::unavailable(network)),
        Outcome::Unknown(_) => wait(),
    }
}

/// A cancelled sale, or a debit given back: the answer is the error that made it necessary; the transaction keeps it
/// until then.
fn declined_by_undoing(outcome: &Outcome) -> Progress {
    match outcome {
        Outcome::Approved(receipt) => done(Status::Declined, receipt),
        // The money may still be blocked or taken. The request stays unsettled, so that recovery asks the network, and
        // undoes it again.
        Outcome::Refused(_) | Outcome::NotSent(_) | Outcome::Blocked(_) | Outcome::Unknown(_) => {
            wait()
        }
    }
}

/// A hold that the network has ended by itself has ended all the same. HUMO refuses to cancel such a one as it would any
/// other; so where it stands is asked, not guessed, or its release would be tried for ever.
fn after_expire(network: Network, hold: &Receipt, outcome: &Outcome) -> Progress {
    match outcome {
        Outcome::Refused(refusal) if refusal.gone => Progress {
            request: State::Declined,
            next: Next::Done(Status::Expired, hold.clone()),
        },
        Outcome::Refused(_) => wait(),
        Outcome::Approved(_) | Outcome::Blocked(_) | Outcome::NotSent(_) | Outcome::Unknown(_) => {
            undo(network, Status::Expired, Status::Held, outcome)
        }
    }
}

/// A release or a reversal: done, or the transaction is again what it was.
fn undo(network: Network, undone: Status, before: Status, outcome: &Outcome) -> Progress {
    match outcome {
        Outcome::Approved(receipt) => done(undone, receipt),
        Outcome::Refused(refusal) => failed(
            before,
            Failure::refused_as(ErrorCode::CancelFailed, network, refusal)
                .because("refused_by_network"),
        ),
        Outcome::NotSent(_) => failed(before, Failure::unavailable(network)),
        Outcome::Blocked(_) | Outcome::Unknown(_) => wait(),
    }
}

fn done(status: Status, receipt: &Receipt) -> Progress {
    Progress {
        request: State::Approved,
        next: Next::Done(status, receipt.clone()),
    }
}

fn failed(status: Status, failure: Failure) -> Progress {
    Progress {
        request: State::Declined,
        next: Next::Failed(status, failure),
    }
}

fn wait() -> Progress {
    Progress {
        request: State::Unknown,
        next: Next::Wait,
    }
}

impl Call {
    /// The action that its row records, unless the end of a hold's time makes a release an [`Action::Expire`].
    pub fn action(&self) -> Action {
        match self {
            Self::Pay { .. } => Action::Pay,
            Self::Confirm { .. } => Action::Confirm,
            Self::Cancel { .. } => Action::Cancel,
            Self::Hold { .. } => Action::Hold,
            Self::Capture { .. } => Action::Capture,
            Self::Release { .. } => Action::Release,
            Self::Reverse { .. } => Action::Reverse,
            Self::P2p { .. } => Action::P2p,
            Self::Credit { .. } => Action::Credit,
        }
    }

    /// What it moves, frees or gives back.
    pub fn amount(&self) -> Amount {
        match self {
            Self::Pay { amount, .. }
            | Self::Confirm { amount, .. }
            | Self::Cancel { amount, .. }
            | Self::Hold { amount, .. }
            | Self::Capture { amount, .. }
            | Self::Release { amount, .. }
            | Self::Reverse { amount, .. }
            | Self::P2p { amount, .. }
            | Self::Credit { amount, .. } => *amount,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use rpc_schema::values::{Amount, Expiry, Pan};

    use super::*;
    use crate::processing::{CardAccess, CreditSender, Doubt, Reference, Refusal, Terminal};

    /// What is known of a payment or hold before the call, and what the network answers.
    pub(in crate::domain) fn receipt(word: &str) -> Receipt {
        Receipt::of(&Reference(word.to_owned()))
    }

    /// The fee that was quoted.
    pub(in crate::domain) const FEE: i64 = 25;

    const PLANS: [Plan; 3] = [Plan::Debit, Plan::Within { fee: FEE }, Plan::Across];

    /// Every call, each with the action that its row records.
    fn calls() -> [(Action, Call); 10] {
        let card = || CardAccess {
            pan: Pan::parse("8600010132441332").unwrap(),
            expiry: Expiry::from_yymm("3012").unwrap(),
            network_token: None,
        };
        let recipient = || Pan::parse("9860190101578366").unwrap();
        let terminal = || Terminal {
            merchant_id: "90001".to_owned(),
            terminal_id: "92400001".to_owned(),
        };
        let amount = Amount::new(500).unwrap();
        let reference = || Reference("new".to_owned());
        let before = || receipt("before");
        let release = || Call::Release {
            hold: before(),
            amount,
            terminal: terminal(),
        };
        [
            (
                Action::Pay,
                Call::Pay {
                    card: card(),
                    amount,
                    terminal: terminal(),
                    reference: reference(),
                },
            ),
            (
                Action::Confirm,
                Call::Confirm {
                    payment: before(),
                    amount,
                },
            ),
            (
                Action::Cancel,
                Call::Cancel {
                    payment: before(),
                    amount,
                },
            ),
            (
                Action::Hold,
                Call::Hold {
                    card: card(),
                    amount,
                    terminal: terminal(),
                    reference: reference(),
                },
            ),
            (
                Action::Capture,
                Call::Capture {
                    hold: before(),
                    amount,
                    terminal: terminal(),
                    reference: reference(),
                },
            ),
            (Action::Release, release()),
            (Action::Expire, release()),
            (
                Action::Reverse,
                Call::Reverse {
                    payment: before(),
                    amount,
                    terminal: terminal(),
                },
            ),
            (
                Action::P2p,
                Call::P2p {
                    sender: card(),
                    recipient: recipient(),
                    amount,
                    fee: FEE,
                    terminal: terminal(),
                    reference: reference(),
                },
            ),
            (
                Action::Credit,
                Call::Credit {
                    recipient: recipient(),
                    amount,
                    terminal: terminal(),
                    reference: reference(),
                    sender: CreditSender {
                        network: Network::Uzcard,
                        card: "860001*****1332".to_owned(),
                        debit_reference: "000000000001".to_owned(),
                    },
                },
            ),
        ]
    }

    pub(in crate::domain) fn call_of(action: Action) -> Call {
        let found = calls().into_iter().find(|(known, _)| *known == action);
        found.unwrap().1
    }

    pub(in crate::domain) fn refusal(gone: bool) -> Refusal {
        Refusal {
            code: ErrorCode::CardBlocked,
            processing_code: "104".to_owned(),
            gone,
        }
    }

    /// The network's answer names the quoted fee.
    fn answered() -> Receipt {
        Receipt {
            fee: Some(FEE),
            ..receipt("answered")
        }
    }

    fn outcomes() -> [Outcome; 6] {
        [
            Outcome::Approved(answered()),
            Outcome::Blocked(answered()),
            Outcome::Refused(refusal(false)),
            Outcome::Refused(refusal(true)),
            Outcome::NotSent("no connection".to_owned()),
            Outcome::Unknown(Doubt {
                cause: "no answer".to_owned(),
                processing_code: None,
            }),
        ]
    }

    /// A cell of the table.
    #[derive(Debug, Clone, Copy)]
    enum Cell {
        /// Carried out: the status, with the network's receipt.
        Done(Status),
        /// Refused, though the status is reached: with the receipt from before.
        Gone(Status),
        /// The refusal with its mapped code, and the status.
        Refused(Status),
        /// -32330, and the status.
        NotUndone(Status),
        /// -32338 or -32339, and the status.
        NotSent(Status),
        /// The second call of a sale follows.
        Confirm,
        /// The sale is cancelled for the network's refusal, or for want of a connection.
        CancelRefused,
        CancelNotSent,
        /// The recipient is credited.
        Credit,
        /// The sender's debit is given back for the refusal of the credit, or for want of a connection.
        UndoRefused,
        UndoNotSent,
        /// Nobody knows.
        Wait,
    }

    fn expected(network: Network, cell: Cell) -> Progress {
        let refused = Failure::refused(network, &refusal(false));
        let not_undone = Failure::refused_as(ErrorCode::CancelFailed, network, &refusal(false))
            .because("refused_by_network");
        let unavailable = Failure::unavailable(network);
        let (request, next) = match cell {
            Cell::Done(status) => (State::Approved, Next::Done(status, answered())),
            Cell::Gone(status) => (State::Declined, Next::Done(status, receipt("before"))),
            Cell::Refused(status) => (State::Declined, Next::Failed(status, refused)),
            Cell::NotUndone(status) => (State::Declined, Next::Failed(status, not_undone)),
            Cell::NotSent(status) => (State::Declined, Next::Failed(status, unavailable)),
            Cell::Confirm => (State::Approved, Next::Confirm(answered())),
            Cell::CancelRefused => (State::Declined, Next::Cancel(receipt("before"), refused)),
            Cell::CancelNotSent => (
                State::Declined,
                Next::Cancel(receipt("before"), unavailable),
            ),
            Cell::Credit => (State::Approved, Next::Credit(answered())),
            Cell::UndoRefused => (State::Declined, Next::Undo(refused)),
            Cell::UndoNotSent => (State::Declined, Next::Undo(unavailable)),
            Cell::Wait => (State::Unknown, Next::Wait),
        };
        Progress { request, next }
    }

    #[track_caller]
    fn check(plan: Plan, action: Action, cells: [Cell; 6]) {
        let call = call_of(action);
        for network in [Network::Uzcard, Network::Humo] {
            for (outcome, cell) in outcomes().into_iter().zip(cells) {
                assert_eq!(
                    after(network, plan, action, &call, &outcome),
                    expected(network, cell),
                    "{network:?} {plan:?} {action:?} {outcome:?}"
                );
            }
        }
    }

    #[test]
    fn every_call_of_a_debit_or_hold_with_every_outcome() {
        use Cell::{
            CancelNotSent, CancelRefused, Confirm, Done, Gone, NotSent, NotUndone, Refused, Wait,
        };
        use Status::{Cancelled, Declined, Expired, Held, Reversed, Succeeded};
        // Approved, blocked, refused, refused as gone, not sent, unknown.
        #[rustfmt::skip] // A row a call.
        let table = [
            (Action::Pay, [Done(Succeeded), Confirm, Refused(Declined), Refused(Declined), NotSent(Declined), Wait]),
            (Action::Confirm, [Done(Succeeded), Wait, CancelRefused, CancelRefused, CancelNotSent, Wait]),
            (Action::Cancel, [Done(Declined), Wait, Wait, Wait, Wait, Wait]),
            (Action::Hold, [Done(Held), Wait, Refused(Declined), Refused(Declined), NotSent(Declined), Wait]),
            (Action::Capture, [Done(Succeeded), Wait, Refused(Held), Refused(Expired), NotSent(Held), Wait]),
            (Action::Release, [Done(Cancelled), Wait, NotUndone(Held), NotUndone(Held), NotSent(Held), Wait]),
            (Action::Expire, [Done(Expired), Wait, Wait, Gone(Expired), NotSent(Held), Wait]),
            (Action::Reverse, [Done(Reversed), Wait, NotUndone(Succeeded), NotUndone(Succeeded), NotSent(Succeeded), Wait]),
        ];
        for (action, cells) in table {
            check(Plan::Debit, action, cells);
        }
    }

    #[test]
    fn every_call_of_a_transfer_with_every_outcome() {
        use Cell::{
            CancelNotSent, CancelRefused, Confirm, Credit, Done, NotSent, Refused, UndoNotSent,
            UndoRefused, Wait,
        };
        use Status::{Declined, Succeeded};
        let [_, within, across] = PLANS;
        // Approved, blocked, refused, refused as gone, not sent, unknown.
        #[rustfmt::skip] // A row a call.
        let table = [
            (within, Action::P2p, [Done(Succeeded), Confirm, Refused(Declined), Refused(Declined), NotSent(Declined), Wait]),
            (within, Action::Confirm, [Done(Succeeded), Wait, CancelRefused, CancelRefused, CancelNotSent, Wait]),
            (within, Action::Cancel, [Done(Declined), Wait, Wait, Wait, Wait, Wait]),
            (across, Action::Pay, [Credit, Confirm, Refused(Declined), Refused(Declined), NotSent(Declined), Wait]),
            (across, Action::Confirm, [Credit, Wait, CancelRefused, CancelRefused, CancelNotSent, Wait]),
            (across, Action::Cancel, [Done(Declined), Wait, Wait, Wait, Wait, Wait]),
            // HUMO's credit is final in whatever words, and an unknown one is never reversed.
            (across, Action::Credit, [Done(Succeeded), Done(Succeeded), UndoRefused, UndoRefused, UndoNotSent, Wait]),
            // Never back to what it was: a debit that cannot be given back is kept until it can.
            (across, Action::Reverse, [Done(Declined), Wait, Wait, Wait, Wait, Wait]),
        ];
        for (plan, action, cells) in table {
            check(plan, action, cells);
        }
    }

    #[test]
    fn a_fee_other_than_the_quoted_one_is_not_taken() {
        let call = call_of(Action::P2p);
        for fee in [None, Some(0), Some(FEE - 1), Some(FEE + 1)] {
            let blocked = Receipt { fee, ..answered() };
            let differs = Failure::new(ErrorCode::ProcessingSystemError).because("fee_differs");
            assert_eq!(
                after(
                    Network::Humo,
                    Plan::Within { fee: FEE },
                    Action::P2p,
                    &call,
                    &Outcome::Blocked(blocked.clone())
                ),
                Progress {
                    request: State::Approved,
                    next: Next::Cancel(blocked, differs),
                },
                "{fee:?}"
            );
        }
    }

    #[test]
    fn a_row_records_its_calls_action() {
        for (action, call) in calls() {
            // The end of a hold is a release that the gateway asks for.
            let expected = if action == Action::Expire {
                Action::Release
            } else {
                action
            };
            assert_eq!(call.action(), expected);
        }
    }

    #[test]
    fn every_call_names_its_amount() {
        for (action, call) in calls() {
            assert_eq!(call.amount(), Amount::new(500).unwrap(), "{action:?}");
        }
    }
}
