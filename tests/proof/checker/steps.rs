//! I6 and I11: what clients were told of an existing transaction of theirs, by asking or by doing something with it.

use std::collections::HashMap;

use entity::processing_request::{Action, State};
use entity::reversal;
use entity::transaction::{self, Kind, Status};
use sea_orm::ActiveEnum as _;
use serde_json::Value;

use super::answers::{OPEN, ended_with, result_fault};
use super::claims::{claim, claim_fault, is_busy, stored_by, time_of_code_was_over, was_seen};
use super::index::{Index, captured, gives_back, is_final, is_open, moves_money, shown};
use super::{Findings, Invariant};
use crate::journal::Exchange;

/// What is asked about a transaction that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Get,
    Confirm,
    Charge,
    Cancel,
    Reverse,
}

impl Step {
    /// The step of a method, and the kinds of transactions that it knows.
    fn of(method: &str) -> Option<(Self, &'static [Kind])> {
        Some(match method {
            "transactions.get" => (Self::Get, &[Kind::Debit, Kind::Hold, Kind::Transfer]),
            "transactions.debit.confirm" => (Self::Confirm, &[Kind::Debit, Kind::Hold]),
            "p2p.confirm" => (Self::Confirm, &[Kind::Transfer]),
            "transactions.debit.hold.charge" => (Self::Charge, &[Kind::Hold]),
            "transactions.debit.hold.cancel" => (Self::Cancel, &[Kind::Hold]),
            "transactions.debit.reverse" => (Self::Reverse, &[Kind::Debit, Kind::Hold]),
            _ => return None,
        })
    }
}

/// Errors of envelope, permission and params: no row was looked at.
const REFUSED_UNREAD: [i64; 6] = [-32700, -32600, -32601, -32504, -32300, -32401];

/// The answers that say that a network has refused: each needs a request of its own.
type Refusals<'a> = HashMap<(i64, Action), Vec<&'a Exchange>>;

pub(super) fn check(index: &Index<'_>, found: &mut Findings) {
    let mut confirmed: HashMap<i64, u32> = HashMap::new();
    let mut refusals = Refusals::new();
    for exchange in index.journal() {
        let Some((step, kinds)) = Step::of(&exchange.asked.method) else {
            continue;
        };
        let Some(transaction) = asked_about(index, exchange) else {
            continue;
        };
        if step == Step::Confirm && exchange.result().is_some() {
            let count = confirmed.entry(transaction.id.0).or_default();
            *count += 1;
            if *count > 1 {
                found.add(
                    Invariant::I11,
                    shown(transaction),
                    format!("its code was right {count} times: {}", exchange.shown()),
                );
            }
        }
        let fault = match exchange.result() {
            Some(result) => told_fault(index, transaction, step, exchange, result),
            None if exchange.is_lost() || exchange.asked.at <= transaction.created_at.0 => None,
            None if step == Step::Get => unanswered_fault(index, transaction, exchange),
            None => refusal_fault(index, transaction, (step, kinds), exchange, &mut refusals),
        };
        if let Some(why) = fault {
            found.add(
                Invariant::I6,
                shown(transaction),
                format!("{why}: {}", exchange.shown()),
            );
        }
    }
    check_refusals(index, &refusals, found);
}

/// The transaction of the caller's own that a call names.
fn asked_about<'a>(index: &Index<'a>, exchange: &'a Exchange) -> Option<&'a transaction::Model> {
    let partner = index.partner(exchange)?;
    let by_id = exchange
        .number("transactionId")
        .and_then(|id| index.transaction(id));
    let by_ext_id = exchange.text("extId").and_then(|ext_id| {
        let reversal = || index.transaction(index.reversal(partner, ext_id)?.transaction_id.0);
        index.ordered(partner, ext_id).or_else(reversal)
    });
    by_id
        .or(by_ext_id)
        .filter(|row| row.partner_id == partner && moves_money(row))
}

/// What is wrong with a result.
fn told_fault(
    index: &Index<'_>,
    transaction: &transaction::Model,
    step: Step,
    exchange: &Exchange,
    result: &Value,
) -> Option<String> {
    let status = transaction.status;
    let unlike = |told: Status| (status != told).then(|| format!("it was told to be {told:?}"));
    match step {
        Step::Get => get_fault(index, transaction, exchange, result),
        Step::Confirm => result_fault(index, transaction, result),
        Step::Charge => {
            let asked = exchange.number("amount").unwrap_or(transaction.amount);
            let other = (captured(transaction) != asked)
                .then(|| "another amount was charged than it asked for".to_owned());
            other.or_else(|| result_fault(index, transaction, result))
        }
        Step::Cancel => unlike(Status::Cancelled),
        Step::Reverse => match reversal_of(index, exchange) {
            None if exchange.text("extId").is_some() => {
                Some("its reversal is forgotten".to_owned())
            }
            None => unlike(Status::Reversed),
            Some(reversal) => {
                let call = index.request_of(reversal);
                let carried_out = call.is_some_and(|call| {
                    let asked = exchange.number("amount").unwrap_or(call.amount);
                    call.state == State::Approved && call.amount == asked
                });
                (!carried_out).then(|| "its reversal was not carried out so".to_owned())
            }
        },
    }
}

/// The reversal that a call asks for under an id of its own.
fn reversal_of<'a>(index: &Index<'a>, exchange: &Exchange) -> Option<&'a reversal::Model> {
    index.reversal(index.partner(exchange)?, exchange.text("extId")?)
}

/// What is wrong with the answer that less is left than was asked for.
fn exceeds_fault(
    index: &Index<'_>,
    transaction: &transaction::Model,
    step: Step,
    exchange: &Exchange,
) -> Option<String> {
    let asked = exchange.number("amount").unwrap_or_default();
    let fits = match step {
        Step::Charge => asked <= transaction.amount,
        // Whatever was ever reserved may have been in its way.
        Step::Reverse => {
            let reversals = index.reversals_of(transaction).into_iter();
            let others: i64 = reversals.map(|request| request.amount).sum();
            asked + others <= captured(transaction)
        }
        Step::Get | Step::Confirm | Step::Cancel => true,
    };
    fits.then(|| "it was told to exceed what is left, and does not".to_owned())
}

/// What is wrong with a question that got no result, though its transaction existed.
fn unanswered_fault(
    index: &Index<'_>,
    transaction: &transaction::Model,
    exchange: &Exchange,
) -> Option<String> {
    // Anyone who knows its number was told it after the commit.
    let by_id = exchange.number("transactionId").is_some();
    let since = match reversal_of(index, exchange).and_then(|of| index.request_of(of)) {
        Some(call) => call.settled_at.map_or(i64::MAX, |at| at.0),
        None => stored_by(index, transaction),
    };
    let was_there = by_id || exchange.asked.at >= since;
    let under_fire = exchange.asked.at < index.records.quiet_from;
    let excused = !was_there && matches!(exchange.error_code(), Some(-32314 | -32364));
    let excused = excused || (is_busy(exchange) && under_fire);
    (!excused).then(|| "its owner asked, and was not told".to_owned())
}

/// What is wrong with an error of a confirmation, a charge, a cancellation or a reversal.
fn refusal_fault<'a>(
    index: &Index<'a>,
    transaction: &transaction::Model,
    (step, kinds): (Step, &[Kind]),
    exchange: &'a Exchange,
    refusals: &mut Refusals<'a>,
) -> Option<String> {
    // Where these errors say that nothing was done, `unsent` checks that it is so.
    if is_busy(exchange) {
        return None;
    }
    let code = exchange.error_code()?;
    if let Some(claim) = claim(exchange) {
        return claim_fault(index, transaction, exchange, claim);
    }
    if OPEN.contains(&code) || REFUSED_UNREAD.contains(&code) {
        return None;
    }
    if exchange.reason() == "amount_exceeds_rest" {
        return exceeds_fault(index, transaction, step, exchange);
    }
    if step == Step::Reverse && exchange.text("extId").is_some() && code != -32314 {
        let ended = reversal_of(index, exchange).and_then(|reversal| reversal.error_code);
        return (ended.map(i64::from) != Some(code))
            .then(|| format!("was answered {code}, and its reversal ended with {ended:?}"));
    }
    if code == -32314 {
        let awaits_code = was_seen(index, transaction, exchange, Status::AwaitingCode);
        let unfit = !kinds.contains(&transaction.kind) || (step == Step::Charge && awaits_code);
        return (!unfit).then(|| "it was told not to exist".to_owned());
    }
    let action = match step {
        Step::Get | Step::Confirm => {
            return (!ended_with(transaction, code, exchange)).then(|| {
                let ended = transaction.error_code;
                format!("was answered {code}, and ended with {ended:?}")
            });
        }
        Step::Charge => Action::Capture,
        Step::Cancel => Action::Release,
        Step::Reverse => Action::Reverse,
    };
    let key = (transaction.id.0, action);
    refusals.entry(key).or_default().push(exchange);
    None
}

/// I6: everyone who was told that a network has refused has made a call of their own that was declined. A transaction
/// has one request of an action at a time, so the declined ones follow one another, and each belongs to the answer that
/// ended first among those that fit.
fn check_refusals(index: &Index<'_>, refusals: &Refusals<'_>, found: &mut Findings) {
    for (&(transaction_id, action), exchanges) in refusals {
        let Some(transaction) = index.transaction(transaction_id) else {
            continue;
        };
        let declined = index
            .requests(transaction_id)
            .iter()
            .filter(|request| request.state == State::Declined)
            // All that parts have left of a payment is a part, too.
            .filter(|request| {
                request.action == action || gives_back(action) && gives_back(request.action)
            });
        let mut declined: Vec<_> = declined.collect();
        let mut exchanges = exchanges.clone();
        exchanges.sort_by_key(|exchange| exchange.ended_at);
        for exchange in exchanges {
            let own = declined.iter().position(|request| {
                request.sent_at.0 >= exchange.asked.at
                    && request
                        .settled_at
                        .is_some_and(|at| at.0 <= exchange.ended_at)
            });
            if let Some(own) = own {
                declined.remove(own);
                continue;
            }
            found.add(
                Invariant::I6,
                shown(transaction),
                format!(
                    "no {action:?} of this call was declined: {}",
                    exchange.shown()
                ),
            );
        }
    }
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
    let seen = |status| was_seen(index, transaction, exchange, status);
    let by_the_clock = told == Status::Expired
        && seen(Status::AwaitingCode)
        && time_of_code_was_over(transaction, exchange);
    if !seen(told) && !by_the_clock {
        return Some(format!("it was told to be {told:?}, and was not then"));
    }
    let stays =
        transaction.status == told || (by_the_clock && transaction.status == Status::AwaitingCode);
    if is_final(told) && !stays {
        return Some(format!("it was told to be {told:?}"));
    }
    if told == Status::Succeeded
        && !matches!(transaction.status, Status::Succeeded | Status::Reversed)
        && !is_open(transaction.status)
    {
        return Some("it was told to have succeeded".to_owned());
    }
    let ours = [
        ("transactionId", Some(transaction.id.0)),
        ("amount", Some(transaction.amount)),
        ("fee", Some(transaction.fee)),
        ("createdAt", Some(transaction.created_at.0)),
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
    if let Some(taken) = result["capturedAmount"].as_i64() {
        let given_back = result["reversedAmount"].as_i64().unwrap_or_default();
        if taken != captured(transaction) || given_back > taken {
            return Some("its amounts were told to be others".to_owned());
        }
        if given_back > transaction.reversed.unwrap_or(0) {
            return Some("it was told that more was given back than was".to_owned());
        }
    }
    let kept = transaction.error_code.map(i64::from);
    let error = match told {
        Status::Declined => kept,
        // An expired code has -32308, though no error is stored; an expired hold has no error at all.
        Status::Expired if kept.is_none() && !index.was(transaction.id.0, Status::Held) => {
            Some(-32308)
        }
        Status::Expired => kept,
        Status::AwaitingCode
        | Status::Processing
        | Status::Held
        | Status::Succeeded
        | Status::Cancelled
        | Status::Reversed
        | Status::Manual => None,
    };
    if result["error"]["code"].as_i64() != error {
        return Some("its error was told to be another".to_owned());
    }
    let final_result = matches!(told, Status::Succeeded | Status::Reversed);
    match &result["result"] {
        shown if final_result && shown.is_object() => result_fault(index, transaction, shown),
        _ => None,
    }
}
