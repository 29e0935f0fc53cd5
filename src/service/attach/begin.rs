//! How an attachment begins: who sends the code, and to which phone.

use rpc_schema::errors::ErrorCode;
use rpc_schema::values::Network;

use super::attachment::{AlreadyAttached, Attachment, CardDetails};
use super::stored::Proof;
use crate::caller::Caller;
use crate::database::Turn;
use crate::domain::call::CardAccess;
use crate::domain::told_phone::ToldPhone;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::processing::absent;
use crate::processing::uzcard::NewCardReply;
use crate::repository::card as cards;

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
            let known = cards::find_by_pan(&*self.database, caller.partner.id, &pan_hash).await?;
            if known.is_some_and(|card| self.is_connected(caller, &card)) {
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
}
