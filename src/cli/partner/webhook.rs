//! `aloqa-gateway partner webhook`: where a partner hears of what it was not told in a reply.

use std::io::{self, Write as _};

use clap::Subcommand;
use entity::partner_webhook;
use entity::webhook_event::State;
use secrecy::ExposeSecret as _;
use serde_json::json;

use crate::cli::Failure;
use crate::cli::deeds::Deeds;
use crate::cli::exit::Exit;
use crate::cli::form::{Deed, Form, List};
use crate::cli::output;
use crate::cli::speaker::Speaker;
use crate::cli::table::Table;
use crate::cli::webhooks::{events_are, outcome, show};
use crate::config::Config;
use crate::domain::day::stamp;
use crate::environment::Environment;
use crate::start::{open_gateway, open_gateway_to_read};
use crate::webhook::{Secret, Shown, Subscribed};

const EXAMPLES: &str = "Examples:
  aloqa-gateway partner webhook set shop https://shop.example/aloqa
  aloqa-gateway partner webhook test shop
  aloqa-gateway partner webhook rotate shop --overlap-hours 48
  aloqa-gateway partner webhook rotate shop --now
  aloqa-gateway partner webhook off shop --reason 'they move to another host, ticket 81'

`aloqa-gateway webhooks` shows what was sent.";

const SET_EXAMPLES: &str = "Examples:
  aloqa-gateway partner webhook set shop https://shop.example/aloqa
  aloqa-gateway partner webhook set demo http://127.0.0.1:3000/hook      in the sandbox profile";

const ROTATE_EXAMPLES: &str = "Examples:
  aloqa-gateway partner webhook rotate shop
  aloqa-gateway partner webhook rotate shop --overlap-hours 48
  aloqa-gateway partner webhook rotate shop --now";

const OFF_EXAMPLES: &str = "Examples:
  aloqa-gateway partner webhook off shop --reason 'they move to another host, ticket 81'

`aloqa-gateway partner webhook set` switches it on again.";

const TEST_EXAMPLES: &str = "Examples:
  aloqa-gateway partner webhook test shop

Exit status: 0 the receiver took it, 1 it did not.";

const LIST_EXAMPLES: &str = "Examples:
  aloqa-gateway partner webhook list
  aloqa-gateway partner webhook list | grep 'failing since'";

#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) enum WebhookCommand {
    /// Set the address, and print the secret if it is the first one, which is shown only once.
    ///
    /// Running gateways notice within seconds. A webhook that was off is on again, with its secret as it was.
    #[command(after_help = SET_EXAMPLES)]
    Set {
        /// The partner's user name.
        name: String,
        /// https:// and a public host. In the sandbox profile, http:// and this machine too.
        url: String,
    },
    /// Give a webhook a new secret, which is shown only once.
    ///
    /// The one before signs beside it until its overlap ends, so that the partner can change over in peace.
    #[command(after_help = ROTATE_EXAMPLES)]
    Rotate {
        /// The partner's user name.
        name: String,
        /// For how long both secrets sign: 1 to 168 hours.
        #[arg(long, value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(u16).range(1..=168))]
        overlap_hours: u16,
        /// No overlap: all secrets but the new one end at once. For a secret that has leaked.
        #[arg(long, conflicts_with = "overlap_hours")]
        now: bool,
    },
    /// Switch a webhook off. What waits for it is given up.
    #[command(after_help = OFF_EXAMPLES)]
    Off {
        /// The partner's user name.
        name: String,
        #[command(flatten)]
        speaker: Speaker,
    },
    /// Send an event `webhook.test` now, once, and show what the receiver replied. It fails if that did not take it.
    #[command(after_help = TEST_EXAMPLES)]
    Test {
        /// The partner's user name.
        name: String,
    },
    /// List all webhooks: partner, state, address.
    #[command(after_help = LIST_EXAMPLES)]
    List,
}

pub(super) async fn run(
    config: &Config,
    environment: &Environment,
    form: Form,
    command: WebhookCommand,
) -> Result<(), Failure> {
    if let WebhookCommand::List = command {
        let gateway = open_gateway_to_read(config, environment).await?;
        return Ok(list(form, &gateway.webhooks.all().await?)?);
    }
    let gateway = open_gateway(config, environment).await?;
    let webhooks = &gateway.webhooks;
    let deeds = Deeds::of(&gateway)?;
    match command {
        WebhookCommand::Set { name, url } => {
            let setting = webhooks.set(&name, &url);
            let object = format!("partner {name}");
            let subscribed = deeds.during("partner.webhook.set", object, url.clone(), setting);
            set(form, &name, subscribed.await?)?;
        }
        WebhookCommand::Rotate {
            name,
            overlap_hours,
            now,
        } => {
            let overlap_hours = if now { 0 } else { overlap_hours };
            let rotating = webhooks.rotate(&name, overlap_hours);
            let (object, overlap) = (
                format!("partner {name}"),
                format!("overlap {overlap_hours} h"),
            );
            let rotated = deeds.during("partner.webhook.rotate", object, overlap, rotating);
            let secret = told(&rotated.await?);
            let former = match overlap_hours {
                0 => "the one before has ended".to_owned(),
                1 => "the one before signs too for 1 hour".to_owned(),
                hours => format!("the one before signs too for {hours} hours"),
            };
            form.deed(Deed {
                schema: "partner.webhook.rotate/1",
                item: json!({"name": name, "secret": secret, "overlapHours": overlap_hours}),
                words: format!(
                    "the webhook of {name} has a new secret, and {former}; shown only this once:\n{secret}"
                ),
                next: Some(format!("aloqa-gateway partner webhook test {name}")),
            })?;
        }
        WebhookCommand::Off { name, speaker } => {
            let words = speaker.words()?;
            let (object, switching) = (format!("partner {name}"), webhooks.off(&name, &words));
            let deeds = deeds.said_by(&speaker.name()?);
            let given_up = deeds
                .during("partner.webhook.off", object, words.clone(), switching)
                .await?;
            let are = events_are(given_up, "that waited");
            form.deed(Deed {
                schema: "partner.webhook.off/1",
                item: json!({"name": name, "givenUp": given_up}),
                words: format!("the webhook of {name} is off; {are} given up"),
                next: Some(format!(
                    "aloqa-gateway webhooks list --partner {name} --state failed"
                )),
            })?;
        }
        WebhookCommand::Test { name } => {
            let (object, testing) = (format!("partner {name}"), webhooks.test(&name));
            let shown = deeds
                .during("partner.webhook.test", object, String::new(), testing)
                .await?;
            // A program hears either what was sent or why that failed, not both.
            let is_failure_alone = form == Form::Json && shown.event.state != State::Delivered;
            let written = match is_failure_alone {
                true => Ok(()),
                false => show(form, &shown),
            };
            // It counts although nobody may read what was written.
            delivered(&shown)?;
            written?;
        }
        WebhookCommand::List => list(form, &webhooks.all().await?)?,
    }
    Ok(())
}

fn set(form: Form, name: &str, subscribed: Subscribed) -> io::Result<()> {
    let unresolved = subscribed.unresolved.map(|error| error.to_string());
    if let Some(error) = &unresolved {
        writeln!(
            output::err(),
            "note: {error} now; events are tried all the same"
        )?;
    }
    let secret = subscribed.secret.as_ref().map(told);
    let words = match &secret {
        Some(secret) => {
            format!("the webhook of {name} is on; its secret, shown only this once:\n{secret}")
        }
        None => format!("the webhook of {name} is on; its secret is as before"),
    };
    let next = match subscribed.was_off {
        true => format!(
            "events that were given up are sent again by `aloqa-gateway webhooks resend --failed {name}`"
        ),
        false => format!("aloqa-gateway partner webhook test {name}"),
    };
    form.deed(Deed {
        schema: "partner.webhook.set/1",
        item: json!({"name": name, "secret": secret, "note": unresolved}),
        words,
        next: Some(next),
    })
}

/// Fails, with what the receiver answered, unless it took the test event.
fn delivered(shown: &Shown) -> Result<(), Failure> {
    match shown.event.state {
        State::Delivered => Ok(()),
        State::Waiting | State::Failed => {
            let outcome = shown.tries.last().map(outcome).unwrap_or_default();
            let partner = &shown.partner;
            let told = format!("the test event for {partner} was not delivered: {outcome}");
            Err(Failure::new(Exit::Look, told))
        }
    }
}

fn list(form: Form, webhooks: &[(String, partner_webhook::Model)]) -> io::Result<()> {
    let mut table = Table::new(["PARTNER", "STATE", "ADDRESS"]);
    let mut items = Vec::new();
    for (partner, webhook) in webhooks {
        table.row([partner.clone(), state(webhook), webhook.url.clone()]);
        items.push(json!({
            "partner": partner,
            "url": webhook.url,
            "offSince": webhook.off_at.map(stamp),
            "offCause": webhook.off_cause,
            "failingSince": webhook.failing_since.map(stamp),
        }));
    }
    form.list(List {
        schema: "partner.webhook.list/1",
        table,
        items,
        none: "no partner has a webhook".to_owned(),
        more: None,
    })
}

fn state(webhook: &partner_webhook::Model) -> String {
    match (webhook.off_at, webhook.failing_since) {
        (Some(at), _) => {
            let cause = webhook.off_cause.as_deref().unwrap_or_default();
            format!("off since {}: {cause}", stamp(at))
        }
        (None, Some(at)) => format!("failing since {}", stamp(at)),
        (None, None) => "on".to_owned(),
    }
}

fn told(secret: &Secret) -> String {
    secret.text().expose_secret().to_owned()
}
