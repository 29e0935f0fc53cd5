//! How does a transaction come to its new status, and its partner to hear of it?

use entity::time::UnixMillis;
use entity::transaction::{self, Status};

use super::Payments;
use crate::caller::SendGate;
use crate::database::Statements;
use crate::error::Error;
use crate::repository::transaction::{self as transactions, Change};
use crate::webhook::News;

/// A change of the transaction: to which status, why, when, and who hears of it.
#[derive(Clone, Copy)]
pub(super) struct Move<'a> {
    pub(super) status: Status,
    pub(super) cause: &'a str,
    pub(super) now: UnixMillis,
    /// The gate of the call that makes it. `None`: it brings the transaction back to where its partner knows it to be.
    pub(super) news_for: Option<&'a SendGate>,
}

impl Payments {
    /// Moves the transaction with the commit, and writes the webhook's event of it. If another process has moved it meanwhile,
    /// the commit fails.
    pub(super) async fn advance(
        &self,
        db: &Statements,
        transaction: &transaction::Model,
        change: Change,
        to: Move<'_>,
    ) -> Result<(), Error> {
        let receipt = change.receipt.clone();
        let news = match change.reversed {
            Some(_) => News::GivenBack,
            None => News::Status,
        };
        transactions::hold_advance(db, transaction, to.status, change, to.cause, to.now).await?;
        let Some(gate) = to.news_for else {
            return Ok(());
        };
        let moved = transaction::Model {
            status: to.status,
            receipt: receipt.or_else(|| transaction.receipt.clone()),
            ..transaction.clone()
        };
        self.webhooks.announce(db, &moved, news, gate).await
    }
}
