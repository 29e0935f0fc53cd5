//! `aloqa-gateway ban`: cards and phones that must not take part in transfers.

use std::io::{self, Write as _};

use clap::Subcommand;
use sea_orm::ActiveEnum as _;

use super::deeds::Deeds;
use super::{Failure, unseen_line};
use crate::bans::{self, Subject};
use crate::config::Config;
use crate::environment::Environment;
use crate::repository::banned;
use crate::start::open_prepared;

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
    Add {
        /// A phone, or `-` for a card or phone on the standard input.
        subject: String,
        /// Why, for whoever reads the list.
        #[arg(long)]
        reason: String,
    },
    /// Lift a ban.
    Remove {
        /// A phone, or `-` for a card or phone on the standard input.
        subject: String,
    },
    /// List all bans: kind, hash, when (UNIX milliseconds), why.
    ///
    /// Card numbers and phones are stored as hashes only.
    List,
}

pub(super) async fn run(
    config: &Config,
    environment: &Environment,
    command: BanCommand,
) -> Result<(), Failure> {
    // Read before anything is waited for, and refused without the database.
    let command = match command {
        BanCommand::Add { subject, reason } => Asked::Add(read(&subject).await?, reason),
        BanCommand::Remove { subject } => Asked::Remove(read(&subject).await?),
        BanCommand::List => Asked::List,
    };
    let (database, vault) = open_prepared(config, environment).await?;
    let deeds = || Deeds::open(config, environment);
    let mut out = io::stdout();
    match command {
        Asked::Add(subject, reason) => {
            let (object, words) = (subject.name(&vault), reason.clone());
            let adding = bans::add(&database, &vault, environment, &subject, reason);
            deeds()
                .await?
                .during("ban.add", object, words, adding)
                .await?;
            writeln!(out, "banned from transfers")?;
        }
        Asked::Remove(subject) => {
            let removing = async {
                match bans::remove(&database, &vault, &subject).await? {
                    true => Ok(()),
                    false => Err(Failure::from("there is no such ban")),
                }
            };
            let object = subject.name(&vault);
            let deeds = deeds().await?;
            deeds
                .during("ban.remove", object, String::new(), removing)
                .await?;
            writeln!(out, "the ban is lifted")?;
        }
        Asked::List => {
            for row in banned::all(&*database).await? {
                let kind = row.kind.to_value();
                let hash = hex::encode(row.hash.get(..8).unwrap_or_default());
                writeln!(out, "{kind}\t{hash}\t{}\t{}", row.created_at, row.reason)?;
            }
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
        return Ok(Subject::parse(line.trim())?);
    }
    let digits = argument.chars().filter(char::is_ascii_digit).count();
    if digits > 12 {
        return Err(
            "a card number is not taken from the command line, where others on this machine see it and the shell keeps it: \
             write `-`, and give its 16 digits on the standard input"
                .into(),
        );
    }
    Ok(Subject::parse(argument)?)
}
