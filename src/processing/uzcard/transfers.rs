//! Money to a card: transfers within UZCARD, credits from HUMO, and what is known of the recipient beforehand.
//!
//! A transfer and a credit are answered like a payment, and looked up like one; only their refusals may be about the
//! recipient's card.

use rpc_schema::errors::ErrorCode;
use rpc_schema::values::{Amount, Expiry, Pan};
use serde_json::{Value, json};

use super::client::CallError;
use super::wire::{self, Credit, Document, Params, Sender, Transfer};
use super::{Uzcard, codes, no_token, outcome};
use crate::config;
use crate::processing::{
    AskError, CardAccess, CreditSender, Found, Outcome, RecipientCard, Reference, Refusal,
    Terminal, recipient,
};

/// So many wrong PIN tries end a card's use, whatever its status says.
const PIN_TRIES: i64 = 3;
/// What stands for a name or a reference that is not known: SVGate leaves none out.
const NO_NAME: &str = "-";
const NO_REF_NUM: &str = "000000000000";

impl Uzcard {
    /// `p2p.universal`
    pub(super) async fn transfer(
        &self,
        sender: &CardAccess,
        recipient: &Pan,
        amount: Amount,
        fee: i64,
        terminal: &Terminal,
        reference: &Reference,
    ) -> Outcome {
        let Some(token) = sender.network_token.as_deref() else {
            return no_token();
        };
        let params = Params::P2p(Transfer {
            sender: token,
            recipient,
            amount: amount.tiyin(),
            fee_amount: fee,
            ext: &reference.0,
            merchant_id: &terminal.merchant_id,
            terminal_id: &terminal.terminal_id,
        });
        let result = self.client.call("p2p.universal", params).await;
        executed(result, reference, amount, codes::of_transfer)
    }

    /// `p2p.universal.credit`
    pub(super) async fn credit(
        &self,
        recipient: &Pan,
        amount: Amount,
        terminal: &Terminal,
        reference: &Reference,
        sender: &CreditSender,
    ) -> Outcome {
        let params = Params::Credit(Credit {
            amount: amount.tiyin(),
            ext: &reference.0,
            merchant_id: &terminal.merchant_id,
            terminal_id: &terminal.terminal_id,
            recipient,
            sender: wire_sender(sender, self.sender.as_ref(), &self.service_name),
        });
        let result = self
            .client
            .call_settling("p2p.universal.credit", params)
            .await;
        executed(result, reference, amount, codes::of_credit)
    }

    /// `p2p.info`
    pub(super) async fn describe_recipient(&self, pan: &Pan) -> Result<RecipientCard, AskError> {
        match self
            .client
            .call("p2p.info", json!({"hpan": pan.digits()}))
            .await
        {
            Ok(result) => recipient_card(result),
            Err(error) => Err(match outcome::ask_error(error) {
                AskError::Refused(refusal) => AskError::Refused(codes::of_credit(refusal)),
                unavailable @ AskError::Unavailable(_) => unavailable,
            }),
        }
    }
}

/// Without configured details the gateway itself is named, and the card that the money comes from.
fn wire_sender<'a>(
    sender: &'a CreditSender,
    details: Option<&'a config::SenderDetails>,
    service_name: &'a str,
) -> Sender<'a> {
    let or = |text: &'a str, otherwise| if text.is_empty() { otherwise } else { text };
    let system = sender.network.vendor();
    let ref_num = or(&sender.debit_reference, NO_REF_NUM);
    match details {
        Some(details) => Sender {
            id: &details.legal_id,
            legal_name: &details.legal_name,
            system,
            last_name: &details.last_name,
            first_name: &details.first_name,
            // Not everybody has one.
            middle_name: or(&details.middle_name, NO_NAME),
            ref_num,
            doc: Some(Document {
                nationality: &details.nationality,
                kind: &details.document_type,
                series_number: &details.document_number,
                birth_date: &details.birth_date,
                valid_to: &details.document_valid_to,
                mrz: &details.pinfl,
            }),
        },
        None => Sender {
            id: &sender.card,
            legal_name: service_name,
            system,
            last_name: NO_NAME,
            first_name: NO_NAME,
            middle_name: NO_NAME,
            ref_num,
            doc: None,
        },
    }
}

/// A payment's outcome, with its refusal read anew by `of`.
fn executed(
    result: Result<Value, CallError>,
    reference: &Reference,
    amount: Amount,
    of: fn(Refusal) -> Refusal,
) -> Outcome {
    let outcome = match result {
        Ok(result) => outcome::payment(result, reference, amount),
        Err(error) => outcome::failed(error),
    };
    match outcome {
        Outcome::Refused(refusal) => Outcome::Refused(of(refusal)),
        other @ (Outcome::Approved(_)
        | Outcome::Blocked(_)
        | Outcome::NotSent(_)
        | Outcome::Unknown(_)) => other,
    }
}

/// `trans.ext` of a transfer.
pub(super) fn found_transfer(
    result: Result<Value, CallError>,
    reference: &Reference,
    amount: Amount,
) -> Found {
    found(result, reference, amount, codes::of_transfer)
}

/// `trans.ext` of a credit.
pub(super) fn found_credit(
    result: Result<Value, CallError>,
    reference: &Reference,
    amount: Amount,
) -> Found {
    found(result, reference, amount, codes::of_credit)
}

fn found(
    result: Result<Value, CallError>,
    reference: &Reference,
    amount: Amount,
    of: fn(Refusal) -> Refusal,
) -> Found {
    match outcome::found_payment(result, reference, amount) {
        Found::NotExecuted(refusal) => Found::NotExecuted(of(refusal)),
        other @ (Found::Executed(_) | Found::Blocked(_) | Found::Nothing | Found::Unclear(_)) => {
            other
        }
    }
}

fn recipient_card(result: Value) -> Result<RecipientCard, AskError> {
    let card: wire::Recipient =
        outcome::only(result).map_err(|cause| AskError::Unavailable(cause.to_owned()))?;
    if card.embos_name.text().is_empty() && card.cardstatus.is_missing() {
        return Err(AskError::Unavailable(
            "a recipient without name and status".to_owned(),
        ));
    }
    // Where no status can be read, nothing speaks against the card yet: the transfer itself will tell.
    let by_status = card.cardstatus.int().and_then(codes::unusable);
    let by_tries = || {
        let tries = card.pincnt.int().filter(|tries| *tries >= PIN_TRIES)?;
        Some(Refusal {
            code: ErrorCode::PinTriesExceeded,
            processing_code: tries.to_string(),
            gone: false,
        })
    };
    Ok(RecipientCard {
        name: card.embos_name.text().to_owned(),
        expiry: Expiry::from_yymm(card.exp_dt.text()),
        phone: None,
        unusable: by_status.or_else(by_tries).map(recipient::unusable),
    })
}

#[cfg(test)]
#[path = "transfers_tests.rs"]
mod tests;
