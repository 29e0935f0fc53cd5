//! `aloqa-gateway receipts`: fiscal receipts that the service refuses, or of which it does not say whether it has them.

use clap::{ArgGroup, Args, Subcommand};
use entity::ids::TransactionId;
use serde_json::json;

use super::Failure;
use super::consent::Consent;
use super::deeds::Deeds;
use super::form::{Deed, Form, List};
use super::speaker::Speaker;
use super::table::Table;
use crate::config::Config;
use crate::environment::Environment;
use crate::gateway::Gateway;
use crate::receipts::{Outcome, ReceiptError};
use crate::start::{open_gateway, open_gateway_to_read};

const EXAMPLES: &str = "Examples:
  aloqa-gateway receipts list
  aloqa-gateway receipts retry 1234 --reason 'the service knows our terminal now, ticket 80'
  aloqa-gateway receipts settle 1235 --not-registered --reason 'operator of fiscal data, ticket 81'

A receipt that is not registered changes nothing about its transfer.";

#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum ReceiptsCommand {
    /// List the receipts that ask for somebody.
    ///
    /// Open: it was sent under its number, nobody knows yet whether it is registered, and all others of its terminal wait for it.
    /// Refused: the fiscal service has refused it again and again, and it is tried no more.
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
    /// Say what became of the open receipt, as the operator of fiscal data has found out.
    ///
    /// The others of its terminal wait no more. Your statement is kept, with its reason. Ask the operator for the number that
    /// `receipts list` shows.
    Settle(Settle),
}

const SETTLE_EXAMPLES: &str = "At a terminal it repeats what would be settled, and asks.

Examples:
  aloqa-gateway receipts settle 1235 --reason 'operator of fiscal data, ticket 81' \\
      --registered 'https://ofd.soliq.uz/check?t=UZ210317225018&r=105&c=20261121120000&s=000000000042'
  aloqa-gateway receipts settle 1235 --not-registered --reason 'operator of fiscal data, ticket 81'

Exit status 4: the receipt is not open. 6: a gateway may be sending it right now; the message says for how long.";

#[derive(Debug, Args)]
#[command(after_help = SETTLE_EXAMPLES)]
#[command(group = ArgGroup::new("found").required(true).args(["registered", "not_registered"]))]
pub(super) struct Settle {
    /// The number of the transfer.
    id: i64,
    /// It is registered, and this is the whole address of its check: with terminal, number, moment and fiscal sign, which a
    /// refund must repeat. Partners are told it.
    #[arg(long, value_name = "URL")]
    registered: Option<String>,
    /// It is not registered and will not be: it is sent again at once, under a new number.
    #[arg(long)]
    not_registered: bool,
    #[command(flatten)]
    speaker: Speaker,
    #[command(flatten)]
    consent: Consent,
}

pub(super) async fn run(
    config: &Config,
    environment: &Environment,
    form: Form,
    command: ReceiptsCommand,
) -> Result<(), Failure> {
    let gateway = match command {
        ReceiptsCommand::List => open_gateway_to_read(config, environment).await?,
        ReceiptsCommand::Retry { .. } | ReceiptsCommand::Settle(_) => {
            open_gateway(config, environment).await?
        }
    };
    match command {
        ReceiptsCommand::List => list(&gateway, form).await,
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
            Ok(form.deed(Deed {
                schema: "receipts.retry/1",
                item: json!({"transactionId": id}),
                words: format!("the receipt of transfer {id} is tried again within a minute"),
                next: Some("aloqa-gateway receipts list, in a minute".to_owned()),
            })?)
        }
        ReceiptsCommand::Settle(asked) => settle(&gateway, form, asked).await,
    }
}

async fn list(gateway: &Gateway, form: Form) -> Result<(), Failure> {
    let open = gateway.receipt_in_doubt().await?;
    let open = open.map(|open| (open.side, Some((open.number, open.terminal))));
    let refused = gateway.refused_receipts().await?;
    let refused = refused.into_iter().map(|row| (row, None));
    let mut table = Table::new([
        "TRANSFER", "STATE", "NUMBER", "TERMINAL", "RECEIPT", "ATTEMPTS", "CAUSE",
    ]);
    let mut items = Vec::new();
    for (row, numbered) in open.into_iter().chain(refused) {
        let (state, number, terminal) = match numbered {
            Some((number, terminal)) => ("open", Some(number), Some(terminal)),
            None => ("refused", None, None),
        };
        items.push(json!({
            "transactionId": row.transaction_id.0,
            "state": state,
            "number": number,
            "terminal": terminal,
            "receipt": row.fiscal_receipt_id,
            "attempts": row.fiscal_attempts,
            "cause": row.fiscal_cause,
        }));
        table.row([
            row.transaction_id.to_string(),
            state.to_owned(),
            number.map(|number| number.to_string()).unwrap_or_default(),
            terminal.unwrap_or_default(),
            row.fiscal_receipt_id.unwrap_or_default(),
            row.fiscal_attempts.to_string(),
            row.fiscal_cause.unwrap_or_default(),
        ]);
    }
    Ok(form.list(List {
        schema: "receipts.list/1",
        table,
        items,
        none: "no receipt is open or refused".to_owned(),
        more: None,
    })?)
}

async fn settle(gateway: &Gateway, form: Form, asked: Settle) -> Result<(), Failure> {
    let Settle {
        id,
        registered,
        not_registered: _,
        speaker,
        consent,
    } = asked;
    let by = speaker.name()?;
    let settling = async {
        let open = gateway.open_receipt_of(TransactionId(id)).await?;
        let (outcome, became) = match &registered {
            Some(url) => {
                let outcome = open.registered_at(url).map_err(ReceiptError::from)?;
                (outcome, format!("is registered, at {url}"))
            }
            None => {
                let became = "is not registered and will not be: it is sent again at once, under a new number";
                (Outcome::NotRegistered, became.to_owned())
            }
        };
        let receipt = format!(
            "the receipt of transfer {id} with the number {} of {}",
            open.number, open.terminal
        );
        let words = format!("{receipt} {became}");
        consent.to(&words)?;
        let statement = speaker.statement(&by);
        gateway.settle_receipt(&open, outcome, statement).await?;
        Ok::<_, Failure>((open, words))
    };
    let object = format!("transaction {id}");
    let deeds = Deeds::of(gateway)?.said_by(&by);
    let (open, words) = deeds
        .unless_accepted("receipts.settle", object, settling)
        .await?;
    Ok(form.deed(Deed {
        schema: "receipts.settle/1",
        item: json!({
            "transactionId": id,
            "number": open.number,
            "terminal": open.terminal,
            "isRegistered": registered.is_some(),
            "url": registered,
        }),
        words,
        next: Some("aloqa-gateway receipts list, in a minute".to_owned()),
    })?)
}
