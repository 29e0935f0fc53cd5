//! `aloqa-gateway ban`: cards and phones that must not take part in transfers.

use std::io::{self, Write as _};

use clap::Subcommand;
use sea_orm::ActiveEnum as _;

use super::{Failure, stores};
use crate::bans::{self, Subject};
use crate::config::Config;
use crate::environment::Environment;
use crate::repository::banned;

const EXAMPLES: &str = "Examples:
  aloqa-gateway ban add 8600490744313347 --reason 'court order 17'
  aloqa-gateway ban remove 998901234567
  aloqa-gateway ban list";

#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum BanCommand {
    /// Ban a card (16 digits) or a phone (998 and nine digits).
    Add {
        /// The card number or the phone.
        #[arg(value_parser = Subject::parse)]
        subject: Subject,
        /// Why, for whoever reads the list.
        #[arg(long)]
        reason: String,
    },
    /// Lift a ban.
    Remove {
        /// The card number or the phone.
        #[arg(value_parser = Subject::parse)]
        subject: Subject,
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
    let (database, vault) = stores::open(config, environment).await?;
    let mut out = io::stdout();
    match command {
        BanCommand::Add { subject, reason } => {
            bans::add(&database, &vault, environment, &subject, reason).await?;
            writeln!(out, "banned from transfers")?;
        }
        BanCommand::Remove { subject } => match bans::remove(&database, &vault, &subject).await? {
            true => writeln!(out, "the ban is lifted")?,
            false => return Err("there is no such ban".into()),
        },
        BanCommand::List => {
            for row in banned::all(&*database).await? {
                let kind = row.kind.to_value();
                let hash = hex::encode(row.hash.get(..8).unwrap_or_default());
                writeln!(out, "{kind}\t{hash}\t{}\t{}", row.created_at, row.reason)?;
            }
        }
    }
    Ok(())
}
