//! `aloqa-gateway transactions`: what nobody could settle, for operators.

use std::io::{self, Write};
use std::os::unix::fs::MetadataExt as _;
use std::time::Duration;
use std::{env, fs};

use clap::{Args, Subcommand, ValueEnum};
use entity::processing_request;

use super::Failure;
use crate::domain::day::stamp;
use crate::gateway::Gateway;
use crate::operator::{Listed, Open, Shown};
use crate::payment::resolve::{Statement, Verdict};
use crate::repository::request::NEVER;

const EXAMPLES: &str = "Examples:
  aloqa-gateway transactions list --status manual
  aloqa-gateway transactions show 1234
  aloqa-gateway transactions resolve 1234 --as succeeded --reference 000012345678 \\
      --reason 'SVGate support, ticket 77: paid'
  aloqa-gateway transactions resolve 1235 --as failed --reason 'not in the card history of the bank'
  aloqa-gateway transactions acknowledge 1236 --reason 'paid back by hand, ticket 78'";

/// The commands.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum TransactionsCommand {
    /// List the transactions that ask for somebody, oldest first, with the call for which they do: its outcome is not known,
    /// or a late answer contradicts it.
    List {
        /// Which of them; without it, all.
        #[arg(long)]
        status: Option<Open>,
    },
    /// Show all that is known of a transaction: its calls to the networks and its whole history.
    Show {
        /// The number that the partner has, too.
        id: i64,
    },
    /// Settle the open call of a transaction as you found out. What follows from it is carried out: a debit whose credit
    /// has failed is given back. Whatever you say is kept, with the reason.
    Resolve(Resolve),
    /// Take note of late answers that contradict how a transaction was settled, once you have put right what was wrong.
    /// They change nothing by themselves; whatever you say is kept.
    Acknowledge {
        /// The number of the transaction.
        id: i64,
        #[command(flatten)]
        speaker: Speaker,
    },
}

/// Who speaks to the gateway's records.
#[derive(Debug, Args)]
pub(super) struct Speaker {
    /// How you know, or what you did, for whoever asks later.
    #[arg(long, value_parser = said)]
    reason: String,
    /// Who you are; without it, the user of the system.
    #[arg(long, value_parser = said)]
    by: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Resolve {
    /// The number of the transaction.
    id: i64,
    /// Whether the network carried the open call out (`show` says which call that is). Failed means that it did not, and
    /// never will: a call may come for as long as `max_processing_s` of its network.
    #[arg(long = "as", value_name = "OUTCOME")]
    outcome: Outcome,
    /// What the network calls it: SVGate's refNum, the id of a hold, HUMO's paymentID. Needed for succeeded.
    #[arg(long, required_if_eq("outcome", "succeeded"), value_parser = said)]
    reference: Option<String>,
    #[command(flatten)]
    speaker: Speaker,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Outcome {
    Succeeded,
    Failed,
}

pub(super) async fn run(gateway: &Gateway, command: TransactionsCommand) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match command {
        TransactionsCommand::List { status } => {
            let mut rows = Vec::new();
            for which in [Open::Manual, Open::Unknown, Open::Contradicted] {
                if status.is_none_or(|asked| asked == which) {
                    rows.extend(gateway.open_transactions(which).await?);
                }
            }
            list(&mut out, &rows, gateway.clock.now())?;
        }
        TransactionsCommand::Show { id } => {
            let shown = gateway.whole_transaction(id).await?;
            let shown = shown.ok_or_else(|| format!("there is no transaction {id}"))?;
            show(&mut out, &shown)?;
        }
        TransactionsCommand::Resolve(Resolve {
            id,
            outcome,
            reference,
            speaker,
        }) => {
            let verdict = match (outcome, reference) {
                (Outcome::Succeeded, reference) => {
                    Verdict::Succeeded(reference.unwrap_or_default())
                }
                (Outcome::Failed, None) => Verdict::Failed,
                (Outcome::Failed, Some(_)) => {
                    return Err(
                        "what was not carried out has no --reference; did you mean --as succeeded?"
                            .into(),
                    );
                }
            };
            let by = speaker.name()?;
            let statement = speaker.statement(&by);
            let settled = gateway.payments.resolve(id, verdict, statement).await?;
            writeln!(out, "transaction {id} is {}", word(settled.status))?;
        }
        TransactionsCommand::Acknowledge { id, speaker } => {
            let by = speaker.name()?;
            gateway
                .payments
                .acknowledge(id, speaker.statement(&by))
                .await?;
            writeln!(out, "the late answers about transaction {id} are noted")?;
        }
    }
    Ok(())
}

impl Speaker {
    fn statement<'a>(&'a self, by: &'a str) -> Statement<'a> {
        let reason = &self.reason;
        Statement { by, reason }
    }

    /// The name given, or that of the user who is logged in, or his number.
    #[expect(clippy::disallowed_methods, reason = "who somebody is, is no setting")]
    fn name(&self) -> io::Result<String> {
        if let Some(by) = &self.by {
            return Ok(by.clone());
        }
        let named = ["SUDO_USER", "USER", "LOGNAME"]
            .iter()
            .find_map(|name| env::var(name).ok());
        match named.filter(|name| !name.is_empty()) {
            Some(name) => Ok(name),
            None => Ok(format!("user {}", fs::metadata("/proc/self")?.uid())),
        }
    }
}

/// A text that says something.
fn said(text: &str) -> Result<String, &'static str> {
    match text.trim() {
        "" => Err("it says nothing"),
        said => Ok(said.to_owned()),
    }
}

fn list(out: &mut impl Write, rows: &[Listed], now: i64) -> io::Result<()> {
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

fn show(out: &mut impl Write, shown: &Shown) -> io::Result<()> {
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
        if let Some(said) = &call.contradiction {
            let noted = call.acknowledged_at.map(stamp);
            let noted = noted.map(|at| format!(" (noted {at})")).unwrap_or_default();
            writeln!(out, "    CONTRADICTED by a late answer{noted}: {said}")?;
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
        writeln!(out, "what operators said:")?;
    }
    for record in &shown.said {
        writeln!(out, "  {}  {}", stamp(record.at), record.request)?;
    }
    Ok(())
}

/// A stored value by its stored word.
fn word(value: impl sea_orm::ActiveEnum<Value = String>) -> String {
    value.to_value()
}
