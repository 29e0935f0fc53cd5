//! `PaymentServer` (docs/networks.md#paymentserver). A sale, a hold or a transfer is created, which blocks the money,
//! and then confirmed, which takes it. A credit only needs the create. Confirming it credits the card again: a trap of
//! the real network.
//!
//! Where nothing is known, the sandbox decides:
//!
//! - A second create with the same `paymentRef` gets 913.
//! - Confirming, cancelling or returning a payment in the wrong state gets 902, an unknown payment 914.
//! - `GetPayment` of an unknown payment has the status `none`.
//! - `GetPaymentList` has those in one status that were created in a period, by places in the list; behind the last there is none.
//! - Blocked money stays blocked until it is confirmed or cancelled.
//! - A credit can be neither cancelled nor returned: 902.
//! - Returning a transfer gives the fee back too. If the recipient has spent the money, it gets 116.

use hyper::StatusCode;

use super::{
    details::details,
    payments::{
        ACTION_CONFIRM, ACTION_FINISHED, account_of, find, find_in, find_payer, ledger_entry,
        names, refuse_used_ref, response,
    },
    reconciliation,
    refusal::{self, Refusal},
    request::{NewPayment, PaymentKey, PaymentList, PaymentRequest},
    soap::{envelope, tag},
    transfers::{create_credit, create_transfer, transfer_of},
};
use crate::{
    faults::{Fault, Operation},
    http::{NetworkRequest, Reply, XML},
    money::{Posting, credit},
    network::Network,
    records::{Action, Biller, Payment, PaymentState},
    simulator::Simulator,
    state::Change,
};

impl NetworkRequest for PaymentRequest {
    const NETWORK: Network = Network::Humo;

    fn operation(&self, simulator: &Simulator) -> Operation {
        match self {
            Self::Create(create) if create.biller == Biller::Hold => Operation::Hold,
            Self::Create(_) => Operation::Pay,
            Self::Transfer(_) => Operation::P2p,
            Self::Credit(_) => Operation::Credit,
            Self::Reconcile(_) => Operation::Reconcile,
            Self::Confirm { key, .. } => simulator.read(|state| match find(state, key) {
                Ok(Payment {
                    biller: Biller::Hold,
                    ..
                }) => Operation::Capture,
                Ok(Payment {
                    biller:
                        Biller::Sale | Biller::Transfer | Biller::Credit | Biller::Reconciliation,
                    ..
                })
                | Err(_) => Operation::Confirm,
            }),
            Self::Cancel(_) => Operation::Release,
            Self::Return(_) => Operation::Reverse,
            Self::Get(_) | Self::List(_) => Operation::Lookup,
        }
    }

    fn card_fault(&self, simulator: &Simulator) -> Option<Fault> {
        let fault_of =
            |pan: &str| simulator.read(|state| state.card(pan)?.profile.outcome.transport_fault());
        match self {
            Self::Create(create) => fault_of(&create.pan),
            Self::Transfer(transfer) => {
                fault_of(&transfer.pan).or_else(|| fault_of(&transfer.recipient))
            }
            Self::Credit(credit) => fault_of(&credit.recipient),
            Self::Reconcile(_)
            | Self::Confirm { .. }
            | Self::Cancel(_)
            | Self::Return(_)
            | Self::Get(_)
            | Self::List(_) => None,
        }
    }

    fn execute(self, simulator: &Simulator) -> Reply {
        let body = match self {
            Self::Create(create) => create_payment(simulator, create),
            Self::Transfer(transfer) => create_transfer(simulator, transfer),
            Self::Credit(credit) => create_credit(simulator, credit),
            Self::Reconcile(new) => reconciliation::create(simulator, new),
            Self::Confirm { key, amount } => confirm_payment(simulator, &key, amount),
            Self::Cancel(key) => cancel_payment(simulator, &key),
            Self::Return(key) => return_payment(simulator, &key),
            Self::Get(key) => Ok(get_payment(simulator, &key)),
            Self::List(list) => Ok(get_payment_list(simulator, &list)),
        };
        match body {
            Ok(body) => Reply::new(StatusCode::OK, XML, envelope(&body)),
            Err(refusal) => refusal.reply(),
        }
    }

    fn answer_with(&self, code: i64) -> Reply {
        refusal::reply(code, "Refused by the sandbox")
    }

    fn keep_refused(&self, _: &Simulator, _: i64) {}
}

/// A refused create leaves nothing behind: its `paymentRef` can be used again.
fn create_payment(simulator: &Simulator, new: NewPayment) -> Result<String, Refusal> {
    simulator.change(|state, now| {
        refuse_used_ref(state, &new.payment_ref)?;
        let card = find_payer(state, &new.pan, &new.expiry)?;
        let account = card.account.block(new.amount)?;
        let id = state.next_id();
        let payment = Payment {
            id,
            payment_ref: new.payment_ref,
            biller: new.biller,
            pan: new.pan,
            recipient: None,
            amount: new.amount,
            fee: 0,
            taken: None,
            items: new.items,
            at: now,
            state: PaymentState::Active,
        };
        let ledger = if payment.biller == Biller::Hold {
            vec![ledger_entry(&payment, Action::Hold, payment.amount, now)]
        } else {
            // A sale enters the ledger at its confirmation.
            Vec::new()
        };
        let body = response(&payment, ACTION_CONFIRM);
        let accounts = vec![account];
        Ok((
            Change {
                next_id: Some(id + 1),
                accounts,
                payments: vec![payment],
                ledger,
                ..Change::default()
            },
            body,
        ))
    })
}

fn confirm_payment(
    simulator: &Simulator,
    key: &PaymentKey,
    amount: Option<i64>,
) -> Result<String, Refusal> {
    simulator.change(|state, now| {
        let payment = find_in(state, key, PaymentState::Active)?;
        if payment.biller == Biller::Reconciliation {
            let (payment, body) = reconciliation::confirm(state, payment);
            let payments = vec![payment];
            let change = Change {
                payments,
                ..Change::default()
            };
            return Ok((change, body));
        }
        let taken = amount.unwrap_or(payment.amount);
        let in_full = taken == payment.amount;
        let account = account_of(state, &payment.pan)?;
        let (action, moved) = match payment.biller {
            Biller::Sale | Biller::Transfer | Biller::Credit if !in_full => {
                return Err(Refusal::Validation("Only a SOAP_DMS is confirmed in part"));
            }
            Biller::Hold if taken > payment.amount => return Err(Refusal::InvalidAmount),
            Biller::Sale => (
                Action::Pay,
                account.settle(payment.amount, taken).map(Posting::from),
            ),
            Biller::Hold => (
                Action::Capture,
                account.settle(payment.amount, taken).map(Posting::from),
            ),
            Biller::Transfer => (
                Action::P2p,
                transfer_of(state, payment)?.execute_blocked(state.books()),
            ),
            // Confirmed above.
            Biller::Reconciliation => return Err(Refusal::InvalidTransaction),
            // The trap: this credits the card a second time.
            Biller::Credit => (Action::Credit, credit(account, taken, state.books())),
        };
        let Posting { accounts, books } = moved.map_err(|_| Refusal::Malfunction)?;
        let payment = Payment {
            state: PaymentState::Finished,
            taken: Some(taken),
            ..payment.clone()
        };
        let body = response(&payment, ACTION_FINISHED);
        let ledger = vec![ledger_entry(&payment, action, taken, now)];
        Ok((
            Change {
                accounts,
                books,
                payments: vec![payment],
                ledger,
                ..Change::default()
            },
            body,
        ))
    })
}

fn cancel_payment(simulator: &Simulator, key: &PaymentKey) -> Result<String, Refusal> {
    simulator.change(|state, now| {
        let payment = find_in(state, key, PaymentState::Active)?;
        let account = match payment.biller {
            Biller::Sale | Biller::Hold => {
                account_of(state, &payment.pan)?.settle(payment.amount, 0)
            }
            Biller::Transfer => transfer_of(state, payment)?.unblock(),
            Biller::Credit | Biller::Reconciliation => return Err(Refusal::InvalidTransaction),
        };
        let account = account.map_err(|_| Refusal::Malfunction)?;
        let payment = Payment {
            state: PaymentState::Cancelled,
            ..payment.clone()
        };
        let ledger = if payment.biller == Biller::Hold {
            vec![ledger_entry(&payment, Action::Release, payment.amount, now)]
        } else {
            Vec::new()
        };
        let body = "<ebppif1:CancelRequestResponse></ebppif1:CancelRequestResponse>".to_owned();
        Ok((
            Change {
                accounts: vec![account],
                payments: vec![payment],
                ledger,
                ..Change::default()
            },
            body,
        ))
    })
}

/// Returns the full amount: no client was seen to return a part (docs/networks.md#paymentserver).
fn return_payment(simulator: &Simulator, key: &PaymentKey) -> Result<String, Refusal> {
    simulator.change(|state, now| {
        let payment = find_in(state, key, PaymentState::Finished)?;
        let taken = payment.taken.unwrap_or(payment.amount);
        let Posting { accounts, books } = match payment.biller {
            Biller::Sale | Biller::Hold => account_of(state, &payment.pan)?
                .give_back(taken)
                .map_err(|_| Refusal::Malfunction)?
                .into(),
            Biller::Transfer => transfer_of(state, payment)?.undo(state.books())?,
            Biller::Credit | Biller::Reconciliation => return Err(Refusal::InvalidTransaction),
        };
        let payment = Payment {
            state: PaymentState::Returned,
            ..payment.clone()
        };
        let ledger = vec![ledger_entry(&payment, Action::Reverse, taken, now)];
        let body = "<ebppif1:ReturnPaymentResponse></ebppif1:ReturnPaymentResponse>".to_owned();
        Ok((
            Change {
                accounts,
                books,
                payments: vec![payment],
                ledger,
                ..Change::default()
            },
            body,
        ))
    })
}

fn get_payment(simulator: &Simulator, key: &PaymentKey) -> String {
    let content = simulator.read(|state| match find(state, key) {
        Ok(payment) => told(payment),
        // As in the emulator that is one of the sources.
        Err(_) => {
            let asked = key.payment_ref.as_deref().unwrap_or("");
            [
                tag("paymentRef", asked),
                tag("status", "none"),
                "<details></details>".to_owned(),
            ]
            .concat()
        }
    });
    format!("<ebppif1:GetPaymentResponse>{content}</ebppif1:GetPaymentResponse>")
}

fn told(payment: &Payment) -> String {
    let status = tag("status", payment.state.status());
    [names(payment), status, details(payment)].concat()
}

/// By the time of their creation. The names of its elements are the sandbox's own, and so is that all originators have one list.
fn get_payment_list(simulator: &Simulator, list: &PaymentList) -> String {
    let (from, until) = list.period;
    let payments: String = simulator.read(|state| {
        state
            .payments()
            .filter(|payment| payment.state == list.state && (from..until).contains(&payment.at))
            .skip(list.first)
            .take(list.size)
            .map(|payment| format!("<payment>{}</payment>", told(payment)))
            .collect()
    });
    format!(
        "<ebppif1:GetPaymentListResponse><payments>{payments}</payments></ebppif1:GetPaymentListResponse>"
    )
}
