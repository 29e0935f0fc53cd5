//! Money to a card: transfers within UZCARD, credits from HUMO, and what is known of the recipient beforehand.
//!
//! A transfer and a credit are answered like a payment, and looked up like one; only their refusals may be about the
//! recipient's card.

use rpc_schema::errors::ErrorCode;
use rpc_schema::values::{Expiry, Pan};
use serde_json::{Value, json};

use super::clients::{FixedSender, UzcardCards, UzcardPayments};
use super::codes::{self, CallKind};
use super::outcome::{self, no_token};
use super::wire::{self, Document, Params, Sender, Transfer};
use crate::domain::call::{CallResult, Credit, CreditSender, P2p, Refusal};
use crate::domain::inquiry::{AskError, RecipientCard};
use crate::domain::person::Person;
use crate::processing::recipient;

/// So many wrong PIN tries end a card's use, whatever its status says.
const PIN_TRIES: i64 = 3;
/// What stands for a name or a reference that is not known: SVGate leaves none out.
const NO_NAME: &str = "-";
const NO_REF_NUM: &str = "000000000000";

impl UzcardPayments {
    /// `p2p.universal`
    pub(super) async fn transfer(&self, p2p: &P2p) -> CallResult {
        let Some(token) = p2p.sender.network_token.as_deref() else {
            return no_token();
        };
        let params = Params::P2p(Transfer {
            sender: token,
            recipient: &p2p.recipient,
            amount: p2p.amount.tiyin(),
            fee_amount: p2p.fee,
            ext: &p2p.reference.0,
            merchant_id: &p2p.terminal.merchant_id,
            terminal_id: &p2p.terminal.terminal_id,
        });
        let kind = CallKind::P2p;
        match self.client.call("p2p.universal", params).await {
            Ok(result) => {
                outcome::payment(kind, &self.refusals, result, &p2p.reference, p2p.amount)
            }
            Err(error) => outcome::failed(kind, &self.refusals, error),
        }
    }

    /// `p2p.universal.credit`
    pub(super) async fn credit(&self, credit: &Credit) -> CallResult {
        let params = Params::Credit(wire::Credit {
            amount: credit.amount.tiyin(),
            ext: &credit.reference.0,
            merchant_id: &credit.terminal.merchant_id,
            terminal_id: &credit.terminal.terminal_id,
            recipient: &credit.recipient,
            sender: wire_sender(&credit.sender, self.sender.as_ref(), &self.service_name),
        });
        let kind = CallKind::Credit;
        match self
            .client
            .call_settling("p2p.universal.credit", params)
            .await
        {
            Ok(result) => outcome::payment(
                kind,
                &self.refusals,
                result,
                &credit.reference,
                credit.amount,
            ),
            Err(error) => outcome::failed(kind, &self.refusals, error),
        }
    }
}

impl UzcardCards {
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

/// Without configured details the gateway itself is named as the organisation, and the card that the money comes from.
fn wire_sender<'a>(
    sender: &'a CreditSender,
    details: Option<&'a FixedSender>,
    service_name: &'a str,
) -> Sender<'a> {
    let or = |text: &'a str, otherwise| if text.is_empty() { otherwise } else { text };
    let person = (sender.person.as_ref()).or(details.map(|details| &details.person));
    let name = |of: fn(&'a Person) -> &'a str| or(person.map(of).unwrap_or_default(), NO_NAME);
    Sender {
        id: details.map_or(&sender.card, |details| &details.legal_id),
        legal_name: details.map_or(service_name, |details| &details.legal_name),
        system: sender.network.vendor(),
        last_name: name(|person| &person.last_name),
        first_name: name(|person| &person.first_name),
        // Not everybody has one.
        middle_name: name(|person| &person.middle_name),
        ref_num: or(&sender.debit_reference, NO_REF_NUM),
        doc: person.map(|person| Document {
            nationality: &person.nationality,
            kind: &person.document_type,
            series_number: &person.document_number,
            birth_date: &person.birth_date,
            valid_to: &person.document_valid_to,
            mrz: &person.pinfl,
        }),
    }
}

pub(super) fn recipient_card(result: Value) -> Result<RecipientCard, AskError> {
    let card: wire::Recipient = outcome::only(result).map_err(AskError::unreadable)?;
    if card.embos_name.text().is_empty() && card.cardstatus.is_missing() {
        return Err(AskError::unreadable("a recipient without name and status"));
    }
    // Where no status can be read, nothing speaks against the card yet: the transfer itself will tell.
    let by_status = card.cardstatus.code().and_then(codes::unusable);
    let by_tries = || {
        let tries = card.pincnt.code().filter(|tries| *tries >= PIN_TRIES)?;
        Some(Refusal {
            code: ErrorCode::PinTriesExceeded,
            processing_code: tries.to_string(),
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
