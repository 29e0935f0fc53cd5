//! I5, I10 and the part of I11 that is in G: the rows of the gateway against one another.

use std::collections::HashMap;

use entity::transaction::{self, Kind, Status};
use sea_orm::ActiveEnum as _;

use super::index::{Index, is_forward, is_unsettled, request_shown, shown};
use super::{Findings, Invariant};

pub(super) fn check(index: &Index<'_>, found: &mut Findings) {
    for transaction in index.transactions() {
        check_settled(index, transaction, found);
        check_path(index, transaction, found);
        check_charges(index, transaction, found);
    }
    check_cards(index, found);
}

/// I5: nothing is open any more, and nothing that is settled has an open request.
fn check_settled(index: &Index<'_>, transaction: &transaction::Model, found: &mut Findings) {
    let unsettled: Vec<_> = index
        .requests(transaction.id.0)
        .iter()
        .filter(|request| is_unsettled(request))
        .map(|request| request_shown(request))
        .collect();
    let why = match transaction.status {
        Status::Processing if unsettled.is_empty() => "is being worked on, and no request of it is",
        Status::Processing => "is unsettled although all had the time to settle",
        Status::Manual => "was left to an operator",
        Status::AwaitingCode
        | Status::Held
        | Status::Succeeded
        | Status::Declined
        | Status::Cancelled
        | Status::Reversed
        | Status::Expired => {
            if unsettled.is_empty() {
                return;
            }
            "is settled, and one of its requests is not"
        }
    };
    found.add(
        Invariant::I5,
        shown(transaction),
        format!("{why}: {unsettled:?}"),
    );
}

/// What a transaction may become, by its kind, the status in which it last rested (`None`: none yet) and the one it
/// has.
fn next_of(kind: Kind, rest: Option<Status>, from: Status) -> &'static [Status] {
    use Status::{
        AwaitingCode, Cancelled, Declined, Expired, Held, Manual, Processing, Reversed, Succeeded,
    };
    match (kind, from) {
        (Kind::Attachment, AwaitingCode) => &[Succeeded, Declined, Expired],
        (Kind::Debit | Kind::Hold | Kind::Transfer, AwaitingCode) => {
            &[Processing, Declined, Expired]
        }
        (Kind::Debit | Kind::Hold, Succeeded) | (Kind::Hold, Held) => &[Processing],
        // An operator, or recovery once more, may take up what was left.
        (Kind::Debit, Processing | Manual) => match rest {
            Some(Succeeded) => &[Reversed, Succeeded, Manual, Processing],
            _ => &[Succeeded, Declined, Manual, Processing],
        },
        (Kind::Hold, Processing | Manual) => match rest {
            Some(Succeeded) => &[Reversed, Succeeded, Manual, Processing],
            Some(Held) => &[Succeeded, Cancelled, Expired, Held, Manual, Processing],
            _ => &[Held, Declined, Manual, Processing],
        },
        (Kind::Transfer, Processing | Manual) => &[Succeeded, Declined, Manual, Processing],
        (
            Kind::Attachment,
            Processing | Manual | Held | Succeeded | Declined | Cancelled | Reversed | Expired,
        )
        | (Kind::Debit, Held)
        | (Kind::Transfer, Held | Succeeded)
        | (Kind::Debit | Kind::Hold | Kind::Transfer, Declined | Cancelled | Reversed | Expired) => {
            &[]
        }
    }
}

/// I10
fn check_path(index: &Index<'_>, transaction: &transaction::Model, found: &mut Findings) {
    let mut fault = |why: String| found.add(Invariant::I10, shown(transaction), why);
    let events = index.events(transaction.id.0);
    let mut before: Option<Status> = None;
    let mut rest = None;
    for (place, event) in (1..).zip(events) {
        if event.seq != place {
            return fault(format!("event {} stands in place {place}", event.seq));
        }
        let word = before.map(|status| status.to_value());
        if event.from_status != word {
            return fault(format!(
                "event {place} is from {:?}, and the one before led to {word:?}",
                event.from_status
            ));
        }
        let Ok(to) = Status::try_from_value(&event.to_status) else {
            return fault(format!("event {place} leads to {:?}", event.to_status));
        };
        let legal = match before {
            None => match transaction.kind {
                Kind::Attachment => to == Status::AwaitingCode,
                Kind::Debit | Kind::Hold | Kind::Transfer => {
                    matches!(to, Status::AwaitingCode | Status::Processing)
                }
            },
            // What is manual may be so again, and what is being worked on never begins again.
            Some(from) => from != to && next_of(transaction.kind, rest, from).contains(&to),
        };
        if !legal {
            return fault(format!("event {place} leads from {before:?} to {to:?}"));
        }
        if !matches!(to, Status::Processing | Status::Manual) {
            rest = Some(to);
        }
        before = Some(to);
    }
    let last = i32::try_from(events.len()).unwrap();
    if before != Some(transaction.status) || last != transaction.version {
        fault(format!(
            "the last event is {last}, {before:?}; the row has version {}",
            transaction.version
        ));
    }
}

/// I11: a transaction, and so a code, charges once.
fn check_charges(index: &Index<'_>, transaction: &transaction::Model, found: &mut Findings) {
    let charges: Vec<_> = index
        .requests(transaction.id.0)
        .iter()
        .filter(|request| is_forward(request.action))
        .map(|request| request_shown(request))
        .collect();
    if charges.len() > 1 {
        found.add(
            Invariant::I11,
            shown(transaction),
            format!("charges more than once: {charges:?}"),
        );
    }
}

/// I11: each card comes from an attachment whose code was right, and each partner has one card of a number.
fn check_cards(index: &Index<'_>, found: &mut Findings) {
    let stored = &index.records.gateway;
    let mut seen = HashMap::new();
    for card in &stored.cards {
        if let Some(other) = seen.insert((card.partner_id, &card.pan_hash), card.id) {
            found.add(
                Invariant::I11,
                format!("card {}", card.id),
                format!("is attached twice: also {other}"),
            );
        }
        let confirmed = stored
            .attachments
            .iter()
            .find(|attachment| attachment.card_id == card.id)
            .and_then(|attachment| index.transaction(attachment.transaction_id.0))
            .is_some_and(|transaction| transaction.status == Status::Succeeded);
        if !confirmed {
            found.add(
                Invariant::I11,
                format!("card {}", card.id),
                "no confirmed attachment made it",
            );
        }
    }
}
