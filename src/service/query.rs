//! What became of a transaction: `transactions.get`, and each entry of `transactions.list`.

use entity::ids::TransactionId;
use entity::processing_request::{self, Action, State};
use entity::transaction::{self, Kind, Status};
use rpc_schema::errors::ErrorCode;
use rpc_schema::methods::transactions::TransactionKey;
use rpc_schema::reason::Reason;

use crate::caller::Caller;
use crate::domain::call::Receipt;
use crate::domain::failure::Failure;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::payment::stored::{self, failure_of};
use crate::repository::{request, transaction as transactions};

/// A transaction as it is now.
#[derive(Debug)]
pub struct Snapshot {
    pub transaction: transaction::Model,
    /// The error that it ended with.
    pub failure: Option<Failure>,
    /// Whether the money was taken: always for a debit that was carried out, for a hold once it is charged.
    pub taken: bool,
}

impl Gateway {
    /// Finds a debit, hold or transfer of the caller.
    ///
    /// # Errors
    /// -32314: this partner has no such transaction.
    pub async fn transaction(
        &self,
        caller: &Caller,
        key: TransactionKey,
    ) -> Result<Snapshot, Error> {
        let partner_id = caller.partner.id;
        let found = match key {
            TransactionKey::Id(id) => {
                transactions::find(&*self.database, partner_id, TransactionId(id)).await?
            }
            TransactionKey::ExtId(ext_id) => {
                transactions::find_by_ext_id(&*self.database, partner_id, ext_id.as_str()).await?
            }
        };
        let transaction = found
            .filter(|transaction| transaction.kind != Kind::Attachment)
            .ok_or(ErrorCode::TransactionNotFound)?;
        self.snapshot(transaction).await
    }

    /// What may be told of a debit, hold or transfer.
    pub(super) async fn snapshot(
        &self,
        transaction: transaction::Model,
    ) -> Result<Snapshot, Error> {
        let transaction = self.as_it_stands(transaction).await;
        let failure = match transaction.status {
            Status::Declined => Some(failure_of(&transaction)?),
            Status::Expired if transaction.error_code.is_some() => Some(failure_of(&transaction)?),
            Status::Expired if transaction.receipt.is_none() => {
                Some(Failure::new(ErrorCode::InvalidCode).because(Reason::CodeExpired))
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
        let taken = self.was_taken(&transaction).await?;
        Ok(Snapshot {
            transaction,
            failure,
            taken,
        })
    }

    /// While a call is under way, only the requests tell whether a hold was charged before.
    async fn was_taken(&self, transaction: &transaction::Model) -> Result<bool, Error> {
        if transaction.kind != Kind::Hold {
            return Ok(transaction.receipt.is_some());
        }
        match transaction.status {
            Status::Succeeded | Status::Reversed => Ok(true),
            Status::AwaitingCode
            | Status::Held
            | Status::Declined
            | Status::Cancelled
            | Status::Expired => Ok(false),
            Status::Processing | Status::Manual => {
                let requests = request::of_transaction(&*self.database, transaction.id).await?;
                let charged = |row: &processing_request::Model| {
                    row.action == Action::Capture && row.state == State::Approved
                };
                Ok(requests.iter().any(charged))
            }
        }
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
        .then(|| stored::receipt_of(transaction))
        .transpose()
}
