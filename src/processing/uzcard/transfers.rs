//! Money to a card: transfers within UZCARD, credits from HUMO, and what is known of the recipient beforehand.
//!
//! A transfer and a credit are answered like a payment, and looked up like one; only their refusals may be about the
//! recipient's card.

use rpc_schema::errors::ErrorCode;
use rpc_schema::values::{Expiry, Pan};
use serde_json::{Value, json};

use super::clients::{UzcardCards, UzcardPayments};
use super::codes::{self, CallKind};
use super::outcome::{self, no_token};
use super::wire::{self, Params, Transfer};
use crate::domain::call::{CallResult, Credit, P2p, Refusal};
use crate::domain::inquiry::{AskError, RecipientCard};
use crate::processing::recipient;

/// So many wrong PIN tries end a card's use, whatever its status says.
const PIN_TRIES: i64 = 3;

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
            sender: self.sender_form.of(&credit.sender),
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
