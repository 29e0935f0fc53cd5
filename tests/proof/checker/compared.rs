//! I15: `compare` finds what others did beside the gateway, and nothing else.

use std::collections::BTreeSet;

use entity::network::Network;
use entity::transaction::{self, Status};

use super::index::{Index, shown};
use super::{Findings, Invariant};
use crate::comparison::Finding;
use crate::records::Movement;

pub(super) fn check(index: &Index<'_>, found: &mut Findings) {
    let findings = &index.records.compared;
    let of_ours: BTreeSet<i64> = findings
        .iter()
        .filter(|finding| finding.class == "DIFFERING")
        .filter_map(|finding| finding.transaction_id)
        .collect();
    for transaction in index.transactions() {
        if is_unnoticed(index, transaction) && !of_ours.contains(&transaction.id.0) {
            found.add(
                Invariant::I15,
                shown(transaction),
                "others reversed or charged it, and compare does not see that",
            );
        }
    }
    for deed in &index.records.others {
        let listed = (deed.network, deed.movement) == (Network::Uzcard, Movement::Capture)
            && !is_reversed(index, &deed.reference);
        let seen = |finding: &Finding| {
            finding.reference == deed.reference && finding.transaction_id.is_none()
        };
        if listed && !findings.iter().any(seen) {
            found.add(
                Invariant::I15,
                format!("{deed:?}"),
                "only the network has this payment, and compare does not see it",
            );
        }
    }
    for finding in findings {
        if !is_true(index, finding) {
            found.add(
                Invariant::I15,
                &finding.line,
                "compare finds this, and nobody did it",
            );
        }
    }
}

/// Whether others did something to a transaction that its row does not know of.
fn is_unnoticed(index: &Index<'_>, transaction: &transaction::Model) -> bool {
    let did = |movement| index.others(transaction.id.0, movement).is_some();
    match transaction.status {
        Status::Succeeded => did(Movement::Reverse),
        Status::Held => did(Movement::Capture),
        Status::AwaitingCode
        | Status::Processing
        | Status::Declined
        | Status::Cancelled
        | Status::Reversed
        | Status::Expired
        | Status::Manual => false,
    }
}

/// Whether a payment of UZCARD was reversed, so that its list may lack it.
fn is_reversed(index: &Index<'_>, reference: &str) -> bool {
    index.records.networks.ledger.iter().any(|row| {
        (row.network, row.movement) == (Network::Uzcard, Movement::Reverse)
            && row.reference == reference
    })
}

fn is_true(index: &Index<'_>, finding: &Finding) -> bool {
    let by_others = |transaction_id: i64| {
        let did = |movement| index.others(transaction_id, movement).is_some();
        did(Movement::Reverse) || did(Movement::Capture)
    };
    match (finding.class.as_str(), finding.transaction_id) {
        ("THEIRS_ONLY", None) => index
            .records
            .others
            .iter()
            .any(|deed| deed.reference == finding.reference),
        ("DIFFERING", Some(id)) => {
            let row = index.transaction(id);
            by_others(id) || row.is_some_and(|row| ended_by_itself(index, row))
        }
        // The check of what is settled (I5) reports it.
        ("UNSETTLED", Some(id)) => index
            .transaction(id)
            .is_some_and(|row| matches!(row.status, Status::Processing | Status::Manual)),
        _ => false,
    }
}

/// A hold whose time was over at UZCARD before the gateway has asked.
fn ended_by_itself(index: &Index<'_>, transaction: &transaction::Model) -> bool {
    transaction.network == Network::Uzcard
        && transaction.status == Status::Held
        && transaction
            .hold_expires_at
            .is_some_and(|at| at.0 <= index.records.networks.read_at)
}
