//! Transactions as operators read them: a table of the open ones, or all about one.

use std::io::{self, Write};
use std::time::Duration;

use entity::processing_request;
use entity::time::UnixMillis;

use crate::domain::day::stamp;
use crate::operator::{Listed, Shown};
use crate::repository::request::NEVER;

pub(super) fn list(out: &mut impl Write, rows: &[Listed], now: UnixMillis) -> io::Result<()> {
    if rows.is_empty() {
        return writeln!(out, "no transaction is open");
    }
    writeln!(
        out,
        "ID\tSTATUS\tKIND\tNETWORK\tTIYIN\tCALL\tSINCE\tLOOK-UPS\tNEXT\tCAUSE"
    )?;
    for Listed { transaction, call } in rows {
        let open = Duration::from_millis(u64::try_from(now - call.sent_at).unwrap_or_default());
        writeln!(
            out,
            "{}\t{}\t{}\t{}\t{}\t{}\t{} ({} min)\t{}\t{}\t{}",
            transaction.id,
            word(transaction.status),
            word(transaction.kind),
            word(call.network),
            call.amount,
            word(call.action),
            stamp(call.sent_at),
            open.as_secs() / 60,
            call.attempts,
            next(call),
            call.contradiction
                .as_ref()
                .or(call.cause.as_ref())
                .map_or("", String::as_str),
        )?;
    }
    Ok(())
}

fn next(call: &processing_request::Model) -> String {
    match call.next_check_at {
        at if at == NEVER || call.state.is_settled() => "-".to_owned(),
        at => stamp(at),
    }
}

pub(super) fn show(out: &mut impl Write, shown: &Shown) -> io::Result<()> {
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
    let pairs = [
        ("partner", Some(transaction.partner_id.to_string())),
        ("extId", transaction.ext_id.clone()),
        ("card", transaction.card_id.map(|card| card.to_string())),
        ("merchant", transaction.merchant_id.clone()),
        ("terminal", transaction.terminal_id.clone()),
        ("created", Some(stamp(transaction.created_at))),
        ("updated", Some(stamp(transaction.updated_at))),
        ("hold ends", transaction.hold_expires_at.map(stamp)),
        ("receipt", transaction.receipt.clone()),
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
            "  request {}: {} {} of {} tiyin on {}, reference {}, sent {}",
            call.id,
            word(call.action),
            word(call.state),
            call.amount,
            word(call.network),
            call.reference,
            stamp(call.sent_at)
        )?;
        if let (Some(at), Some(by)) = (call.settled_at, call.settled_by) {
            write!(out, ", settled {} by {}", stamp(at), word(by))?;
        } else {
            write!(out, ", {} look-ups, next {}", call.attempts, next(call))?;
        }
        if let Some(code) = &call.processing_code {
            write!(out, ", code {code}")?;
        }
        if let Some(cause) = &call.cause {
            write!(out, ": {cause}")?;
        }
        writeln!(out)?;
        if let Some(receipt) = &call.receipt {
            writeln!(out, "    receipt {receipt}")?;
        }
        if let Some(answer) = &call.contradiction {
            let noted = call.acknowledged_at.map(stamp);
            let noted = noted
                .map(|at| format!(" (acknowledged {at})"))
                .unwrap_or_default();
            writeln!(out, "    CONTRADICTED by a late answer{noted}: {answer}")?;
        }
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
        writeln!(
            out,
            "  {}  {}: {}",
            stamp(record.at),
            record.who,
            record.detail
        )?;
    }
    Ok(())
}

/// A stored value as the database has it.
pub(in crate::cli) fn word(value: impl sea_orm::ActiveEnum<Value = String>) -> String {
    value.to_value()
}
