//! `aloqa-gateway receipts`: fiscal receipts that the service refuses.

use clap::Subcommand;
use entity::ids::TransactionId;
use serde_json::json;

use super::Failure;
use super::deeds::Deeds;
use super::form::{Deed, Form, List};
use super::speaker::Speaker;
use super::table::Table;
use crate::config::Config;
use crate::environment::Environment;
use crate::start::{open_gateway, open_gateway_to_read};

const EXAMPLES: &str = "Examples:
  aloqa-gateway receipts list
  aloqa-gateway receipts retry 1234 --reason 'the service knows our terminal now, ticket 80'

A refused receipt changes nothing about its transfer.";

#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum ReceiptsCommand {
    /// List the receipts that the fiscal service has refused again and again. They are tried no more.
    #[command(after_help = "Examples:\n  aloqa-gateway receipts list")]
    List,
    /// Try a refused receipt again, after its cause was removed.
    #[command(
        after_help = "Examples:\n  aloqa-gateway receipts retry 1234 --reason 'the service knows our terminal now, ticket 80'"
    )]
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
    form: Form,
    command: ReceiptsCommand,
) -> Result<(), Failure> {
    let gateway = match command {
        ReceiptsCommand::List => open_gateway_to_read(config, environment).await?,
        ReceiptsCommand::Retry { .. } => open_gateway(config, environment).await?,
    };
    match command {
        ReceiptsCommand::List => {
            let mut table = Table::new(["TRANSFER", "RECEIPT", "ATTEMPTS", "CAUSE"]);
            let mut items = Vec::new();
            for row in gateway.refused_receipts().await? {
                table.row([
                    row.transaction_id.to_string(),
                    row.fiscal_receipt_id.clone().unwrap_or_default(),
                    row.fiscal_attempts.to_string(),
                    row.fiscal_cause.clone().unwrap_or_default(),
                ]);
                items.push(json!({
                    "transactionId": row.transaction_id.0,
                    "receipt": row.fiscal_receipt_id,
                    "attempts": row.fiscal_attempts,
                    "cause": row.fiscal_cause,
                }));
            }
            form.list(List {
                schema: "receipts.list/1",
                table,
                items,
                none: "no receipt is refused".to_owned(),
                more: None,
            })?;
        }
        ReceiptsCommand::Retry { id, speaker } => {
            let by = speaker.name()?;
            let statement = speaker.statement(&by);
            let retrying = async {
                match gateway.retry_receipt(TransactionId(id), statement).await? {
                    true => Ok(()),
                    false => Err(Failure::not_found(format!(
                        "the receipt of transfer {id} is not refused; `aloqa-gateway receipts list` shows those that are"
                    ))),
                }
            };
            let object = format!("transaction {id}");
            let deeds = Deeds::of(&gateway)?.said_by(&by);
            deeds
                .unless_accepted("receipts.retry", object, retrying)
                .await?;
            form.deed(Deed {
                schema: "receipts.retry/1",
                item: json!({"transactionId": id}),
                words: format!("the receipt of transfer {id} is tried again within a minute"),
                next: Some("aloqa-gateway receipts list, in a minute".to_owned()),
            })?;
        }
    }
    Ok(())
}
