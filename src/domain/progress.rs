//! What follows from the outcome of a call: the rules of money (design sections 3 and 4) as one table, without I/O.

use entity::processing_request::{Action, State};
use entity::transaction::Status;
use rpc_schema::errors::ErrorCode;
use rpc_schema::values::Network;

use crate::domain::failure::Failure;
use crate::processing::{Call, Outcome, Receipt};

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
    /// The outcome is not known: the transaction stays as it is until recovery finds out.
    Wait,
}

/// The rule for each call and outcome.
pub fn after(network: Network, action: Action, call: &Call, outcome: &Outcome) -> Progress {
    match call {
        Call::Pay { .. } => after_pay(network, outcome),
        Call::Confirm { payment, .. } => after_confirm(network, payment, outcome),
        Call::Cancel { .. } => after_cancel(outcome),
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
        Call::Reverse { .. } => undo(network, Status::Reversed, Status::Succeeded, outcome),
    }
}

fn after_pay(network: Network, outcome: &Outcome) -> Progress {
    match outcome {
        Outcome::Approved(receipt) => done(Status::Succeeded, receipt),
        Outcome::Blocked(receipt) => Progress {
            request: State::Approved,
            next: Next::Confirm(receipt.clone()),
        },
        Outcome::Refused(refusal) => failed(Status::Declined, Failure::refused(network, refusal)),
        Outcome::NotSent(_) => failed(Status::Declined, Failure::unavailable(network)),
        Outcome::Unknown(_) => wait(),
    }
}

fn after_confirm(network: Network, payment: &Receipt, outcome: &Outcome) -> Progress {
    let cancel = |failure| Progress {
        request: State::Declined,
        next: Next::Cancel(payment.clone(), failure),
    };
    match outcome {
        Outcome::Approved(receipt) => done(Status::Succeeded, receipt),
        Outcome::Refused(refusal) => cancel(Failure::refused(network, refusal)),
        Outcome::NotSent(_) => cancel(Failure::unavailable(network)),
        Outcome::Blocked(_) | Outcome::Unknown(_) => wait(),
    }
}

/// The error that a cancel answers is the one that made it necessary; the transaction keeps it until then.
fn after_cancel(outcome: &Outcome) -> Progress {
    match outcome {
        Outcome::Approved(receipt) => done(Status::Declined, receipt),
        // The money may still be blocked. The request stays unsettled, so that recovery asks HUMO and cancels again.
        Outcome::Refused(_) | Outcome::NotSent(_) | Outcome::Blocked(_) | Outcome::Unknown(_) => {
            wait()
        }
    }
}

/// A hold that the network has ended by itself has ended all the same.
fn after_expire(network: Network, hold: &Receipt, outcome: &Outcome) -> Progress {
    match outcome {
        Outcome::Refused(refusal) if refusal.gone => Progress {
            request: State::Declined,
            next: Next::Done(Status::Expired, hold.clone()),
        },
        Outcome::Approved(_)
        | Outcome::Blocked(_)
        | Outcome::Refused(_)
        | Outcome::NotSent(_)
        | Outcome::Unknown(_) => undo(network, Status::Expired, Status::Held, outcome),
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
        }
    }
}

#[cfg(test)]
mod tests {
    use rpc_schema::values::{Amount, Expiry, Pan};

    use super::*;
    use crate::processing::{CardAccess, Doubt, Reference, Refusal, Terminal};

    /// What is known of a payment or hold before the call, and what the network answers.
    fn receipt(word: &str) -> Receipt {
        Receipt::of(&Reference(word.to_owned()))
    }

    /// Every call, each with the action that its row records.
    fn calls() -> [(Action, Call); 8] {
        let card = || CardAccess {
            pan: Pan::parse("8600010132441332").unwrap(),
            expiry: Expiry::from_yymm("3012").unwrap(),
            network_token: None,
        };
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
            (Action::Cancel, Call::Cancel { payment: before() }),
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
        ]
    }

    fn refusal(gone: bool) -> Refusal {
        Refusal {
            code: ErrorCode::CardBlocked,
            processing_code: "104".to_owned(),
            gone,
        }
    }

    fn outcomes() -> [Outcome; 6] {
        [
            Outcome::Approved(receipt("answered")),
            Outcome::Blocked(receipt("answered")),
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
        /// Nobody knows.
        Wait,
    }

    fn expected(network: Network, cell: Cell) -> Progress {
        let refused = Failure::refused(network, &refusal(false));
        let not_undone = Failure::refused_as(ErrorCode::CancelFailed, network, &refusal(false))
            .because("refused_by_network");
        let unavailable = Failure::unavailable(network);
        let (request, next) = match cell {
            Cell::Done(status) => (State::Approved, Next::Done(status, receipt("answered"))),
            Cell::Gone(status) => (State::Declined, Next::Done(status, receipt("before"))),
            Cell::Refused(status) => (State::Declined, Next::Failed(status, refused)),
            Cell::NotUndone(status) => (State::Declined, Next::Failed(status, not_undone)),
            Cell::NotSent(status) => (State::Declined, Next::Failed(status, unavailable)),
            Cell::Confirm => (State::Approved, Next::Confirm(receipt("answered"))),
            Cell::CancelRefused => (State::Declined, Next::Cancel(receipt("before"), refused)),
            Cell::CancelNotSent => (
                State::Declined,
                Next::Cancel(receipt("before"), unavailable),
            ),
            Cell::Wait => (State::Unknown, Next::Wait),
        };
        Progress { request, next }
    }

    #[test]
    fn every_call_with_every_outcome() {
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
            (Action::Expire, [Done(Expired), Wait, NotUndone(Held), Gone(Expired), NotSent(Held), Wait]),
            (Action::Reverse, [Done(Reversed), Wait, NotUndone(Succeeded), NotUndone(Succeeded), NotSent(Succeeded), Wait]),
        ];
        for network in [Network::Uzcard, Network::Humo] {
            for ((action, call), (row, cells)) in calls().into_iter().zip(table) {
                assert_eq!(action, row);
                for (outcome, cell) in outcomes().into_iter().zip(cells) {
                    let progress = after(network, action, &call, &outcome);
                    assert_eq!(
                        progress,
                        expected(network, cell),
                        "{network:?} {action:?} {outcome:?}"
                    );
                }
            }
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
}
