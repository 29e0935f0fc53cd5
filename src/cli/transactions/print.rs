//! Transactions as operators read them: a table of the open ones, or all about one.

use std::io::{self, Write};

use entity::processing_request::State;
use entity::time::UnixMillis;
use entity::{processing_request, transaction};
use serde_json::{Value, json};

use crate::cli::form::{Form, List};
use crate::cli::table::Table;
use crate::domain::call::Receipt;
use crate::domain::currency::SUM;
use crate::domain::day::stamp;
use crate::operator::{Listed, Shown, Whose};
use crate::payment::LateAnswers;
use crate::repository::request::NEVER;

pub(super) fn list(
    form: Form,
    rows: &[Listed],
    now: UnixMillis,
    searched: &str,
    more: Option<bool>,
) -> io::Result<()> {
    let mut table = Table::new([
        "ID", "STATUS", "KIND", "NETWORK", "TIYIN", "CALL", "PARTNER", "CARD", "SINCE", "MIN",
        "LOOK-UPS", "NEXT", "CAUSE",
    ]);
    let mut items = Vec::new();
    for row in rows {
        let Listed {
            transaction,
            call,
            whose,
        } = row;
        let minutes = (now - call.sent_at) / 60_000;
        table.row([
            transaction.id.to_string(),
            word(transaction.status),
            word(transaction.kind),
            word(call.network),
            call.amount.to_string(),
            word(call.action),
            whose.partner.clone(),
            whose.card.clone().unwrap_or_default(),
            stamp(call.sent_at),
            minutes.to_string(),
            call.attempts.to_string(),
            next(call).unwrap_or_default(),
            call.contradiction
                .clone()
                .or_else(|| call.cause.clone())
                .unwrap_or_default(),
        ]);
        let mut item = transaction_in_json(transaction, whose);
        if let Some(members) = item.as_object_mut() {
            members.insert("call".to_owned(), call_in_json(call));
        }
        items.push(item);
    }
    form.list(List {
        schema: "transactions.list/1",
        table,
        items,
        none: format!("no transaction is open: looked for {searched}"),
        more,
    })
}

fn transaction_in_json(transaction: &transaction::Model, whose: &Whose) -> Value {
    json!({
        "transactionId": transaction.id.0,
        "partner": whose.partner,
        "extId": transaction.ext_id,
        "kind": word(transaction.kind),
        "status": word(transaction.status),
        "network": word(transaction.network),
        "card": whose.card,
        "amount": transaction.amount,
        "fee": transaction.fee,
        "capturedAmount": transaction.captured,
        "reversedAmount": transaction.reversed,
        "reversingAmount": transaction.reversing,
        "currency": SUM,
        "merchantId": transaction.merchant_id,
        "terminalId": transaction.terminal_id,
        "createdAt": stamp(transaction.created_at),
        "updatedAt": stamp(transaction.updated_at),
    })
}

/// What a network answered, as it is stored; `None` while it has not.
fn receipt(stored: Option<&str>) -> Option<Receipt> {
    serde_json::from_str(stored?).ok()
}

/// The same for people; what cannot be read is shown as it is.
fn receipt_in_words(stored: &str) -> String {
    let Some(told) = receipt(Some(stored)) else {
        return stored.to_owned();
    };
    let named = [
        ("refNum", told.ref_num),
        ("network's id", told.network_id),
        ("approval code", told.apr_code),
        ("RRN", told.rrn),
        (
            "fee",
            told.fee
                .map(|fee| format!("{fee} tiyin"))
                .unwrap_or_default(),
        ),
    ];
    let named = named.into_iter().filter(|(_, value)| !value.is_empty());
    let words: Vec<_> = named
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    match words.is_empty() {
        true => "names nothing but our reference".to_owned(),
        false => words.join(", "),
    }
}

/// The same for programs.
pub(in crate::cli) fn receipt_in_json(stored: Option<&str>) -> Value {
    let told = receipt(stored).map(|receipt| {
        json!({
            "reference": receipt.reference,
            "refNum": receipt.ref_num,
            "networkId": receipt.network_id,
            "approvalCode": receipt.apr_code,
            "rrn": receipt.rrn,
            "fee": receipt.fee,
        })
    });
    json!(told)
}

fn call_in_json(call: &processing_request::Model) -> Value {
    json!({
        "request": call.id.0,
        "action": word(call.action),
        "state": word(call.state),
        "network": word(call.network),
        "amount": call.amount,
        "reference": call.reference,
        "sentAt": stamp(call.sent_at),
        "settledAt": call.settled_at.map(stamp),
        "settledBy": call.settled_by.map(word),
        "lookUps": call.attempts,
        "nextLookUpAt": next(call),
        "code": call.processing_code,
        "cause": call.cause,
        "receipt": receipt_in_json(call.receipt.as_deref()),
        "contradiction": call.contradiction,
        "acknowledgedAt": call.acknowledged_at.map(stamp),
    })
}

fn next(call: &processing_request::Model) -> Option<String> {
    match call.next_check_at {
        at if at == NEVER || call.state.is_settled() => None,
        at => Some(stamp(at)),
    }
}

/// All about one.
pub(super) fn show(form: Form, shown: &Shown) -> io::Result<()> {
    form.show(
        "transactions.show/1",
        || in_json(shown),
        |out| in_words(out, shown),
    )
}

fn in_json(shown: &Shown) -> Value {
    let mut item = transaction_in_json(&shown.transaction, &shown.whose);
    let calls: Vec<Value> = shown.calls.iter().map(call_in_json).collect();
    let events = shown.events.iter().map(|event| {
        json!({
            "seq": event.seq,
            "at": stamp(event.at),
            "from": event.from_status,
            "to": event.to_status,
            "cause": event.cause,
        })
    });
    let said = shown.said.iter().map(|record| {
        json!({
            "at": stamp(record.at),
            "who": record.who,
            "outcome": record.outcome,
            "said": record.detail,
        })
    });
    if let Some(members) = item.as_object_mut() {
        members.insert("calls".to_owned(), json!(calls));
        members.insert("history".to_owned(), json!(events.collect::<Vec<Value>>()));
        members.insert("statements".to_owned(), json!(said.collect::<Vec<Value>>()));
        let answers = LateAnswers::of(&shown.calls);
        let mark = (!answers.is_empty()).then(|| answers.mark());
        members.insert("lateAnswersMark".to_owned(), json!(mark));
    }
    item
}

fn in_words(out: &mut dyn Write, shown: &Shown) -> io::Result<()> {
    let transaction = &shown.transaction;
    writeln!(
        out,
        "transaction {}: {} of {} tiyin (fee {}) on {}, {}",
        transaction.id,
        word(transaction.kind),
        transaction.amount,
        transaction.fee,
        word(transaction.network),
        word(transaction.status)
    )?;
    let tiyin = |amount: i64| format!("{amount} tiyin");
    // Its outcome is not known.
    let reversing = Some(transaction.reversing).filter(|amount| *amount != 0);
    let pairs = [
        ("partner", Some(shown.whose.partner.clone())),
        ("extId", transaction.ext_id.clone()),
        ("card", shown.whose.card.clone()),
        ("taken", transaction.captured.map(tiyin)),
        ("given back", transaction.reversed.map(tiyin)),
        ("asked back", reversing.map(tiyin)),
        ("merchant", transaction.merchant_id.clone()),
        ("terminal", transaction.terminal_id.clone()),
        ("created", Some(stamp(transaction.created_at))),
        ("updated", Some(stamp(transaction.updated_at))),
        ("hold ends", transaction.hold_expires_at.map(stamp)),
        (
            "receipt",
            transaction.receipt.as_deref().map(receipt_in_words),
        ),
        ("error", transaction.error_code.map(|code| code.to_string())),
        ("error data", transaction.error_data.clone()),
    ];
    for (name, value) in pairs {
        if let Some(value) = value {
            writeln!(out, "  {name:<10} {value}")?;
        }
    }
    writeln!(out, "calls to the networks:")?;
    for call in &shown.calls {
        write!(
            out,
            "  request {}: {} {}{} {} tiyin on {}, reference {}, sent {}",
            call.id,
            word(call.action),
            word(call.state),
            // What was not carried out, or may not have been, was only asked for.
            match call.state {
                State::Approved => " of",
                State::Declined | State::Sent | State::Unknown => ", asked for",
            },
            call.amount,
            word(call.network),
            call.reference,
            stamp(call.sent_at)
        )?;
        if let (Some(at), Some(by)) = (call.settled_at, call.settled_by) {
            write!(out, ", settled {} by {}", stamp(at), word(by))?;
        } else {
            let next = next(call).unwrap_or_else(|| "-".to_owned());
            write!(out, ", {} look-ups, next {next}", call.attempts)?;
        }
        if let Some(code) = &call.processing_code {
            write!(out, ", code {code}")?;
        }
        if let Some(cause) = &call.cause {
            write!(out, ": {cause}")?;
        }
        writeln!(out)?;
        if let Some(receipt) = &call.receipt {
            writeln!(out, "    receipt: {}", receipt_in_words(receipt))?;
        }
        if let Some(answer) = &call.contradiction {
            let noted = call.acknowledged_at.map(stamp);
            let noted = noted
                .map(|at| format!(" (acknowledged {at})"))
                .unwrap_or_default();
            writeln!(out, "    CONTRADICTED by a late answer{noted}: {answer}")?;
        }
    }
    let answers = LateAnswers::of(&shown.calls);
    if !answers.is_empty() {
        writeln!(
            out,
            "  once you have dealt with it: aloqa-gateway transactions acknowledge {} --seen {} --reason '…'",
            transaction.id,
            answers.mark()
        )?;
    }
    writeln!(out, "history:")?;
    for event in &shown.events {
        writeln!(
            out,
            "  {} {}  {} -> {}  {}",
            event.seq,
            stamp(event.at),
            event.from_status.as_deref().unwrap_or("new"),
            event.to_status,
            event.cause
        )?;
    }
    if !shown.said.is_empty() {
        writeln!(out, "statements of operators:")?;
    }
    for record in &shown.said {
        // What was asked for, or refused, has changed nothing.
        let how = match record.outcome.as_str() {
            "asked" => " asked for it",
            "failed" => " was refused",
            _ => "",
        };
        let (at, who) = (stamp(record.at), &record.who);
        writeln!(out, "  {at}  {who}{how}: {}", record.detail)?;
    }
    Ok(())
}

/// A stored value as the database has it.
pub(in crate::cli) fn word(value: impl sea_orm::ActiveEnum<Value = String>) -> String {
    value.to_value()
}
