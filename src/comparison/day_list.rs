//! SVGate's list of a day, and our payments that belong to its rows.

use std::collections::{HashMap, HashSet};

use super::error::CompareError;
use super::join::{NetworkSide, Scope};
use super::payment::{Payment, PaymentState};
use super::sources::Sources;
use crate::domain::day::Day;
use crate::domain::network::to_stored;
use crate::repository::calls_of_day;

/// A payment this close to midnight, in milliseconds, may be in the list of the adjacent day by the network's clock.
pub(super) const MIDNIGHT_MS: i64 = 3_600 * 1_000;

/// Reads SVGate's list of the day by reference, and adds what the lists of the adjacent days have of our payments. Adds to
/// `ours` the listed payments that our clock made on another day.
pub(super) async fn read(
    sources: &Sources<'_>,
    scope: Scope,
    ours: &mut Vec<Payment>,
) -> Result<HashMap<String, NetworkSide>, CompareError> {
    let mut theirs: HashMap<String, NetworkSide> = HashMap::new();
    for row in sources.day_list(scope.day).await? {
        let side = theirs.entry(row.reference.clone()).or_default();
        side.listed.push(row);
    }
    let known: HashSet<&str> = ours
        .iter()
        .map(|payment| payment.reference.as_str())
        .collect();
    let unknown: Vec<String> = theirs
        .keys()
        .filter(|reference| !known.contains(reference.as_str()) && can_be_ours(reference))
        .cloned()
        .collect();
    let network = to_stored(scope.network);
    let others = calls_of_day::transactions_with(&**sources.database, network, &unknown).await?;
    let unknown: HashSet<String> = unknown.into_iter().collect();
    let others = sources.payments(scope.network, &others).await?;
    ours.extend(
        others
            .into_iter()
            .filter(|payment| unknown.contains(&payment.reference)),
    );

    for day in [scope.day.before(), scope.day.after()] {
        let missing: HashSet<&str> = ours
            .iter()
            .filter(|payment| !theirs.contains_key(&payment.reference))
            .filter(|payment| may_be_listed_on(scope, payment, day))
            .map(|payment| payment.reference.as_str())
            .collect();
        if missing.is_empty() || day > Day::of(scope.now) {
            continue;
        }
        for row in sources.day_list(day).await? {
            if missing.contains(row.reference.as_str()) {
                let side = theirs.entry(row.reference.clone()).or_default();
                side.listed.push(row);
            }
        }
    }
    Ok(theirs)
}

/// Whether a reference can be one of ours. Others who use the same access may write anything there.
pub(super) fn can_be_ours(reference: &str) -> bool {
    !reference.is_empty()
        && reference.len() <= 64
        && reference.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Whether a payment of the compared day should be listed, and may be listed on this other day by the network's clock.
fn may_be_listed_on(scope: Scope, payment: &Payment, day: Day) -> bool {
    let moved = match payment.state {
        PaymentState::Done | PaymentState::Credited => true,
        PaymentState::Declined
        | PaymentState::Freed
        | PaymentState::Held
        | PaymentState::Reversed
        | PaymentState::ReversedInParts
        | PaymentState::GivenBack
        | PaymentState::Unsettled { .. } => false,
    };
    let earliest = Day::of(payment.sent_at - MIDNIGHT_MS);
    let latest = Day::of(payment.settled_at.unwrap_or(payment.sent_at) + MIDNIGHT_MS);
    moved && Day::of(payment.sent_at) == scope.day && earliest <= day && day <= latest
}

#[cfg(test)]
mod tests {
    use entity::ids::TransactionId;
    use entity::processing_request::Action;
    use entity::time::UnixMillis;
    use rpc_schema::values::Network;

    use super::*;

    #[test]
    fn a_payment_near_midnight_may_be_listed_on_either_day() {
        let day = Day::from_iso("2026-11-20").unwrap();
        let scope = Scope {
            network: Network::Uzcard,
            day,
            now: day.ends_at() + 1,
        };
        let minute = 60_000;
        let listed_on =
            |sent_at: UnixMillis, settled_at: Option<UnixMillis>, state: PaymentState| {
                let payment = Payment {
                    account: "default".to_owned(),
                    transaction_id: TransactionId(7),
                    action: Action::Pay,
                    reference: "a".to_owned(),
                    amount: 500,
                    fee: None,
                    state,
                    network_id: String::new(),
                    sent_at,
                    settled_at,
                    reversal_tried: false,
                };
                [day.before(), day.after()].map(|other| may_be_listed_on(scope, &payment, other))
            };
        let (begin, end) = (day.begins_at(), day.ends_at());
        let noon = begin + 12 * 60 * minute;
        for (sent_at, settled_at, expected) in [
            (begin, Some(begin + 1), [true, false]),
            (begin + 59 * minute, None, [true, false]),
            (begin + 60 * minute, None, [false, false]),
            (noon, Some(noon + 1), [false, false]),
            (end - 61 * minute, None, [false, false]),
            (end - 60 * minute, None, [false, true]),
            // Settled late: it may have been carried out just before.
            (noon, Some(end + minute), [false, true]),
            // The network is asked about payments of other days.
            (begin - 1, None, [false, false]),
            (end, None, [false, false]),
        ] {
            let found = listed_on(sent_at, settled_at, PaymentState::Done);
            assert_eq!(found, expected, "{sent_at} {settled_at:?}");
        }
        for position in [PaymentState::Declined, PaymentState::Reversed] {
            assert_eq!(listed_on(begin, None, position), [false, false]);
        }
    }

    #[test]
    fn a_reference_that_cannot_be_ours_is_not_looked_up() {
        for ours in ["a", "019aa7c1d2f47c0c8f5e0b1a2c3d4e5f", &"x".repeat(64)] {
            assert!(can_be_ours(ours), "{ours}");
        }
        for other in ["", "a\0", "a b", "\u{437}", &"x".repeat(65)] {
            assert!(!can_be_ours(other), "{other}");
        }
    }
}
