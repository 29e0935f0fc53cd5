//! What a webhook's event says of a transaction: the view of `transactions.get`.

use async_trait::async_trait;
use entity::transaction;
use rpc_schema::errors::Family;
use rpc_schema::methods::transactions::Transaction;

use super::transactions;
use crate::database::Statements;
use crate::error::Error;
use crate::rpc::errors::language;
use crate::service::Snapshot;
use crate::webhook::Teller;

/// Tells transactions as `transactions.get` does.
#[derive(Debug)]
pub struct TransactionTeller;

#[async_trait]
impl Teller for TransactionTeller {
    async fn tell(
        &self,
        db: &Statements,
        transaction: transaction::Model,
    ) -> Result<Transaction, Error> {
        let snapshot = Snapshot::of(db, transaction).await?;
        transactions::told(db, snapshot, language(None, Family::Gateway)).await
    }
}
