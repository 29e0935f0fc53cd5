//! `PaymentServer` (section 2.2): a sale or a hold is created, which blocks the money, and confirmed, which takes it.
//!
//! Where the notes are silent: a second create with the same `paymentRef` gets 913; confirming, cancelling or returning
//! a payment that is not in a state for it gets 902, one that is unknown 914; `GetPayment` of an unknown payment answers
//! the status `none`; blocked money stays blocked until it is confirmed or cancelled.

use hyper::StatusCode;

use super::{
    details::details,
    fault::{self, Fault},
    request::{Call, Create, Which},
    soap::{envelope, tag},
};
use crate::{
    Network,
    cards::CARD_EXPIRY_YYMM,
    faults::{Operation, Script},
    http::{Exchange, Reply, XML},
    records::{Account, Action, Biller, Execution, Payment, PaymentState},
    state::{Change, Data, World},
};

/// Created, waits for its confirmation.
const ACTION_CONFIRM: &str = "4";
const ACTION_FINISHED: &str = "10";

impl Exchange for Call {
    const NETWORK: Network = Network::Humo;

    fn operation(&self, world: &World) -> Operation {
        match self {
            Self::Create(create) => match create.biller {
                Biller::Sale => Operation::Pay,
                Biller::Hold => Operation::Hold,
            },
            Self::Confirm { which, .. } => world.read(|data| match find(data, which) {
                Ok(Payment {
                    biller: Biller::Hold,
                    ..
                }) => Operation::Capture,
                Ok(Payment {
                    biller: Biller::Sale,
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
        match self {
            Self::Create(create) => {
                world.read(|data| data.card(&create.pan)?.sheet.outcome.habit())
            }
            Self::Confirm { .. } | Self::Cancel(_) | Self::Return(_) | Self::Get(_) => None,
        }
    }

    fn run(self, world: &World) -> Reply {
        let body = match self {
            Self::Create(create) => run_create(world, create),
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
        if data.payment_by_ref(&create.payment_ref).is_some() {
            return Err(Fault::Duplicate);
        }
        let card = data
            .card(&create.pan)
            .filter(|card| card.sheet.network == Network::Humo)
            .ok_or(Fault::NoCard)?;
        if create.expiry != CARD_EXPIRY_YYMM {
            return Err(Fault::Expired);
        }
        if let Some(fault) = Fault::of_outcome(card.sheet.outcome) {
            return Err(fault);
        }
        let account = card.account.block(create.amount)?;
        let id = data.next_id();
        let payment = Payment {
            id,
            payment_ref: create.payment_ref,
            biller: create.biller,
            pan: create.pan,
            amount: create.amount,
            taken: None,
            items: create.items,
            at: now,
            state: PaymentState::Active,
        };
        let ledger = match payment.biller {
            // Not before its confirmation.
            Biller::Sale => Vec::new(),
            Biller::Hold => vec![execution(&payment, Action::Hold, payment.amount, now)],
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
        let action = match payment.biller {
            Biller::Sale if taken != payment.amount => {
                return Err(Fault::Validation("A SOAP_SMS is confirmed in full"));
            }
            Biller::Sale => Action::Pay,
            Biller::Hold if taken > payment.amount => return Err(Fault::InvalidAmount),
            Biller::Hold => Action::Capture,
        };
        let account = account_of(data, payment)?
            .settle(payment.amount, taken)
            .map_err(|_| Fault::Malfunction)?;
        let payment = Payment {
            state: PaymentState::Finished,
            taken: Some(taken),
            ..payment.clone()
        };
        let body = response(&payment, ACTION_FINISHED);
        let ledger = vec![execution(&payment, action, taken, now)];
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

fn run_cancel(world: &World, which: &Which) -> Result<String, Fault> {
    world.change(|data, now| {
        let payment = find_in(data, which, PaymentState::Active)?;
        let account = account_of(data, payment)?
            .settle(payment.amount, 0)
            .map_err(|_| Fault::Malfunction)?;
        let payment = Payment {
            state: PaymentState::Cancelled,
            ..payment.clone()
        };
        let ledger = match payment.biller {
            Biller::Sale => Vec::new(),
            Biller::Hold => vec![execution(&payment, Action::Release, payment.amount, now)],
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
        let account = account_of(data, payment)?
            .give_back(taken)
            .map_err(|_| Fault::Malfunction)?;
        let payment = Payment {
            state: PaymentState::Returned,
            ..payment.clone()
        };
        let ledger = vec![execution(&payment, Action::Reverse, taken, now)];
        let body = "<ebppif1:ReturnPaymentResponse></ebppif1:ReturnPaymentResponse>".to_owned();
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

fn account_of<'a>(data: &'a Data, payment: &Payment) -> Result<&'a Account, Fault> {
    data.card(&payment.pan)
        .map(|card| card.account)
        .ok_or(Fault::NoCard)
}

fn execution(payment: &Payment, action: Action, amount: i64, at: i64) -> Execution {
    Execution {
        network: Network::Humo,
        reference: payment.payment_ref.clone(),
        action,
        pan: payment.pan.clone(),
        amount,
        at,
    }
}

fn names(payment: &Payment) -> String {
    [
        tag("paymentID", &payment.id.to_string()),
        tag("paymentRef", &payment.payment_ref),
    ]
    .concat()
}

fn response(payment: &Payment, action: &str) -> String {
    let content = [names(payment), details(payment), tag("action", action)].concat();
    format!("<ebppif1:PaymentResponse>{content}</ebppif1:PaymentResponse>")
}
