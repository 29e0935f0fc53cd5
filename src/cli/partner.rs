//! `aloqa-gateway partner`: who may call the gateway.

mod shown;
mod webhook;

use std::io::Write as _;

use clap::{Args, Subcommand};
use entity::network::Network;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use self::webhook::WebhookCommand;
use super::Failure;
use super::deeds::Deeds;
use super::form::{Deed, Form};
use super::output;
use crate::config::Config;
use crate::domain::day::{Day, stamp};
use crate::environment::Environment;
use crate::partners::{self, NewPartner, PartnerAccounts, PartnerChange, PartnerError};
use crate::repository::partner;
use crate::start::{open_prepared, open_to_read};

const EXAMPLES: &str = "Examples:
  aloqa-gateway partner add shop --allow 'cards.*' --allow 'transactions.*' \\
      --terminal UZCARD:90001:92400001
  aloqa-gateway partner show shop
  aloqa-gateway partner set shop --allow 'cards.*' --allow 'transactions.get'
  aloqa-gateway partner rotate-secret shop
  aloqa-gateway partner disable shop";

#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum PartnerCommand {
    /// Add a partner and print its secret, which is shown only once.
    Add(AddPartner),
    /// List all partners: name, state, permissions, addresses.
    #[command(after_help = "Examples:\n  aloqa-gateway partner list")]
    List,
    /// Show all that is set for one partner.
    #[command(after_help = "Examples:\n  aloqa-gateway partner show shop")]
    Show {
        /// The partner's user name.
        name: String,
    },
    /// Change a partner's permissions, terminals, code policy or accounts. What is not named stays as it is.
    Set(SetPartner),
    /// Let a disabled partner call again, with the secret that it has. Its webhook stays off.
    #[command(after_help = "Examples:\n  aloqa-gateway partner enable shop")]
    Enable {
        /// The partner's user name.
        name: String,
    },
    /// Lock a partner out; running gateways notice within seconds. Its webhook is switched off.
    #[command(after_help = "Examples:\n  aloqa-gateway partner disable shop")]
    Disable {
        /// The partner's user name.
        name: String,
    },
    /// Give a partner a new secret and print it. The old one goes on working until it is ended.
    RotateSecret(RotateSecret),
    /// Set the addresses that a partner calls from; without any, all.
    #[command(
        after_help = "Examples:\n  aloqa-gateway partner set-addresses shop 203.0.113.0/28 198.51.100.7\n  aloqa-gateway partner set-addresses shop                         any"
    )]
    SetAddresses {
        /// The partner's user name.
        name: String,
        /// An address or a block of them, for example 192.0.2.7 or 10.20.0.0/16.
        addresses: Vec<String>,
    },
    /// Set the certificates that a partner shows when it connects over TLS; without any, it needs none.
    #[command(after_help = "Examples:\n  aloqa-gateway partner set-certificates shop 3F:A1:…:09")]
    SetCertificates {
        /// The partner's user name.
        name: String,
        /// What `openssl x509 -noout -fingerprint -sha256 -in FILE` prints. While a certificate is replaced, name both.
        fingerprints: Vec<String>,
    },
    /// Register the applications that a partner may name in SMS texts by the header `app-name`; without any, the texts name the gateway.
    #[command(after_help = "Examples:\n  aloqa-gateway partner set-applications shop Kundalik")]
    SetApplications {
        /// The partner's user name.
        name: String,
        /// The name without its stage: `Kundalik` for `Kundalik-prod`. `*`: any.
        applications: Vec<String>,
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
    /// An address or a block of them that it calls from, for example 10.20.0.0/16. May be repeated. Without any, all.
    #[arg(long = "address", value_name = "BLOCK")]
    addresses: Vec<String>,
    /// The SHA-256 fingerprint of a certificate that it shows. May be repeated. Without any, it needs none.
    #[arg(long = "certificate", value_name = "FINGERPRINT")]
    certificates: Vec<String>,
    /// An application that it may name in SMS texts, or `*` for any. May be repeated. Without any, the texts name the gateway.
    #[arg(long = "application", value_name = "NAME")]
    applications: Vec<String>,
    #[command(flatten)]
    accounts: AccountArgs,
}

#[derive(Debug, Args)]
pub(super) struct AccountArgs {
    /// Its account at UZCARD, of those of `uzcard.accounts`. `default`: the settings outside of them.
    #[arg(long, value_name = "NAME")]
    uzcard_account: Option<String>,
    /// Its account at HUMO, of those of `humo.accounts`. `default`: the settings outside of them.
    #[arg(long, value_name = "NAME")]
    humo_account: Option<String>,
}

impl AccountArgs {
    fn words(&self) -> Vec<String> {
        let word = |network, name: &Option<String>| {
            let name = name.as_ref()?;
            Some(format!("account {name} at {network}"))
        };
        let words = [
            word("UZCARD", &self.uzcard_account),
            word("HUMO", &self.humo_account),
        ];
        words.into_iter().flatten().collect()
    }

    /// They must be in the settings.
    fn configured(self, config: &Config) -> Result<PartnerAccounts, PartnerError> {
        let unknown = |key: &'static str, name: &String| PartnerError::Account {
            key,
            name: name.clone(),
        };
        if let Some(name) = &self.uzcard_account
            && config.uzcard_accounts().of(name).is_none()
        {
            return Err(unknown("uzcard.accounts", name));
        }
        if let Some(name) = &self.humo_account
            && config.humo_accounts().of(name).is_none()
        {
            return Err(unknown("humo.accounts", name));
        }
        Ok(PartnerAccounts {
            uzcard: self.uzcard_account,
            humo: self.humo_account,
        })
    }
}

const SET_EXAMPLES: &str = "Examples:
  aloqa-gateway partner set shop --allow 'cards.*' --allow 'transactions.*'     these permissions, and no others
  aloqa-gateway partner set shop --terminal UZCARD:90001:92400001               this terminal, and no others
  aloqa-gateway partner set shop --any-terminal
  aloqa-gateway partner set shop --code-required-from 50000000
  aloqa-gateway partner set shop --no-code-policy                               only the gateway's own
  aloqa-gateway partner set shop --uzcard-account bank2                         from now on; what was begun goes on as it was

Running gateways notice within seconds.";

#[derive(Debug, Args)]
#[command(after_help = SET_EXAMPLES)]
#[command(group(
    clap::ArgGroup::new("what")
        .required(true)
        .multiple(true)
        .args(["permissions", "terminals", "any_terminal", "code_required_from", "no_code_policy", "uzcard_account", "humo_account"])
))]
pub(super) struct SetPartner {
    /// The partner's user name.
    name: String,
    /// All its permissions. May be repeated.
    #[arg(long = "allow", value_name = "PERMISSION")]
    permissions: Vec<String>,
    /// All its terminals, NETWORK:MERCHANT:TERMINAL. May be repeated.
    #[arg(long = "terminal", value_name = "TERMINAL", value_parser = parse_terminal)]
    terminals: Vec<(Network, String, String)>,
    /// No registered terminals: it may use any.
    #[arg(long, conflicts_with = "terminals")]
    any_terminal: bool,
    /// From this amount in tiyin on, its debits need a code.
    #[arg(long, value_name = "TIYIN", value_parser = clap::value_parser!(i64).range(0..))]
    code_required_from: Option<i64>,
    /// No code policy of its own.
    #[arg(long, conflicts_with = "code_required_from")]
    no_code_policy: bool,
    #[command(flatten)]
    accounts: AccountArgs,
}

impl SetPartner {
    /// What is set, in words, for the audit log.
    fn words(&self) -> String {
        let mut words = Vec::new();
        if !self.permissions.is_empty() {
            words.push(format!("permissions {}", self.permissions.join(" ")));
        }
        for (network, merchant, terminal) in &self.terminals {
            let network = super::transactions::word(*network);
            words.push(format!("terminal {network}:{merchant}:{terminal}"));
        }
        if self.any_terminal {
            words.push("any terminal".to_owned());
        }
        if let Some(from) = self.code_required_from {
            words.push(format!("codes from {from} tiyin on"));
        }
        if self.no_code_policy {
            words.push("no code policy of its own".to_owned());
        }
        words.extend(self.accounts.words());
        words.join(", ")
    }

    fn change(self, config: &Config) -> Result<PartnerChange, PartnerError> {
        Ok(PartnerChange {
            accounts: self.accounts.configured(config)?,
            permissions: (!self.permissions.is_empty()).then_some(self.permissions),
            terminals: (self.any_terminal || !self.terminals.is_empty()).then_some(self.terminals),
            code_required_from: match (self.no_code_policy, self.code_required_from) {
                (true, _) => Some(None),
                (false, Some(from)) => Some(Some(from)),
                (false, None) => None,
            },
        })
    }
}

const ROTATE_EXAMPLES: &str = "Examples:
  aloqa-gateway partner rotate-secret shop                          a new secret; the old one goes on working
  aloqa-gateway partner rotate-secret shop --old-until 2026-12-31   the old one ends with that day in Tashkent
  aloqa-gateway partner rotate-secret shop --end-old                no new secret; the old one ends now";

#[derive(Debug, Args)]
#[command(after_help = ROTATE_EXAMPLES)]
pub(super) struct RotateSecret {
    /// The partner's user name.
    name: String,
    /// The last day, YYYY-MM-DD in Tashkent, on which the old secret works.
    #[arg(long, value_name = "DAY", value_parser = parse_day, conflicts_with = "end_old")]
    old_until: Option<Day>,
    /// End the old secret now; no new one is made.
    #[arg(long)]
    end_old: bool,
}

pub(super) async fn run(
    config: &Config,
    environment: &Environment,
    form: Form,
    command: PartnerCommand,
) -> Result<(), Failure> {
    let stores = || open_prepared(config, environment);
    let deeds = || Deeds::open(config, environment);
    let did = match command {
        PartnerCommand::Webhook(command) => {
            return webhook::run(config, environment, form, command).await;
        }
        PartnerCommand::Add(AddPartner {
            name,
            permissions,
            terminals,
            code_required_from,
            addresses,
            certificates,
            applications,
            accounts,
        }) => {
            let accounts = accounts.configured(config)?;
            let (database, vault) = stores().await?;
            let new = NewPartner {
                name: name.clone(),
                permissions,
                terminals,
                code_required_from,
                addresses,
                certificates,
                applications,
                accounts,
            };
            let allowed = new.permissions.join(" ");
            let adding = partners::add(&database, &vault, environment, new);
            let object = format!("partner {name}");
            let deeds = deeds().await?;
            let added = deeds.during("partner.add", object, allowed, adding);
            let secret = added.await?;
            let secret = secret.expose_secret();
            Deed {
                schema: "partner.add/1",
                item: json!({"name": name, "secret": secret}),
                words: format!(
                    "partner {name} was added; its secret, shown only this once:\n{secret}"
                ),
                next: Some(format!("aloqa-gateway partner show {name}")),
            }
        }
        PartnerCommand::RotateSecret(RotateSecret {
            name,
            end_old: true,
            ..
        }) => {
            let (database, _) = stores().await?;
            let ending = partners::end_old_secret(&database, &name);
            let (object, what) = (format!("partner {name}"), "the old one ends".to_owned());
            let deeds = deeds().await?;
            deeds
                .during("partner.rotate-secret", object, what, ending)
                .await?;
            let words = format!("the old secret of partner {name} has ended");
            changed(
                "partner.rotate-secret/1",
                &name,
                json!({"oldSecret": "ended"}),
                words,
            )
        }
        PartnerCommand::RotateSecret(RotateSecret {
            name, old_until, ..
        }) => {
            let (database, vault) = stores().await?;
            let until = old_until.map(Day::ends_at);
            let rotating = partners::rotate_secret(&database, &vault, environment, &name, until);
            let (object, what) = (format!("partner {name}"), "a new one".to_owned());
            let deeds = deeds().await?;
            let secret = deeds
                .during("partner.rotate-secret", object, what, rotating)
                .await?;
            let old = match old_until {
                Some(day) => format!("with {}", day.iso()),
                None => format!("by `aloqa-gateway partner rotate-secret {name} --end-old`"),
            };
            let secret = secret.expose_secret();
            Deed {
                schema: "partner.rotate-secret/1",
                item: json!({"name": name, "secret": secret, "oldSecretUntil": until.map(stamp)}),
                words: format!(
                    "partner {name} has a new secret, shown only this once; the old one ends {old}:\n{secret}"
                ),
                next: Some(format!(
                    "aloqa-gateway partner rotate-secret {name} --end-old, once the partner uses the new one"
                )),
            }
        }
        PartnerCommand::SetAddresses { name, addresses } => {
            let (database, _) = stores().await?;
            let setting = partners::set_addresses(&database, &name, &addresses);
            let object = format!("partner {name}");
            let deeds = deeds().await?;
            deeds
                .during("partner.set-addresses", object, listed(&addresses), setting)
                .await?;
            let words = format!("partner {name} calls from {}", listed(&addresses));
            changed(
                "partner.set-addresses/1",
                &name,
                json!({"addresses": addresses}),
                words,
            )
        }
        PartnerCommand::SetCertificates { name, fingerprints } => {
            let (database, _) = stores().await?;
            let setting = partners::set_certificates(&database, &name, &fingerprints);
            let (object, set) = (format!("partner {name}"), listed(&fingerprints));
            let deeds = deeds().await?;
            deeds
                .during("partner.set-certificates", object, set, setting)
                .await?;
            let shows = match fingerprints.len() {
                0 => "needs no certificate".to_owned(),
                1 => "calls with its certificate alone".to_owned(),
                number => format!("calls with one of its {number} certificates alone"),
            };
            if !fingerprints.is_empty() && config.server.tls.client_ca_file.is_none() {
                writeln!(
                    output::err(),
                    "warning: server.tls.client_ca_file is not set here, and a gateway without it asks nobody for a certificate: \
                     it refuses every call of {name}"
                )?;
            }
            let words = format!("partner {name} {shows}");
            let certificates = json!({"certificates": fingerprints});
            changed("partner.set-certificates/1", &name, certificates, words)
        }
        PartnerCommand::SetApplications { name, applications } => {
            let (database, _) = stores().await?;
            let named = match applications.as_slice() {
                [] => "no application".to_owned(),
                named => named.join(", "),
            };
            let setting = partners::set_applications(&database, &name, &applications);
            let object = format!("partner {name}");
            let deeds = deeds().await?;
            deeds
                .during("partner.set-applications", object, named.clone(), setting)
                .await?;
            let words = format!("partner {name} may name {named}");
            let applications = json!({"applications": applications});
            changed("partner.set-applications/1", &name, applications, words)
        }
        PartnerCommand::Disable { name } => {
            let (database, _) = stores().await?;
            let disabling = partners::disable(&database, environment, &name);
            let object = format!("partner {name}");
            let deeds = deeds().await?;
            deeds
                .during("partner.disable", object, String::new(), disabling)
                .await?;
            let words = format!("partner {name} is disabled");
            changed(
                "partner.disable/1",
                &name,
                json!({"state": "disabled"}),
                words,
            )
        }
        PartnerCommand::Enable { name } => {
            let (database, _) = stores().await?;
            let enabling = partners::enable(&database, &name);
            let object = format!("partner {name}");
            let deeds = deeds().await?;
            deeds
                .during("partner.enable", object, String::new(), enabling)
                .await?;
            let words = format!("partner {name} may call again");
            changed("partner.enable/1", &name, json!({"state": "active"}), words)
        }
        PartnerCommand::Set(set) => {
            let (name, words) = (set.name.clone(), set.words());
            let change = set.change(config)?;
            let (database, _) = stores().await?;
            let setting = partners::set(&database, &name, change);
            let object = format!("partner {name}");
            let deeds = deeds().await?;
            deeds
                .during("partner.set", object, words.clone(), setting)
                .await?;
            let told = format!("partner {name}: {words}");
            changed("partner.set/1", &name, json!({"set": words}), told)
        }
        PartnerCommand::List => {
            let database = open_to_read(config).await?;
            let rows = partner::all(&*database).await?;
            return Ok(shown::list(form, &rows)?);
        }
        PartnerCommand::Show { name } => {
            let database = open_to_read(config).await?;
            let found = partner::find(&*database, &name).await?;
            let row = found.ok_or(PartnerError::Unknown(name))?;
            let terminals = partner::terminals_of(&*database, row.id).await?;
            return Ok(shown::show(form, &row, &terminals)?);
        }
    };
    Ok(form.deed(did)?)
}

/// What was set for a partner.
fn changed(schema: &'static str, name: &str, set: Value, words: String) -> Deed {
    let mut item = set;
    if let Some(members) = item.as_object_mut() {
        members.insert("name".to_owned(), json!(name));
    }
    Deed {
        schema,
        item,
        words,
        next: Some(format!("aloqa-gateway partner show {name}")),
    }
}

fn listed(words: &[String]) -> String {
    match words {
        [] => "any".to_owned(),
        words => words.join(", "),
    }
}

fn parse_day(text: &str) -> Result<Day, String> {
    Day::from_iso(text).ok_or_else(|| "must be a day such as 2026-12-31".to_owned())
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
