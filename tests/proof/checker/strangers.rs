//! I12: no row can be read or used by another partner.

use std::collections::{HashMap, HashSet};

use entity::transaction;
use sea_orm::prelude::Uuid;
use serde_json::Value;

use super::index::{Index, moves_money, shown};
use super::{Findings, Invariant};
use crate::journal::Exchange;

/// What a call names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    /// Rows of the caller alone.
    Own,
    /// A row of another partner.
    Foreign,
    /// Nothing that exists.
    Absent,
}

/// How many calls of the load were answered that named what is another partner's, and what does not exist.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Probes {
    pub(crate) foreign: u64,
    pub(crate) absent: u64,
}

pub(super) fn probes(index: &Index<'_>) -> Probes {
    let ext_ids = ext_ids(index);
    let mut probes = Probes::default();
    for exchange in index.journal() {
        if exchange.is_lost() || exchange.asked.at >= index.records.quiet_from {
            continue;
        }
        match named(index, &ext_ids, exchange) {
            Named::Own => {}
            Named::Foreign => probes.foreign += 1,
            Named::Absent => probes.absent += 1,
        }
    }
    probes
}

pub(super) fn check(index: &Index<'_>, found: &mut Findings) {
    check_cards(index, found);
    let ext_ids = ext_ids(index);
    // How each method answers what does not exist: the error, and no more.
    let mut absent: HashMap<&str, HashSet<String>> = HashMap::new();
    let mut foreign = Vec::new();
    for exchange in index.journal() {
        match named(index, &ext_ids, exchange) {
            Named::Own => {}
            Named::Foreign if exchange.is_lost() => {}
            Named::Foreign => foreign.push(exchange),
            Named::Absent => {
                if let Some(error) = exchange.error().filter(|_| is_unknown(exchange)) {
                    let known = absent.entry(exchange.asked.method.as_str()).or_default();
                    known.insert(error.to_string());
                }
            }
        }
    }
    for exchange in foreign {
        if exchange.error_code() == Some(-32343) {
            continue;
        }
        let like_absent = absent.get(exchange.asked.method.as_str());
        let error = exchange.error().map(Value::to_string);
        let same = match (like_absent, &error) {
            (Some(known), Some(error)) => known.contains(error),
            (None, Some(_)) => is_unknown(exchange),
            (_, None) => false,
        };
        if !same {
            found.add(
                Invariant::I12,
                exchange.shown(),
                "a foreign row is answered unlike one that does not exist",
            );
        }
    }
}

/// The errors for what does not exist: a card, a transaction.
fn is_unknown(exchange: &Exchange) -> bool {
    matches!(exchange.error_code(), Some(-32301 | -32314))
}

/// A transaction is paid with a card of its own partner.
fn check_cards(index: &Index<'_>, found: &mut Findings) {
    for transaction in index
        .transactions()
        .iter()
        .filter(|transaction| moves_money(transaction))
    {
        let card = transaction.card_id.and_then(|id| index.card(id));
        if card.is_none_or(|card| card.partner_id != transaction.partner_id) {
            found.add(
                Invariant::I12,
                shown(transaction),
                "is paid with a card of another partner",
            );
        }
    }
}

/// The partners that have used each `extId`.
fn ext_ids<'a>(index: &Index<'a>) -> HashMap<&'a str, Vec<&'a transaction::Model>> {
    let mut ext_ids: HashMap<&str, Vec<&transaction::Model>> = HashMap::new();
    for transaction in index.transactions() {
        if let Some(ext_id) = &transaction.ext_id {
            ext_ids.entry(ext_id).or_default().push(transaction);
        }
    }
    for reversal in &index.records.gateway.reversals {
        if let Some(transaction) = index.transaction(reversal.transaction_id.0) {
            ext_ids
                .entry(&reversal.ext_id)
                .or_default()
                .push(transaction);
        }
    }
    ext_ids
}

fn named(
    index: &Index<'_>,
    ext_ids: &HashMap<&str, Vec<&transaction::Model>>,
    exchange: &Exchange,
) -> Named {
    let Some(partner) = index.partner(exchange) else {
        return Named::Own;
    };
    let whose = |owner: Option<Uuid>| match owner {
        Some(owner) if owner == partner => Named::Own,
        Some(_) => Named::Foreign,
        None => Named::Absent,
    };
    let token = exchange.text("token").map(|token| {
        let id = Uuid::parse_str(token).ok();
        whose(id.and_then(|id| index.card(id)).map(|card| card.partner_id))
    });
    let transaction = exchange
        .number("transactionId")
        .map(|id| whose(index.transaction(id).map(|row| row.partner_id)));
    // Only a question names somebody's `extId`; an order makes one.
    let ext_id = exchange
        .text("extId")
        .filter(|_| exchange.asked.method == "transactions.get")
        .map(|ext_id| {
            let rows = ext_ids.get(ext_id).map_or(&[][..], Vec::as_slice);
            let own = rows.iter().find(|row| row.partner_id == partner);
            whose(own.or(rows.first()).map(|row| row.partner_id))
        });
    let all = [token, transaction, ext_id];
    let has = |named| all.contains(&Some(named));
    if has(Named::Foreign) {
        Named::Foreign
    } else if has(Named::Absent) {
        Named::Absent
    } else {
        Named::Own
    }
}
