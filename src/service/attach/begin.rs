//! How an attachment begins: who sends the code, and to which phone.

use entity::attachment;
use entity::transaction::{self, Kind, Status};
use rpc_schema::errors::ErrorCode;
use rpc_schema::values::{Code, Network};

use super::attachment::{AlreadyAttached, Attachment, CardDetails};
use crate::caller::Caller;
use crate::database::{Statements, Turn};
use crate::domain::call::CardAccess;
use crate::domain::code_text::Purpose;
use crate::domain::network::to_stored;
use crate::domain::told_phone::ToldPhone;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::processing::absent;
use crate::processing::uzcard::cards::NewCardReply;
use crate::repository::{attachment as attachments, card as cards, transaction as transactions};
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
    /// Has a code sent to the card's holder.
    ///
    /// # Errors
    /// -32374 for a number of no network, or of another one than named; 1010; -32372; what the network says of the card
    /// and the phone (-32333); -32349.
    pub async fn begin_attach(
        &self,
        caller: &Caller,
        details: CardDetails,
        already: AlreadyAttached,
    ) -> Result<Attachment, Error> {
        let network = self
            .rules
            .prefixes
            .network_of(&details.pan)
            .ok_or(ErrorCode::CardTypeNotSupported)?;
        self.check_connected(network, caller.partner.account(network))?;
        if details.network.is_some_and(|said| said != network) {
            return Err(ErrorCode::CardTypeNotSupported.into());
        }
        if already == AlreadyAttached::Refuse {
            let pan_hash = self.vault.pan_hash(&details.pan);
            if cards::find_by_pan(&*self.database, caller.partner.id, &pan_hash)
                .await?
                .is_some()
            {
                return Err(ErrorCode::AttachAlreadyAttached.into());
            }
        }
        match network {
            Network::Uzcard => self.begin_at_uzcard(caller, details).await,
            Network::Humo => self.begin_at_humo(caller, details).await,
        }
    }

    async fn begin_at_uzcard(
        &self,
        caller: &Caller,
        details: CardDetails,
    ) -> Result<Attachment, Error> {
        let tx = self.database.write_as(Turn::Begins).await?;
        let counted = async {
            self.count_attachment(&*tx, caller, &details.pan).await?;
            self.take_sms(&*tx, caller, details.phone.digits()).await?;
            // The phone is only claimed: who names others goes on sending to this card's holder.
            self.count_code(&*tx, &self.vault.pan_hash(&details.pan))
                .await
        };
        let counted = counted.await;
        let (tx, ()) = tx.unless_refused(counted).await?;
        tx.commit().await?;
        let asked = match self
            .networks
            .uzcard_under(caller.partner.account(Network::Uzcard))
        {
            Some(uzcard) => {
                let question = uzcard.new_otp(&details.pan, details.expiry, &details.phone);
                self.about(&details.pan, question).await
            }
            None => Err(absent::unanswered()),
        };
        let reply =
            asked.map_err(|error| self.unanswered(Network::Uzcard, "cards.new.otp", &error))?;
        let otp = match reply {
            NewCardReply::CodeSent(otp) => otp,
            NewCardReply::Known { token, needs_code } => {
                return self
                    .begin_with_known(caller, details, token, needs_code)
                    .await;
            }
        };
        let mask = ToldPhone::read(&otp.phone_mask);
        if mask.is_some_and(|mask| !mask.fits(&details.phone)) {
            return Err(ErrorCode::PhoneMismatch.into());
        }
        let tx = self.database.write().await?;
        self.forgive_attachment(&*tx, caller, &details.pan).await?;
        let (_, attachment) = self
            .insert_attachment(&tx, caller, &details, Proof::SvgateCode(otp.request_id))
            .await?;
        tx.commit().await?;
        Ok(attachment)
    }

    async fn begin_at_humo(
        &self,
        caller: &Caller,
        details: CardDetails,
    ) -> Result<Attachment, Error> {
        self.check_sms()?;
        let access = CardAccess {
            pan: details.pan.clone(),
            expiry: details.expiry,
            network_token: None,
        };
        let tx = self.database.write_as(Turn::Begins).await?;
        let counted = self.count_attachment(&*tx, caller, &details.pan).await;
        let (tx, ()) = tx.unless_refused(counted).await?;
        tx.commit().await?;
        let info = self
            .usable_card(
                (Network::Humo, caller.partner.account(Network::Humo)),
                &access,
            )
            .await?;
        // The code goes to the phone that the caller names, so a mask is not enough: all of it must be on file.
        if info.phone.and_then(|phone| phone.whole()).as_ref() != Some(&details.phone) {
            return Err(ErrorCode::PhoneMismatch.into());
        }
        let tx = self.database.write_as(Turn::Begins).await?;
        let stored = async {
            self.take_sms(&*tx, caller, details.phone.digits()).await?;
            let receiver = self.vault.phone_hash(details.phone.digits());
            self.count_code(&*tx, &receiver).await?;
            self.forgive_attachment(&*tx, caller, &details.pan).await?;
            let (transaction, attachment) = self
                .insert_attachment(&tx, caller, &details, Proof::HumoCode)
                .await?;
            let (transaction, code) = self.attach_code(&tx, transaction).await?;
            Ok::<_, Error>((transaction, attachment, code))
        };
        let stored = stored.await;
        let (tx, (transaction, attachment, code)) = tx.unless_refused(stored).await?;
        tx.commit().await?;
        self.send_attach_code(caller, &details, &transaction, &code)
            .await?;
        Ok(attachment)
    }

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
