//! The pending call: how it is written before it is made, and whether what was written lasts.

use std::sync::Arc;

use entity::ids::ProcessingRequestId;
use entity::time::UnixMillis;
use entity::transaction::{self, Kind, Status};
use entity::{card, processing_request, transfer};
use rpc_schema::values::{Amount, Expiry, Network};
use sea_orm::DbErr;

use crate::database::{Connection, Statements, WriteTransaction, was_refused};
use crate::domain::behalf::Behalf;
use crate::domain::call::{Call, CardAccess, Refusal};
use crate::domain::network::{from_stored, to_stored};
use crate::error::Error;
use crate::repository::request::{Intent, NEVER};
use crate::repository::transaction::Change;
use crate::repository::{card as cards, request, transaction as transactions};
use crate::vault::Owner;

use super::Payments;

/// A call whose intent is written: the transaction as it now is, and the row of the call.
#[derive(Debug, Clone)]
pub(crate) struct PendingCall {
    pub(crate) transaction: transaction::Model,
    pub(crate) call: Call,
    /// Its row of `processing_request`.
    pub(crate) id: ProcessingRequestId,
    pub(crate) reference: String,
    /// Keyed hash of the number of the card that the call is about.
    pub(crate) pan_hash: Vec<u8>,
    /// When the intent was written, UNIX milliseconds.
    pub(crate) sent_at: UnixMillis,
    /// How often it was looked up.
    pub(crate) lookups: i32,
    /// What the network had answered to it, where that left its outcome open.
    pub(crate) first_reply: Option<Refusal>,
    /// Whether its network was silent when it was looked up.
    pub(crate) silence: Silence,
    /// The recipient's side of a transfer, where it is at hand: it need not be read again for the commit that follows.
    pub(crate) side: Option<Arc<transfer::Model>>,
}

/// Whether a network was silent when it was asked about a call. Nobody knows what waits at its door until it answers
/// again, and hours may lie between two look-ups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Silence {
    /// It has answered each time.
    None,
    /// It has not answered the last time.
    Lasts,
    /// It has answered since; the first time it was asked at this moment, UNIX milliseconds.
    EndedBy(UnixMillis),
}

impl Silence {
    /// As it is stored, see `processing_request::Model::silent_at`.
    pub(crate) fn from_stored(stored: Option<UnixMillis>) -> Self {
        match stored {
            None => Self::None,
            Some(NEVER) => Self::Lasts,
            Some(answered_at) => Self::EndedBy(answered_at),
        }
    }

    pub(crate) fn to_stored(self) -> Option<UnixMillis> {
        match self {
            Self::None => None,
            Self::Lasts => Some(NEVER),
            Self::EndedBy(answered_at) => Some(answered_at),
        }
    }

    /// What it is once the network was asked at `asked_at`, and has answered or not.
    pub(crate) fn after(self, asked_at: UnixMillis, answered: bool) -> Self {
        match (self, answered) {
            (_, false) => Self::Lasts,
            (Self::Lasts, true) => Self::EndedBy(asked_at),
            (Self::None | Self::EndedBy(_), true) => self,
        }
    }
}

impl PendingCall {
    /// The network that it goes to.
    pub(crate) fn network(&self) -> Network {
        self.call.network(from_stored(self.transaction.network))
    }

    /// The account under which it is made.
    pub(crate) fn account(&self) -> &str {
        self.call.account(&self.transaction.account)
    }

    /// For whom it is made, and about which card.
    pub(crate) fn behalf(&self) -> Behalf {
        Behalf::of_partner(self.transaction.partner_id).about(&self.pan_hash)
    }
}

impl Payments {
    /// Writes the intent of `call` for `transaction`, in the caller's database transaction. `lookups` is above zero
    /// where an undo is made again.
    pub(crate) async fn intend(
        &self,
        db: &Statements,
        transaction: transaction::Model,
        call: Call,
        pan_hash: Vec<u8>,
        lookups: i32,
    ) -> Result<PendingCall, Error> {
        let reference = match call.reference() {
            Some(reference) => reference.clone(),
            None => self.new_reference()?,
        };
        let now = self.clock.now();
        let network = call.network(from_stored(transaction.network));
        let intent = Intent {
            transaction_id: transaction.id,
            network: to_stored(network),
            action: call.action(),
            reference: reference.0.clone(),
            amount: call.amount().tiyin(),
            pan_hash: pan_hash.clone(),
            at: now,
            attempts: lookups,
            lease_until: now + self.rules.lease_ms,
        };
        let id = request::insert(db, intent).await?;
        Ok(PendingCall {
            transaction,
            call,
            id,
            reference: reference.0,
            pan_hash,
            sent_at: now,
            lookups,
            first_reply: None,
            silence: Silence::None,
            side: None,
        })
    }

    /// Commits an intent. If the COMMIT's answer was lost, the row is read again, and the call is made only if the row
    /// is there to stay. If even that cannot be told, the row may be there as `sent`; recovery will find that nothing
    /// was sent.
    ///
    /// # Errors
    /// The call must not be made. If a guard has refused what was to be written, the error [`was_refused`].
    pub(crate) async fn commit_intent(
        &self,
        tx: WriteTransaction,
        pending: &PendingCall,
    ) -> Result<(), Error> {
        if let Some(ahead_ms) = self.clock_trust.off_by() {
            return Err(Error::Clock { ahead_ms });
        }
        let Err(lost) = tx.commit().await else {
            return Ok(());
        };
        if was_refused(&lost) {
            return Err(lost.into());
        }
        let ours = |row: &processing_request::Model| row.reference == pending.reference;
        match self.is_durable(pending.id, ours).await {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(lost.into()),
        }
    }

    /// Whether a request whose COMMIT got no answer is as expected, and will stay so. Reading it is not enough, as it
    /// may not have reached a standby that must have it. So it is committed once more, and that COMMIT is answered.
    pub(super) async fn is_durable(
        &self,
        request_id: ProcessingRequestId,
        expected: impl Fn(&processing_request::Model) -> bool,
    ) -> Result<bool, DbErr> {
        let tx = self.database.write().await?;
        let found = request::find(&*tx, request_id).await?;
        if !found.as_ref().is_some_and(expected) {
            tx.roll_back().await?;
            return Ok(false);
        }
        request::touch(&*tx, request_id).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Marks a locked transaction as being worked on.
    pub(crate) async fn mark_processing(
        &self,
        db: &Statements,
        transaction: transaction::Model,
        cause: &str,
    ) -> Result<transaction::Model, Error> {
        let now = self.clock.now();
        let (to, change) = (Status::Processing, Change::default());
        // It is locked, so it has not changed.
        transactions::hold_advance(db, &transaction, to, change, cause, now).await?;
        Ok(transaction::Model {
            status: to,
            version: transaction.version + 1,
            updated_at: now,
            ..transaction
        })
    }

    /// Marks a locked transaction as being worked on, and reserves `amount` of what is left of it to be given back. `None`:
    /// less than that is left, and nothing was written.
    pub(crate) async fn reserve(
        &self,
        db: &Statements,
        transaction: transaction::Model,
        amount: Amount,
        cause: &str,
    ) -> Result<Option<transaction::Model>, Error> {
        let (now, amount) = (self.clock.now(), amount.tiyin());
        if !transactions::reserve(db, &transaction, amount, cause, now).await? {
            return Ok(None);
        }
        Ok(Some(transaction::Model {
            status: Status::Processing,
            version: transaction.version + 1,
            reversed: transaction.reversed.or(Some(0)),
            reversing: transaction.reversing + amount,
            updated_at: now,
            ..transaction
        }))
    }

    /// The card that pays, opened for its network, and the keyed hash of its number.
    pub(crate) async fn card_of(
        &self,
        db: &impl Connection,
        transaction: &transaction::Model,
    ) -> Result<(CardAccess, Vec<u8>), Error> {
        let corrupt = || Error::Corrupt(format!("transaction {} has no card", transaction.id));
        let card_id = transaction.card_id.ok_or_else(corrupt)?;
        let row = cards::find_ordered_with(db, transaction.partner_id, card_id)
            .await?
            .ok_or_else(corrupt)?;
        let mut access = self.open_card(&row)?;
        if access.network_token.is_some() && row.account != transaction.account {
            // Since then it was attached under another account, whose token means nothing under this one.
            let former = match cards::former_token(db, row.id, &transaction.account).await? {
                // A hold that was found after its rows were lost. All partners share the token of an account.
                None => cards::network_token(db, &row.pan_hash, &transaction.account).await?,
                former => former,
            };
            access.network_token = match (former, transaction.kind) {
                (None, Kind::Hold) => return Err(corrupt()),
                // Found at its network after its rows were lost (`super::restored`). It goes by our reference.
                (None, Kind::Debit | Kind::Transfer | Kind::Attachment) => None,
                (former, _) => former,
            };
        }
        Ok((access, row.pan_hash))
    }

    /// A stored card, opened for its network.
    pub(crate) fn open_card(&self, row: &card::Model) -> Result<CardAccess, Error> {
        let expiry = Expiry::from_yymm(&row.expiry)
            .ok_or_else(|| Error::Corrupt(format!("card {} has a malformed expiry", row.id)))?;
        let pan = self.vault.open_pan(
            Owner::card(row.partner_id, row.id),
            &row.pan_key_id,
            &row.pan_sealed,
        )?;
        Ok(CardAccess {
            pan,
            expiry,
            network_token: row.network_token.clone(),
        })
    }
}
