//! The call that a stored request was: made again from the rows, to be looked up or, where it undoes, repeated.

use entity::processing_request::{self, Action, State};
use entity::transaction::{self, Kind};
use rpc_schema::values::Amount;
use sea_orm::ConnectionTrait;

use crate::gateway::{Error, Gateway};
use crate::processing::{Call, Receipt, Reference};
use crate::repository::request;
use crate::service::{Intended, stored_receipt, terminal_of};

impl Gateway {
    /// What was intended with this request.
    pub(crate) async fn rebuild(
        &self,
        db: &impl ConnectionTrait,
        transaction: transaction::Model,
        row: processing_request::Model,
    ) -> Result<Intended, Error> {
        let call = self.call_of_row(db, &transaction, &row).await?;
        Ok(Intended {
            transaction,
            action: row.action,
            call,
            request_id: row.id,
            reference: row.reference,
            pan_hash: row.pan_hash,
            sent_at: row.sent_at,
            look_ups: row.attempts,
        })
    }

    async fn call_of_row(
        &self,
        db: &impl ConnectionTrait,
        transaction: &transaction::Model,
        row: &processing_request::Model,
    ) -> Result<Call, Error> {
        let amount = Amount::new(row.amount).ok_or_else(|| {
            Error::Corrupt(format!(
                "processing_request {} has an amount below one",
                row.id
            ))
        })?;
        let reference = Reference(row.reference.clone());
        Ok(match row.action {
            Action::Pay => Call::Pay {
                card: self.card_of(db, transaction).await?.0,
                amount,
                terminal: terminal_of(transaction)?,
                reference,
            },
            Action::Hold => Call::Hold {
                card: self.card_of(db, transaction).await?.0,
                amount,
                terminal: terminal_of(transaction)?,
                reference,
            },
            Action::P2p => Call::P2p {
                sender: self.card_of(db, transaction).await?.0,
                recipient: self.recipient_of(db, transaction.id).await?,
                amount,
                fee: transaction.fee,
                terminal: terminal_of(transaction)?,
                reference,
            },
            Action::Confirm => Call::Confirm {
                payment: created_payment(db, row).await?,
                amount,
            },
            Action::Cancel => Call::Cancel {
                payment: created_payment(db, row).await?,
                amount,
            },
            Action::Capture => Call::Capture {
                hold: stored_receipt(transaction)?,
                amount,
                terminal: terminal_of(transaction)?,
                reference,
            },
            Action::Release | Action::Expire => Call::Release {
                hold: stored_receipt(transaction)?,
                amount,
                terminal: terminal_of(transaction)?,
            },
            Action::Reverse => match transaction.kind {
                Kind::Transfer => self.reversal_of(db, transaction).await?.0,
                Kind::Debit | Kind::Hold | Kind::Attachment => Call::Reverse {
                    payment: stored_receipt(transaction)?,
                    amount,
                    terminal: terminal_of(transaction)?,
                },
            },
            Action::Credit => {
                let debit = stored_receipt(transaction)?;
                let (call, _) = self.credit_of(db, transaction, debit, reference).await?;
                call
            }
        })
    }
}

/// What the network answered to the creation of the payment that `row` confirms or cancels.
async fn created_payment(
    db: &impl ConnectionTrait,
    row: &processing_request::Model,
) -> Result<Receipt, Error> {
    let requests = request::of_transaction(db, row.transaction_id).await?;
    let created = requests.iter().rfind(|other| {
        matches!(other.action, Action::Pay | Action::P2p) && other.state == State::Approved
    });
    created
        .and_then(|created| created.receipt.as_deref())
        .and_then(|text| serde_json::from_str(text).ok())
        .ok_or_else(|| {
            Error::Corrupt(format!(
                "processing_request {} has no created payment before it",
                row.id
            ))
        })
}
