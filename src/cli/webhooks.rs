//! `aloqa-gateway webhooks`: what partners were told without asking, and what came of it.

use std::io::{self, Write};

use clap::{Args, Subcommand, ValueEnum};
use entity::webhook_event::{self, State};
use entity::webhook_try;
use sea_orm::ActiveEnum as _;
use uuid::Uuid;

use super::Failure;
use super::deeds::Deeds;
use crate::config::Config;
use crate::domain::day::stamp;
use crate::environment::Environment;
use crate::start::open_gateway;
use crate::webhook::{Shown, event_id, parse_event_id};

const EXAMPLES: &str = "Examples:
  aloqa-gateway webhooks list --state failed --partner shop
  aloqa-gateway webhooks show evt_019c9d5e0f7c7a4f8b1f3c5d7e9f1a2b
  aloqa-gateway webhooks resend evt_019c9d5e0f7c7a4f8b1f3c5d7e9f1a2b
  aloqa-gateway webhooks resend --failed shop

`aloqa-gateway partner webhook` sets the addresses.";

const LIST_EXAMPLES: &str = "Examples:
  aloqa-gateway webhooks list
  aloqa-gateway webhooks list --state failed --partner shop --limit 20";

const SHOW_EXAMPLES: &str = "Examples:
  aloqa-gateway webhooks show evt_019c9d5e0f7c7a4f8b1f3c5d7e9f1a2b";

const RESEND_EXAMPLES: &str = "Examples:
  aloqa-gateway webhooks resend evt_019c9d5e0f7c7a4f8b1f3c5d7e9f1a2b
  aloqa-gateway webhooks resend --failed shop";

#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum WebhooksCommand {
    /// List events, newest first.
    #[command(after_help = LIST_EXAMPLES)]
    List {
        /// Only those in this state. What was given up by `partner webhook off` or by HTTP 410 counts as failed.
        #[arg(long)]
        state: Option<Which>,
        /// Only those of this partner.
        #[arg(long, value_name = "NAME")]
        partner: Option<String>,
        /// How many at most.
        #[arg(long, default_value_t = 100)]
        limit: u64,
    },
    /// Show an event: what is sent, and each try with what the receiver replied.
    #[command(after_help = SHOW_EXAMPLES)]
    Show {
        /// The event's id.
        #[arg(value_parser = id)]
        id: Uuid,
    },
    /// Send an event again, delivered or not, under the same id. Its tries are counted anew.
    Resend(Resend),
}

#[derive(Debug, Args)]
#[command(after_help = RESEND_EXAMPLES)]
#[group(required = true, multiple = false)]
pub(super) struct Resend {
    /// The event's id.
    #[arg(value_parser = id)]
    id: Option<Uuid>,
    /// Instead of one event, all failed events of this partner.
    #[arg(long, value_name = "NAME")]
    failed: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Which {
    Waiting,
    Delivered,
    Failed,
}

pub(super) async fn run(
    config: &Config,
    environment: &Environment,
    command: WebhooksCommand,
) -> Result<(), Failure> {
    let gateway = open_gateway(config, environment).await?;
    let webhooks = &gateway.webhooks;
    let mut out = io::stdout();
    match command {
        WebhooksCommand::List {
            state,
            partner,
            limit,
        } => {
            let state = state.map(|which| match which {
                Which::Waiting => State::Waiting,
                Which::Delivered => State::Delivered,
                Which::Failed => State::Failed,
            });
            let events = webhooks.list(partner.as_deref(), state, limit).await?;
            list(&mut out, &events)?;
        }
        WebhooksCommand::Show { id } => show(&mut out, &webhooks.show(id).await?)?,
        WebhooksCommand::Resend(Resend { id, failed }) => match (id, failed) {
            (Some(id), _) => {
                let deeds = Deeds::of(&gateway)?;
                let (object, resending) = (format!("event {}", event_id(id)), webhooks.resend(id));
                deeds
                    .during("webhooks.resend", object, String::new(), resending)
                    .await?;
                writeln!(out, "{} is sent again within seconds", event_id(id))?;
            }
            (None, Some(name)) => {
                let deeds = Deeds::of(&gateway)?;
                let (object, resending) =
                    (format!("partner {name}"), webhooks.resend_failed(&name));
                let resent = deeds
                    .during("webhooks.resend", object, String::new(), resending)
                    .await?;
                writeln!(
                    out,
                    "{} sent again within seconds",
                    events_are(resent, &format!("of {name}"))
                )?;
            }
            (None, None) => {
                return Err("name an event by its ID, or a partner with --failed".into());
            }
        },
    }
    Ok(())
}

fn list(out: &mut impl Write, events: &[(String, webhook_event::Model)]) -> io::Result<()> {
    if events.is_empty() {
        return writeln!(out, "there is no such event");
    }
    writeln!(
        out,
        "ID\tPARTNER\tTYPE\tTRANSACTION\tSTATE\tTRIES\tWRITTEN\tNEXT"
    )?;
    for (partner, event) in events {
        let transaction = event.transaction_id;
        writeln!(
            out,
            "{}\t{partner}\t{}\t{}\t{}\t{}\t{}\t{}",
            event_id(event.id),
            event.kind.to_value(),
            transaction.map_or_else(|| "-".to_owned(), |id| id.to_string()),
            event.state.to_value(),
            event.tries,
            stamp(event.created_at),
            next(event),
        )?;
    }
    Ok(())
}

/// `1 event of shop is`, `2 events of shop are`.
pub(super) fn events_are(count: u64, which: &str) -> String {
    match count {
        1 => format!("1 event {which} is"),
        count => format!("{count} events {which} are"),
    }
}

/// What came of a try: the status or the error, and the beginning of the reply.
pub(super) fn outcome(row: &webhook_try::Model) -> String {
    let outcome = match (row.status, &row.error) {
        (Some(status), _) => format!("HTTP {status}"),
        (None, Some(error)) => error.clone(),
        (None, None) => "no reply".to_owned(),
    };
    match row.reply.as_deref().unwrap_or_default() {
        "" => outcome,
        reply => format!("{outcome}: {reply}"),
    }
}

fn next(event: &webhook_event::Model) -> String {
    match event.state {
        State::Waiting => stamp(event.due_at),
        State::Delivered | State::Failed => "-".to_owned(),
    }
}

/// One event and its tries.
pub(super) fn show(out: &mut impl Write, shown: &Shown) -> io::Result<()> {
    let Shown {
        event,
        partner,
        tries,
    } = shown;
    writeln!(
        out,
        "event {}: {} for {partner}, {}, written {}, next {}",
        event_id(event.id),
        event.kind.to_value(),
        event.state.to_value(),
        stamp(event.created_at),
        next(event)
    )?;
    writeln!(out, "  {}", event.body)?;
    for row in tries {
        let (at, outcome) = (stamp(row.at), outcome(row));
        writeln!(out, "  tried {at} ({} ms): {outcome}", row.took_ms)?;
    }
    Ok(())
}

fn id(text: &str) -> Result<Uuid, &'static str> {
    parse_event_id(text).ok_or("must be the id of an event: evt_ and 32 hex digits")
}
