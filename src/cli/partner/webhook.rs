//! `aloqa-gateway partner webhook`: where a partner hears of what it was not told in a reply.

use std::io::{self, Write as _};

use clap::Subcommand;
use secrecy::ExposeSecret as _;

use crate::cli::Failure;
use crate::cli::speaker::Speaker;
use crate::cli::webhooks::show;
use crate::config::Config;
use crate::domain::day::stamp;
use crate::environment::Environment;
use crate::start::open_gateway;
use crate::webhook::Secret;

const EXAMPLES: &str = "Examples:
  aloqa-gateway partner webhook set shop https://shop.example/aloqa
  aloqa-gateway partner webhook test shop
  aloqa-gateway partner webhook rotate shop --overlap-hours 48
  aloqa-gateway partner webhook rotate shop --now
  aloqa-gateway partner webhook off shop --reason 'they move to another host, ticket 81'

`aloqa-gateway webhooks` shows what was sent.";

#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) enum WebhookCommand {
    /// Set the address, and print the secret if it is the first one, which is shown only once.
    ///
    /// Running gateways notice within seconds. A webhook that was off is on again, with its secret as it was.
    Set {
        /// The partner's user name.
        name: String,
        /// https:// and a public host. In the sandbox profile, http:// and this machine too.
        url: String,
    },
    /// Give a webhook a new secret, which is shown only once.
    ///
    /// The one before signs beside it until its overlap ends, so that the partner can change over in peace.
    Rotate {
        /// The partner's user name.
        name: String,
        /// For how long both secrets sign.
        #[arg(long, value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(u16).range(1..=168))]
        overlap_hours: u16,
        /// No overlap: all secrets but the new one end at once. For a secret that has leaked.
        #[arg(long, conflicts_with = "overlap_hours")]
        now: bool,
    },
    /// Switch a webhook off. What waits for it is given up.
    Off {
        /// The partner's user name.
        name: String,
        #[command(flatten)]
        speaker: Speaker,
    },
    /// Send an event `webhook.test` now, once, and show what the receiver replied.
    Test {
        /// The partner's user name.
        name: String,
    },
    /// List all webhooks: partner, state, address.
    List,
}

pub(super) async fn run(
    config: &Config,
    environment: &Environment,
    command: WebhookCommand,
) -> Result<(), Failure> {
    let gateway = open_gateway(config, environment).await?;
    let webhooks = &gateway.webhooks;
    let mut out = io::stdout();
    match command {
        WebhookCommand::Set { name, url } => {
            let subscribed = webhooks.set(&name, &url).await?;
            if let Some(error) = subscribed.unresolved {
                writeln!(out, "note: {error} now; events are tried all the same")?;
            }
            match subscribed.secret {
                Some(secret) => {
                    let secret = told(&secret);
                    writeln!(
                        out,
                        "the webhook of {name} is on; its secret, shown only this once:\n{secret}"
                    )?;
                }
                None => writeln!(out, "the webhook of {name} is on; its secret is as before")?,
            }
        }
        WebhookCommand::Rotate {
            name,
            overlap_hours,
            now,
        } => {
            let overlap_hours = if now { 0 } else { overlap_hours };
            let secret = told(&webhooks.rotate(&name, overlap_hours).await?);
            let former = match overlap_hours {
                0 => "the one before has ended".to_owned(),
                hours => format!("the one before signs too for {hours} hours"),
            };
            writeln!(
                out,
                "the webhook of {name} has a new secret, and {former}; shown only this once:\n{secret}"
            )?;
        }
        WebhookCommand::Off { name, speaker } => {
            let given_up = webhooks.off(&name, &speaker.words()?).await?;
            writeln!(
                out,
                "the webhook of {name} is off; {given_up} events that waited are given up"
            )?;
        }
        WebhookCommand::Test { name } => show(&mut out, &webhooks.test(&name).await?)?,
        WebhookCommand::List => {
            for (partner, webhook) in webhooks.all().await? {
                let state = match (webhook.off_at, webhook.failing_since) {
                    (Some(at), _) => {
                        let cause = webhook.off_cause.unwrap_or_default();
                        format!("off since {}: {cause}", stamp(at))
                    }
                    (None, Some(at)) => format!("failing since {}", stamp(at)),
                    (None, None) => "on".to_owned(),
                };
                writeln!(out, "{partner}\t{state}\t{}", webhook.url)?;
            }
        }
    }
    Ok(())
}

fn told(secret: &Secret) -> String {
    secret.text().expose_secret().to_owned()
}
