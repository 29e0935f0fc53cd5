//! HUMO, through its `PaymentServer` (SOAP) and its card information (the JSON middleware, or SOAP services). It has neither tokens nor codes of its
//! own: every call carries the card's number, and the gateway makes and checks the codes.
//!
//! Source: docs/networks.md#humo.

mod authorisation;
mod books;
mod card_info;
mod client;
mod codes;
pub mod contour;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod history;
mod middleware;
mod outcome;
mod payment_list;
mod payments;
mod reconciliation;
mod requests;
mod soap;
mod soap_action;
pub(crate) mod soap_contour;
mod soap_info;
mod token;

use std::sync::Arc;

use async_trait::async_trait;
use rpc_schema::values::Pan;

pub(crate) use self::card_info::CardAddress;
use self::card_info::CardInfoClient;
use self::client::Client;
use self::history::HistoryClient;
pub(crate) use self::payments::HumoPayments;
use self::requests::Requests;
pub(crate) use self::soap_info::{SoapAddresses, SoapService};
pub(crate) use self::token::Token;
use super::bulkhead::Bulkhead;
use super::card_network::CardNetwork;
use super::exchange::SetupError;
use super::history::NetworkHistory;
use crate::config;
use crate::domain::call::CardAccess;
use crate::domain::day::Day;
use crate::domain::inquiry::{AskError, CardInfo, RecipientCard};

/// Everything that is asked of HUMO and moves no money: cards, histories, what stands under a reference.
#[derive(Debug)]
pub struct HumoCards {
    cards: CardInfoClient,
    history: HistoryClient,
    payments: Arc<Client>,
    requests: Arc<Requests>,
    /// Whether it is asked for its list of payments.
    has_list: bool,
}

/// Where HUMO is.
#[derive(Debug, Clone)]
pub(crate) struct Addresses {
    pub(crate) payment: String,
    pub(crate) cards: CardAddress,
    /// The middleware that has the histories, where there is one.
    pub(crate) history: Option<String>,
}

impl Addresses {
    /// Where a login is made.
    fn login(&self) -> &str {
        match (&self.cards, &self.history) {
            (CardAddress::Middleware(url), _) | (CardAddress::Soap(_), Some(url)) => url,
            // Nothing needs a token there.
            (CardAddress::Soap(soap), None) => &soap.cards,
        }
    }
}

/// The token of the middleware, which all accounts share.
///
/// # Errors
/// The URL or the token cannot be used.
pub(crate) fn token(
    config: &config::Humo,
    addresses: &Addresses,
    bulkhead: &Bulkhead,
) -> Result<Arc<Token>, SetupError> {
    Ok(Arc::new(Token::new(config, addresses.login(), bulkhead)?))
}

/// The two clients of HUMO under one account.
///
/// # Errors
/// A URL or the credentials cannot be used.
pub(crate) fn connect(
    config: &config::Humo,
    addresses: &Addresses,
    transfers: &config::Transfers,
    history: &config::History,
    token: &Arc<Token>,
    bulkhead: &Bulkhead,
) -> Result<(HumoCards, HumoPayments), SetupError> {
    let payments = Arc::new(Client::new(config, &addresses.payment, bulkhead)?);
    let requests = Arc::new(Requests::new(config, transfers));
    let cards = HumoCards {
        cards: CardInfoClient::new(config, &addresses.cards, token, bulkhead)?,
        history: HistoryClient::new(
            config,
            addresses.history.as_deref(),
            token,
            history,
            bulkhead,
        )?,
        payments: Arc::clone(&payments),
        requests: Arc::clone(&requests),
        has_list: config.payment_list,
    };
    Ok((cards, HumoPayments::new(payments, requests, config)))
}

#[async_trait]
impl CardNetwork for HumoCards {
    async fn card_info(&self, card: &CardAccess) -> Result<CardInfo, AskError> {
        self.cards.ask(card).await
    }

    async fn recipient(&self, pan: &Pan) -> Result<RecipientCard, AskError> {
        self.cards.ask_recipient(pan).await
    }

    async fn history(
        &self,
        card: &CardAccess,
        from: Day,
        to: Day,
    ) -> Result<NetworkHistory, AskError> {
        self.history.ask(&card.pan, from, to).await
    }
}
