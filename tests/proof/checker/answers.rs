//! I6, I7, I11 and I13: J against G. What clients were told, and what the gateway stored.

use std::collections::HashMap;

use entity::processing_request::Action;
use entity::transaction::{self, Kind, Status};
use sea_orm::ActiveEnum as _;
use sea_orm::prelude::Uuid;
use serde_json::Value;

use super::index::{Index, is_final, is_open, moves_money, receipt, shown};
use super::{Findings, Invariant};
use crate::journal::Exchange;

/// Errors that say nothing of how a transaction ends: the outcome is not known, somebody else is at work, or the
/// gateway could not begin.
const OPEN: [i64; 5] = [-32379, -32364, -32365, -32334, -32343];
/// Errors that tell of a row.
const ABOUT_A_ROW: [i64; 3] = [-32379, -32364, -32365];
/// Errors of calls that are refused before anything is stored.
const REFUSED_AT_ONCE: [i64; 22] = [
    -32700, -32600, -32601, -32504, -32343, -32300, -32301, -32303, -32304, -32305, -32328, -32329,
    -32332, -32350, -32362, -32372, -32374, -32385, -32387, -32401, -32402, -32314,
];
/// How long a call whose caller has given up may go on, milliseconds.
const GOES_ON_MS: i64 = 30_000;

pub(super) fn check(index: &Index<'_>, found: &mut Findings) {
    let orders = orders(index);
    check_orders(index, &orders, found);
    check_rows(index, &orders, found);
    let mut confirmed: HashMap<i64, u32> = HashMap::new();
    for exchange in index.journal() {
        check_step(index, exchange, &mut confirmed, found);
    }
    check_attachments(index, found);
    check_intents(index, found);
}

/// The calls that order something under an `extId`, by partner and `extId`.
type Orders<'a> = HashMap<(Uuid, &'a str), Vec<&'a Exchange>>;

fn orders<'a>(index: &Index<'a>) -> Orders<'a> {
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

fn is_order(method: &str) -> bool {
    method == "transactions.debit" || (method.starts_with("p2p.") && method.contains('2'))
}

/// Whether a row is what a call orders.
fn fits(index: &Index<'_>, transaction: &transaction::Model, exchange: &Exchange) -> bool {
    let flag = |name: &str| exchange.asked.params[name] == true;
    let kind = match exchange.asked.method.as_str() {
        "transactions.debit" if flag("is_hold") => Kind::Hold,
        "transactions.debit" => Kind::Debit,
        _ => Kind::Transfer,
    };
    let token = transaction.card_id.map(|id| id.to_string());
    let recipient = index.recipient(transaction.id);
    transaction.kind == kind
        && token.as_deref() == exchange.text("token")
        && Some(transaction.amount) == exchange.number("amount")
        && (kind != Kind::Transfer || recipient == exchange.text("pan"))
        && index.had_code(transaction.id) == flag("force_sms_confirmation")
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
    for (key, exchanges) in orders {
        match rows.get(key).map(Vec::as_slice) {
            None => {
                for exchange in exchanges {
                    check_rowless(exchange, found);
                }
            }
            Some([transaction]) => check_order(index, transaction, exchanges, found),
            // Told already.
            Some(_) => {}
        }
    }
}

/// I6: an answer that tells of a row has one.
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
    // Only an order that was still under way can have made the row.
    let made_it = |exchange: &&Exchange| {
        exchange.asked.at <= transaction.created_at
            && transaction.created_at <= acts_until(exchange)
    };
    let makers = same.iter().copied().filter(|exchange| made_it(exchange));
    let makers: Vec<&Exchange> = makers.collect();
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
        check_answer(index, transaction, exchange, &makers, found);
    }
    // Other params under the same `extId`: refused, once the row was there.
    for exchange in other {
        let reused = exchange.reason() == "ext_id_reused";
        if exchange.result().is_some()
            || (exchange.asked.at > transaction.created_at && !reused && ended(exchange))
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

/// Until when a call may have acted. One that was answered had ended; a caller who got no answer knows nothing.
fn acts_until(exchange: &Exchange) -> i64 {
    match exchange.is_lost() {
        true => exchange.ended_at + GOES_ON_MS,
        // The gateway's task goes on beyond an answer of -32379, but its row was there before.
        false => exchange.ended_at,
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
    makers: &[&Exchange],
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
    if told.is_some_and(|told| told != transaction.id) {
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
    let Some(code) = exchange.error_code().filter(|code| !OPEN.contains(code)) else {
        return;
    };
    if exchange.ended_at < transaction.created_at || ended_with(transaction, code) {
        // Refused before there was a row, or as the row says.
        return;
    }
    // Two orders at the same time, the first of which was given up: this one was refused and stored nothing.
    let beside = |maker: &&Exchange| maker.asked.number != exchange.asked.number;
    if exchange.asked.at <= transaction.created_at && makers.iter().any(beside) {
        return;
    }
    fault(
        Invariant::I6,
        &format!(
            "was answered {code}, and ended with {:?}",
            transaction.error_code
        ),
    );
}

/// Whether a transaction ended with this error.
fn ended_with(transaction: &transaction::Model, code: i64) -> bool {
    match transaction.status {
        Status::Declined => transaction.error_code.map(i64::from) == Some(code),
        Status::Expired => transaction.error_code.map_or(-32308, i64::from) == code,
        // Its time is over, though nobody has written that down.
        Status::AwaitingCode => code == -32308,
        Status::Processing
        | Status::Held
        | Status::Succeeded
        | Status::Cancelled
        | Status::Reversed
        | Status::Manual => false,
    }
}

/// What is wrong with a result of an order or a confirmation, or of `transactions.get`.
fn result_fault(
    index: &Index<'_>,
    transaction: &transaction::Model,
    result: &Value,
) -> Option<String> {
    if result.get("phone").is_some() {
        return (!index.had_code(transaction.id))
            .then(|| "a code was sent, and none is awaited".to_owned());
    }
    let hold_alone = transaction.kind == Kind::Hold && result.as_object()?.len() == 1;
    let claimed = if hold_alone {
        Status::Held
    } else {
        Status::Succeeded
    };
    if !index.was(transaction.id, claimed) {
        return Some(format!("it was told to be {claimed:?}, and never was"));
    }
    if hold_alone {
        return None;
    }
    let debit = receipt(transaction.receipt.as_ref());
    let credit = index
        .transfer(transaction.id)
        .and_then(|side| receipt(side.credit_receipt.as_ref()));
    let receipts: Vec<_> = debit.into_iter().chain(credit).collect();
    let told = |name: &str| result.get(name).and_then(Value::as_str).map(str::to_owned);
    let mut differs = None;
    // Across the networks a name belongs to one of the two receipts.
    let mut compare = |name: &str, known: &dyn Fn(&aloqa_gateway::processing::Receipt) -> &str| {
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

/// I6 and I11 of a call about a transaction of the caller that exists.
fn check_step<'a>(
    index: &Index<'a>,
    exchange: &'a Exchange,
    confirmed: &mut HashMap<i64, u32>,
    found: &mut Findings,
) {
    if is_order(&exchange.asked.method) {
        return;
    }
    let by_ext_id = exchange
        .text("extId")
        .zip(index.partner(exchange))
        .and_then(|(ext_id, partner)| index.ordered(partner, ext_id));
    let by_id = exchange
        .number("transactionId")
        .and_then(|id| index.transaction(id));
    let own = |transaction: &&transaction::Model| {
        Some(transaction.partner_id) == index.partner(exchange) && moves_money(transaction)
    };
    let Some(transaction) = by_id.or(by_ext_id).filter(own) else {
        return;
    };
    let result = exchange.result();
    let yes = result == Some(&Value::Bool(true));
    let status = transaction.status;
    let wrong = match exchange.asked.method.as_str() {
        "transactions.get" => {
            result.and_then(|result| get_fault(index, transaction, exchange, result))
        }
        "transactions.debit.confirm" | "p2p.confirm" => {
            if result.is_some() {
                let count = confirmed.entry(transaction.id).or_default();
                *count += 1;
                if *count > 1 {
                    found.add(
                        Invariant::I11,
                        shown(transaction),
                        format!("its code was right {count} times: {}", exchange.shown()),
                    );
                }
            }
            match (result, exchange.error_code()) {
                (Some(result), _) => result_fault(index, transaction, result),
                (None, Some(code)) => confirm_fault(transaction, exchange, code),
                (None, None) => None,
            }
        }
        "transactions.debit.hold.charge" => {
            result.and_then(|result| result_fault(index, transaction, result))
        }
        "transactions.debit.reverse" if yes && status != Status::Reversed => {
            Some("it was told to be reversed".to_owned())
        }
        "transactions.debit.hold.cancel" if yes && status != Status::Cancelled => {
            Some("it was told to be cancelled".to_owned())
        }
        _ => None,
    };
    let wrong = wrong.or_else(|| reason_fault(transaction, exchange));
    if let Some(why) = wrong {
        found.add(
            Invariant::I6,
            shown(transaction),
            format!("{why}: {}", exchange.shown()),
        );
    }
}

/// An error of a confirmation that is neither open nor about the status is how the transaction ended.
fn confirm_fault(
    transaction: &transaction::Model,
    exchange: &Exchange,
    code: i64,
) -> Option<String> {
    let of_the_status = [-32313, -32392, -32330, -32312, -32314, -32401].contains(&code);
    if OPEN.contains(&code) || of_the_status || exchange.reason() == "wrong_code" {
        return None;
    }
    (!ended_with(transaction, code)).then(|| {
        format!(
            "was answered {code}, and ended with {:?}",
            transaction.error_code
        )
    })
}

/// A refusal that names the final status that is in its way.
fn reason_fault(transaction: &transaction::Model, exchange: &Exchange) -> Option<String> {
    let told = match (exchange.error_code()?, exchange.reason()) {
        (-32313, "cancelled") => Status::Cancelled,
        (-32313, "reversed") => Status::Reversed,
        (-32313, "declined") => Status::Declined,
        (-32308, "tries_used_up") => Status::Expired,
        _ => return None,
    };
    (transaction.status != told).then(|| format!("it was told to be {told:?}"))
}

/// I6 of `transactions.get`.
fn get_fault(
    index: &Index<'_>,
    transaction: &transaction::Model,
    exchange: &Exchange,
    result: &Value,
) -> Option<String> {
    let word = result["status"].as_str().unwrap_or_default();
    let Ok(told) = Status::try_from_value(&word.to_owned()) else {
        return Some("it was told a status that is none".to_owned());
    };
    let by_the_clock = told == Status::Expired
        && transaction.status == Status::AwaitingCode
        && transaction
            .code_expires_at
            .is_some_and(|end| end <= exchange.ended_at);
    let was = |status: Status| {
        let word = status.to_value();
        let mut events = index.events(transaction.id).iter();
        events.any(|event| event.to_status == word && event.at <= exchange.ended_at)
    };
    if !was(told) && !by_the_clock {
        return Some(format!("it was told to be {told:?}, and was not yet"));
    }
    if is_final(told) && told != transaction.status && !by_the_clock {
        return Some(format!("it was told to be {told:?}"));
    }
    if told == Status::Succeeded
        && !matches!(transaction.status, Status::Succeeded | Status::Reversed)
        && !is_open(transaction.status)
    {
        return Some("it was told to have succeeded".to_owned());
    }
    let ours = [
        ("transactionId", Some(transaction.id)),
        ("amount", Some(transaction.amount)),
        ("fee", Some(transaction.fee)),
        ("createdAt", Some(transaction.created_at)),
    ];
    if let Some((name, _)) = ours
        .iter()
        .find(|(name, ours)| result[name].as_i64() != *ours)
    {
        return Some(format!("its {name} was told to be another"));
    }
    if result["extId"].as_str() != transaction.ext_id.as_deref() {
        return Some("its extId was told to be another".to_owned());
    }
    let error = result["error"]["code"].as_i64();
    if told == Status::Declined && error != transaction.error_code.map(i64::from) {
        return Some("its error was told to be another".to_owned());
    }
    let final_result = matches!(told, Status::Succeeded | Status::Reversed);
    match &result["result"] {
        shown if final_result && shown.is_object() => result_fault(index, transaction, shown),
        _ => None,
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
        // Refused by the status: then nothing may have been written.
        let refused = exchange
            .error_code()
            .is_some_and(|code| [-32314, -32312, -32313, -32392, -32504].contains(&code));
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
        let mut needed = vec![
            (Action::Capture, "transactions.debit.hold.charge"),
            (Action::Release, "transactions.debit.hold.cancel"),
        ];
        // A transfer is reversed by the gateway itself.
        if transaction.kind != Kind::Transfer {
            needed.push((Action::Reverse, "transactions.debit.reverse"));
        }
        for (action, method) in needed {
            let intents = index
                .requests(transaction.id)
                .iter()
                .filter(|request| request.action == action)
                .count();
            let asked = asked.get(&(transaction.id, method)).copied();
            if intents > asked.unwrap_or_default() {
                found.add(
                    Invariant::I13,
                    shown(transaction),
                    format!("{intents} times {action:?}, and asked for {asked:?} times"),
                );
            }
        }
    }
}
