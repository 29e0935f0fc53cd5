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
const KILLS: u64 = 50;
const LEAST: &[(&str, u64)] = &[
    ("executed Pay", 30),
    ("executed Hold", 10),
    ("executed Capture", 5),
    ("executed Release", 4),
    ("executed Reverse", 10),
    ("executed Credit", 5),
    ("executed P2p", 5),
    ("Debit Succeeded", 12),
    ("Debit Declined", 2),
    ("Debit Reversed", 6),
    ("Debit Expired", 1),
    ("Hold Succeeded", 4),
    ("Hold Declined", 1),
    ("Hold Cancelled", 3),
    ("Hold Expired", 2),
    ("Hold Reversed", 1),
    ("Transfer Succeeded", 12),
    ("Transfer Declined", 6),
    ("Transfer Expired", 1),
    ("transfer Uzcard to Uzcard", 3),
    ("transfer Uzcard to Humo", 3),
    ("transfer Humo to Uzcard", 3),
    ("transfer Humo to Humo", 3),
    ("charged in part", 2),
    ("given back in part", 3),
    ("confirmed", 8),
    ("settled by Reply", 40),
    ("settled by LookUp", 8),
    ("settled by NotFound", 4),
    ("fault Delay", 1),
    ("fault CutRequest", 1),
    ("fault ResetBefore", 1),
    ("fault ResetAfter", 1),
    ("fault CutReply", 1),
    ("fault HangBefore", 1),
    ("fault HangAfter", 1),
    ("fault ReplyTwice", 1),
    ("fault ForeignReply", 1),
    ("fault WrongAmount", 1),
    ("fault Http500Before", 1),
    ("fault Http500After", 1),
    ("fault GarbageBefore", 1),
    ("fault GarbageAfter", 1),
    ("fault EndlessBody", 1),
    ("fault LateExecution", 1),
    ("fault CodeAfter", 1),
    ("fault Contradiction", 1),
    ("fault Nameless", 1),
    ("fault Frozen", 4),
    ("fault SlowRefusal", 1),
    ("done by others", 3),
    ("foreign probe answered", 8),
    ("absent probe answered", 8),
    ("lost reply", 10),
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
