//! The ids of rows that others refer to in the same commit: taken from their sequences before they are stored.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use entity::ids::{ProcessingRequestId, TransactionId};
use sea_orm::sqlx::{self, Row as _};
use sea_orm::{DbBackend, DbErr, Statement};

use super::super::stale::StaleConnections;
use super::lent::of_query;
use super::transaction::Transaction;

/// The most orders for which ids are taken at once.
const MOST: i32 = 32;
/// How long they may be given: those of several gateways are to go up with time.
const FRESH: Duration = Duration::from_secs(1);

/// Of a transaction and its first request, for some orders.
const OF_ORDERS: &str = "SELECT nextval('transaction_id_seq'), nextval('processing_request_id_seq') \
                         FROM generate_series(1, $1)";
const OF_REQUEST: &str = "SELECT nextval('processing_request_id_seq')";

/// The ids that were taken and not given yet. One that is not given in time is never given.
///
/// Only the first request of a transaction has an id from this stock: those of a transaction are told in the order of their
/// ids, whichever gateways have made them, so a later one has an id that is taken later.
#[derive(Debug)]
pub(in crate::database) struct Ids {
    stock: Mutex<Stock>,
    /// After an outage another server may be there, or an older copy.
    stale: StaleConnections,
}

#[derive(Debug)]
struct Stock {
    orders: BTreeMap<i64, Taken>,
    /// For how many orders to take them the next time: as many as come while they may be given.
    next: i32,
}

#[derive(Debug, Clone, Copy)]
struct Taken {
    request: ProcessingRequestId,
    at: Instant,
}

impl Ids {
    pub(in crate::database) fn new(stale: StaleConnections) -> Self {
        Self {
            stock: Mutex::new(Stock {
                orders: BTreeMap::new(),
                next: 1,
            }),
            stale,
        }
    }

    /// The id of a transaction that `tx` is to store.
    pub(in crate::database) async fn transaction(
        &self,
        tx: &Transaction,
    ) -> Result<TransactionId, DbErr> {
        let (id, request) = match self.given() {
            Some(ids) => ids,
            None => self.take(tx).await?,
        };
        tx.keep_first_request(request).await;
        Ok(TransactionId(id))
    }

    /// The id of a request that `tx` is to store.
    pub(in crate::database) async fn request(
        &self,
        tx: &Transaction,
    ) -> Result<ProcessingRequestId, DbErr> {
        if let Some(first) = tx.first_request().await {
            return Ok(first);
        }
        let take = Statement::from_string(DbBackend::Postgres, OF_REQUEST);
        let row = tx.aside(take).await?.pop();
        let row = row.ok_or_else(|| of_query(sqlx::Error::RowNotFound))?;
        row.try_get(0).map(ProcessingRequestId).map_err(of_query)
    }

    /// Gives none of those that were taken until now.
    pub(in crate::database) fn forget(&self) {
        self.stock().orders.clear();
    }

    /// The next ids that may be given.
    fn given(&self) -> Option<(i64, ProcessingRequestId)> {
        let mut stock = self.stock();
        let mut too_old = false;
        let given = loop {
            let Some((id, Taken { request, at })) = stock.orders.pop_first() else {
                break None;
            };
            let age = at.elapsed();
            if age < FRESH && !self.stale.include(age) {
                break Some((id, request));
            }
            too_old = true;
        };
        if too_old {
            stock.next = (stock.next / 2).max(1);
        }
        given
    }

    /// Takes more, of which the first ones are given. Several callers may do so at once: nobody waits for another one's
    /// connection.
    async fn take(&self, tx: &Transaction) -> Result<(i64, ProcessingRequestId), DbErr> {
        let number = {
            let mut stock = self.stock();
            let number = stock.next;
            stock.next = (number * 2).min(MOST);
            number
        };
        let at = Instant::now();
        let take = Statement::from_sql_and_values(DbBackend::Postgres, OF_ORDERS, [number.into()]);
        let mut taken = BTreeMap::new();
        for row in tx.aside(take).await? {
            let id = row.try_get(0).map_err(of_query)?;
            let request = row.try_get(1).map(ProcessingRequestId).map_err(of_query)?;
            taken.insert(id, Taken { request, at });
        }
        let first = taken.pop_first();
        let (id, Taken { request, .. }) =
            first.ok_or_else(|| of_query(sqlx::Error::RowNotFound))?;
        self.stock().orders.append(&mut taken);
        Ok((id, request))
    }

    fn stock(&self) -> MutexGuard<'_, Stock> {
        self.stock.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
