//! `aloqa-gateway ban`: cards and phones that must not take part in transfers.

use clap::Subcommand;
use sea_orm::ActiveEnum as _;
use serde_json::json;

use super::deeds::Deeds;
use super::form::{Deed, Form, List};
use super::table::Table;
use super::{Failure, unseen_line};
use crate::bans::{self, Subject};
use crate::config::Config;
use crate::domain::day::stamp;
use crate::environment::Environment;
use crate::repository::banned;
use crate::start::{open_prepared, open_to_read_with_keys};

const EXAMPLES: &str = "Examples:
  aloqa-gateway ban add - --reason 'court order 17'            asks for the card number and does not show it
  aloqa-gateway ban add - --reason 'court order 17' < card     the card number stands in the file
  aloqa-gateway ban remove 998901234567
  aloqa-gateway ban list

A card number on the command line would be seen by others on this machine, and kept by the shell.";

#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum BanCommand {
    /// Ban a card (16 digits) or a phone (998 and nine digits).
    #[command(
        after_help = "Examples:\n  aloqa-gateway ban add - --reason 'court order 17'            asks for the card number and does not show it\n  aloqa-gateway ban add 998901234567 --reason 'court order 17'"
    )]
    Add {
        /// A phone, or `-` for a card or phone on the standard input.
        subject: String,
        /// Why, for whoever reads the list.
        #[arg(long)]
        reason: String,
    },
    /// Lift a ban.
    #[command(
        after_help = "Examples:\n  aloqa-gateway ban remove 998901234567\n  aloqa-gateway ban remove -"
    )]
    Remove {
        /// A phone, or `-` for a card or phone on the standard input.
        subject: String,
    },
    /// List all bans: kind, hash, since when, why.
    ///
    /// Card numbers and phones are stored as hashes only.
    #[command(after_help = "Examples:\n  aloqa-gateway ban list")]
    List,
}

pub(super) async fn run(
    config: &Config,
    environment: &Environment,
    form: Form,
    command: BanCommand,
) -> Result<(), Failure> {
    // Read before anything is waited for, and refused without the database.
    let command = match command {
        BanCommand::Add { subject, reason } => Asked::Add(read(&subject).await?, reason),
        BanCommand::Remove { subject } => Asked::Remove(read(&subject).await?),
        BanCommand::List => Asked::List,
    };
    let (database, vault) = match command {
        Asked::List => open_to_read_with_keys(config).await?,
        Asked::Add(..) | Asked::Remove(_) => open_prepared(config, environment).await?,
    };
    let deeds = || Deeds::open(config, environment);
    match command {
        Asked::Add(subject, reason) => {
            let (object, words) = (subject.name(&vault), reason.clone());
            let name = object.clone();
            let adding = bans::add(&database, &vault, environment, &subject, reason);
            deeds()
                .await?
                .during("ban.add", object, words, adding)
                .await?;
            form.deed(Deed {
                schema: "ban.add/1",
                item: json!({"subject": name}),
                words: format!("{name} is banned from transfers"),
                next: Some("aloqa-gateway ban list".to_owned()),
            })?;
        }
        Asked::Remove(subject) => {
            let removing = async {
                match bans::remove(&database, &vault, &subject).await? {
                    true => Ok(()),
                    false => Err(Failure::not_found(
                        "there is no such ban; `aloqa-gateway ban list` shows those that there are",
                    )),
                }
            };
            let object = subject.name(&vault);
            let name = object.clone();
            let deeds = deeds().await?;
            deeds
                .during("ban.remove", object, String::new(), removing)
                .await?;
            form.deed(Deed {
                schema: "ban.remove/1",
                item: json!({"subject": name}),
                words: format!("the ban of {name} is lifted"),
                next: Some("aloqa-gateway ban list".to_owned()),
            })?;
        }
        Asked::List => {
            let mut table = Table::new(["KIND", "HASH", "SINCE", "REASON"]);
            let mut items = Vec::new();
            for row in banned::all(&*database).await? {
                let kind = row.kind.to_value();
                let hash = hex::encode(row.hash.get(..8).unwrap_or_default());
                let since = stamp(row.created_at);
                items.push(
                    json!({"kind": kind, "hash": hash, "since": since, "reason": row.reason}),
                );
                table.row([kind, hash, since, row.reason]);
            }
            form.list(List {
                schema: "ban.list/1",
                table,
                items,
                none: "nobody is banned from transfers".to_owned(),
                more: None,
            })?;
        }
    }
    Ok(())
}

/// A command whose subject was read.
enum Asked {
    Add(Subject, String),
    Remove(Subject),
    List,
}

/// The subject that an argument names, or that the standard input has. No message repeats it.
async fn read(argument: &str) -> Result<Subject, Failure> {
    if argument == "-" {
        let line = unseen_line::read("the card number or the phone").await?;
        return Subject::parse(line.trim()).map_err(Failure::unusable);
    }
    let digits = argument.chars().filter(char::is_ascii_digit).count();
    if digits > 12 {
        return Err(Failure::unusable(
            "a card number is not taken from the command line, where others on this machine see it and the shell keeps it: \
             write `-`, and give its 16 digits on the standard input",
        ));
    }
    Subject::parse(argument).map_err(Failure::unusable)
}
