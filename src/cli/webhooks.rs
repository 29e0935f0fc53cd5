//! `aloqa-gateway webhooks`: what partners were told without asking, and what came of it.

use std::io;

use clap::{Args, Subcommand, ValueEnum};
use entity::webhook_event::{self, State};
use entity::webhook_try;
use sea_orm::ActiveEnum as _;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Failure;
use super::deeds::Deeds;
use super::form::{Deed, Form, List};
use super::table::Table;
use crate::config::Config;
use crate::domain::day::stamp;
use crate::environment::Environment;
use crate::start::{open_gateway, open_gateway_to_read};
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
    form: Form,
    command: WebhooksCommand,
) -> Result<(), Failure> {
    let gateway = match command {
        WebhooksCommand::List { .. } | WebhooksCommand::Show { .. } => {
            open_gateway_to_read(config, environment).await?
        }
        WebhooksCommand::Resend(_) => open_gateway(config, environment).await?,
    };
    let webhooks = &gateway.webhooks;
    match command {
        WebhooksCommand::List {
            state,
            partner,
            limit,
        } => {
            let state = state.map(Which::state);
            // One more than is shown tells whether some are left out.
            let more = limit.saturating_add(1);
            let mut events = webhooks.list(partner.as_deref(), state, more).await?;
            let shown = usize::try_from(limit).unwrap_or(usize::MAX);
            let is_cut = events.len() > shown;
            events.truncate(shown);
            list(form, &events, searched(state, partner.as_deref()), is_cut)?;
        }
        WebhooksCommand::Show { id } => show(form, &webhooks.show(id).await?)?,
        WebhooksCommand::Resend(Resend { id, failed }) => match (id, failed) {
            (Some(id), _) => {
                let deeds = Deeds::of(&gateway)?;
                let (object, resending) = (format!("event {}", event_id(id)), webhooks.resend(id));
                deeds
                    .during("webhooks.resend", object, String::new(), resending)
                    .await?;
                let id = event_id(id);
                form.deed(Deed {
                    schema: "webhooks.resend/1",
                    item: json!({"id": id, "events": 1}),
                    words: format!("{id} is sent again within seconds"),
                    next: Some(format!("aloqa-gateway webhooks show {id}")),
                })?;
            }
            (None, Some(name)) => {
                let deeds = Deeds::of(&gateway)?;
                let (object, resending) =
                    (format!("partner {name}"), webhooks.resend_failed(&name));
                let resent = deeds
                    .during("webhooks.resend", object, String::new(), resending)
                    .await?;
                let are = events_are(resent, &format!("of {name}"));
                form.deed(Deed {
                    schema: "webhooks.resend/1",
                    item: json!({"partner": name, "events": resent}),
                    words: format!("{are} sent again within seconds"),
                    next: Some(format!("aloqa-gateway webhooks list --partner {name}")),
                })?;
            }
            (None, None) => {
                return Err(Failure::unusable(
                    "name an event by its ID, or a partner with --failed",
                ));
            }
        },
    }
    Ok(())
}

impl Which {
    fn state(self) -> State {
        match self {
            Self::Waiting => State::Waiting,
            Self::Delivered => State::Delivered,
            Self::Failed => State::Failed,
        }
    }
}

fn searched(state: Option<State>, partner: Option<&str>) -> String {
    let state = state.map_or_else(String::new, |state| format!("{} ", state.to_value()));
    let of = partner.map_or_else(String::new, |name| format!(" of partner {name}"));
    format!(
        "there is no {state}event{of}; events are kept for webhooks.keep_days after they are settled"
    )
}

fn list(
    form: Form,
    events: &[(String, webhook_event::Model)],
    none: String,
    more: bool,
) -> io::Result<()> {
    let mut table = Table::new([
        "ID",
        "PARTNER",
        "TYPE",
        "TRANSACTION",
        "STATE",
        "TRIES",
        "WRITTEN",
        "NEXT",
    ]);
    for (partner, event) in events {
        table.row([
            event_id(event.id),
            partner.clone(),
            event.kind.to_value(),
            event
                .transaction_id
                .map(|id| id.to_string())
                .unwrap_or_default(),
            event.state.to_value(),
            event.tries.to_string(),
            stamp(event.created_at),
            next(event).unwrap_or_default(),
        ]);
    }
    let items = events
        .iter()
        .map(|(partner, event)| in_json(partner, event));
    form.list(List {
        schema: "webhooks.list/1",
        table,
        items: items.collect(),
        none,
        more: Some(more),
    })
}

fn in_json(partner: &str, event: &webhook_event::Model) -> Value {
    json!({
        "id": event_id(event.id),
        "partner": partner,
        "type": event.kind.to_value(),
        "transactionId": event.transaction_id.map(|id| id.0),
        "state": event.state.to_value(),
        "tries": event.tries,
        "writtenAt": stamp(event.created_at),
        "nextAt": next(event),
    })
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

fn next(event: &webhook_event::Model) -> Option<String> {
    match event.state {
        State::Waiting => Some(stamp(event.due_at)),
        State::Delivered | State::Failed => None,
    }
}

/// One event and its tries.
pub(super) fn show(form: Form, shown: &Shown) -> io::Result<()> {
    let Shown {
        event,
        partner,
        tries,
    } = shown;
    let item = || {
        let mut item = in_json(partner, event);
        let tries: Vec<Value> = tries.iter().map(try_in_json).collect();
        if let Some(members) = item.as_object_mut() {
            members.insert("body".to_owned(), json!(event.body));
            members.insert("log".to_owned(), json!(tries));
        }
        item
    };
    form.show("webhooks.show/1", item, |out| {
        writeln!(
            out,
            "event {}: {} for {partner}, {}, written {}, next {}",
            event_id(event.id),
            event.kind.to_value(),
            event.state.to_value(),
            stamp(event.created_at),
            next(event).unwrap_or_else(|| "-".to_owned())
        )?;
        writeln!(out, "  {}", event.body)?;
        for row in tries {
            let (at, outcome) = (stamp(row.at), outcome(row));
            writeln!(out, "  tried {at} ({} ms): {outcome}", row.took_ms)?;
        }
        Ok(())
    })
}

fn try_in_json(row: &webhook_try::Model) -> Value {
    json!({
        "at": stamp(row.at),
        "tookMs": row.took_ms,
        "status": row.status,
        "error": row.error,
        "reply": row.reply,
    })
}

fn id(text: &str) -> Result<Uuid, &'static str> {
    parse_event_id(text).ok_or("must be the id of an event: evt_ and 32 hex digits")
}
