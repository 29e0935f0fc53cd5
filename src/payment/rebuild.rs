//! Rebuilds the call of a stored request from the rows, to be looked up or, if it undoes something, repeated.

use entity::processing_request::{self, Action, State};
use entity::transaction::{self, Kind};
use rpc_schema::errors::ErrorCode;
use rpc_schema::values::Amount;

use crate::database::Connection;
use crate::domain::call::{
    Call, Capture, CreatedPayment, Debit, P2p, PartReversal, Receipt, Reference, Refusal, Release,
    Reversal,
};
use crate::domain::taken;
use crate::error::Error;
use crate::repository::request;

use super::Payments;
use super::intent::{PendingCall, Silence};
use super::legs::recipient_side;
use super::stored::{amount_of, receipt_of, terminal_of};

impl Payments {
    /// The pending call of this request.
    pub(super) async fn rebuild(
        &self,
        db: &impl Connection,
        transaction: transaction::Model,
        row: processing_request::Model,
    ) -> Result<PendingCall, Error> {
        let call = self.call_of_row(db, &transaction, &row).await?;
        let first_reply = first_reply_of(&row);
        Ok(PendingCall {
            transaction,
            call,
            id: row.id,
            reference: row.reference,
            pan_hash: row.pan_hash,
            sent_at: row.sent_at,
            lookups: row.attempts,
            first_reply,
            silence: Silence::from_stored(row.silent_at),
            side: None,
        })
    }

    async fn call_of_row(
        &self,
        db: &impl Connection,
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
            Action::Pay => Call::Pay(self.debit_of(db, transaction, amount, reference).await?),
            Action::Hold => Call::Hold(self.debit_of(db, transaction, amount, reference).await?),
            Action::P2p => {
                let side = recipient_side(db, transaction.id).await?;
                Call::P2p(P2p {
                    sender: self.card_of(db, transaction).await?.0,
                    recipient: self.open_recipient(transaction, &side)?,
                    amount,
                    fee: transaction.fee,
                    terminal: terminal_of(transaction)?,
                    reference,
                })
            }
            Action::Confirm => Call::Confirm(created_payment(db, row, amount).await?),
            Action::Cancel => Call::Cancel(created_payment(db, row, amount).await?),
            Action::Capture => Call::Capture(Capture {
                hold: receipt_of(transaction)?,
                held: amount_of(transaction)?,
                amount,
                terminal: terminal_of(transaction)?,
                reference,
            }),
            Action::Release => Call::Release(release_of(transaction, amount)?),
            Action::Expire => Call::Expire(release_of(transaction, amount)?),
            Action::Reverse => match transaction.kind {
                Kind::Transfer => {
                    let debit = receipt_of(transaction)?;
                    self.reversal_of(db, transaction, debit).await?.0
                }
                Kind::Debit | Kind::Hold | Kind::Attachment => Call::Reverse(Reversal {
                    payment: receipt_of(transaction)?,
                    pan: self.card_of(db, transaction).await?.0.pan,
                    amount,
                    terminal: terminal_of(transaction)?,
                }),
            },
            Action::ReversePart => Call::ReversePart(PartReversal {
                payment: receipt_of(transaction)?,
                amount,
                is_last: taken::captured(transaction) - taken::reversed(transaction)
                    <= amount.tiyin(),
                reference,
            }),
            Action::Credit => {
                let debit = receipt_of(transaction)?;
                let side = recipient_side(db, transaction.id).await?;
                let sender = self.sender_pan(db, transaction).await?;
                self.credit_of(transaction, &side, sender, debit, reference)?
                    .0
            }
        })
    }

    async fn debit_of(
        &self,
        db: &impl Connection,
        transaction: &transaction::Model,
        amount: Amount,
        reference: Reference,
    ) -> Result<Debit, Error> {
        Ok(Debit {
            card: self.card_of(db, transaction).await?.0,
            amount,
            terminal: terminal_of(transaction)?,
            reference,
            // A debit is looked up, never repeated.
            partner: String::new(),
            at: transaction.created_at,
        })
    }
}

/// What the network had answered to the call, where that left its outcome open.
fn first_reply_of(row: &processing_request::Model) -> Option<Refusal> {
    Some(Refusal {
        code: row.open_code.and_then(ErrorCode::from_code)?,
        processing_code: row.processing_code.clone()?,
    })
}

fn release_of(transaction: &transaction::Model, amount: Amount) -> Result<Release, Error> {
    Ok(Release {
        hold: receipt_of(transaction)?,
        amount,
        terminal: terminal_of(transaction)?,
    })
}

/// What the network answered to the creation of the payment that `row` confirms or cancels.
async fn created_payment(
    db: &impl Connection,
    row: &processing_request::Model,
    amount: Amount,
) -> Result<CreatedPayment, Error> {
    let requests = request::of_transaction(db, row.transaction_id).await?;
    let created = requests.iter().rfind(|other| {
        matches!(other.action, Action::Pay | Action::P2p) && other.state == State::Approved
    });
    let payment: Option<Receipt> = created
        .and_then(|created| created.receipt.as_deref())
        .and_then(|text| serde_json::from_str(text).ok());
    let payment = payment.ok_or_else(|| {
        Error::Corrupt(format!(
            "processing_request {} has no created payment before it",
            row.id
        ))
    })?;
    Ok(CreatedPayment { payment, amount })
}
