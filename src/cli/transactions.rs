//! `aloqa-gateway transactions`: what recovery could not settle, for operators.

mod print;

use clap::{Args, Subcommand, ValueEnum};
use entity::ids::TransactionId;
use serde_json::json;

use self::print::{list, show};
pub(super) use self::print::{receipt_in_json, word};
use super::Failure;
use super::consent::Consent;
use super::deeds::Deeds;
use super::form::{Deed, Form};
use super::speaker::{Speaker, not_empty};
use crate::config::Config;
use crate::environment::Environment;
use crate::gateway::Gateway;
use crate::operator::{Open, Part, Shown};
use crate::payment::LateAnswers;
use crate::payment::resolve::Verdict;
use crate::start::{open_gateway, open_gateway_to_read};

const EXAMPLES: &str = "Examples:
  aloqa-gateway transactions list --status manual
  aloqa-gateway transactions show 1234
  aloqa-gateway transactions resolve 1234 --as succeeded --reference 000012345678 \\
      --reason 'SVGate support, ticket 77: paid'
  aloqa-gateway transactions resolve 1235 --as failed --reason 'not in the card history at the bank'
  aloqa-gateway transactions acknowledge 1236 --reason 'refunded by hand, ticket 78'";

#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum TransactionsCommand {
    /// List the transactions that need attention, oldest first.
    ///
    /// Each comes with the call concerned: its outcome is unknown, or a late answer contradicts it.
    #[command(
        after_help = "Examples:\n  aloqa-gateway transactions list\n  aloqa-gateway transactions list --status manual --json\n  aloqa-gateway transactions list --limit 20 --newest"
    )]
    List {
        /// Which of them. Default: all.
        #[arg(long)]
        status: Option<Open>,
        /// The most of each status to show. Default: all.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
        limit: Option<u64>,
        /// The newest first, by when their calls were sent.
        #[arg(long)]
        newest: bool,
    },
    /// Show everything known about a transaction: its calls to the networks and its whole history.
    #[command(after_help = "Examples:\n  aloqa-gateway transactions show 1234")]
    Show {
        /// The transaction's number, which the partner has too.
        id: i64,
    },
    /// Settle the open call of a transaction with what you found out.
    ///
    /// The gateway then does what follows: if a credit has failed, it gives the debit back. Your statement is kept, with
    /// its reason.
    Resolve(Resolve),
    /// Confirm that you have dealt with late answers that contradict how a transaction was settled.
    ///
    /// This changes nothing about the transaction. Your statement is kept. At a terminal it shows the answers, and asks.
    #[command(
        after_help = "Examples:\n  aloqa-gateway transactions acknowledge 1236 --reason 'refunded by hand, ticket 78'\n  aloqa-gateway transactions acknowledge 1236 --seen 5b1f0c77a2d4 --reason 'refunded by hand, ticket 78'"
    )]
    Acknowledge {
        /// The transaction's number.
        id: i64,
        /// The mark that `transactions show` prints with the answers: refused if others have come since.
        #[arg(long, value_name = "MARK", value_parser = not_empty)]
        seen: Option<String>,
        #[command(flatten)]
        speaker: Speaker,
        #[command(flatten)]
        consent: Consent,
    },
}

const RESOLVE_EXAMPLES: &str = "At a terminal it repeats what would be settled, and asks.

Examples:
  aloqa-gateway transactions resolve 1234 --as succeeded --reference 000012345678 \\
      --reason 'SVGate support, ticket 77: paid'
  aloqa-gateway transactions resolve 1235 --as failed --reason 'not in the card history at the bank'
  aloqa-gateway transactions resolve 1235 --as failed --reason 'ticket 78' --dry-run

Exit status 4: the network says otherwise, or proves nothing. 6: the call may still arrive; the message says until when.";

#[derive(Debug, Args)]
#[command(after_help = RESOLVE_EXAMPLES)]
pub(super) struct Resolve {
    /// The transaction's number.
    id: i64,
    /// Whether the network executed the open call (`show` says which one that is).
    ///
    /// Succeeded is believed only if the network itself has the payment or hold of --reference as ours: with our card and
    /// amount. Failed means that it did not and never will. Where the network does not say so itself, that is refused until
    /// the call can no longer arrive; the message says when that is.
    #[arg(long = "as", value_name = "OUTCOME")]
    outcome: Outcome,
    /// What the network calls the payment or hold that the call made, or is about: SVGate's refNum, the id of a hold, HUMO's
    /// paymentID. Required for succeeded.
    #[arg(long, required_if_eq("outcome", "succeeded"), value_parser = not_empty)]
    reference: Option<String>,
    /// Only ask the network, and say what would be recorded. Nothing is changed.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    speaker: Speaker,
    #[command(flatten)]
    consent: Consent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Outcome {
    Succeeded,
    Failed,
}

pub(super) async fn run(
    config: &Config,
    environment: &Environment,
    form: Form,
    command: TransactionsCommand,
) -> Result<(), Failure> {
    let gateway = match command {
        TransactionsCommand::List { .. } | TransactionsCommand::Show { .. } => {
            open_gateway_to_read(config, environment).await?
        }
        TransactionsCommand::Resolve(_) | TransactionsCommand::Acknowledge { .. } => {
            open_gateway(config, environment).await?
        }
    };
    match command {
        TransactionsCommand::List {
            status,
            limit,
            newest,
        } => {
            let part = Part {
                most: limit,
                newest_first: newest,
            };
            let (mut rows, mut searched, mut left) = (Vec::new(), Vec::new(), 0);
            for which in [Open::Manual, Open::Unknown, Open::Contradicted] {
                if status.is_none_or(|asked| asked == which) {
                    let found = gateway.open_transactions(which, part).await?;
                    left += found.count.saturating_sub(limit.unwrap_or(found.count));
                    rows.extend(found.rows);
                    searched.push(name(which));
                }
            }
            let more = limit.map(|_| left > 0);
            list(form, &rows, gateway.clock.now(), &searched.join(", "), more)?;
        }
        TransactionsCommand::Show { id } => {
            let shown = gateway.whole_transaction(TransactionId(id)).await?;
            let shown =
                shown.ok_or_else(|| Failure::not_found(format!("there is no transaction {id}")))?;
            show(form, &shown)?;
        }
        TransactionsCommand::Resolve(Resolve {
            id,
            outcome,
            reference,
            dry_run,
            speaker,
            consent,
        }) => {
            let verdict = match (outcome, reference) {
                (Outcome::Succeeded, reference) => {
                    Verdict::Succeeded(reference.unwrap_or_default())
                }
                (Outcome::Failed, None) => Verdict::Failed,
                (Outcome::Failed, Some(_)) => {
                    return Err(Failure::unusable(
                        "a call that failed has no --reference; did you mean --as succeeded?",
                    ));
                }
            };
            if dry_run {
                return ask(&gateway, form, id, &verdict, &speaker).await;
            }
            // What is not there, or not open, is refused and recorded below.
            if let Some(open) = gateway.whole_transaction(TransactionId(id)).await?
                && let Some(what) = at_stake(&open, &verdict)
            {
                consent.to(&what)?;
            }
            let by = speaker.name()?;
            let statement = speaker.statement(&by);
            let resolving = gateway
                .payments
                .resolve(TransactionId(id), verdict, statement);
            let object = format!("transaction {id}");
            let deeds = Deeds::of(&gateway)?.said_by(&by);
            let settled = deeds
                .unless_accepted("transactions.resolve", object, resolving)
                .await?;
            let status = word(settled.status);
            form.deed(Deed {
                schema: "transactions.resolve/1",
                item: json!({"transactionId": id, "status": status}),
                words: format!("transaction {id} is {status}"),
                next: Some(format!("aloqa-gateway transactions show {id}")),
            })?;
        }
        TransactionsCommand::Acknowledge {
            id,
            seen,
            speaker,
            consent,
        } => {
            // What is not there is refused and recorded below.
            let shown = gateway.whole_transaction(TransactionId(id)).await?;
            let calls = shown.map(|shown| shown.calls).unwrap_or_default();
            let answers = LateAnswers::of(&calls);
            if seen.is_none() && !answers.is_empty() {
                let told: Vec<&str> = answers.told().collect();
                consent.to(&format!("transaction {id}: {}", told.join("\n")))?;
            }
            let seen = seen.unwrap_or_else(|| answers.mark());
            let by = speaker.name()?;
            let acknowledging =
                gateway
                    .payments
                    .acknowledge(TransactionId(id), &seen, speaker.statement(&by));
            let object = format!("transaction {id}");
            let deeds = Deeds::of(&gateway)?.said_by(&by);
            deeds
                .unless_accepted("transactions.acknowledge", object, acknowledging)
                .await?;
            form.deed(Deed {
                schema: "transactions.acknowledge/1",
                item: json!({"transactionId": id}),
                words: format!("the late answers about transaction {id} are acknowledged"),
                next: Some("aloqa-gateway transactions list --status contradicted".to_owned()),
            })?;
        }
    }
    Ok(())
}

/// What a resolution would record.
async fn ask(
    gateway: &Gateway,
    form: Form,
    id: i64,
    verdict: &Verdict,
    speaker: &Speaker,
) -> Result<(), Failure> {
    let by = speaker.name()?;
    let statement = speaker.statement(&by);
    let payments = &gateway.payments;
    let asking = payments.would_resolve(TransactionId(id), verdict, statement);
    let deeds = Deeds::of(gateway)?.said_by(&by);
    let (object, detail) = (format!("transaction {id}"), "dry run".to_owned());
    let told = deeds
        .during("transactions.ask", object, detail, asking)
        .await?;
    Ok(form.deed(Deed {
        schema: "transactions.ask/1",
        item: json!({"transactionId": id, "wouldRecord": told}),
        words: format!("the open call of transaction {id} {told}\nnothing was changed"),
        next: Some("the same without --dry-run records it".to_owned()),
    })?)
}

fn name(which: Open) -> &'static str {
    match which {
        Open::Manual => "manual",
        Open::Unknown => "unknown",
        Open::Contradicted => "contradicted",
    }
}

/// What would be settled, in words; `None` if nothing is open.
fn at_stake(shown: &Shown, verdict: &Verdict) -> Option<String> {
    let call = shown.calls.iter().find(|call| !call.state.is_settled())?;
    let ended = match verdict {
        Verdict::Succeeded(reference) => format!("was carried out, under {reference}"),
        Verdict::Failed => "was not carried out and never will be".to_owned(),
    };
    Some(format!(
        "transaction {} of {}: the {} of {} tiyin on {} with the card {} {ended}",
        shown.transaction.id,
        shown.whose.partner,
        word(call.action),
        call.amount,
        word(call.network),
        shown.whose.card.as_deref().unwrap_or("-"),
    ))
}
