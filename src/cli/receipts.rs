//! `aloqa-gateway receipts`: fiscal receipts that the service refuses.

use std::io::{self, Write as _};

use clap::Subcommand;
use entity::ids::TransactionId;

use super::Failure;
use super::deeds::Deeds;
use super::speaker::Speaker;
use crate::config::Config;
use crate::environment::Environment;
use crate::start::open_gateway;

const EXAMPLES: &str = "Examples:
  aloqa-gateway receipts list
  aloqa-gateway receipts retry 1234 --reason 'the service knows our terminal now, ticket 80'

A refused receipt changes nothing about its transfer.";

#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum ReceiptsCommand {
    /// List the receipts that the fiscal service has refused again and again. They are tried no more.
    List,
    /// Try a refused receipt again, after its cause was removed.
    Retry {
        /// The number of the transfer.
        id: i64,
        #[command(flatten)]
        speaker: Speaker,
    },
}

pub(super) async fn run(
    config: &Config,
    environment: &Environment,
    command: ReceiptsCommand,
) -> Result<(), Failure> {
    let gateway = open_gateway(config, environment).await?;
    let mut out = io::stdout();
    match command {
        ReceiptsCommand::List => {
            let refused = gateway.refused_receipts().await?;
            if refused.is_empty() {
                writeln!(out, "no receipt is refused")?;
                return Ok(());
            }
            writeln!(out, "TRANSFER\tRECEIPT\tATTEMPTS\tCAUSE")?;
            for row in refused {
                let receipt = row.fiscal_receipt_id.unwrap_or_default();
                let cause = row.fiscal_cause.unwrap_or_default();
                let (id, attempts) = (row.transaction_id, row.fiscal_attempts);
                writeln!(out, "{id}\t{receipt}\t{attempts}\t{cause}")?;
            }
        }
        ReceiptsCommand::Retry { id, speaker } => {
            let by = speaker.name()?;
            let statement = speaker.statement(&by);
            let retrying = async {
                match gateway.retry_receipt(TransactionId(id), statement).await? {
                    true => Ok(()),
                    false => Err(Failure::from(format!(
                        "the receipt of transfer {id} is not refused; `aloqa-gateway receipts list` shows those that are"
                    ))),
                }
            };
            let object = format!("transaction {id}");
            let deeds = Deeds::of(&gateway)?.said_by(&by);
            deeds
                .unless_accepted("receipts.retry", object, retrying)
                .await?;
            writeln!(
                out,
                "the receipt of transfer {id} is tried again within a minute"
            )?;
        }
    }
    Ok(())
}
