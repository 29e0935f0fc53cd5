//! Intent, call, record: carries a call to a network through, and what follows from its outcome, until the
//! transaction settles or nobody knows.

use entity::processing_request::{self, Action};
use entity::transaction;
use rpc_schema::error_data::ErrorData;
use rpc_schema::errors::ErrorCode;
use rpc_schema::values::{Amount, Expiry, Network};
use sea_orm::{ConnectionTrait, DbErr};
use serde::Serialize;

use crate::causes::Causes;
use crate::database::WriteTransaction;
use crate::domain::failure::Failure;
use crate::domain::network::{from_stored, to_stored};
use crate::gateway::{Departure, Error, Gateway};
use crate::processing::{Call, CardAccess, Outcome, Terminal};
use crate::repository::request::Intent;
use crate::repository::{card, request};

use super::learned::Learned;
use super::record::Recorded;

/// A call whose intent is written: the transaction as it now is, and the row of the call.
#[derive(Debug, Clone)]
pub(crate) struct Intended {
    pub(crate) transaction: transaction::Model,
    pub(crate) action: Action,
    pub(crate) call: Call,
    pub(crate) request_id: i64,
    pub(crate) reference: String,
    pub(crate) pan_hash: Vec<u8>,
    /// When the intent was written, UNIX milliseconds.
    pub(crate) sent_at: i64,
    /// How often it was looked up.
    pub(crate) look_ups: i32,
}

impl Gateway {
    /// Writes the intent of `call` for `transaction`, in the caller's database transaction. `look_ups` is not none where an
    /// undoing is made again.
    pub(super) async fn intend(
        &self,
        db: &impl ConnectionTrait,
        transaction: transaction::Model,
        action: Action,
        call: Call,
        pan_hash: Vec<u8>,
        look_ups: i32,
    ) -> Result<Intended, Error> {
        let reference = match &call {
            Call::Pay { reference, .. }
            | Call::Hold { reference, .. }
            | Call::Capture { reference, .. }
            | Call::P2p { reference, .. }
            | Call::Credit { reference, .. } => reference.clone(),
            Call::Confirm { .. }
            | Call::Cancel { .. }
            | Call::Release { .. }
            | Call::Reverse { .. } => self.new_reference()?,
        };
        let now = self.clock.now();
        let intent = Intent {
            transaction_id: transaction.id,
            network: to_stored(network_of(&transaction, &call)),
            action,
            reference: reference.0.clone(),
            amount: call.amount().tiyin(),
            pan_hash: pan_hash.clone(),
            at: now,
            attempts: look_ups,
            lease_until: now + self.rules.lease_ms,
        };
        let request_id = request::insert(db, intent).await?;
        Ok(Intended {
            transaction,
            action,
            call,
            request_id,
            reference: reference.0,
            pan_hash,
            sent_at: now,
            look_ups,
        })
    }

    /// Commits an intent. A COMMIT whose answer was lost is asked after: the call is made only if the row is there to stay.
    /// Where that cannot be told, the row may be there and say `sent`; recovery will find that nothing was.
    pub(super) async fn commit_intent(
        &self,
        tx: WriteTransaction,
        intended: &Intended,
    ) -> Result<(), Error> {
        if let Some(ahead_ms) = self.steadiness.wrong_by() {
            return Err(Error::Clock { ahead_ms });
        }
        let Err(lost) = tx.commit().await else {
            return Ok(());
        };
        let ours = |row: &processing_request::Model| row.reference == intended.reference;
        match self.lasts(intended.request_id, ours).await {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(lost.into()),
        }
    }

    /// Whether a request whose COMMIT had no answer is as expected, and will stay so. To see it is not enough: it may not
    /// have reached a standby that is to have it. So it is committed once more, and that COMMIT is answered.
    pub(super) async fn lasts(
        &self,
        request_id: i64,
        expected: impl Fn(&processing_request::Model) -> bool,
    ) -> Result<bool, DbErr> {
        let tx = self.database.write().await?;
        let found = request::find(&*tx, request_id).await?;
        if !found.as_ref().is_some_and(expected) {
            return Ok(false);
        }
        request::touch(&*tx, request_id).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Makes the call and records what came of it, and so on with what follows from it.
    ///
    /// # Errors
    /// The documented refusal, or -32379 where the outcome is not known.
    pub(crate) async fn carry_out(
        &self,
        departure: &Departure,
        intended: Intended,
    ) -> Result<transaction::Model, Error> {
        let transaction_id = intended.transaction.id;
        let mut intended = intended;
        loop {
            let network = network_of(&intended.transaction, &intended.call);
            let outcome = if self.clock.now() > intended.sent_at + self.rules.leave_within_ms {
                // This process stood still. Recovery may have taken the call for one that never comes.
                Outcome::NotSent("its intent was too old".to_owned())
            } else if departure.pass(transaction_id) {
                self.make(network, &intended.call).await
            } else {
                Outcome::NotSent("the caller's time was over".to_owned())
            };
            let learned = Learned::Reply(outcome);
            learned.tell(&intended);
            match self.record_at_last(&intended, &learned).await {
                Ok(Recorded::Settled(settled)) => return settled.map_err(Error::from),
                Ok(Recorded::Next(next)) => intended = *next,
                Err(error) => {
                    // The call was made, and its row still says `sent`: recovery will ask the network.
                    tracing::error!(
                        transaction_id,
                        error = %Causes(&error),
                        "the outcome of a call could not be recorded"
                    );
                    return Err(Failure::outcome_unknown(transaction_id).into());
                }
            }
        }
    }

    /// The card of a transaction, opened for the network.
    pub(crate) async fn card_of(
        &self,
        db: &impl ConnectionTrait,
        transaction: &transaction::Model,
    ) -> Result<(CardAccess, Vec<u8>), Error> {
        let corrupt = || Error::Corrupt(format!("transaction {} has no card", transaction.id));
        let card_id = transaction.card_id.ok_or_else(corrupt)?;
        let row = card::find(db, transaction.partner_id, card_id)
            .await?
            .ok_or_else(corrupt)?;
        Ok((self.open_card(&row)?, row.pan_hash))
    }

    /// A stored card, opened for the network.
    pub(super) fn open_card(&self, row: &entity::card::Model) -> Result<CardAccess, Error> {
        let expiry = Expiry::from_yymm(&row.expiry)
            .ok_or_else(|| Error::Corrupt(format!("card {} has a malformed expiry", row.id)))?;
        let pan = self
            .vault
            .open_pan(row.id, &row.pan_key_id, &row.pan_sealed)?;
        Ok(CardAccess {
            pan,
            expiry,
            network_token: row.network_token.clone(),
        })
    }
}

/// The network that a call goes to: the sender's, but for the credit of a transfer between networks.
pub(crate) fn network_of(transaction: &transaction::Model, call: &Call) -> Network {
    let sender = from_stored(transaction.network);
    match (call, sender) {
        (Call::Credit { .. }, Network::Uzcard) => Network::Humo,
        (Call::Credit { .. }, Network::Humo) => Network::Uzcard,
        (
            Call::Pay { .. }
            | Call::Confirm { .. }
            | Call::Cancel { .. }
            | Call::Hold { .. }
            | Call::Capture { .. }
            | Call::Release { .. }
            | Call::Reverse { .. }
            | Call::P2p { .. },
            sender,
        ) => sender,
    }
}

/// The amount of a transaction that moves money.
pub(super) fn amount_of(transaction: &transaction::Model) -> Result<Amount, Error> {
    Amount::new(transaction.amount).ok_or_else(|| {
        Error::Corrupt(format!(
            "transaction {} has an amount below one",
            transaction.id
        ))
    })
}

/// The terminal of a debit or hold.
pub(crate) fn terminal_of(transaction: &transaction::Model) -> Result<Terminal, Error> {
    match (&transaction.merchant_id, &transaction.terminal_id) {
        (Some(merchant_id), Some(terminal_id)) => Ok(Terminal {
            merchant_id: merchant_id.clone(),
            terminal_id: terminal_id.clone(),
        }),
        (None, _) | (_, None) => Err(Error::Corrupt(format!(
            "transaction {} has no terminal",
            transaction.id
        ))),
    }
}

/// The error that a transaction ended with.
pub(super) fn stored_failure(transaction: &transaction::Model) -> Result<Failure, Error> {
    let corrupt = || {
        Error::Corrupt(format!(
            "transaction {} has no readable error",
            transaction.id
        ))
    };
    let code = transaction
        .error_code
        .and_then(ErrorCode::from_code)
        .ok_or_else(corrupt)?;
    let data = transaction.error_data.as_deref().ok_or_else(corrupt)?;
    let data: ErrorData = serde_json::from_str(data).map_err(|_| corrupt())?;
    Ok(Failure { code, data })
}

pub(super) fn error_columns(failure: &Failure) -> Result<(i32, String), Error> {
    Ok((failure.code.code(), to_json(&failure.data)?))
}

pub(super) fn to_json(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| DbErr::Json(error.to_string()).into())
}
