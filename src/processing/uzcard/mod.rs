//! UZCARD, through SVGate: JSON-RPC over HTTP, cards addressed by SVGate's own token.
//!
//! Source: the protocol notes, section 1. What only this network does (it sends and checks the code for attaching a
//! card itself, and its holds carry no reference of ours) is in the methods beside the trait.

mod books;
pub mod cards;
mod client;
mod codes;
mod history;
mod holds;
mod outcome;
mod reports;
mod transfers;
mod wire;

use async_trait::async_trait;
use rpc_schema::values::{Amount, Network, Pan};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use self::client::{CallError, Client};
use self::holds::{HoldItem, HoldState};
use self::wire::{HoldParams, Params, Payment};
use super::bulkhead::Bulkhead;
use super::exchange::SetupError;
use super::history::NetworkOperation;
use super::{
    AskError, Call, CardAccess, CardInfo, Found, Outcome, Processing, Receipt, RecipientCard,
    Reference, Terminal, Traces,
};
use crate::config;
use crate::domain::day::Day;

/// The client of SVGate.
#[derive(Debug)]
pub struct Uzcard {
    client: Client,
    history: Client,
    history_page_size: u32,
    user: String,
    purpose: String,
    service_name: String,
    port: String,
    hold_minutes: i64,
    hold_statuses: config::HoldStatuses,
    /// Who credits cards, where that is told.
    sender: Option<config::SenderDetails>,
}

impl Uzcard {
    /// Holds last `hold_minutes`.
    ///
    /// # Errors
    /// The URL or the credentials cannot be used.
    pub fn new(
        config: &config::Uzcard,
        url: &str,
        hold_minutes: i64,
        transfers: &config::Transfers,
        history: &config::History,
        bulkhead: &Bulkhead,
    ) -> Result<Self, SetupError> {
        Ok(Self {
            client: Client::new(config, url, bulkhead)?,
            history: Client::for_history(config, url, history, bulkhead)?,
            history_page_size: history.page_size,
            user: config.user.clone(),
            purpose: config.purpose.clone(),
            service_name: config.service_name.clone(),
            port: config.port.clone(),
            hold_minutes,
            hold_statuses: config.hold_statuses.clone(),
            sender: transfers.sender.clone(),
        })
    }

    async fn pay(
        &self,
        card: &CardAccess,
        amount: Amount,
        terminal: &Terminal,
        reference: &Reference,
    ) -> Outcome {
        let Some(token) = card.network_token.as_deref() else {
            return no_token();
        };
        let params = Params::Tran(Payment {
            purpose: &self.purpose,
            card_id: token,
            amount: amount.tiyin(),
            commission: 0,
            currency: "860",
            ext: &reference.0,
            merchant_id: &terminal.merchant_id,
            terminal_id: &terminal.terminal_id,
        });
        match self.client.call("trans.pay.purpose", params).await {
            Ok(result) => outcome::payment(result, reference, amount),
            Err(error) => outcome::failed(error),
        }
    }

    async fn hold(
        &self,
        card: &CardAccess,
        amount: Amount,
        terminal: &Terminal,
        reference: &Reference,
    ) -> Outcome {
        let Some(token) = card.network_token.as_deref() else {
            return no_token();
        };
        let params = Params::Hold(HoldParams::Create {
            card_id: token,
            merchant_id: &terminal.merchant_id,
            terminal_id: &terminal.terminal_id,
            amount: amount.tiyin(),
            time: self.hold_minutes,
        });
        match self.client.call("hold.create", params).await {
            Ok(result) => outcome::hold_created(result, reference),
            Err(error) => outcome::failed(error),
        }
    }

    async fn capture(
        &self,
        hold: &Receipt,
        amount: Amount,
        terminal: &Terminal,
        reference: &Reference,
    ) -> Outcome {
        let params = Params::Hold(HoldParams::Charge {
            hold_id: wire::id(&hold.network_id),
            ext: &reference.0,
            merchant_id: &terminal.merchant_id,
            terminal_id: &terminal.terminal_id,
            port: &self.port,
            stan: stan(reference),
            amount: amount.tiyin(),
        });
        match self
            .client
            .call_settling("hold.dismiss.charge", params)
            .await
        {
            Ok(result) => outcome::payment(result, reference, amount),
            Err(error) => outcome::failed(error),
        }
    }

    async fn release(&self, hold: &Receipt, amount: Amount, terminal: &Terminal) -> Outcome {
        let params = Params::Hold(HoldParams::Dismiss {
            hold_id: wire::id(&hold.network_id),
            merchant_id: &terminal.merchant_id,
            terminal_id: &terminal.terminal_id,
            amount: amount.tiyin(),
        });
        match self.client.call_settling("hold.dismiss", params).await {
            Ok(result) => outcome::hold_dismissed(result, hold),
            Err(error) => outcome::failed(error),
        }
    }

    async fn reverse(&self, payment: &Receipt, amount: Amount) -> Outcome {
        match self
            .client
            .call_settling("trans.reverse", json!({"tranId": payment.ref_num}))
            .await
        {
            Ok(result) => outcome::reversal(result, payment, amount),
            Err(error) => outcome::failed(error),
        }
    }

    /// `trans.ext`
    async fn by_reference(&self, reference: &Reference) -> Result<Value, CallError> {
        self.client
            .call_settling("trans.ext", json!({"extId": reference.0}))
            .await
    }
}

#[async_trait]
impl Processing for Uzcard {
    fn network(&self) -> Network {
        Network::Uzcard
    }

    async fn execute(&self, call: &Call) -> Outcome {
        match call {
            Call::Pay {
                card,
                amount,
                terminal,
                reference,
            } => self.pay(card, *amount, terminal, reference).await,
            Call::Hold {
                card,
                amount,
                terminal,
                reference,
            } => self.hold(card, *amount, terminal, reference).await,
            Call::Capture {
                hold,
                amount,
                terminal,
                reference,
            } => self.capture(hold, *amount, terminal, reference).await,
            Call::Release {
                hold,
                amount,
                terminal,
            } => self.release(hold, *amount, terminal).await,
            Call::Reverse {
                payment,
                amount,
                terminal: _,
            } => self.reverse(payment, *amount).await,
            Call::P2p {
                sender,
                recipient,
                amount,
                fee,
                terminal,
                reference,
            } => {
                self.transfer(sender, recipient, *amount, *fee, terminal, reference)
                    .await
            }
            Call::Credit {
                recipient,
                amount,
                terminal,
                reference,
                sender,
            } => {
                self.credit(recipient, *amount, terminal, reference, sender)
                    .await
            }
            Call::Confirm { .. } | Call::Cancel { .. } => Outcome::NotSent(
                "a payment of UZCARD is one call, with nothing to confirm or cancel".to_owned(),
            ),
        }
    }

    async fn look_up(&self, call: &Call, traces: &Traces) -> Found {
        match call {
            Call::Pay {
                card: _,
                amount,
                terminal: _,
                reference,
            }
            | Call::Capture {
                hold: _,
                amount,
                terminal: _,
                reference,
            } => outcome::found_payment(self.by_reference(reference).await, reference, *amount),
            Call::Reverse {
                payment,
                amount,
                terminal: _,
            } => outcome::found_reversal(
                self.by_reference(&payment.reference).await,
                payment,
                *amount,
            ),
            Call::P2p {
                sender: _,
                recipient: _,
                amount,
                fee: _,
                terminal: _,
                reference,
            } => transfers::found_transfer(self.by_reference(reference).await, reference, *amount),
            Call::Credit {
                recipient: _,
                amount,
                terminal: _,
                reference,
                sender: _,
            } => transfers::found_credit(self.by_reference(reference).await, reference, *amount),
            Call::Hold {
                card,
                amount,
                terminal: _,
                reference,
            } => self.find_hold(card, *amount, reference, traces).await,
            Call::Release {
                hold,
                amount,
                terminal: _,
            } => self.find_release(hold, *amount).await,
            // Never sent, see `execute`.
            Call::Confirm { .. } | Call::Cancel { .. } => Found::Nothing,
        }
    }

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

fn no_token() -> Outcome {
    Outcome::NotSent("the card has no token of SVGate".to_owned())
}

/// The legacy ISO field `stan` of `hold.dismiss.charge`: six digits, the same for the same reference.
fn stan(reference: &Reference) -> String {
    let digest = Sha256::digest(reference.0.as_bytes());
    let number = digest
        .iter()
        .take(4)
        .fold(0_u32, |number, byte| (number << 8) | u32::from(*byte));
    // 000000 is taken for "none" by some systems.
    format!("{:06}", number % 999_999 + 1)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_stan_is_six_digits_and_stays_the_same() {
        let stans: HashSet<String> = (0..200)
            .map(|n| stan(&Reference(format!("reference-{n}"))))
            .collect();
        assert!(
            stans
                .iter()
                .all(|stan| stan.len() == 6 && stan.bytes().all(|byte| byte.is_ascii_digit()))
        );
        assert!(stans.len() > 190);
        assert_eq!(
            stan(&Reference("a".to_owned())),
            stan(&Reference("a".to_owned()))
        );
    }
}
