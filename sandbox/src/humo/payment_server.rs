//! `PaymentServer` (section 2.2): a sale, a hold or a transfer is created, which blocks the money, and confirmed, which
//! takes it. A credit is created and that is all: to confirm it credits again, which is a trap of the real network's.
//!
//! Where the notes are silent: a second create with the same `paymentRef` gets 913; confirming, cancelling or returning
//! a payment that is not in a state for it gets 902, one that is unknown 914; `GetPayment` of an unknown payment answers
//! the status `none`; blocked money stays blocked until it is confirmed or cancelled. A credit is neither cancelled nor
//! returned: 902. A returned transfer gives the fee back too, unless the recipient has spent the money: 116.

use hyper::StatusCode;

use super::{
    details::details,
    fault::{self, Fault},
    request::{Call, Create, Which},
    soap::{envelope, tag},
    transfers::{run_credit, run_transfer, transfer_of},
};
use crate::{
    cards::CARD_EXPIRY_YYMM,
    faults::{Operation, Script},
    http::{Exchange, Reply, XML},
    money::{Account, Moved, credit},
    network::Network,
    records::{Action, Biller, Execution, Payment, PaymentState},
    state::{Card, Change, Data},
    world::World,
};

/// Created, waits for its confirmation.
pub(super) const ACTION_CONFIRM: &str = "4";
const ACTION_FINISHED: &str = "10";

impl Exchange for Call {
    const NETWORK: Network = Network::Humo;

    fn operation(&self, world: &World) -> Operation {
        match self {
            Self::Create(create) if create.biller == Biller::Hold => Operation::Hold,
            Self::Create(_) => Operation::Pay,
            Self::Transfer(_) => Operation::P2p,
            Self::Credit(_) => Operation::Credit,
            Self::Confirm { which, .. } => world.read(|data| match find(data, which) {
                Ok(Payment {
                    biller: Biller::Hold,
                    ..
                }) => Operation::Capture,
                Ok(Payment {
                    biller: Biller::Sale | Biller::Transfer | Biller::Credit,
                    ..
                })
                | Err(_) => Operation::Confirm,
            }),
            Self::Cancel(_) => Operation::Release,
            Self::Return(_) => Operation::Reverse,
            Self::Get(_) => Operation::Lookup,
        }
    }

    fn habit(&self, world: &World) -> Option<Script> {
        let habit_of = |pan: &str| world.read(|data| data.card(pan)?.sheet.outcome.habit());
        match self {
            Self::Create(create) => habit_of(&create.pan),
            Self::Transfer(transfer) => {
                habit_of(&transfer.pan).or_else(|| habit_of(&transfer.recipient))
            }
            Self::Credit(credit) => habit_of(&credit.recipient),
            Self::Confirm { .. } | Self::Cancel(_) | Self::Return(_) | Self::Get(_) => None,
        }
    }

    fn run(self, world: &World) -> Reply {
        let body = match self {
            Self::Create(create) => run_create(world, create),
            Self::Transfer(transfer) => run_transfer(world, transfer),
            Self::Credit(credit) => run_credit(world, credit),
            Self::Confirm { which, amount } => run_confirm(world, &which, amount),
            Self::Cancel(which) => run_cancel(world, &which),
            Self::Return(which) => run_return(world, &which),
            Self::Get(which) => Ok(run_get(world, &which)),
        };
        match body {
            Ok(body) => Reply::new(StatusCode::OK, XML, envelope(&body)),
            Err(fault) => fault.reply(),
        }
    }

    fn refuse(self, code: i64) -> Reply {
        fault::reply(code, "Refused by the sandbox")
    }
}

fn find<'a>(data: &'a Data, which: &Which) -> Result<&'a Payment, Fault> {
    let payment = match (which.id, &which.payment_ref) {
        (Some(id), _) => data.payment(id),
        (None, Some(payment_ref)) => data.payment_by_ref(payment_ref),
        (None, None) => None,
    };
    let payment = payment.ok_or(Fault::OriginalNotFound)?;
    if which
        .payment_ref
        .as_ref()
        .is_some_and(|payment_ref| *payment_ref != payment.payment_ref)
    {
        return Err(Fault::Validation(
            "paymentID and paymentRef are of different payments",
        ));
    }
    Ok(payment)
}

/// The payment, if it is in the state that the operation starts from.
fn find_in<'a>(data: &'a Data, which: &Which, state: PaymentState) -> Result<&'a Payment, Fault> {
    find(data, which).and_then(|payment| {
        if payment.state == state {
            Ok(payment)
        } else {
            Err(Fault::InvalidTransaction)
        }
    })
}

/// A refused create leaves nothing behind: its `paymentRef` is free.
fn run_create(world: &World, create: Create) -> Result<String, Fault> {
    world.change(|data, now| {
        refuse_used_ref(data, &create.payment_ref)?;
        let card = find_payer(data, &create.pan, &create.expiry)?;
        let account = card.account.block(create.amount)?;
        let id = data.next_id();
        let payment = Payment {
            id,
            payment_ref: create.payment_ref,
            biller: create.biller,
            pan: create.pan,
            recipient: None,
            amount: create.amount,
            fee: 0,
            taken: None,
            items: create.items,
            at: now,
            state: PaymentState::Active,
        };
        let ledger = if payment.biller == Biller::Hold {
            vec![execution(&payment, Action::Hold, payment.amount, now)]
        } else {
            // Not before its confirmation.
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

fn run_confirm(world: &World, which: &Which, amount: Option<i64>) -> Result<String, Fault> {
    world.change(|data, now| {
        let payment = find_in(data, which, PaymentState::Active)?;
        let taken = amount.unwrap_or(payment.amount);
        let in_full = taken == payment.amount;
        let account = account_of(data, &payment.pan)?;
        let (action, moved) = match payment.biller {
            Biller::Sale | Biller::Transfer | Biller::Credit if !in_full => {
                return Err(Fault::Validation("Only a SOAP_DMS is confirmed in part"));
            }
            Biller::Hold if taken > payment.amount => return Err(Fault::InvalidAmount),
            Biller::Sale => (
                Action::Pay,
                account.settle(payment.amount, taken).map(Moved::from),
            ),
            Biller::Hold => (
                Action::Capture,
                account.settle(payment.amount, taken).map(Moved::from),
            ),
            Biller::Transfer => (
                Action::P2p,
                transfer_of(data, payment)?.execute_blocked(data.books()),
            ),
            // The trap.
            Biller::Credit => (Action::Credit, credit(account, taken, data.books())),
        };
        let Moved { accounts, books } = moved.map_err(|_| Fault::Malfunction)?;
        let payment = Payment {
            state: PaymentState::Finished,
            taken: Some(taken),
            ..payment.clone()
        };
        let body = response(&payment, ACTION_FINISHED);
        let ledger = vec![execution(&payment, action, taken, now)];
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

fn run_cancel(world: &World, which: &Which) -> Result<String, Fault> {
    world.change(|data, now| {
        let payment = find_in(data, which, PaymentState::Active)?;
        let account = match payment.biller {
            Biller::Sale | Biller::Hold => {
                account_of(data, &payment.pan)?.settle(payment.amount, 0)
            }
            Biller::Transfer => transfer_of(data, payment)?.unblock(),
            Biller::Credit => return Err(Fault::InvalidTransaction),
        };
        let account = account.map_err(|_| Fault::Malfunction)?;
        let payment = Payment {
            state: PaymentState::Cancelled,
            ..payment.clone()
        };
        let ledger = if payment.biller == Biller::Hold {
            vec![execution(&payment, Action::Release, payment.amount, now)]
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

/// In full only: no client was seen to return a part (section 2.2).
fn run_return(world: &World, which: &Which) -> Result<String, Fault> {
    world.change(|data, now| {
        let payment = find_in(data, which, PaymentState::Finished)?;
        let taken = payment.taken.unwrap_or(payment.amount);
        let Moved { accounts, books } = match payment.biller {
            Biller::Sale | Biller::Hold => account_of(data, &payment.pan)?
                .give_back(taken)
                .map_err(|_| Fault::Malfunction)?
                .into(),
            Biller::Transfer => transfer_of(data, payment)?.undo(data.books())?,
            Biller::Credit => return Err(Fault::InvalidTransaction),
        };
        let payment = Payment {
            state: PaymentState::Returned,
            ..payment.clone()
        };
        let ledger = vec![execution(&payment, Action::Reverse, taken, now)];
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

fn run_get(world: &World, which: &Which) -> String {
    let content = world.read(|data| match find(data, which) {
        Ok(payment) => {
            let status = match payment.state {
                PaymentState::Active => "active",
                PaymentState::Finished => "finished",
                PaymentState::Returned => "returned",
                PaymentState::Cancelled => "cancelled",
            };
            [names(payment), tag("status", status), details(payment)].concat()
        }
        // As the emulator among the sources does it.
        Err(_) => {
            let asked = which.payment_ref.as_deref().unwrap_or("");
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

pub(super) fn refuse_used_ref(data: &Data, payment_ref: &str) -> Result<(), Fault> {
    if data.payment_by_ref(payment_ref).is_some() {
        Err(Fault::Duplicate)
    } else {
        Ok(())
    }
}

pub(super) fn find_card<'a>(data: &'a Data, pan: &str) -> Result<Card<'a>, Fault> {
    data.card(pan)
        .filter(|card| card.sheet.network == Network::Humo)
        .ok_or(Fault::NoCard)
}

/// The card that is to pay, if nothing is wrong with it but perhaps its money.
pub(super) fn find_payer<'a>(data: &'a Data, pan: &str, expiry: &str) -> Result<Card<'a>, Fault> {
    let card = find_card(data, pan)?;
    if expiry != CARD_EXPIRY_YYMM {
        return Err(Fault::Expired);
    }
    match Fault::of_outcome(card.sheet.outcome) {
        Some(fault) => Err(fault),
        None => Ok(card),
    }
}

pub(super) fn account_of<'a>(data: &'a Data, pan: &str) -> Result<&'a Account, Fault> {
    find_card(data, pan).map(|card| card.account)
}

pub(super) fn execution(payment: &Payment, action: Action, amount: i64, at: i64) -> Execution {
    Execution {
        network: Network::Humo,
        reference: payment.payment_ref.clone(),
        action,
        pan: payment.pan.clone(),
        amount,
        at,
    }
}

pub(super) fn names(payment: &Payment) -> String {
    [
        tag("paymentID", &payment.id.to_string()),
        tag("paymentRef", &payment.payment_ref),
    ]
    .concat()
}

pub(super) fn response(payment: &Payment, action: &str) -> String {
    let content = [names(payment), details(payment), tag("action", action)].concat();
    format!("<ebppif1:PaymentResponse>{content}</ebppif1:PaymentResponse>")
}
