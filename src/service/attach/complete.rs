//! How a confirmed attachment becomes a card.

use entity::time::UnixMillis;
use entity::transaction::Status;
use entity::{attachment, card};
use rpc_schema::errors::ErrorCode;
use sea_orm::DbErr;

use super::attachment::{AlreadyAttached, AttachedCard};
use crate::caller::Caller;
use crate::database;
use crate::domain::inquiry::CardInfo;
use crate::domain::network::from_stored;
use crate::domain::told_phone::ToldPhone;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::repository::transaction::Change;
use crate::repository::{card as cards, transaction as transactions};
use crate::vault::Owner;

impl Gateway {
    /// Stores the card, or renews the one that the partner already has.
    pub(super) async fn complete(
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
        let pan = self.access_of(caller, attachment)?.pan;
        // Where the network shows none, the one that the holder gave and the network accepted.
        let whole = info.phone.as_ref().and_then(ToldPhone::whole);
        let phone = whole
            .map(|phone| phone.digits().to_owned())
            .or_else(|| transaction.phone.clone())
            .unwrap_or_default();
        let known =
            cards::find_by_pan_locked(&*tx, caller.partner.id, &attachment.pan_hash).await?;
        let is_usable = known
            .as_ref()
            .is_some_and(|card| self.is_connected(caller, card));
        let token = match (&known, already) {
            (Some(_), AlreadyAttached::Refuse) if is_usable => {
                tx.roll_back().await?;
                return Err(ErrorCode::AttachAlreadyAttached.into());
            }
            (Some(card), AlreadyAttached::KeepToken) => {
                let attached = cards::Attached {
                    account: transaction.account.clone(),
                    expiry: attachment.expiry.clone(),
                    network_token: info.network_token.clone(),
                    phone: phone.clone(),
                    currency: info.currency,
                };
                cards::refresh(&*tx, card, attached).await?;
                card.id
            }
            (known, AlreadyAttached::Refuse | AlreadyAttached::KeepToken) => {
                if let Some(card) = known {
                    // The partner was told the new token when it began. What was ordered with the old one goes on with it.
                    cards::remove(&*tx, caller.partner.id, card.id, now).await?;
                }
                // Anew, as the keys may have been rotated since the attachment was read.
                let owner = Owner::card(caller.partner.id, attachment.card_id);
                let sealed = self.vault.seal(self.random.as_ref(), owner, &pan)?;
                let row = card::Model {
                    id: attachment.card_id,
                    partner_id: caller.partner.id,
                    network: transaction.network,
                    pan_hash: attachment.pan_hash.clone(),
                    pan_key_id: sealed.key_id,
                    pan_sealed: sealed.bytes,
                    expiry: attachment.expiry.clone(),
                    network_token: info.network_token.clone(),
                    account: transaction.account.clone(),
                    phone: phone.clone(),
                    currency: info.currency,
                    created_at: now,
                    removed_at: None,
                };
                cards::insert(&*tx, row).await?;
                attachment.card_id
            }
        };
        if !transactions::advance(
            &tx,
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
        let network = from_stored(transaction.network);
        self.note_unread_balance(network, &info);
        Ok(AttachedCard {
            token,
            pan,
            phone,
            network,
            info,
        })
    }
}

fn is_duplicate(error: &DbErr) -> bool {
    database::is_unique_violation(error)
}
