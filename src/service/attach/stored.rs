//! An attachment that waits for its confirmation: its rows, and the gateway's own code.

use entity::attachment;
use entity::transaction::{self, Kind, Status};
use rpc_schema::values::{Code, Network};

use super::attachment::{Attachment, CardDetails};
use crate::caller::Caller;
use crate::database::Statements;
use crate::domain::code_text::Purpose;
use crate::domain::network::to_stored;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::repository::{attachment as attachments, transaction as transactions};
use crate::service::code::Sending;
use crate::vault::Owner;

/// What an attachment waits for.
pub(super) enum Proof {
    /// SVGate's code, by the id that SVGate gave it.
    SvgateCode(String),
    /// The gateway's code for a card of HUMO.
    HumoCode,
    /// What the setting asks for a card of which SVGate has told the token.
    KnownCard(String),
}

impl Gateway {
    /// Sends the gateway's own code of an attachment that is committed.
    pub(super) async fn send_attach_code(
        &self,
        caller: &Caller,
        details: &CardDetails,
        transaction: &transaction::Model,
        code: &Code,
    ) -> Result<(), Error> {
        let purpose = Purpose::Attach {
            pan_mask: &details.pan.mask(),
        };
        let text = self.message(caller, code, purpose);
        match self
            .send_code(&caller.gate, transaction, &details.phone, &text)
            .await?
        {
            // Whoever has confirmed it had the code.
            Sending::Sent | Sending::Overtaken(_) => Ok(()),
        }
    }

    pub(super) async fn insert_attachment(
        &self,
        db: &Statements,
        caller: &Caller,
        details: &CardDetails,
        proof: Proof,
    ) -> Result<(transaction::Model, Attachment), Error> {
        let (network, otp_request_id, network_token) = match proof {
            Proof::SvgateCode(request_id) => (Network::Uzcard, Some(request_id), None),
            Proof::HumoCode => (Network::Humo, None, None),
            Proof::KnownCard(token) => (Network::Uzcard, None, Some(token)),
        };
        let now = self.clock.now();
        let new = transactions::New {
            id: transactions::NO_ID,
            partner_id: caller.partner.id,
            kind: Kind::Attachment,
            status: Status::AwaitingCode,
            version: 1,
            network: to_stored(network),
            account: caller.partner.account(network).to_owned(),
            card_id: None,
            amount: 0,
            fee: 0,
            captured: None,
            reversed: None,
            reversing: 0,
            merchant_id: None,
            terminal_id: None,
            ext_id: None,
            fingerprint: None,
            app_name: (caller.app_name.as_ref()).map(|name| name.as_str().to_owned()),
            phone: Some(details.phone.digits().to_owned()),
            code_mac: None,
            code_tries: 0,
            code_expires_at: Some(now + self.rules.code_lifetime_ms),
            hold_expires_at: None,
            receipt: None,
            error_code: None,
            error_data: None,
            created_at: now,
            updated_at: now,
        };
        let transaction = transactions::insert(db, new, "attachment").await?;
        let card_id = self.random.uuid()?;
        let sealed = self.vault.seal(
            self.random.as_ref(),
            Owner::card(caller.partner.id, card_id),
            &details.pan,
        )?;
        let row = attachment::Model {
            transaction_id: transaction.id,
            card_id,
            pan_hash: self.vault.pan_hash(&details.pan).to_vec(),
            pan_key_id: sealed.key_id,
            pan_sealed: sealed.bytes,
            expiry: details.expiry.yymm(),
            otp_request_id,
            network_token,
        };
        attachments::insert(db, row).await?;
        let attachment = Attachment {
            card_id,
            transaction_id: transaction.id,
            phone: details.phone.clone(),
        };
        Ok((transaction, attachment))
    }
}
