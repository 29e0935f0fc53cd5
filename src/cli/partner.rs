//! `aloqa-gateway partner`: who may call the gateway.

mod webhook;

use std::io::{self, Write as _};

use clap::{Args, Subcommand};
use entity::network::Network;
use secrecy::ExposeSecret as _;

use self::webhook::WebhookCommand;
use super::Failure;
use crate::config::Config;
use crate::environment::Environment;
use crate::partners::{self, NewPartner};
use crate::repository::partner;
use crate::start::open_prepared;

const EXAMPLES: &str = "Examples:
  aloqa-gateway partner add shop --allow 'cards.*' --allow 'transactions.*' \\
      --terminal UZCARD:90001:92400001
  aloqa-gateway partner rotate-secret shop
  aloqa-gateway partner disable shop";

#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum PartnerCommand {
    /// Add a partner and print its secret, which is shown only once.
    Add(AddPartner),
    /// List all partners: name, state, permissions.
    List,
    /// Lock a partner out; running gateways notice within seconds. Its webhook is switched off.
    Disable {
        /// The partner's user name.
        name: String,
    },
    /// Give a partner a new secret and print it; the old one stops working.
    RotateSecret {
        /// The partner's user name.
        name: String,
    },
    /// Set, rotate, test or switch off a partner's webhook.
    #[command(subcommand)]
    Webhook(WebhookCommand),
}

const ADD_EXAMPLES: &str = "Examples:
  aloqa-gateway partner add shop --allow '*'
  aloqa-gateway partner add shop --allow 'cards.*' --allow 'transactions.*' \\
      --terminal UZCARD:90001:92400001 --code-required-from 50000000";

#[derive(Debug, Args)]
#[command(after_help = ADD_EXAMPLES)]
pub(super) struct AddPartner {
    /// The user name for HTTP Basic authentication.
    name: String,
    /// A method, `cards.*`, `transactions.*`, `*` for everything, or `pan.read`. May be repeated.
    #[arg(long = "allow", value_name = "PERMISSION", required = true)]
    permissions: Vec<String>,
    /// A registered terminal, NETWORK:MERCHANT:TERMINAL. May be repeated. Without any, all terminals are allowed.
    #[arg(long = "terminal", value_name = "TERMINAL", value_parser = parse_terminal)]
    terminals: Vec<(Network, String, String)>,
    /// From this amount in tiyin on, debits need a code.
    #[arg(long, value_name = "TIYIN")]
    code_required_from: Option<i64>,
}

pub(super) async fn run(
    config: &Config,
    environment: &Environment,
    command: PartnerCommand,
) -> Result<(), Failure> {
    let stores = || open_prepared(config, environment);
    let mut out = io::stdout();
    match command {
        PartnerCommand::Webhook(command) => webhook::run(config, environment, command).await?,
        PartnerCommand::Add(AddPartner {
            name,
            permissions,
            terminals,
            code_required_from,
        }) => {
            let (database, vault) = stores().await?;
            let new = NewPartner {
                name: name.clone(),
                permissions,
                terminals,
                code_required_from,
            };
            let secret = partners::add(&database, &vault, environment, new).await?;
            writeln!(
                out,
                "partner {name} was added; its secret, shown only this once:\n{}",
                secret.expose_secret()
            )?;
        }
        PartnerCommand::RotateSecret { name } => {
            let (database, vault) = stores().await?;
            let secret = partners::rotate_secret(&database, &vault, environment, &name).await?;
            writeln!(
                out,
                "partner {name} has a new secret, shown only this once:\n{}",
                secret.expose_secret()
            )?;
        }
        PartnerCommand::Disable { name } => {
            let (database, _) = stores().await?;
            partners::disable(&database, environment, &name).await?;
            writeln!(out, "partner {name} is disabled")?;
        }
        PartnerCommand::List => {
            let (database, _) = stores().await?;
            for row in partner::all(&*database).await? {
                let state = if row.disabled_at.is_some() {
                    "disabled"
                } else {
                    "active"
                };
                writeln!(out, "{}\t{state}\t{}", row.name, row.permissions)?;
            }
        }
    }
    Ok(())
}

fn parse_terminal(text: &str) -> Result<(Network, String, String), String> {
    let parts: Vec<&str> = text.split(':').collect();
    let network = match parts.first() {
        Some(&"UZCARD") => Network::Uzcard,
        Some(&"HUMO") => Network::Humo,
        Some(_) | None => return Err("must begin with UZCARD: or HUMO:".to_owned()),
    };
    match parts.as_slice() {
        [_, merchant, terminal] if !merchant.is_empty() && !terminal.is_empty() => {
            Ok((network, (*merchant).to_owned(), (*terminal).to_owned()))
        }
        _ => Err("must be NETWORK:MERCHANT:TERMINAL, for example UZCARD:90001:92400001".to_owned()),
    }
}
