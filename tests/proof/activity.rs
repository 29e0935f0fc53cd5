//! What happened in a run, and how much of it there must be: where nothing moves, nothing can be found either.

use std::collections::BTreeMap;

use entity::network::Network;
use entity::processing_request::{Action, State};
use entity::transaction::{Kind, Status};

use crate::checker::{Probes, probes};
use crate::records::Records;
use test_support::proxy::{Fault, Side};

/// How often each thing happened.
pub(crate) type Activity = BTreeMap<String, u64>;

/// The least of each thing in a run of this many kills; in a shorter or longer one, in proportion. It is a tenth of
/// what two busy cores come to, and less for rare things, as the load does what it can in the time that the kills take.
const KILLS: u64 = 200;
const LEAST: &[(&str, u64)] = &[
    ("executed Pay", 120),
    ("executed Hold", 40),
    ("executed Capture", 20),
    ("executed Release", 16),
    ("executed Reverse", 40),
    ("executed Credit", 20),
    ("executed P2p", 20),
    ("Debit Succeeded", 48),
    ("Debit Declined", 8),
    ("Debit Reversed", 24),
    ("Debit Expired", 2),
    ("Hold Succeeded", 16),
    ("Hold Declined", 4),
    ("Hold Cancelled", 12),
    ("Hold Expired", 8),
    ("Hold Reversed", 2),
    ("Transfer Succeeded", 48),
    ("Transfer Declined", 24),
    ("Transfer Expired", 2),
    ("transfer Uzcard to Uzcard", 12),
    ("transfer Uzcard to Humo", 12),
    ("transfer Humo to Uzcard", 12),
    ("transfer Humo to Humo", 12),
    ("charged in part", 8),
    ("given back in part", 12),
    ("confirmed", 32),
    ("settled by Reply", 160),
    ("settled by LookUp", 32),
    ("settled by NotFound", 16),
    ("fault Delay", 4),
    ("fault CutRequest", 4),
    ("fault ResetBefore", 4),
    ("fault ResetAfter", 4),
    ("fault CutReply", 4),
    ("fault HangBefore", 4),
    ("fault HangAfter", 4),
    ("fault ReplyTwice", 4),
    ("fault ForeignReply", 4),
    ("fault WrongAmount", 4),
    ("fault Http500Before", 4),
    ("fault Http500After", 4),
    ("fault GarbageBefore", 4),
    ("fault GarbageAfter", 4),
    ("fault EndlessBody", 4),
    ("fault LateExecution", 4),
    ("fault CodeAfter", 2),
    ("fault Contradiction", 2),
    ("fault Nameless", 1),
    ("fault Frozen", 16),
    ("fault SlowRefusal", 1),
    ("done by others", 12),
    ("foreign probe answered", 20),
    ("absent probe answered", 32),
    ("lost reply", 40),
];

/// Counts what the records tell, and what the calls to the networks suffered.
pub(crate) fn of(records: &Records, faults: &BTreeMap<(Side, Option<Fault>), u64>) -> Activity {
    let mut activity = Activity::new();
    let mut add = |what: String, count: u64| *activity.entry(what).or_default() += count;
    for execution in &records.networks.ledger {
        add(format!("executed {:?}", execution.movement), 1);
    }
    let gateway = &records.gateway;
    let mut from: BTreeMap<i64, Network> = BTreeMap::new();
    for row in &gateway.transactions {
        if row.kind != Kind::Attachment {
            add(format!("{:?} {:?}", row.kind, row.status), 1);
            if row.captured.is_some_and(|captured| captured < row.amount) {
                add("charged in part".to_owned(), 1);
            }
        }
        if (row.kind, row.status) == (Kind::Transfer, Status::Succeeded) {
            from.insert(row.id.0, row.network);
        }
    }
    for side in &gateway.transfers {
        if let Some(from) = from.get(&side.transaction_id.0) {
            add(format!("transfer {from:?} to {:?}", side.to_network), 1);
        }
    }
    for request in &gateway.requests {
        if (request.action, request.state) == (Action::ReversePart, State::Approved) {
            add("given back in part".to_owned(), 1);
        }
        if let Some(by) = request.settled_by {
            add(format!("settled by {by:?}"), 1);
        }
    }
    for ((_, fault), count) in faults {
        if let Some(fault) = fault {
            add(format!("fault {fault:?}"), *count);
        }
    }
    add(
        "done by others".to_owned(),
        u64::try_from(records.others.len()).unwrap(),
    );
    for exchange in &records.journal {
        if exchange.is_lost() {
            add("lost reply".to_owned(), 1);
        }
        let method = exchange.asked.method.as_str();
        let confirms = matches!(method, "transactions.debit.confirm" | "p2p.confirm");
        if confirms && exchange.result().is_some() {
            add("confirmed".to_owned(), 1);
        }
    }
    let Probes { foreign, absent } = probes(records);
    add("foreign probe answered".to_owned(), foreign);
    add("absent probe answered".to_owned(), absent);
    activity
}

/// What there was too little of.
pub(crate) fn too_little(activity: &Activity, kills: u64) -> Vec<String> {
    let happened = |what: &str| activity.get(what).copied().unwrap_or_default();
    LEAST
        .iter()
        .map(|(what, least)| (what, least * kills / KILLS))
        .filter(|(what, least)| happened(what) < *least)
        .map(|(what, least)| {
            format!(
                "too little happened: {what} {}, not {least}",
                happened(what)
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_in_which_nothing_happened_is_told() {
        let missing = too_little(&Activity::new(), KILLS);
        assert_eq!(missing.len(), LEAST.len(), "{missing:#?}");
    }

    #[test]
    fn a_short_run_need_not_have_seen_what_is_rare() {
        assert_eq!(too_little(&Activity::new(), 1), Vec::<String>::new());
        let missing = too_little(&Activity::new(), 10);
        assert!(missing.contains(&"too little happened: executed Pay 0, not 6".to_owned()));
        assert!(
            !missing.iter().any(|told| told.contains("fault")),
            "{missing:#?}"
        );
    }

    #[test]
    fn a_long_run_must_have_seen_more() {
        let once: Activity = LEAST
            .iter()
            .map(|(what, least)| ((*what).to_owned(), *least))
            .collect();
        assert_eq!(too_little(&once, KILLS), Vec::<String>::new());
        assert_eq!(too_little(&once, 2 * KILLS).len(), LEAST.len());
    }
}
