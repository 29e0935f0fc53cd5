//! HUMO, through its `PaymentServer` (SOAP) and its card-info middleware (JSON). It has neither tokens nor codes of its
//! own: every call carries the card's number, and the gateway makes and checks the codes.
//!
//! Source: the protocol notes, section 2.

mod books;
mod card_info;
mod client;
mod codes;
mod history;
mod middleware;
mod outcome;
mod requests;
mod soap;

use async_trait::async_trait;
use rpc_schema::values::{Amount, Network, Pan};

use self::card_info::CardInfoClient;
use self::client::Client;
use self::history::HistoryClient;
use self::outcome::CallKind;
use self::requests::{Biller, Requests};
use super::bulkhead::Bulkhead;
use super::exchange::SetupError;
use super::history::NetworkOperation;
use super::{
    AskError, Call, CardAccess, CardInfo, Found, Outcome, Processing, Receipt, RecipientCard,
    Reference, Terminal, Traces,
};
use crate::config;
use crate::domain::day::Day;

/// The client of HUMO.
#[derive(Debug)]
pub struct Humo {
    client: Client,
    cards: CardInfoClient,
    history: HistoryClient,
    requests: Requests,
}

impl Humo {
    /// The middleware's `info_url` is what its paths, such as `/v3/iiacs/card`, come after.
    ///
    /// # Errors
    /// A URL or the credentials cannot be used.
    pub fn new(
        config: &config::Humo,
        payment_url: &str,
        info_url: &str,
        transfers: &config::Transfers,
        history: &config::History,
        bulkhead: &Bulkhead,
    ) -> Result<Self, SetupError> {
        Ok(Self {
            client: Client::new(config, payment_url, bulkhead)?,
            cards: CardInfoClient::new(config, info_url, bulkhead)?,
            history: HistoryClient::new(config, info_url, history, bulkhead)?,
            requests: Requests::new(config, transfers),
        })
    }

    async fn create(
        &self,
        biller: Biller,
        card: &CardAccess,
        amount: Amount,
        terminal: &Terminal,
        reference: &Reference,
    ) -> Outcome {
        let content = self
            .requests
            .create(biller, card, amount, terminal, reference);
        match self.client.call("Payment", &content).await {
            Ok(response) => outcome::created(biller.call_kind(), &response, reference, amount),
            Err(error) => outcome::failed(biller.call_kind(), error),
        }
    }

    /// Only creates the transfer, which blocks the money and brings the fee.
    async fn transfer(
        &self,
        sender: &CardAccess,
        recipient: &Pan,
        amount: Amount,
        terminal: &Terminal,
        reference: &Reference,
    ) -> Outcome {
        let content = self
            .requests
            .transfer(sender, recipient, amount, terminal, reference);
        match self.client.call("Request", &content).await {
            Ok(response) => outcome::created(CallKind::P2p, &response, reference, amount),
            Err(error) => outcome::failed(CallKind::P2p, error),
        }
    }

    async fn credit(
        &self,
        recipient: &Pan,
        amount: Amount,
        terminal: &Terminal,
        reference: &Reference,
    ) -> Outcome {
        let content = self.requests.credit(recipient, amount, terminal, reference);
        match self.client.call_settling("Payment", &content).await {
            Ok(response) => outcome::created(CallKind::Credit, &response, reference, amount),
            Err(error) => outcome::failed(CallKind::Credit, error),
        }
    }

    /// `capture` is the amount to be taken of a hold; a sale or a transfer is always confirmed as it was created.
    async fn confirm(
        &self,
        kind: CallKind,
        payment: &Receipt,
        amount: Amount,
        capture: Option<Amount>,
    ) -> Outcome {
        let content = self.requests.confirm(payment, capture);
        match self.client.call_settling("Payment", &content).await {
            Ok(response) => outcome::confirmed(kind, &response, payment, amount),
            Err(error) => outcome::failed(kind, error),
        }
    }

    /// Frees what a create has blocked.
    async fn cancel(&self, kind: CallKind, payment: &Receipt) -> Outcome {
        let content = self.requests.cancel(payment);
        match self.client.call_settling("CancelRequest", &content).await {
            Ok(response) => outcome::undone(&response, payment),
            Err(error) => outcome::failed(kind, error),
        }
    }

    async fn reverse(&self, payment: &Receipt, terminal: &Terminal) -> Outcome {
        let content = self.requests.reverse(payment, terminal);
        match self.client.call_settling("ReturnPayment", &content).await {
            Ok(response) => outcome::undone(&response, payment),
            Err(error) => outcome::failed(CallKind::Reverse, error),
        }
    }

    async fn find(&self, kind: CallKind, before: Receipt, amount: Option<Amount>) -> Found {
        let content = self.requests.get(&before.reference);
        let result = self.client.call_settling("GetPayment", &content).await;
        outcome::found(kind, result, before, amount)
    }
}

#[async_trait]
impl Processing for Humo {
    fn network(&self) -> Network {
        Network::Humo
    }

    async fn execute(&self, call: &Call) -> Outcome {
        match call {
            Call::Pay {
                card,
                amount,
                terminal,
                reference,
            } => {
                self.create(Biller::Sale, card, *amount, terminal, reference)
                    .await
            }
            Call::Hold {
                card,
                amount,
                terminal,
                reference,
            } => {
                self.create(Biller::Hold, card, *amount, terminal, reference)
                    .await
            }
            Call::Confirm { payment, amount } => {
                self.confirm(CallKind::Confirm, payment, *amount, None)
                    .await
            }
            // Both calls about a hold go by the reference of its creation, which is the payment's name here.
            Call::Capture {
                hold,
                amount,
                terminal: _,
                reference: _,
            } => {
                self.confirm(CallKind::Capture, hold, *amount, Some(*amount))
                    .await
            }
            Call::Cancel { payment, amount: _ } => self.cancel(CallKind::Cancel, payment).await,
            Call::Release {
                hold,
                amount: _,
                terminal: _,
            } => self.cancel(CallKind::Release, hold).await,
            Call::Reverse {
                payment,
                amount: _,
                terminal,
            } => self.reverse(payment, terminal).await,
            Call::P2p {
                sender,
                recipient,
                amount,
                // HUMO has a tariff of its own.
                fee: _,
                terminal,
                reference,
            } => {
                self.transfer(sender, recipient, *amount, terminal, reference)
                    .await
            }
            Call::Credit {
                recipient,
                amount,
                terminal,
                reference,
                // HUMO asks for the sender's person, not for the card or its debit.
                sender: _,
            } => self.credit(recipient, *amount, terminal, reference).await,
        }
    }

    async fn look_up(&self, call: &Call, _: &Traces) -> Found {
        match call {
            Call::Pay {
                card: _,
                amount,
                terminal: _,
                reference,
            } => {
                self.find(CallKind::Pay, Receipt::of(reference), Some(*amount))
                    .await
            }
            Call::Hold {
                card: _,
                amount,
                terminal: _,
                reference,
            } => {
                self.find(CallKind::Hold, Receipt::of(reference), Some(*amount))
                    .await
            }
            Call::Confirm { payment, amount } => {
                self.find(CallKind::Confirm, payment.clone(), Some(*amount))
                    .await
            }
            Call::Capture {
                hold,
                amount,
                terminal: _,
                reference: _,
            } => {
                self.find(CallKind::Capture, hold.clone(), Some(*amount))
                    .await
            }
            Call::Cancel { payment, amount: _ } => {
                self.find(CallKind::Cancel, payment.clone(), None).await
            }
            Call::Release {
                hold,
                amount: _,
                terminal: _,
            } => self.find(CallKind::Release, hold.clone(), None).await,
            Call::Reverse {
                payment,
                amount: _,
                terminal: _,
            } => self.find(CallKind::Reverse, payment.clone(), None).await,
            Call::P2p {
                sender: _,
                recipient: _,
                amount,
                fee: _,
                terminal: _,
                reference,
            } => {
                self.find(CallKind::P2p, Receipt::of(reference), Some(*amount))
                    .await
            }
            Call::Credit {
                recipient: _,
                amount,
                terminal: _,
                reference,
                sender: _,
            } => {
                self.find(CallKind::Credit, Receipt::of(reference), Some(*amount))
                    .await
            }
        }
    }

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
    ) -> Result<Vec<NetworkOperation>, AskError> {
        self.history.ask(&card.pan, from, to).await
    }
}
