//! What an error says about the status that stands in a call's way, and whether it was so when the call was made.

use entity::time::UnixMillis;
use entity::transaction::{self, Status};
use sea_orm::ActiveEnum as _;

use super::index::{Index, is_final};
use crate::journal::Exchange;

/// What an error says of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Claim {
    /// It has this status.
    Is(Status),
    /// The time of its code is over.
    CodeExpired,
    /// The time of its hold is over.
    HoldExpired,
}

/// The longest time between an event's time and its commit, milliseconds: a machine may stand still between them.
const COMMITS_WITHIN_MS: i64 = 30_000;

/// What the error of a reply claims; `None` where it is not about the status.
pub(super) fn claim(exchange: &Exchange) -> Option<Claim> {
    Some(match (exchange.error_code()?, exchange.reason()) {
        (-32364 | -32365, "processing") => Claim::Is(Status::Processing),
        (-32365, "manual") => Claim::Is(Status::Manual),
        (-32330, "awaiting_code") | (-32308, "wrong_code") => Claim::Is(Status::AwaitingCode),
        (-32330 | -32392, "held") => Claim::Is(Status::Held),
        (-32312 | -32392, "succeeded") => Claim::Is(Status::Succeeded),
        (-32313, "cancelled") => Claim::Is(Status::Cancelled),
        (-32313, "reversed") => Claim::Is(Status::Reversed),
        (-32313, "declined") => Claim::Is(Status::Declined),
        (-32308 | -32313, "tries_used_up") => Claim::Is(Status::Expired),
        (-32308 | -32313, "code_expired") => Claim::CodeExpired,
        (-32313, "hold_expired") => Claim::HoldExpired,
        _ => return None,
    })
}

/// What is wrong with a claim.
pub(super) fn claim_fault(
    index: &Index<'_>,
    transaction: &transaction::Model,
    exchange: &Exchange,
    claim: Claim,
) -> Option<String> {
    let seen = |status| was_seen(index, transaction, exchange, status);
    let was_held = index.was(transaction.id.0, Status::Held);
    let true_then = match claim {
        Claim::Is(status) => seen(status) && (!is_final(status) || transaction.status == status),
        Claim::CodeExpired => {
            (seen(Status::Expired) && !was_held)
                || (seen(Status::AwaitingCode) && time_of_code_was_over(transaction, exchange))
        }
        // Until the network has confirmed its end, a hold whose time is over can still be cancelled.
        Claim::HoldExpired => {
            (seen(Status::Expired) && was_held)
                || (seen(Status::Held) && is_over(transaction.hold_expires_at, exchange))
        }
    };
    (!true_then).then(|| format!("it was told to be {claim:?}, and was not then"))
}

/// Whether a call can have seen this status: it was reached before the call ended, and had not certainly been left
/// before the call was made. The time of an event is read before its commit; the commit is certain once the next event
/// has its time.
pub(super) fn was_seen(
    index: &Index<'_>,
    transaction: &transaction::Model,
    exchange: &Exchange,
    status: Status,
) -> bool {
    let events = index.events(transaction.id.0);
    let word = status.to_value();
    (0..).zip(events).any(|(place, event)| {
        let left_by = events.get(place + 1).map(|left| {
            let committed_by = left.at + COMMITS_WITHIN_MS;
            let next = events.get(place + 2);
            next.map_or(committed_by, |next| next.at.min(committed_by))
        });
        event.to_status == word
            && event.at.0 <= exchange.ended_at
            && left_by.is_none_or(|left_by| exchange.asked.at <= left_by.0)
    })
}

/// The time from which on the first commit of a transaction is certain to be seen.
pub(super) fn stored_by(index: &Index<'_>, transaction: &transaction::Model) -> i64 {
    let certain = transaction.created_at + COMMITS_WITHIN_MS;
    let second = index.events(transaction.id.0).get(1);
    second.map_or(certain, |second| second.at.min(certain)).0
}

/// Whether the code had expired when the call ended, stored or not.
pub(super) fn time_of_code_was_over(transaction: &transaction::Model, exchange: &Exchange) -> bool {
    is_over(transaction.code_expires_at, exchange)
}

fn is_over(end: Option<UnixMillis>, exchange: &Exchange) -> bool {
    end.is_some_and(|end| end.0 <= exchange.ended_at)
}

/// Whether the gateway could not accept the call, so that provably nothing of it reached a network.
pub(super) fn is_busy(exchange: &Exchange) -> bool {
    matches!(exchange.http(), Some(408 | 429 | 503))
        || matches!(exchange.error_code(), Some(-32334 | -32343))
}
