//! Who tells a transaction in the words of the wire, which this room does not know?

use async_trait::async_trait;
use entity::transaction;
use rpc_schema::methods::transactions::Transaction;

use crate::database::Statements;
use crate::error::Error;

/// Tells transactions.
#[async_trait]
pub trait Teller: Send + Sync {
    /// The transaction as `transactions.get` has it for a caller without `lang`, read by `db`, so as it will be when `db`
    /// commits.
    ///
    /// # Errors
    /// The rows cannot be read.
    async fn tell(
        &self,
        db: &Statements,
        transaction: transaction::Model,
    ) -> Result<Transaction, Error>;
}
