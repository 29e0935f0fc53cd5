//! UZCARD, through SVGate: JSON-RPC over HTTP, cards addressed by SVGate's own token.
//!
//! Source: the protocol notes, section 1. Two things are this network's alone: it sends and checks the code for attaching
//! a card itself, and its holds carry no reference of ours.

mod books;
pub mod cards;
mod client;
mod codes;
mod history;
mod holds;
mod outcome;
mod payments;
mod reports;
mod transfers;
mod wire;

use std::sync::Arc;

use async_trait::async_trait;
use rpc_schema::values::Pan;

use self::client::Client;
pub use self::payments::UzcardPayments;
use super::CardNetwork;
use super::bulkhead::Bulkhead;
use super::exchange::SetupError;
use super::history::NetworkOperation;
use crate::config;
use crate::domain::call::CardAccess;
use crate::domain::day::Day;
use crate::domain::inquiry::{AskError, CardInfo, RecipientCard};

/// Everything that is asked of SVGate and moves no money: cards and their attachment, histories, reports.
#[derive(Debug)]
pub struct UzcardCards {
    client: Arc<Client>,
    history: Client,
    history_page_size: u32,
    service_name: String,
}

/// The two clients of SVGate. Holds last `hold_minutes`.
///
/// # Errors
/// The URL or the credentials cannot be used.
pub fn connect(
    config: &config::Uzcard,
    url: &str,
    hold_minutes: i64,
    transfers: &config::Transfers,
    history: &config::History,
    bulkhead: &Bulkhead,
) -> Result<(UzcardCards, UzcardPayments), SetupError> {
    let client = Arc::new(Client::new(config, url, bulkhead)?);
    let cards = UzcardCards {
        client: Arc::clone(&client),
        history: Client::for_history(config, url, history, bulkhead)?,
        history_page_size: history.page_size,
        service_name: config.service_name.clone(),
    };
    let payments = UzcardPayments::new(client, config, hold_minutes, transfers);
    Ok((cards, payments))
}

#[async_trait]
impl CardNetwork for UzcardCards {
    async fn card_info(&self, card: &CardAccess) -> Result<CardInfo, AskError> {
        self.describe(card).await
    }

    async fn recipient(&self, pan: &Pan) -> Result<RecipientCard, AskError> {
        self.describe_recipient(pan).await
    }

    async fn history(
        &self,
        card: &CardAccess,
        from: Day,
        to: Day,
    ) -> Result<Vec<NetworkOperation>, AskError> {
        self.fetch_history(card, from, to).await
    }
}
