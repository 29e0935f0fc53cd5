//! I16: an older copy of the database was restored, and everything was asked for again. No order is carried out twice, no
//! id is given again, and what was told as done stays done.
//!
//! Here each order has an amount of its own, so that executions are told apart without the gateway's references.

use std::collections::{HashMap, HashSet};

use entity::transaction::Status;
use serde_json::Value;

use super::answers::is_order;
use super::index::{Index, moves_money, shown};
use super::{Findings, Invariant, Violation, check};
use crate::journal::Exchange;
use crate::records::{Movement, Records};
use crate::restored::Restored;

/// All violations of a run in which a copy was restored at this moment. `records` has the journal of the whole run, and the
/// rows as they are in the end.
pub(crate) fn check_restored(
    records: &Records,
    restored: &Restored,
    restored_at: i64,
) -> Vec<Violation> {
    let mut found = Findings::default();
    {
        let index = Index::of(records);
        check_ids(&index, restored, restored_at, &mut found);
        check_executions(&index, &mut found);
        check_told(&index, restored, restored_at, &mut found);
    }
    // The rest is as in any run, of what is not lost: answers about what the copy has, and all since.
    let index = Index::of(records);
    let kept = index.journal().iter().filter(|exchange| {
        exchange.asked.at >= restored_at || is_of_the_copy(&index, exchange, restored.since)
    });
    let of_the_copy = Records {
        journal: kept.cloned().collect(),
        ..records.clone()
    };
    found.0.extend(check(&of_the_copy));
    found.0
}

/// Whether an answer was given before the copy was taken, about something that is in it.
fn is_of_the_copy<'a>(index: &Index<'a>, exchange: &'a Exchange, since: i64) -> bool {
    let by_ext_id = index
        .partner(exchange)
        .zip(exchange.text("extId"))
        .and_then(|(partner, ext_id)| index.ordered(partner, ext_id));
    let by_id = exchange
        .number("transactionId")
        .and_then(|id| index.transaction(id));
    let about = by_ext_id.or(by_id);
    exchange.ended_at < since && about.is_none_or(|row| row.created_at.0 < since)
}

/// No id names two transactions.
fn check_ids(index: &Index<'_>, restored: &Restored, restored_at: i64, found: &mut Findings) {
    let known: HashMap<i64, _> = restored
        .lost
        .transactions
        .iter()
        .map(|row| (row.id.0, row))
        .collect();
    for row in index.transactions() {
        let again = known
            .get(&row.id.0)
            .is_some_and(|other| (other.created_at, &other.ext_id) != (row.created_at, &row.ext_id));
        let too_low = row.created_at.0 >= restored_at && row.id.0 < restored.first_id;
        if again || too_low {
            found.add(Invariant::I16, shown(row), "its id may have been given before");
        }
    }
}

/// Each amount was taken and credited once.
fn check_executions(index: &Index<'_>, found: &mut Findings) {
    let mut seen = HashSet::new();
    for row in &index.records.networks.ledger {
        let forward = matches!(
            row.movement,
            Movement::Pay | Movement::Hold | Movement::P2p | Movement::Credit
        );
        if forward && !seen.insert((row.movement, row.amount)) {
            found.add(
                Invariant::I16,
                format!("{row:?}"),
                "an order was carried out twice",
            );
        }
    }
}

/// What was told as done before is still done, under the same numbers; a refusal may be one no more.
fn check_told(index: &Index<'_>, restored: &Restored, restored_at: i64, found: &mut Findings) {
    for exchange in index.journal() {
        let lost = exchange.asked.at < restored_at && exchange.ended_at >= restored.since;
        let (true, true, Some(told)) = (
            lost,
            is_order(&exchange.asked.method),
            exchange.result().filter(|result| result.get("phone").is_none()),
        ) else {
            continue;
        };
        let row = index
            .partner(exchange)
            .zip(exchange.text("extId"))
            .and_then(|(partner, ext_id)| index.ordered(partner, ext_id))
            .filter(|row| moves_money(row));
        let Some(row) = row else {
            found.add(Invariant::I16, exchange.shown(), "was told as done, and is gone");
            continue;
        };
        let done = matches!(
            row.status,
            Status::Held | Status::Succeeded | Status::Reversed | Status::Cancelled | Status::Expired
        );
        if !done {
            found.add(
                Invariant::I16,
                shown(row),
                format!("was told as done: {}", exchange.shown()),
            );
            continue;
        }
        let kept = row.receipt.as_deref().unwrap_or_default();
        let kept: Value = serde_json::from_str(kept).unwrap_or_default();
        let same = told["refNum"].is_null()
            || row.kind != entity::transaction::Kind::Debit
            || told["refNum"] == kept["ref_num"];
        if !same {
            found.add(
                Invariant::I16,
                shown(row),
                format!("is another payment than was told: {}", exchange.shown()),
            );
        }
    }
}
