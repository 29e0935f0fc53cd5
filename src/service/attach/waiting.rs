//! The attachment that waits for its code: its transaction, locked, and its card, opened.

use entity::attachment;
use entity::time::UnixMillis;
use entity::transaction::{self, Status};
use rpc_schema::errors::ErrorCode;
use rpc_schema::reason::Reason;
use rpc_schema::values::Expiry;

use crate::caller::Caller;
use crate::database::WriteTransaction;
use crate::domain::call::CardAccess;
use crate::domain::failure::Failure;
use crate::domain::operation::{status_at, why_code_ended};
use crate::error::Error;
use crate::gateway::Gateway;
use crate::repository::transaction as transactions;
use crate::vault::Owner;

impl Gateway {
    /// Locks the attachment's transaction, which must be the caller's and wait for its code.
    pub(super) async fn awaiting(
        &self,
        caller: &Caller,
        attachment: &attachment::Model,
    ) -> Result<(WriteTransaction, transaction::Model), Error> {
        self.awaiting_at(caller, attachment, self.clock.now()).await
    }

    pub(super) async fn awaiting_at(
        &self,
        caller: &Caller,
        attachment: &attachment::Model,
        now: UnixMillis,
    ) -> Result<(WriteTransaction, transaction::Model), Error> {
        let tx = self.database.write().await?;
        let found =
            transactions::find_locked(&*tx, caller.partner.id, attachment.transaction_id).await?;
        let found = found.ok_or_else(|| Error::from(ErrorCode::TransactionNotFound));
        let (tx, transaction) = tx.unless_refused(found).await?;
        match status_at(&transaction, now) {
            Status::AwaitingCode => Ok((tx, transaction)),
            Status::Expired => {
                let reason = why_code_ended(&transaction);
                if transaction.status == Status::AwaitingCode {
                    self.expire_code(&tx, transaction).await?;
                    tx.commit().await?;
                } else {
                    tx.roll_back().await?;
                }
                Err(Failure::new(ErrorCode::InvalidCode).because(reason).into())
            }
            Status::Succeeded => {
                tx.roll_back().await?;
                Err(ErrorCode::AlreadyConfirmed.into())
            }
            Status::Declined
            | Status::Processing
            | Status::Held
            | Status::Cancelled
            | Status::Reversed
            | Status::Manual => {
                tx.roll_back().await?;
                Err(Failure::new(ErrorCode::AlreadyCancelled)
                    .because(Reason::Declined)
                    .into())
            }
        }
    }

    pub(super) fn access_of(
        &self,
        caller: &Caller,
        attachment: &attachment::Model,
    ) -> Result<CardAccess, Error> {
        let pan = self.vault.open_pan(
            Owner::card(caller.partner.id, attachment.card_id),
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
            network_token: attachment.network_token.clone(),
        })
    }
}
