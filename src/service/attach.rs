//! How a card is attached, by either family: `cards.attach` and `cards.add` begin alike, and so do their confirmations
//! end.
//!
//! UZCARD makes, sends and checks the code itself; HUMO has no such service, so there the gateway does
//! (docs/contract.md#codes). Until the code is confirmed there is no card, only the attachment of one.

use entity::ids::TransactionId;
use entity::time::UnixMillis;
use entity::transaction::{self, Kind, Status};
use entity::{attachment, card};
use rpc_schema::errors::ErrorCode;
use rpc_schema::reason::Reason;
use rpc_schema::values::{Code, Expiry, Network, Pan, Phone};
use sea_orm::{ConnectionTrait, DbErr, Set, SqlErr};
use uuid::Uuid;

use crate::caller::Caller;
use crate::database::WriteTransaction;
use crate::domain::call::CardAccess;
use crate::domain::failure::Failure;
use crate::domain::inquiry::CardInfo;
use crate::domain::network::{from_stored, to_stored};
use crate::domain::operation::status_at;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::processing::uzcard::cards::VerifyError;
use crate::repository::transaction::Change;
use crate::repository::{attachment as attachments, card as cards, transaction as transactions};

use super::code::{Checked, Purpose};

/// The card to attach, as the holder gave it.
#[derive(Debug, Clone)]
pub struct CardDetails {
    pub pan: Pan,
    pub expiry: Expiry,
    pub phone: Phone,
    /// The network that the caller names.
    pub network: Option<Network>,
}

/// What the method does with a card that this partner has attached before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlreadyAttached {
    /// A family: refuses it with 1010.
    Refuse,
    /// B family: confirms it to its existing token.
    KeepToken,
}

/// A code is on its way to the holder.
#[derive(Debug, Clone)]
pub struct Attachment {
    pub card_id: Uuid,
    pub transaction_id: TransactionId,
    pub phone: Phone,
}

/// How a confirmation names the attachment.
#[derive(Debug, Clone, Copy)]
pub enum AttachKey {
    /// B family.
    Transaction(TransactionId),
    /// A family.
    Card(Uuid),
}

/// A card that is now attached.
#[derive(Debug, Clone)]
pub struct AttachedCard {
    pub token: Uuid,
    pub pan: Pan,
    pub phone: String,
    pub network: Network,
    pub info: CardInfo,
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

    /// Checks the code, and stores the card.
    ///
    /// # Errors
    /// -32314 no such attachment; -32392 confirmed before; -32308 wrong code, too late, or tries used up; what the
    /// network says of the card.
    pub async fn confirm_attach(
        &self,
        caller: &Caller,
        key: AttachKey,
        code: &Code,
        already: AlreadyAttached,
    ) -> Result<AttachedCard, Error> {
        let attachment = match key {
            AttachKey::Transaction(id) => attachments::find(&*self.database, id).await?,
            AttachKey::Card(card_id) => attachments::find_by_card(&*self.database, card_id).await?,
        };
        let attachment = attachment.ok_or(ErrorCode::TransactionNotFound)?;
        match &attachment.otp_request_id {
            Some(request_id) => {
                self.confirm_at_uzcard(caller, &attachment, request_id, code, already)
                    .await
            }
            None => {
                self.confirm_by_gateway(caller, &attachment, code, already)
                    .await
            }
        }
    }

    async fn begin_at_uzcard(
        &self,
        caller: &Caller,
        details: CardDetails,
    ) -> Result<Attachment, Error> {
        let tx = self.database.write().await?;
        self.take_sms(&*tx, caller, details.phone.digits()).await?;
        tx.commit().await?;
        let asked = self
            .networks
            .uzcard
            .new_otp(&details.pan, details.expiry, &details.phone)
            .await;
        let otp = asked.map_err(|error| Failure::from_ask(Network::Uzcard, &error))?;
        if !agrees(&otp.phone_mask, details.phone.digits()) {
            return Err(ErrorCode::PhoneMismatch.into());
        }
        let tx = self.database.write().await?;
        let (_, attachment) = self
            .insert_attachment(
                &*tx,
                caller,
                &details,
                Network::Uzcard,
                Some(otp.request_id),
            )
            .await?;
        tx.commit().await?;
        Ok(attachment)
    }

    async fn begin_at_humo(
        &self,
        caller: &Caller,
        details: CardDetails,
    ) -> Result<Attachment, Error> {
        let access = CardAccess {
            pan: details.pan.clone(),
            expiry: details.expiry,
            network_token: None,
        };
        let info = self.usable_card(Network::Humo, &access).await?;
        if info.phone.as_deref() != Some(details.phone.digits()) {
            return Err(ErrorCode::PhoneMismatch.into());
        }
        let tx = self.database.write().await?;
        self.take_sms(&*tx, caller, details.phone.digits()).await?;
        let (transaction, attachment) = self
            .insert_attachment(&*tx, caller, &details, Network::Humo, None)
            .await?;
        let (transaction, code) = self.attach_code(&*tx, transaction).await?;
        tx.commit().await?;
        let purpose = Purpose::Attach {
            pan_mask: &details.pan.mask(),
        };
        self.send_code(caller, &transaction, &details.phone, &code, purpose)
            .await?;
        Ok(attachment)
    }

    async fn insert_attachment(
        &self,
        db: &impl ConnectionTrait,
        caller: &Caller,
        details: &CardDetails,
        network: Network,
        otp_request_id: Option<String>,
    ) -> Result<(transaction::Model, Attachment), Error> {
        let now = self.clock.now();
        let new = transactions::New {
            partner_id: Set(caller.partner.id),
            kind: Set(Kind::Attachment),
            status: Set(Status::AwaitingCode),
            version: Set(1),
            network: Set(to_stored(network)),
            amount: Set(0),
            fee: Set(0),
            app_name: Set(caller
                .app_name
                .as_ref()
                .map(|name| name.as_str().to_owned())),
            phone: Set(Some(details.phone.digits().to_owned())),
            code_tries: Set(0),
            code_expires_at: Set(Some(now + self.rules.code_lifetime_ms)),
            created_at: Set(now),
            updated_at: Set(now),
            ..Default::default()
        };
        let transaction = transactions::insert(db, new, "attachment").await?;
        let card_id = self.random.uuid()?;
        let sealed = self
            .vault
            .seal(self.random.as_ref(), card_id, &details.pan)?;
        let row = attachment::Model {
            transaction_id: transaction.id,
            card_id,
            pan_hash: self.vault.pan_hash(&details.pan).to_vec(),
            pan_key_id: sealed.key_id,
            pan_sealed: sealed.bytes,
            expiry: details.expiry.yymm(),
            otp_request_id,
        };
        attachments::insert(db, row).await?;
        let attachment = Attachment {
            card_id,
            transaction_id: transaction.id,
            phone: details.phone.clone(),
        };
        Ok((transaction, attachment))
    }

    /// SVGate checks the code. The try is counted before SVGate is asked, so that at most three reach it.
    async fn confirm_at_uzcard(
        &self,
        caller: &Caller,
        attachment: &attachment::Model,
        request_id: &str,
        code: &Code,
        already: AlreadyAttached,
    ) -> Result<AttachedCard, Error> {
        let (tx, transaction) = self.awaiting(caller, attachment).await?;
        let now = self.clock.now();
        if transaction.code_tries >= self.rules.code_tries {
            // The last try is being checked by a parallel call, or its check was cut off.
            return Err(Failure::new(ErrorCode::InvalidCode)
                .because(Reason::TriesUsedUp)
                .into());
        }
        transactions::count_wrong_code(&*tx, &transaction, now).await?;
        tx.commit().await?;

        let reason = match self.networks.uzcard.verify_otp(request_id, code).await {
            Ok(info) => {
                if let Some(refusal) = &info.unusable {
                    return Err(Failure::refused(Network::Uzcard, refusal).into());
                }
                return self.complete(caller, attachment, info, already).await;
            }
            Err(VerifyError::WrongCode) if transaction.code_tries + 1 < self.rules.code_tries => {
                Reason::WrongCode
            }
            Err(VerifyError::WrongCode) => Reason::TriesUsedUp,
            Err(VerifyError::ExpiredCode) => Reason::CodeExpired,
            Err(VerifyError::StaleRequest) => {
                // SVGate also answers this once a parallel call has had the right code. Its card must not be
                // lost to us, so nothing is written here.
                self.awaiting(caller, attachment).await?;
                return Err(Failure::new(ErrorCode::InvalidCode)
                    .because(Reason::CodeExpired)
                    .into());
            }
            Err(VerifyError::Ask(error)) => {
                return Err(Failure::from_ask(Network::Uzcard, &error).into());
            }
        };
        if reason != Reason::WrongCode {
            let (tx, transaction) = self.awaiting(caller, attachment).await?;
            self.expire_code(&*tx, &transaction).await?;
            tx.commit().await?;
        }
        Err(Failure::new(ErrorCode::InvalidCode).because(reason).into())
    }

    /// The gateway made the code, so it checks it.
    async fn confirm_by_gateway(
        &self,
        caller: &Caller,
        attachment: &attachment::Model,
        code: &Code,
        already: AlreadyAttached,
    ) -> Result<AttachedCard, Error> {
        let (tx, transaction) = self.awaiting(caller, attachment).await?;
        let checked = self.check_code(&*tx, &transaction, code).await?;
        tx.commit().await?;
        if let Checked::Refused(reason) = checked {
            return Err(Failure::new(ErrorCode::InvalidCode).because(reason).into());
        }
        // The code stays valid until the card is stored: if HUMO does not answer now, the partner may repeat.
        let info = self
            .usable_card(
                from_stored(transaction.network),
                &self.access_of(attachment)?,
            )
            .await?;
        self.complete(caller, attachment, info, already).await
    }

    /// Locks the attachment's transaction, which must be the caller's and wait for its code.
    async fn awaiting(
        &self,
        caller: &Caller,
        attachment: &attachment::Model,
    ) -> Result<(WriteTransaction, transaction::Model), Error> {
        self.awaiting_at(caller, attachment, self.clock.now()).await
    }

    async fn awaiting_at(
        &self,
        caller: &Caller,
        attachment: &attachment::Model,
        now: UnixMillis,
    ) -> Result<(WriteTransaction, transaction::Model), Error> {
        let tx = self.database.write().await?;
        let found =
            transactions::find_locked(&*tx, caller.partner.id, attachment.transaction_id).await?;
        let transaction = found.ok_or(ErrorCode::TransactionNotFound)?;
        match status_at(&transaction, now) {
            Status::AwaitingCode => Ok((tx, transaction)),
            Status::Expired => {
                self.expire_code(&*tx, &transaction).await?;
                tx.commit().await?;
                Err(Failure::new(ErrorCode::InvalidCode)
                    .because(Reason::CodeExpired)
                    .into())
            }
            Status::Succeeded => Err(ErrorCode::AlreadyConfirmed.into()),
            Status::Declined
            | Status::Processing
            | Status::Held
            | Status::Cancelled
            | Status::Reversed
            | Status::Manual => Err(Failure::new(ErrorCode::AlreadyCancelled)
                .because(Reason::Declined)
                .into()),
        }
    }

    /// Stores the card, or renews the one that the partner already has.
    async fn complete(
        &self,
        caller: &Caller,
        attachment: &attachment::Model,
        info: CardInfo,
        already: AlreadyAttached,
    ) -> Result<AttachedCard, Error> {
        let made = self
            .make_card(caller, attachment, info.clone(), already)
            .await;
        match made {
            // Another attachment of the same card was confirmed meanwhile: now there is a card to renew.
            Err(Error::Database(error)) if is_duplicate(&error) => {
                self.make_card(caller, attachment, info, already).await
            }
            made => made,
        }
    }

    async fn make_card(
        &self,
        caller: &Caller,
        attachment: &attachment::Model,
        info: CardInfo,
        already: AlreadyAttached,
    ) -> Result<AttachedCard, Error> {
        // The code was right when it was checked. It does not expire while the network answers.
        let (tx, transaction) = self
            .awaiting_at(caller, attachment, UnixMillis(i64::MIN))
            .await?;
        let now = self.clock.now();
        let pan = self.access_of(attachment)?.pan;
        // The networks write phones in several forms. Stored is the one that the holder gave and the network accepted.
        let phone = info
            .phone
            .clone()
            .filter(|phone| Phone::parse(phone).is_some())
            .or_else(|| transaction.phone.clone())
            .unwrap_or_default();
        let known = cards::find_by_pan(&*tx, caller.partner.id, &attachment.pan_hash).await?;
        let token = match &known {
            Some(_) if already == AlreadyAttached::Refuse => {
                return Err(ErrorCode::AttachAlreadyAttached.into());
            }
            Some(card) => {
                let token = info.network_token.clone();
                cards::refresh(
                    &*tx,
                    card.id,
                    attachment.expiry.clone(),
                    token,
                    phone.clone(),
                )
                .await?;
                card.id
            }
            None => {
                let row = card::Model {
                    id: attachment.card_id,
                    partner_id: caller.partner.id,
                    network: transaction.network,
                    pan_hash: attachment.pan_hash.clone(),
                    pan_key_id: attachment.pan_key_id.clone(),
                    pan_sealed: attachment.pan_sealed.clone(),
                    expiry: attachment.expiry.clone(),
                    network_token: info.network_token.clone(),
                    phone: phone.clone(),
                    created_at: now,
                };
                cards::insert(&*tx, row).await?;
                attachment.card_id
            }
        };
        if !transactions::advance(
            &*tx,
            &transaction,
            Status::Succeeded,
            Change::default(),
            "code right",
            now,
        )
        .await?
        {
            return Err(Error::Corrupt(format!(
                "transaction {} changed under its lock",
                transaction.id
            )));
        }
        tx.commit().await?;
        Ok(AttachedCard {
            token,
            pan,
            phone,
            network: from_stored(transaction.network),
            info,
        })
    }

    /// The network's description of a card that may be used.
    pub(super) async fn usable_card(
        &self,
        network: Network,
        access: &CardAccess,
    ) -> Result<CardInfo, Error> {
        let asked = self.networks.of(network).card_info(access).await;
        let info = asked.map_err(|error| Failure::from_ask(network, &error))?;
        match &info.unusable {
            Some(refusal) => Err(Failure::refused(network, refusal).into()),
            None => Ok(info),
        }
    }

    fn access_of(&self, attachment: &attachment::Model) -> Result<CardAccess, Error> {
        let pan = self.vault.open_pan(
            attachment.card_id,
            &attachment.pan_key_id,
            &attachment.pan_sealed,
        )?;
        let expiry = Expiry::from_yymm(&attachment.expiry).ok_or_else(|| {
            Error::Corrupt(format!(
                "attachment {} has a malformed expiry",
                attachment.transaction_id
            ))
        })?;
        Ok(CardAccess {
            pan,
            expiry,
            network_token: None,
        })
    }
}

fn is_duplicate(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

/// Whether a phone fits the mask that SVGate returned, such as `99890*****67`: the digits that it shows are the same.
fn agrees(mask: &str, phone: &str) -> bool {
    let mask = mask.trim_start_matches('+');
    let digit_fits = |(shown, digit): (char, char)| !shown.is_ascii_digit() || shown == digit;
    if mask.chars().count() == phone.len() {
        return mask.chars().zip(phone.chars()).all(digit_fits);
    }
    // A mask of another length still shows how the phone ends.
    mask.chars()
        .rev()
        .zip(phone.chars().rev())
        .take_while(|(shown, _)| shown.is_ascii_digit())
        .all(digit_fits)
}

#[cfg(test)]
mod tests {
    use super::agrees;

    #[test]
    fn a_phone_fits_its_mask() {
        for mask in [
            "99890*****67",
            "998901234567",
            "+99890*****67",
            "********4567",
            "*4567",
            "",
        ] {
            assert!(agrees(mask, "998901234567"), "{mask}");
        }
        for mask in ["99890*****68", "99891*****67", "*4568", "998901234568"] {
            assert!(!agrees(mask, "998901234567"), "{mask}");
        }
    }
}
