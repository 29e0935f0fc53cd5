//! I6, I7, I11 and I13: J against G. What clients were told of their orders, and what the gateway stored.

use std::collections::HashMap;

use entity::processing_request::Action;
use entity::transaction::{self, Kind, Status};
use sea_orm::prelude::Uuid;
use serde_json::Value;

use super::claims::{claim, claim_fault, is_busy, time_of_code_was_over};
use super::index::{Index, moves_money, receipt, shown};
use super::{Findings, Invariant};
use crate::journal::Exchange;

/// Errors that say nothing of how a transaction ends: the outcome is not known, somebody else is at work, or the
/// gateway could not begin.
pub(super) const OPEN: [i64; 5] = [-32379, -32364, -32365, -32334, -32343];
/// Errors that tell of a row.
const ABOUT_A_ROW: [i64; 3] = [-32379, -32364, -32365];
/// Errors of calls that are refused before anything is stored.
const REFUSED_AT_ONCE: [i64; 22] = [
    -32700, -32600, -32601, -32504, -32343, -32300, -32301, -32303, -32304, -32305, -32328, -32329,
    -32332, -32350, -32362, -32372, -32374, -32385, -32387, -32401, -32402, -32314,
];
pub(super) fn check(index: &Index<'_>, found: &mut Findings) {
    let orders = orders(index);
    check_orders(index, &orders, found);
    check_rows(index, &orders, found);
    check_attachments(index, found);
    check_intents(index, found);
}

/// The calls that order something under an `extId`, by partner and `extId`.
pub(super) type Orders<'a> = HashMap<(Uuid, &'a str), Vec<&'a Exchange>>;

pub(super) fn orders<'a>(index: &Index<'a>) -> Orders<'a> {
    let mut orders: Orders<'_> = HashMap::new();
    for exchange in index.journal() {
        if let (true, Some(partner), Some(ext_id)) = (
            is_order(&exchange.asked.method),
            index.partner(exchange),
            exchange.text("extId"),
        ) {
            orders.entry((partner, ext_id)).or_default().push(exchange);
        }
    }
    orders
}

pub(super) fn is_order(method: &str) -> bool {
    method == "transactions.debit" || (method.starts_with("p2p.") && method.contains('2'))
}

/// Whether a row is what a call orders.
pub(super) fn fits(
    index: &Index<'_>,
    transaction: &transaction::Model,
    exchange: &Exchange,
) -> bool {
    let flag = |name: &str| exchange.asked.params[name] == true;
    let kind = match exchange.asked.method.as_str() {
        "transactions.debit" if flag("is_hold") => Kind::Hold,
        "transactions.debit" => Kind::Debit,
        _ => Kind::Transfer,
    };
    let token = transaction.card_id.map(|id| id.to_string());
    let recipient = index.recipient(transaction.id.0);
    transaction.kind == kind
        && token.as_deref() == exchange.text("token")
        && Some(transaction.amount) == exchange.number("amount")
        && (kind != Kind::Transfer || recipient == exchange.text("pan"))
        && index.had_code(transaction.id.0) == flag("force_sms_confirmation")
}

/// I6, I7 and I13 of what was ordered under each `extId`.
fn check_orders(index: &Index<'_>, orders: &Orders<'_>, found: &mut Findings) {
    let mut rows: HashMap<(Uuid, &str), Vec<&transaction::Model>> = HashMap::new();
    for transaction in index.transactions() {
        if let Some(ext_id) = &transaction.ext_id {
            let key = (transaction.partner_id, ext_id.as_str());
            rows.entry(key).or_default().push(transaction);
        }
    }
    for (key, rows) in &rows {
        if rows.len() > 1 {
            let shown: Vec<_> = rows.iter().map(|row| shown(row)).collect();
            found.add(
                Invariant::I7,
                format!("extId {}", key.1),
                format!("has {} rows: {shown:?}", rows.len()),
            );
        }
    }
    // Reversals have their ids in the same space.
    for reversal in &index.records.gateway.reversals {
        if let Some(rows) = rows.get(&(reversal.partner_id, reversal.ext_id.as_str())) {
            let id = &reversal.ext_id;
            let why = format!("is also a reversal of {}", reversal.transaction_id);
            found.add(
                Invariant::I7,
                format!("extId {id} of {}", shown(rows[0])),
                why,
            );
        }
    }
    for (key, exchanges) in orders {
        match rows.get(key).map(Vec::as_slice) {
            None => {
                for exchange in exchanges {
                    check_rowless(exchange, found);
                }
            }
            Some([transaction]) => check_order(index, transaction, exchanges, found),
            // Already reported.
            Some(_) => {}
        }
    }
}

/// I6: an answer that refers to a row must have one.
fn check_rowless(exchange: &Exchange, found: &mut Findings) {
    let tells = exchange.result().is_some()
        || exchange
            .error_code()
            .is_some_and(|code| ABOUT_A_ROW.contains(&code))
            && exchange
                .error()
                .is_some_and(|error| error["data"]["transactionId"].is_number());
    if tells {
        found.add(
            Invariant::I6,
            exchange.shown(),
            "the gateway has forgotten the transaction of this answer",
        );
    }
}

fn check_order(
    index: &Index<'_>,
    transaction: &transaction::Model,
    exchanges: &[&Exchange],
    found: &mut Findings,
) {
    let (same, other): (Vec<&Exchange>, Vec<&Exchange>) = exchanges
        .iter()
        .partition(|exchange| fits(index, transaction, exchange));
    if same.is_empty() {
        found.add(
            Invariant::I7,
            shown(transaction),
            format!("is not what was ordered: {}", exchanges[0].shown()),
        );
        return;
    }
    if same
        .iter()
        .all(|exchange| is_refused(transaction, exchange))
    {
        found.add(
            Invariant::I13,
            shown(transaction),
            format!("every order of it was refused: {}", same[0].shown()),
        );
        return;
    }
    for exchange in same {
        check_answer(index, transaction, exchange, found);
    }
    // Other params under the same `extId`: refused, once the row was there.
    for exchange in other {
        let reused = exchange.reason() == "ext_id_reused";
        if exchange.result().is_some()
            || (exchange.asked.at > transaction.created_at.0 && !reused && ended(exchange))
        {
            found.add(
                Invariant::I7,
                shown(transaction),
                format!(
                    "another order under its extId was taken: {}",
                    exchange.shown()
                ),
            );
        }
    }
}

/// A reply that says how the call ended, and not only that the gateway was busy.
fn ended(exchange: &Exchange) -> bool {
    let code = exchange.error_code();
    exchange.result().is_some() || code.is_some_and(|code| !OPEN.contains(&code))
}

/// Whether the call was refused before anything was stored, by an error with which no transaction of ours ended.
fn is_refused(transaction: &transaction::Model, exchange: &Exchange) -> bool {
    exchange.error_code().is_some_and(|code| {
        REFUSED_AT_ONCE.contains(&code) && transaction.error_code.map(i64::from) != Some(code)
    })
}

/// I6 and I7 of one answer to an order.
fn check_answer(
    index: &Index<'_>,
    transaction: &transaction::Model,
    exchange: &Exchange,
    found: &mut Findings,
) {
    let mut fault = |invariant, why: &str| {
        found.add(
            invariant,
            shown(transaction),
            format!("{why}: {}", exchange.shown()),
        );
    };
    let told = exchange
        .result()
        .or_else(|| exchange.error().map(|error| &error["data"]))
        .and_then(|value| value["transactionId"].as_i64());
    if told.is_some_and(|told| told != transaction.id.0) {
        return fault(Invariant::I7, "an answer names another transaction");
    }
    if exchange.reason() == "ext_id_reused" {
        return fault(Invariant::I7, "a repeat was taken for another order");
    }
    if let Some(result) = exchange.result() {
        if let Some(why) = result_fault(index, transaction, result) {
            fault(Invariant::I6, &why);
        }
        return;
    }
    let Some(code) = exchange.error_code() else {
        return;
    };
    if OPEN.contains(&code) || is_busy(exchange) {
        if let Some(why) =
            claim(exchange).and_then(|claim| claim_fault(index, transaction, exchange, claim))
        {
            fault(Invariant::I6, &why);
        }
        return;
    }
    if exchange.ended_at < transaction.created_at.0 || ended_with(transaction, code, exchange) {
        // Refused before there was a row, or as the row says.
        return;
    }
    // A refusal beside another order of the same `extId` is no excuse: its caller was told of a failure, and it went on.
    fault(
        Invariant::I6,
        &format!(
            "was answered {code}, and ended with {:?}",
            transaction.error_code
        ),
    );
}

/// Whether a transaction ended with this error.
pub(super) fn ended_with(transaction: &transaction::Model, code: i64, exchange: &Exchange) -> bool {
    match transaction.status {
        Status::Declined => transaction.error_code.map(i64::from) == Some(code),
        Status::Expired => transaction.error_code.map_or(-32308, i64::from) == code,
        // It has expired, though that is not stored yet.
        Status::AwaitingCode => code == -32308 && time_of_code_was_over(transaction, exchange),
        Status::Processing
        | Status::Held
        | Status::Succeeded
        | Status::Cancelled
        | Status::Reversed
        | Status::Manual => false,
    }
}

/// What is wrong with a result of an order or a confirmation, or of `transactions.get`.
pub(super) fn result_fault(
    index: &Index<'_>,
    transaction: &transaction::Model,
    result: &Value,
) -> Option<String> {
    if result.get("phone").is_some() {
        return (!index.had_code(transaction.id.0))
            .then(|| "a code was sent, and none is awaited".to_owned());
    }
    let hold_alone = transaction.kind == Kind::Hold && result.as_object()?.len() == 1;
    let claimed = if hold_alone {
        Status::Held
    } else {
        Status::Succeeded
    };
    if !index.was(transaction.id.0, claimed) {
        return Some(format!("it was told to be {claimed:?}, and never was"));
    }
    if hold_alone {
        return None;
    }
    let debit = receipt(transaction.receipt.as_ref());
    let credit = index
        .transfer(transaction.id.0)
        .and_then(|side| receipt(side.credit_receipt.as_ref()));
    let receipts: Vec<_> = debit.into_iter().chain(credit).collect();
    let told = |name: &str| result.get(name).and_then(Value::as_str).map(str::to_owned);
    let mut differs = None;
    // Between the networks a name belongs to one of the two receipts.
    let mut compare =
        |name: &str, known: &dyn Fn(&aloqa_gateway::domain::call::Receipt) -> &str| {
            if let Some(told) = told(name)
                && !receipts.iter().any(|receipt| known(receipt) == told)
            {
                differs = Some(format!("{name} is not that of its receipt {receipts:?}"));
            }
        };
    compare("ext", &|receipt| &receipt.reference.0);
    compare("paymentRef", &|receipt| &receipt.reference.0);
    compare("refNum", &|receipt| &receipt.ref_num);
    compare("paymentId", &|receipt| &receipt.network_id);
    compare("auth_ref_number", &|receipt| &receipt.rrn);
    if told("fee").is_some_and(|fee| fee != transaction.fee.to_string()) {
        differs = Some("the fee is another".to_owned());
    }
    differs
}

/// I13 of G: each row was ordered.
fn check_rows(index: &Index<'_>, orders: &Orders<'_>, found: &mut Findings) {
    for transaction in index
        .transactions()
        .iter()
        .filter(|transaction| moves_money(transaction))
    {
        let ext_id = transaction.ext_id.as_deref().unwrap_or_default();
        if !orders.contains_key(&(transaction.partner_id, ext_id)) {
            found.add(Invariant::I13, shown(transaction), "nobody has ordered it");
        }
    }
}

/// I11: the code of an attachment makes one card.
fn check_attachments(index: &Index<'_>, found: &mut Findings) {
    let mut confirmed: HashMap<String, Vec<&Exchange>> = HashMap::new();
    for exchange in index.journal() {
        let of = match exchange.asked.method.as_str() {
            "cards.add-confirm" => exchange
                .number("transactionId")
                .map(|id| format!("attachment {id}")),
            "cards.attach.confirm" => exchange.text("cardId").map(|id| format!("card {id}")),
            _ => None,
        };
        if let (Some(of), Some(_)) = (of, exchange.result()) {
            confirmed.entry(of).or_default().push(exchange);
        }
    }
    for (of, exchanges) in confirmed {
        if exchanges.len() > 1 {
            found.add(
                Invariant::I11,
                of,
                format!(
                    "its code was right {} times, the last: {}",
                    exchanges.len(),
                    exchanges[exchanges.len() - 1].shown()
                ),
            );
        }
    }
}

/// I13: whatever a partner has to ask for was asked for, and not refused.
fn check_intents(index: &Index<'_>, found: &mut Findings) {
    let mut asked: HashMap<(i64, &str), usize> = HashMap::new();
    for exchange in index.journal() {
        // Refused because of the status, so nothing may have been written.
        let refused =
            claim(exchange).is_some() || matches!(exchange.error_code(), Some(-32314 | -32504));
        if let (Some(id), false) = (exchange.number("transactionId"), refused) {
            let key = (id, exchange.asked.method.as_str());
            *asked.entry(key).or_default() += 1;
        }
    }
    for transaction in index
        .transactions()
        .iter()
        .filter(|transaction| moves_money(transaction))
    {
        let mut needed: Vec<(&[Action], &str)> = vec![
            (&[Action::Capture], "transactions.debit.hold.charge"),
            (&[Action::Release], "transactions.debit.hold.cancel"),
        ];
        // A transfer is reversed by the gateway itself.
        if transaction.kind != Kind::Transfer {
            let gives_back = &[Action::Reverse, Action::ReversePart];
            needed.push((gives_back, "transactions.debit.reverse"));
        }
        for (actions, method) in needed {
            let intents = index
                .requests(transaction.id.0)
                .iter()
                .filter(|request| actions.contains(&request.action))
                .count();
            let asked = asked.get(&(transaction.id.0, method)).copied();
            if intents > asked.unwrap_or_default() {
                found.add(
                    Invariant::I13,
                    shown(transaction),
                    format!("{intents} times {actions:?}, and asked for {asked:?} times"),
                );
            }
        }
    }
}
