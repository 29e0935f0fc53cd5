//! `transactions.get`: what became of a transaction.

use entity::transaction::{self, Kind, Status};
use rpc_schema::errors::ErrorCode;
use rpc_schema::methods::transactions::TransactionKey;

use crate::domain::failure::Failure;
use crate::domain::operation::status_at;
use crate::gateway::{Caller, Error, Gateway};
use crate::processing::Receipt;
use crate::repository::transaction as transactions;

use super::execution::stored_failure;
use super::operations::stored_receipt;

/// A transaction as it now stands.
#[derive(Debug)]
pub struct Standing {
    pub transaction: transaction::Model,
    /// The status that counts now.
    pub status: Status,
    /// The error that it ended with.
    pub failure: Option<Failure>,
}

impl Gateway {
    /// Finds a debit, hold or transfer of the caller.
    ///
    /// # Errors
    /// -32314: there is none of this partner.
    pub async fn transaction(
        &self,
        caller: &Caller,
        key: TransactionKey,
    ) -> Result<Standing, Error> {
        let partner_id = caller.partner.id;
        let found = match key {
            TransactionKey::Id(id) => transactions::find(&*self.database, partner_id, id).await?,
            TransactionKey::ExtId(ext_id) => {
                transactions::find_by_ext_id(&*self.database, partner_id, ext_id.as_str()).await?
            }
        };
        let transaction = found
            .filter(|transaction| transaction.kind != Kind::Attachment)
            .ok_or(ErrorCode::TransactionNotFound)?;
        let status = status_at(&transaction, self.clock.now());
        let failure = match status {
            Status::Declined => Some(stored_failure(&transaction)?),
            Status::Expired if transaction.error_code.is_some() => {
                Some(stored_failure(&transaction)?)
            }
            Status::Expired if transaction.receipt.is_none() => {
                Some(Failure::new(ErrorCode::InvalidCode).because("code_expired"))
            }
            Status::AwaitingCode
            | Status::Processing
            | Status::Held
            | Status::Succeeded
            | Status::Cancelled
            | Status::Reversed
            | Status::Expired
            | Status::Manual => None,
        };
        Ok(Standing {
            transaction,
            status,
            failure,
        })
    }
}

/// What the network answered about a debit or hold; `None` while it has not been carried out.
///
/// # Errors
/// The row cannot be read.
pub fn receipt_of(transaction: &transaction::Model) -> Result<Option<Receipt>, Error> {
    transaction
        .receipt
        .is_some()
        .then(|| stored_receipt(transaction))
        .transpose()
}
