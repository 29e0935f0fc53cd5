//! `transactions.list`: which transactions of a partner there are.

use entity::ids::TransactionId;
use entity::time::UnixMillis;
use entity::transaction::{Kind, Status};
use rpc_schema::errors::ErrorCode;
use rpc_schema::method::Method as _;
use rpc_schema::methods::transactions::List;
use rpc_schema::reason::Reason;
use rpc_schema::values::{CardToken, Cursor, PageSize};
use sea_orm::ActiveEnum as _;
use serde_json::json;

use super::query::Snapshot;
use crate::caller::Caller;
use crate::domain::cursor::ListDigest;
use crate::domain::failure::Failure;
use crate::domain::operation::status_at;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::repository::transaction as transactions;

/// Which transactions are asked for.
#[derive(Debug, Clone)]
pub struct TransactionFilter {
    /// The first millisecond of the period.
    pub from: Option<UnixMillis>,
    /// The last millisecond of the period.
    pub to: Option<UnixMillis>,
    pub status: Option<Status>,
    pub kind: Option<Kind>,
    /// Of the card that pays.
    pub token: Option<CardToken>,
}

/// A page of a partner's transactions.
#[derive(Debug)]
pub struct TransactionPage {
    /// Newest first.
    pub transactions: Vec<Snapshot>,
    /// The cursor of the next page, if there is one.
    pub next: Option<String>,
}

impl Gateway {
    /// The caller's debits, holds and transfers, newest first.
    ///
    /// # Errors
    /// -32401: the cursor is of no list with this filter; -32350: the period ends before it begins; -32301.
    pub async fn transaction_page(
        &self,
        caller: &Caller,
        filter: TransactionFilter,
        cursor: Option<&Cursor>,
        size: PageSize,
    ) -> Result<TransactionPage, Error> {
        let list = filter.digest();
        let after = cursor.map(|cursor| list.place(cursor)).transpose()?;
        let after = after.map(|(at, id)| (at, TransactionId(i64::from_be_bytes(id))));
        if let (Some(from), Some(to)) = (filter.from, filter.to)
            && from > to
        {
            let wrong = Failure::new(ErrorCode::WrongPeriod);
            return Err(wrong.because(Reason::FromAfterTo).into());
        }
        let card_id = match &filter.token {
            Some(token) => Some(self.card_by_token(caller, token).await?.0.id),
            None => None,
        };
        let now = self.clock.now();
        let wanted = transactions::Filter {
            partner_id: caller.partner.id,
            from: filter.from,
            to: filter.to,
            status: filter.status,
            kind: filter.kind,
            card_id,
            now,
        };
        let size = usize::try_from(size.0).unwrap_or(usize::MAX);
        // One more than is shown tells whether there is another page.
        let limit = u64::try_from(size).unwrap_or(u64::MAX).saturating_add(1);
        let page = transactions::page(&wanted, after, limit);
        let mut rows = transactions::list(&*self.database, page).await?;
        let more = rows.len() > size;
        rows.truncate(size);
        let last = rows.last().filter(|_| more);
        let next = last.map(|row| list.cursor(row.created_at, row.id.0.to_be_bytes()));
        let mut found = self.snapshots(rows).await?;
        // A code that was right at the last moment: its transaction does not have the status any more.
        let still = |found: &Snapshot| status_at(&found.transaction, now);
        found.retain(|found| filter.status.is_none_or(|wanted| wanted == still(found)));
        Ok(TransactionPage {
            transactions: found,
            next,
        })
    }
}

impl TransactionFilter {
    /// Two spellings of the same filter are one list.
    fn digest(&self) -> ListDigest {
        let params = json!([
            self.from.map(|at| at.0),
            self.to.map(|at| at.0),
            self.status.map(|status| status.to_value()),
            self.kind.map(|kind| kind.to_value()),
            self.token.as_ref().map(CardToken::uuid),
        ]);
        ListDigest::of(List::NAME, &params.to_string())
    }
}
